// θ of a mixture, and the two steps of EM on it.

import Foundation
import LatentTensor

/// π and the components.
struct MixtureParameters: Sendable {
  var weights: [Double]
  var components: any MixtureComponents

  var count: Int { weights.count }

  /// What an E-step leaves for the M-step.
  struct Expectation: Sendable {
    /// Σ log p(x), or log p(x, z) where z is known.
    var logLikelihood: Double
    /// H(q), over the classes and missing values.
    var entropy: Double
    var moments: Moments
  }

  var logWeights: [Double] { weights.map { log($0) } }

  /// q(z) = p(z|x, θ) for every row, and the moments under it.
  func expectation(_ data: MixtureData) throws -> Expectation {
    var total = Moments(components.order, components: count, columns: components.columns)
    var (logLikelihood, entropy) = (0.0, 0.0)
    for group in data.groups {
      let result = try sweep(group.observed, .init(moments: components.order)).run(group)
      logLikelihood += result.logLikelihood
      entropy += result.entropy
      guard let part = result.moments else { continue }
      let completed = try components.completed(part, observed: group.observed)
      if data.groups.count == 1 { total = completed } else { total.add(completed) }
    }
    return Expectation(
      logLikelihood: logLikelihood, entropy: entropy + total.missingEntropy, moments: total)
  }

  func sweep(_ observed: [Int], _ wanted: Sweep.Wanted) throws -> Sweep {
    let d = components.columns
    let shift =
      observed.count == d
      ? components.means
      : (0..<count).flatMap { k in observed.map { components.means[k * d + $0] } }
    return Sweep(
      form: try components.form(observed: observed), logWeights: logWeights, shift: shift,
      wanted: wanted)
  }

  /// Takes the θ that maximises the bound for the q that the moments were gathered under.
  ///
  /// - Returns: the components kept from a singular density.
  mutating func maximise(_ moments: Moments, _ constraint: MStepConstraint) throws -> [Int] {
    let extra = (constraint.prior?.concentration ?? 1) - 1
    let counts = moments.counts.map { max($0 + extra, 0) }
    let total = counts.reduce(0, +)
    if total > 0 { weights = counts.map { $0 / total } }
    return try components.maximise(moments, constraint)
  }

  /// E_q log p(x, z|θ), from the moments under q.
  func expectedLogJoint(_ moments: Moments) -> Double {
    var sum = 0.0
    for (count, weight) in zip(moments.counts, weights) where count > 0 {
      sum += count * log(weight)
    }
    return sum + components.expectedLogDensity(moments)
  }

  mutating func reorder(_ order: [Int]) {
    weights = order.map { weights[$0] }
    components.reorder(order)
  }
}
