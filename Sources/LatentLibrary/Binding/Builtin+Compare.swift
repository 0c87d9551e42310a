// Several models on the same data as one table, fitted on the way where they are not: the usual
// first question to a mixture, how many components of which kind.

import LatentData
import LatentLanguage
import LatentModels
import LatentTensor

extension Builtin {
  static let compare = Builtin(
    "compare", in: .inference,
    help: """
      Models on the same data as a table, the best by BIC first: totals in nats, criteria where \
      small is good, `delta` the distance of the BIC from the best, `best` the criteria by which a \
      model is best. Models that are not fitted yet are fitted, by default settings. A mixture \
      and the numbers of `components`, or the kinds of `covariance`, or both, compare mixtures \
      like it with each combination.
      """,
    parameters: [
      .any("models", "A list of models, or one."), .data("x"),
      .any("components", default: nil, "Numbers of components of a mixture: `1...6`.").named,
      .any("covariance", default: nil, "Kinds of covariance: `[\"full\", \"tied\"]`.").named,
      .seed,
    ],
    returns: .table,
    examples: [
      """
      compare([mixture(components: k) for k in 1...3], faithful(), seed: 1).components \
       #=> [2, 3, 1]
      """,
      """
      compare(mixture(), faithful(), components: 1...3, covariance: ["full", "tied"], seed: 1) \
      .model[0]  #=> "mixture, tied"
      """,
    ]
  ) { call in
    let models = try call.comparedModels()
    let x = try call.dataMatrix("x", of: models[0])
    let seed = try call.randomKey().combined
    var rows: [ComparedModel] = []
    for model in models {
      if !model.isFitted { try call.fit(model, x, seed: seed) }
      rows.append(try ComparedModel(model, x))
    }
    return .object(TableObject(ComparedModel.table(rows)))
  }
}

/// A row of the table.
private struct ComparedModel {
  let model: any Model
  let aic: Double
  let bic: CriterionValue
  /// nan where a model has no classes.
  let icl: Double

  init(_ model: any Model, _ x: Tensor) throws {
    self.model = model
    aic = try model.criterion(.aic, x).value
    bic = try model.criterion(.bic, x)
    icl = model is Mixture ? try model.criterion(.icl, x).value : .nan
  }

  static func table(_ unordered: [ComparedModel]) -> Table {
    let rows = unordered.sorted { $0.bic.value < $1.bic.value }
    let least = rows.first?.bic.value ?? .nan
    let bestAIC = rows.map(\.aic).min() ?? .nan
    let bestICL = rows.map(\.icl).filter { !$0.isNaN }.min() ?? .nan
    func column(_ name: String, _ values: [Double]) -> Table.Column {
      .init(name: name, .numbers(Tensor(values)))
    }
    let best = rows.map { row in
      let marks = [
        ("BIC", row.bic.value == least), ("AIC", row.aic == bestAIC), ("ICL", row.icl == bestICL),
      ]
      return marks.filter(\.1).map(\.0).joined(separator: " ")
    }
    return Table(
      columns: [
        .init(name: "model", .texts(rows.map { $0.model.shortName })),
        column("components", rows.map { Double($0.model.latentDimension) }),
        column("parameters", rows.map { Double($0.bic.freeParameters) }),
        column("log_likelihood", rows.map(\.bic.logLikelihood)),
        column("bic", rows.map(\.bic.value)), column("delta", rows.map { $0.bic.value - least }),
        column("aic", rows.map(\.aic)), column("icl", rows.map(\.icl)),
        .init(name: "best", .texts(best)),
        column("converged", rows.map { $0.model.history.converged ? 1 : 0 }),
      ], rows: rows.count)
  }
}

