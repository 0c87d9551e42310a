// How likely responses are: each row by itself, and all of them in their order.

import Foundation
import LatentDistributions
import LatentTensor

extension BayesianRegression {
  /// y of a regression's data, beside x.
  ///
  /// - Throws: `L511` without one number per row, `L524` for missing or infinite ones.
  func targets(_ data: DataSet, argument: String) throws -> Tensor {
    guard let y = data["y"], y.count == data.x.shape.first else {
      throw Failure(
        "L511", "a regression needs the field `y` beside `x`, one number per row",
        argument: argument, help: "write `(x: X, y: y)`")
    }
    for (name, values) in [("x", data.x), ("y", y)] {
      guard let place = values.values.firstIndex(where: { !$0.isFinite }) else { continue }
      throw Failure(
        "L524", "`\(name)` holds \(NumberText.shortest(values[flat: place])) at position \(place)",
        argument: argument, help: "leave rows with missing values out")
    }
    return y
  }

  /// log p(yᵢ | xᵢ, data so far) of each row by itself, in nats.
  public func logProbability(_ data: DataSet, argument: String) throws -> [Double] {
    let y = try targets(data, argument: argument).values
    guard let (family, p) = try predictive(data.x).family, p.count >= 2 else { return [] }
    let (centers, scales) = (p[p.count - 2].values, p[p.count - 1].values)
    let freedom = family.name == Family.studentT.name ? p[0].values.first : nil
    return y.indices.map { row in
      let z = (y[row] - centers[row]) / scales[row]
      guard let freedom else { return -0.5 * (z * z + log(2 * .pi)) - log(scales[row]) }
      let (lgamma, half) = (SpecialFunction.lgamma, 0.5 * freedom)
      return lgamma(half + 0.5) - lgamma(half) - 0.5 * log(.pi * freedom) - log(scales[row])
        - (half + 0.5) * log1p(z * z / freedom)
    }
  }

  /// log p(yᵢ | X, data so far, y₁ … yᵢ₋₁): their sum is log p(y | X, data so far), before any fit
  /// the evidence of the model.
  public func evidence(
    _ data: DataSet, argument: String, shouldStop: () -> Bool
  ) throws -> Evidence {
    let y = try targets(data, argument: argument).values
    guard let learner = copied() as? BayesianRegression else { return .exact([]) }
    let (d, x) = (data.x.shape.last ?? 0, data.x.values)
    var terms: [Double] = []
    for row in y.indices where !shouldStop() {
      var one = DataSet(x: Tensor(shape: [1, d], Array(x[(row * d)..<((row + 1) * d)])))
      one.others.append(("y", Tensor([y[row]])))
      let before = learner.logEvidence
      try learner.fit(one, FitRequest(), FitObserver())
      terms.append(learner.logEvidence - before)
    }
    return .exact(terms)
  }
}
