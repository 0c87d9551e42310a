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
        let x = try call.dataMatrix("x", columns: model.columns)
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
    let x = try call.dataMatrix("x", columns: models[0].columns)
    var rows: [(bic: Double, model: any Model, aic: Double, value: CriterionValue)] = []
    for model in models {
      let bic = try model.criterion(.bic, x)
      let aic = try model.criterion(.aic, x)
      rows.append((bic.value, model, aic.value, bic))
    }
    rows.sort { $0.bic < $1.bic }
    let best = rows[0].bic
    func numbers(_ name: String, _ value: ((bic: Double, model: any Model, aic: Double, value: CriterionValue)) -> Double) -> Table.Column {
      .init(name: name, .numbers(Tensor(rows.map(value))))
    }
    let table = Table(
      columns: [
        .init(name: "model", .texts(rows.map { $0.model.shortName })),
        numbers("components") { Double($0.model.latentDimension) },
        numbers("log_likelihood") { $0.value.logLikelihood },
        numbers("parameters") { Double($0.value.freeParameters) },
        numbers("aic") { $0.aic }, numbers("bic") { $0.bic }, numbers("delta") { $0.bic - best },
        numbers("converged") { $0.model.history.converged ? 1 : 0 },
      ], rows: rows.count)
    return .object(TableObject(table))
  }
}

extension Model {
  /// How the model was made, without what it was fitted to.
  fileprivate var shortName: String {
    summary.firstIndex(of: ")").map { String(summary[...$0]) } ?? kind
  }
}
