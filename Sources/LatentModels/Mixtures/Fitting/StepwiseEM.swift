// EM on minibatches: the sufficient statistics follow the data as a running mean, so that one pass
// over data of any size is many steps.

import Foundation
import LatentTensor

/// s ← (1 − γ_t) s + γ_t s̄(batch), θ ← the M-step of s, with γ_t = (t + 2)^−κ (Cappé & Moulines,
/// "On-line expectation-maximization algorithm for latent data models", 2009; κ = 0.6, after
/// Liang & Klein 2009 between ½ and 1).
struct StepwiseEM {
  var parameters: MixtureParameters
  private var statistics: Moments?
  private var step = 0
  private(set) var raised: [Int] = []
  static let exponent = 0.6

  init(_ start: MixtureParameters) { parameters = start }

  /// Sees a batch.
  ///
  /// - Parameter total: the rows of all data, which the statistics stand for.
  /// - Returns: the log-likelihood of the batch before it was learned from.
  mutating func learn(
    _ batch: MixtureData, total: Double, _ constraint: MStepConstraint
  ) throws -> Double {
    var seen = try parameters.expectation(batch)
    guard seen.logLikelihood.isFinite else {
      throw Failure(
        "L601", "the log-likelihood is \(seen.logLikelihood) at step \(step) of EM",
        helps: ["standardize the data, or use fewer components"])
    }
    let weight = batch.total
    guard weight > 0 else { return 0 }
    seen.moments.scale(by: total / weight)
    if var running = statistics {
      let gamma = pow(Double(step) + 2, -StepwiseEM.exponent)
      running.scale(by: 1 - gamma)
      seen.moments.scale(by: gamma)
      running.add(seen.moments)
      statistics = running
    } else {
      statistics = seen.moments
    }
    step += 1
    if let statistics { raised = try parameters.maximise(statistics, constraint) }
    return seen.logLikelihood
  }
}
