// EM as an object of study: the bound before and after each half-step, and what its gains say about
// the limit.

import Foundation

/// What happened in each step of one run; totals in nats.
public struct EMTrace: Sendable {
  /// log p(X|θ) at the start of each step, and after the last.
  public var logLikelihood: [Double] = []
  /// L(q_old, θ) before each E-step; for the first step there is none (nan).
  public var beforeE: [Double] = []
  /// L(q, θ) after each E-step: touches the log-likelihood.
  public var afterE: [Double] = []
  /// L(q, θ_new) after each M-step.
  public var afterM: [Double] = []
  /// The likelihood, or with a prior what EM maximises instead, log p(X|θ) + log p(θ).
  public var objective: [Double] = []
  /// Whether a floor or an extrapolation acted in a step.
  public var interventions = 0

  /// KL(q_old ‖ p(z|x, θ)) closed by each E-step.
  public var gap: [Double] { zip(logLikelihood, beforeE).map { max($0 - $1, 0) } }

  public var gains: [Double] { zip(objective.dropFirst(), objective).map { $0 - $1 } }

  /// The smallest gain, in units of the objective's size: below −1e-10 EM is in error.
  public var worstGain: Double {
    let scale = max(objective.map { abs($0) }.max() ?? 1, 1)
    return (gains.min() ?? 0) / scale
  }

  public var isMonotone: Bool { worstGain >= -1e-10 }

  /// How the latest gains shrink: gain_t / gain_{t−1}.
  public var rate: Double? {
    let latest = gains.suffix(2)
    guard let gain = latest.last, let before = latest.first, latest.count == 2, before > 0 else {
      return nil
    }
    return gain / before
  }

  /// What is still to come by Aitken's estimate, gain · a/(1 − a); infinite while gains grow
  /// (McLachlan & Krishnan, "The EM algorithm and extensions", section 4.9).
  public var remainder: Double {
    guard let gain = gains.last else { return .infinity }
    // Below rounding there is no rate to see.
    let noise = 4 * Double.ulpOfOne * abs(objective.last ?? 0)
    if abs(gain) <= noise { return abs(gain) }
    guard let rate, rate < 1 else { return .infinity }
    return gain * max(rate, 0) / (1 - max(rate, 0))
  }

  /// Aitken's estimate of the limit of the objective.
  public var limit: Double { (objective.last ?? .nan) + remainder }

  /// Whether nothing worth `tolerance` was gained in the latest step, nor is to be expected.
  public func hasConverged(_ tolerance: Double) -> Bool {
    guard let gain = gains.last else { return false }
    let noise = 4 * Double.ulpOfOne * abs(objective.last ?? 0)
    // Two gains in a row must be small: beside a saddle one may be small by chance.
    guard gains.count >= 2, gains.suffix(2).allSatisfy({ $0 < max(tolerance, noise) }) else {
      return false
    }
    return gain <= noise || remainder < max(tolerance, noise)
  }

  var fact: Fact {
    .record([
      ("log_likelihood", .vector(logLikelihood)), ("before_e", .vector(beforeE)),
      ("after_e", .vector(afterE)), ("after_m", .vector(afterM)), ("gap", .vector(gap)),
      ("objective", .vector(objective)), ("gain", .vector(gains)),
      ("monotone", .bool(isMonotone)), ("worst_gain", .number(worstGain)),
      ("rate", rate.map(Fact.number) ?? .nothing), ("limit", .number(limit)),
      ("interventions", .integer(interventions)),
    ])
  }
}
