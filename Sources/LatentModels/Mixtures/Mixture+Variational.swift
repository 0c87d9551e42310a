// Fitting by variational Bayes: more components than needed, and the data choose.

import Foundation
import LatentTensor

/// One run of variational Bayes from one start.
private struct VariationalRun {
  var posterior: VariationalPosterior
  var trace = EMTrace()
  var hasConverged = false

  var bound: Double { trace.objective.last ?? -.infinity }

  init(_ start: VariationalPosterior) { posterior = start }

  /// - Throws: `L601` when the bound leaves the finite numbers.
  mutating func run(
    on data: MixtureData, _ options: EMOptions, shouldStop: () -> Bool,
    progressed: (Int, Double) -> Void
  ) throws {
    for step in 1...max(options.iterations, 1) {
      let (bound, moments) = try posterior.expectation(data)
      trace.objective.append(bound)
      guard bound.isFinite else {
        throw Failure(
          "L601", "the bound is \(bound) at step \(step) of variational Bayes",
          help: "standardize the data, or use fewer components")
      }
      progressed(step, bound)
      if trace.hasConverged(options.tolerance) {
        hasConverged = true
        return
      }
      if shouldStop() { return }
      posterior = try VariationalPosterior(
        moments, posterior.prior, posterior.center.family)
    }
  }

  var fact: Fact {
    .record([
      ("elbo", .number(bound)), ("components", .integer(posterior.kept.count)),
      ("steps", .integer(trace.objective.count)), ("converged", .bool(hasConverged)),
    ])
  }
}

extension Mixture {
  func fitVariationally(
    _ data: MixtureData, _ scale: DataScale, _ constraint: MStepConstraint,
    _ request: FitRequest, _ observer: FitObserver
  ) throws -> TrainingHistory {
    guard let prior = constraint.prior else { return TrainingHistory() }
    let maker = StartMaker(data, scale, template(columns: data.columns), constraint)
    let kind = MixtureStart(rawValue: request.em.start) ?? .auto
    let starts = maker.isUnique(kind) ? 1 : request.em.restarts
    var best: VariationalRun?
    var ends: [Fact] = []
    let began = Date()
    var told = began
    for number in 0..<starts {
      if number > 0, observer.shouldStop() { break }
      let start = try maker.parameters(
        kind, number: number, seed: request.seed, shouldStop: observer.shouldStop)
      var run = VariationalRun(
        try VariationalPosterior(start.expectation(data).moments, prior, design.covariance))
      try run.run(on: data, request.em, shouldStop: observer.shouldStop) { step, bound in
        let now = Date()
        guard now.timeIntervalSince(told) > 0.2 else { return }
        told = now
        let total = starts * request.em.iterations
        let done = min(number * request.em.iterations + step, total)
        let pace = now.timeIntervalSince(began) / Double(max(done, 1))
        observer.progressed(
          TrainingProgress(
            epoch: step, epochs: request.em.iterations, step: done, steps: total,
            elbo: bound / data.unit, validation: nil, rate: data.unit / pace,
            secondsLeft: pace * Double(total - done), epochIsComplete: false, isFinished: false))
      }
      ends.append(run.fact)
      if run.bound > best?.bound ?? -.infinity { best = run }
    }
    guard let best else { throw Failure("L601", "no start of variational Bayes has led anywhere") }
    return conclude(best, ends, data, observer)
  }

  private func conclude(
    _ best: VariationalRun, _ ends: [Fact], _ data: MixtureData, _ observer: FitObserver
  ) -> TrainingHistory {
    let kept = best.posterior.kept
    parameters = best.posterior.pruned
    collapsed = []
    var later = TrainingHistory()
    later.elbo = best.trace.objective.map { $0 / data.unit }
    later.steps = best.trace.objective.count
    later.converged = best.hasConverged
    let dropped = design.components - kept.count
    later.reason =
      (best.hasConverged ? "converged" : "not converged") + " in \(later.steps) steps; "
      + "\(kept.count) of \(design.components) components are in use"
    if dropped > 0 {
      later.reason += ", the others hold less than one datum and are pruned"
      observer.decided(
        "\(dropped) component\(dropped == 1 ? "" : "s") of \(design.components) hold"
          + "\(dropped == 1 ? "s" : "") less than one datum and \(dropped == 1 ? "is" : "are") "
          + "pruned")
    }
    later.details = [
      ("bound", .vector(best.trace.objective)), ("starts", .list(ends)),
      ("counts", .vector(best.posterior.counts)), ("kept", .vector(kept.map(Double.init))),
      ("pruned", .integer(dropped)),
      ("objective", .text("a lower bound of log p(X), all parameters integrated out")),
    ]
    return later
  }
}
