// Identities of exact Bayesian learning: the order and the division of the data do not matter.

import LatentDistributions
import LatentTensor

extension BayesModel: SelfVerifying {
  public func ownIdentities(_ data: DataSet, seed: UInt64) throws -> [Identity] {
    let x = data.x.spread(200)
    let n = x.shape[0]
    guard n > 1 else { return [] }
    let evidence = try evidence(
      x, by: .exact, samples: 1, seed: seed, shouldStop: { false })
    let reversed = try self.evidence(
      x.rows((0..<n).reversed()), by: .exact, samples: 1, seed: seed, shouldStop: { false })
    let (once, twice) = (copied(), copied())
    try once.fit(DataSet(x: x), FitRequest(), FitObserver())
    try twice.fit(DataSet(x: x.rows(0..<(n / 2))), FitRequest(), FitObserver())
    try twice.fit(DataSet(x: x.rows((n / 2)..<n)), FitRequest(), FitObserver())
    let scale = max(1, abs(evidence.total))
    return [
      Identity(
        "log p(x1 … xn) does not depend on their order", evidence.total, reversed.total,
        within: 1e-10 * scale),
      once.sameParameters(twice, "posterior of two batches = posterior of all data"),
      (once as? BayesModel).map {
        Identity(
          "log p(x1 … xn) = sum of log p(xi | those before)",
          $0.logEvidence - logEvidence, evidence.total, within: 1e-10 * scale)
      },
    ].compactMap { $0 }
  }
}

extension BayesianRegression: SelfVerifying {
  /// Of data with `y`: the chain rule of log p(y | X), one row after the other.
  public func ownIdentities(_ data: DataSet, seed: UInt64) throws -> [Identity] {
    guard let y = data["y"], y.count == data.x.shape.first, y.count > 1 else { return [] }
    let n = min(y.count, 100)
    func part(_ rows: Range<Int>) -> DataSet {
      DataSet(
        x: data.x.rows(rows), others: [("y", Tensor(Array(y.values[rows])))])
    }
    let (once, steps) = (copied(), copied())
    try once.fit(part(0..<n), FitRequest(), FitObserver())
    var chain = 0.0
    for row in 0..<n {
      guard let model = steps as? BayesianRegression else { return [] }
      chain +=
        try model.predictive(data.x.rows(row..<(row + 1)))
        .logProbability(Tensor([y[flat: row]])).values.reduce(0, +)
      try steps.fit(part(row..<(row + 1)), FitRequest(), FitObserver())
    }
    let gained = ((once as? BayesianRegression)?.logEvidence ?? .nan) - logEvidence
    return [
      Identity(
        "log p(y | X) = sum of log p(yi | xi, those before)", gained, chain,
        within: 1e-8 * max(1, abs(gained))),
      once.sameParameters(steps, "posterior of rows one by one = posterior of all data"),
    ].compactMap { $0 }
  }
}

extension Model {
  fileprivate func sameParameters(_ other: any Model, _ name: String) -> Identity? {
    let pairs = zip(parameterValues, other.parameterValues).flatMap { own, others in
      zip(own.value.values, others.value.values).map {
        ($0, $1, 1e-9 * max(1, abs($0), abs($1)))
      }
    }
    return Identity(name, worstOf: pairs)
  }
}

extension Tensor {
  fileprivate func rows(_ places: some Collection<Int>) -> Tensor {
    let width = shape.dropFirst().reduce(1, *)
    return Tensor(
      shape: [places.count] + Array(shape.dropFirst()),
      places.flatMap { row in (0..<width).map { self[flat: row * width + $0] } })
  }
}
