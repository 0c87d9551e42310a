// The choice between models: criteria, and a table of several models on the same data.

import LatentData
import LatentLanguage
import LatentModels
import LatentTensor

extension Builtin {
  static let criteria: [Builtin] =
    InformationCriterion.allCases.map { criterion in
      Builtin(
        criterion.rawValue, in: .inference, help: descriptions[criterion] ?? "",
        parameters: [.model("model"), .data("x")], returns: .number,
        examples: examples[criterion] ?? []
      ) { call in
        let model = try call.model("model")
        let x = try call.dataMatrix("x", of: model)
        return .object(CriterionObject(try model.criterion(criterion, x)))
      }
    } + [compare]

  private static let descriptions: [InformationCriterion: String] = [
    .aic: """
    Akaike's criterion of the data as a whole: -2·log-likelihood + 2 per free parameter. Small \
    is good.
    """,
    .bic: """
    Schwarz's criterion of the data as a whole: -2·log-likelihood + log n per free parameter. \
    Small is good (mclust prints the negative).
    """,
    .icl: """
    BIC + twice the entropy of the responsibilities, which favours classes that are apart \
    (Biernacki et al. 2000). Small is good.
    """,
  ]

  private static let examples: [InformationCriterion: [String]] = [
    .bic: [
      "text(bic(fit(mixture(), faithful(), seed: 1, progress: false), faithful()))  #=> "
        + "\"BIC 2322.192 = -2 · -1130.264 + penalty of 11 parameters, total of 272 rows, "
        + "small is good\""
    ]
  ]

  private static let compare = Builtin(
    "compare", in: .inference,
    help: """
      Fitted models on the same data as a table, the best by BIC first: totals in nats, criteria \
      where small is good. `delta` is the distance of the BIC from the best.
      """,
    parameters: [.list("models"), .data("x")], returns: .table,
    examples: [
      """
      compare([fit(mixture(components: k), faithful(), seed: 1, progress: false) for k in 1...3], \
      faithful()).components  #=> [2, 3, 1]
      """
    ]
  ) { call in
    let models = try call.list("models").enumerated().map { place, value in
      guard let model = (value.object as? ModelObject)?.model else {
        throw Failure(
          "L402", "element \(place) of `models` is \(value.kindPhrase), not a model",
          argument: "models")
      }
      return model
    }
    guard !models.isEmpty else {
      throw Failure("L402", "there is no model to compare", argument: "models")
    }
    let x = try call.dataMatrix("x", of: models[0])
    var rows: [(model: any Model, bic: CriterionValue, aic: Double)] = []
    for model in models {
      let aic = try model.criterion(.aic, x)
      rows.append((model, try model.criterion(.bic, x), aic.value))
    }
    rows.sort { $0.bic.value < $1.bic.value }
    let best = rows[0].bic.value
    func column(_ name: String, _ values: [Double]) -> Table.Column {
      .init(name: name, .numbers(Tensor(values)))
    }
    let table = Table(
      columns: [
        .init(name: "model", .texts(rows.map { $0.model.shortName })),
        column("components", rows.map { Double($0.model.latentDimension) }),
        column("parameters", rows.map { Double($0.bic.freeParameters) }),
        column("log_likelihood", rows.map(\.bic.logLikelihood)),
        column("bic", rows.map(\.bic.value)), column("delta", rows.map { $0.bic.value - best }),
        column("aic", rows.map(\.aic)),
        column("converged", rows.map { $0.model.history.converged ? 1 : 0 }),
      ], rows: rows.count)
    return .object(TableObject(table))
  }
}

extension Model {
  /// What tells the model from others of its kind, but for its size.
  fileprivate var shortName: String {
    guard let mixture = self as? Mixture else { return kind }
    return mixture.design.family == .gaussian
      ? "mixture, \(mixture.design.covariance.rawValue)"
      : "mixture, \(mixture.design.family.rawValue)"
  }
}
