// Expectation maximisation of a linear Gaussian model, recorded step by step so that its promise,
// a likelihood that never falls, can be read off.

import Foundation
import LatentTensor

/// A run of EM.
struct FactorEM {
  var isotropic: Bool
  var tolerance: Double
  var iterations: Int
  var shouldStop: () -> Bool = { false }

  /// What happened at every step.
  struct Trace {
    /// The bound L(q, θ) before the E-step, with the posteriors of the step before; nan at first.
    var before: [Double] = []
    /// After the E-step: log p(X | θ) itself, since q is then the posterior.
    var afterE: [Double] = []
    /// After the M-step, with the same posteriors.
    var afterM: [Double] = []
    /// Aitken's estimate of the log-likelihood at the limit.
    var limit = Double.nan
    var converged = false
    var reason = ""

    /// Whether no half-step lowered the bound by more than rounding.
    var isMonotone: Bool {
      let chain = zip(before, zip(afterE, afterM)).flatMap { [$0, $1.0, $1.1] }
        .filter { !$0.isNaN }
      return zip(chain, chain.dropFirst()).allSatisfy { $1 >= $0 - 1e-10 * abs($0) }
    }

    var fact: Fact {
      .record([
        ("before", .vector(before)), ("after_e", .vector(afterE)), ("after_m", .vector(afterM)),
        ("monotone", .bool(isMonotone)), ("limit", .number(limit)),
      ])
    }
  }

  /// Runs from `start`; returns the last parameters, log p(X) at them, and the trace.
  func run(
    _ data: some FactorData, from start: GaussianFactors
  ) throws -> (factors: GaussianFactors, logLikelihood: Double, trace: Trace) {
    var trace = Trace()
    var factors = start
    // Far below any noise that data can tell from 0, so that no division meets 0.
    let scale = data.variances.max() ?? 1
    let floor = data.variances.map { 1e-12 * (isotropic ? scale : $0) }
    var expectation = try data.expectation(factors)
    var bound = Double.nan
    var values = [expectation.logLikelihood]
    while trace.afterE.count < iterations {
      trace.before.append(bound)
      trace.afterE.append(expectation.logLikelihood)
      let next = try expectation.maximum(isotropic: isotropic, floor: floor)
      bound = expectation.bound(next)
      trace.afterM.append(bound)
      let reached = try data.expectation(next)
      guard reached.logLikelihood.isFinite else {
        throw Failure(
          "L601", "the log-likelihood left the finite numbers at step \(values.count) of EM",
          help: "standardize the data, or take fewer latent dimensions")
      }
      factors = next
      expectation = reached
      values.append(reached.logLikelihood)
      if hasSettled(values, &trace) { break }
      if shouldStop() {
        trace.reason = "interrupted after \(plural(trace.afterE.count)) of EM"
        break
      }
    }
    if trace.reason.isEmpty {
      let gain = values.count > 1 ? values[values.count - 1] - values[values.count - 2] : .nan
      trace.reason = String(
        format: "%@ of EM done; the last gained %.2g: more (`max_iter`) would help",
        plural(trace.afterE.count), gain)
    }
    return (factors, expectation.logLikelihood, trace)
  }

  /// Whether the last step's gain and, by Aitken's estimate, all that is still to come lie below
  /// the tolerance. A slow linear rate makes the rest many times the last gain.
  private func hasSettled(_ values: [Double], _ trace: inout Trace) -> Bool {
    guard values.count >= 3, let last = values.last else { return false }
    let gain = last - values[values.count - 2]
    let earlier = values[values.count - 2] - values[values.count - 3]
    let rounding = 8 * abs(last).ulp
    let rate = earlier > rounding ? gain / earlier : 0
    let rest =
      gain <= rounding ? 0 : rate < 1 ? gain * max(rate, 0) / (1 - max(rate, 0)) : .infinity
    trace.limit = rest < .infinity ? last + rest : .nan
    guard tolerance > 0, gain < tolerance, rest < tolerance else { return false }
    trace.converged = true
    trace.reason = String(
      format: "EM converged in %@: the last gained %.2g, and %.2g is to come by Aitken's estimate",
      plural(trace.afterE.count), gain, rest)
    return true
  }

  private func plural(_ count: Int) -> String { "\(count) step\(count == 1 ? "" : "s")" }
}