extension BuiltinCall {
  /// The models as they are given, or the variations of a mixture.
  fileprivate func comparedModels() throws -> [any Model] {
    let value = value("models")
    var models: [any Model] = []
    if let one = (value.object as? ModelObject)?.model {
      models = [one]
    } else {
      for (place, element) in try elements("models").enumerated() {
        guard let model = (element.object as? ModelObject)?.model else {
          throw Failure(
            "L402", "element \(place) of `models` is \(element.kindPhrase), not a model",
            argument: "models")
        }
        models.append(model)
      }
    }
    guard !models.isEmpty else {
      throw Failure("L402", "there is no model to compare", argument: "models")
    }
    let varied = ["components", "covariance"].first { has($0) }
    guard let varied else { return models }
    let counts = try has("components") ? componentCounts() : nil
    let kinds = try has("covariance") ? covarianceKinds() : nil
    return try models.flatMap { model -> [any Model] in
      guard let mixture = model as? Mixture else {
        throw Failure(
          "L516", "`\(varied)` varies a mixture, not a `\(model.kind)`", argument: varied,
          help: "list the models instead: `compare([ppca(latent: q) for q in 1...3], x)`")
      }
      if kinds != nil, mixture.design.family != .gaussian {
        throw Failure(
          "L516", "a \(mixture.design.family.rawValue) mixture has no covariances to vary",
          argument: "covariance", help: "leave `covariance` out")
      }
      return (kinds ?? [mixture.design.covariance]).flatMap { kind in
        (counts ?? [mixture.design.components]).map { count in
          var design = mixture.design
          (design.components, design.covariance) = (count, kind)
          return Mixture(design)
        }
      }
    }
  }

  private func componentCounts() throws -> [Int] {
    let values = value("components").asNumber.map { [Value.number($0)] }
    let counts = try (values ?? elements("components")).map { value -> Int in
      guard let count = value.asNumber.flatMap({ Int(exactly: $0) }), (1...100_000).contains(count)
      else {
        throw Failure(
          "L402", "numbers of components are integers from 1 to 100000, not \(value.kindPhrase)",
          argument: "components", help: "write e.g. `components: 1...6`")
      }
      return count
    }
    return try some(counts, "components")
  }

  private func covarianceKinds() throws -> [CovarianceFamily] {
    let values = value("covariance").asText.map { [Value.text($0)] }
    let kinds = try (values ?? elements("covariance")).map { value -> CovarianceFamily in
      guard let kind = value.asText.flatMap(CovarianceFamily.init(rawValue:)) else {
        let known = CovarianceFamily.allCases.map { "\"\($0.rawValue)\"" }
        throw Failure(
          "L402",
          "there is no covariance \(value.asText.map { "\"\($0)\"" } ?? "of \(value.kindPhrase)")",
          argument: "covariance", help: "choose among \(known.joined(separator: ", "))")
      }
      return kind
    }
    return try some(kinds, "covariance")
  }

  private func some<Element>(_ list: [Element], _ name: String) throws -> [Element] {
    guard !list.isEmpty else {
      throw Failure("L402", "`\(name)` is empty, so there is nothing to compare", argument: name)
    }
    return list
  }

  /// Fits by default settings, silently.
  fileprivate func fit(_ model: any Model, _ x: Tensor, seed: UInt64) throws {
    guard model is Mixture || model is LinearGaussian else {
      throw Failure(
        "L516", "a `\(model.kind)` is compared once it is fitted", argument: "models",
        help: "fit it first: `compare([fit(a, x), fit(b, x)], x)`")
    }
    var request = FitRequest()
    request.seed = seed
    var limit: Failure?
    var observer = FitObserver()
    observer.shouldStop = {
      if runtime.interrupt.isSet { return true }
      do { try runtime.checkLimits() } catch { limit = error as? Failure }
      return limit != nil
    }
    do {
      try model.fit(DataSet(x: x), request, observer)
    } catch var failure as Failure {
      failure.notes.append("while fitting \(model.summary)")
      failure.argument = failure.argument == "data" ? "x" : failure.argument
      throw failure
    }
    if let limit { throw limit }
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
