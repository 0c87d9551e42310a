// One run of EM from one start.

import Foundation
import LatentTensor

/// Alternates the two steps until the gain, and what Aitken's estimate says is still to come, are
/// below the tolerance.
struct EMRun: Sendable {
  var parameters: MixtureParameters
  var trace = EMTrace()
  /// Components at the floor of the covariances, or without data, at the end.
  var collapsed: [Int] = []
  var hasConverged = false
  var wasStopped = false
  var steps = 0

  var objective: Double { trace.objective.last ?? -.infinity }
  var logLikelihood: Double { trace.logLikelihood.last ?? -.infinity }

  init(_ start: MixtureParameters) { parameters = start }

  /// - Throws: `L601` when the likelihood leaves the finite numbers.
  mutating func run(
    on data: MixtureData, _ constraint: MStepConstraint, _ options: EMOptions,
    base: Double, isAccelerated: Bool, shouldStop: () -> Bool,
    progressed: (Int, Double) -> Void = { _, _ in }
  ) throws {
    var expectation = try parameters.expectation(data)
    trace.logLikelihood = [expectation.logLikelihood + base]
    trace.objective = [
      expectation.logLikelihood + base + constraint.logPrior(parameters)
    ]
    try checkFinite()
    trace.beforeE = [.nan]
    while steps < options.iterations {
      if shouldStop() {
        wasStopped = true
        break
      }
      trace.afterE.append(
        parameters.expectedLogJoint(expectation.moments) + expectation.entropy + base)
      let before = parameters
      collapsed = try parameters.maximise(expectation.moments, constraint)
      if !collapsed.isEmpty { trace.interventions += 1 }
      trace.afterM.append(
        parameters.expectedLogJoint(expectation.moments) + expectation.entropy + base)
      expectation = try parameters.expectation(data)
      if isAccelerated {
        try accelerate(from: before, &expectation, data, constraint, base: base)
      }
      steps += 1
      trace.beforeE.append(trace.afterM.last ?? .nan)
      trace.logLikelihood.append(expectation.logLikelihood + base)
      trace.objective.append(
        expectation.logLikelihood + base + constraint.logPrior(parameters))
      try checkFinite()
      progressed(steps, objective)
      if trace.hasConverged(options.tolerance) {
        hasConverged = true
        break
      }
    }
    let total = max(data.total, 1)
    let empty = parameters.weights.indices.filter { parameters.weights[$0] * total < 1e-6 }
    collapsed = Set(collapsed).union(empty).sorted()
  }

  private func checkFinite() throws {
    guard objective.isFinite else {
      throw Failure(
        "L601", "the log-likelihood is \(objective) at step \(steps) of EM",
        notes: ["the last good parameters are kept"],
        helps: ["standardize the data, or use fewer components"])
    }
  }

  // MARK: Acceleration

  /// A step of SQUAREM, scheme S3 (Varadhan & Roland 2008): with θ₀, θ₁ = F(θ₀), θ₂ = F(θ₁),
  /// r = θ₁ − θ₀ and v = θ₂ − θ₁ − r, the extrapolation θ₀ − 2αr + α²v with α = −‖r‖/‖v‖,
  /// followed by a step of EM from there. Kept only where it gains on θ₂.
  private mutating func accelerate(
    from start: MixtureParameters, _ expectation: inout MixtureParameters.Expectation,
    _ data: MixtureData, _ constraint: MStepConstraint, base: Double
  ) throws {
    let first = parameters
    var second = parameters
    guard try second.maximise(expectation.moments, constraint).isEmpty else { return }
    let reached = try second.expectation(data)
    let zero = start.vector
    let (one, two) = (first.vector, second.vector)
    let r = zip(one, zero).map { $0 - $1 }
    let v = zip(zip(two, one), r).map { $0.0 - $0.1 - $1 }
    func norm(_ a: [Double]) -> Double { a.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    parameters = second
    expectation = reached
    guard norm(v) > 0 else { return }
    let alpha = -max(norm(r) / norm(v), 1)
    var leap = second
    let target = zip(zero, zip(r, v)).map { $0 - 2 * alpha * $1.0 + alpha * alpha * $1.1 }
    guard alpha < -1, leap.take(vector: target) else { return }
    let landed = try leap.expectation(data)
    guard landed.logLikelihood.isFinite,
      try leap.maximise(landed.moments, constraint).isEmpty
    else { return }
    let found = try leap.expectation(data)
    let gain =
      found.logLikelihood + constraint.logPrior(leap)
      - reached.logLikelihood - constraint.logPrior(second)
    guard gain > 0 else { return }
    parameters = leap
    expectation = found
    trace.interventions += 1
  }
}

extension MixtureParameters {
  /// log π and the components' free numbers.
  fileprivate var vector: [Double] {
    weights.map { log(max($0, 1e-300)) } + components.vector
  }

  fileprivate mutating func take(vector: [Double]) -> Bool {
    let heads = vector.prefix(count)
    guard heads.allSatisfy(\.isFinite), let top = heads.max() else { return false }
    let shares = heads.map { exp($0 - top) }
    let sum = shares.reduce(0, +)
    guard components.take(vector: Array(vector.dropFirst(count))) else { return false }
    weights = shares.map { $0 / sum }
    return true
  }
}

extension MStepConstraint {
  /// log p(θ) up to a constant: 0 without a prior.
  func logPrior(_ parameters: MixtureParameters) -> Double {
    guard let prior, let gaussian = parameters.components as? GaussianComponents else { return 0 }
    return prior.logDensity(gaussian)
      + parameters.weights.reduce(0) {
        prior.concentration == 1 ? $0 : $0 + (prior.concentration - 1) * log($1)
      }
  }
}
