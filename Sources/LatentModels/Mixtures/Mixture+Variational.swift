// Fitting by variational Bayes: more components than needed, and the data choose.

import Foundation
import LatentTensor

extension Mixture {
  func fitVariationally(
    _ data: MixtureData, _ scale: DataScale, _ constraint: MStepConstraint,
    _ request: FitRequest, _ observer: FitObserver
  ) throws -> TrainingHistory {
    guard design.covariance == .full, let prior = constraint.prior else {
      throw Failure(
        "L517",
        "variational Bayes is there for `covariance: \"full\"`, not for "
          + "\"\(design.covariance.rawValue)\"", argument: "method",
        help: "`method: \"map\"` has priors for every family")
    }
    guard data.isComplete, let group = data.groups.first else {
      throw Failure(
        "L517", "variational Bayes needs data without missing values", argument: "method",
        help: "fit by EM first and fill them: `impute(m, x)`")
    }
    let maker = StartMaker(data, scale, template(columns: data.columns), constraint)
    let kind = MixtureStart(rawValue: request.em.start) ?? .auto
    let starts = maker.isUnique(kind) ? 1 : request.em.restarts
    var best: (posterior: VariationalPosterior, trace: EMTrace, converged: Bool)?
    var ends: [Fact] = []
    for number in 0..<starts {
      if number > 0, observer.shouldStop() { break }
      let start = try maker.parameters(
        kind, number: number, seed: request.seed, shouldStop: observer.shouldStop)
      guard
        let moments = try start.sweep(group.observed, .init(moments: .scatter)).run(group)
          .moments
      else { continue }
      var posterior = try VariationalPosterior(moments, prior)
      var trace = EMTrace()
      var hasConverged = false
      for _ in 0..<max(request.em.iterations, 1) {
        let (bound, moments) = try posterior.expectation(group)
        trace.objective.append(bound)
        guard bound.isFinite, let moments else {
          throw Failure("L601", "the bound is \(bound) at step \(trace.objective.count)")
        }
        if trace.hasConverged(request.em.tolerance) {
          hasConverged = true
          break
        }
        if observer.shouldStop() { break }
        posterior = try VariationalPosterior(moments, prior)
      }
      let bound = trace.objective.last ?? -.infinity
      ends.append(
        .record([
          ("elbo", .number(bound)), ("components", .integer(posterior.pruned.kept.count)),
          ("converged", .bool(hasConverged)),
        ]))
      if bound > best?.trace.objective.last ?? -.infinity {
        best = (posterior, trace, hasConverged)
      }
    }
    guard let best else { throw Failure("L601", "no start of variational Bayes has led anywhere") }
    let (found, kept) = best.posterior.pruned
    parameters = found
    collapsed = []
    var later = TrainingHistory()
    later.elbo = best.trace.objective.map { $0 / max(data.total, 1) }
    later.steps = best.trace.objective.count
    later.converged = best.converged
    let dropped = design.components - kept.count
    later.reason =
      (best.converged ? "converged" : "not converged") + " in \(later.steps) steps; "
      + "\(kept.count) of \(design.components) components are in use"
    if dropped > 0 {
      observer.decided("\(dropped) components were not needed and are pruned")
    }
    later.details = [
      ("bound", .vector(best.trace.objective)), ("starts", .list(ends)),
      ("pruned", .integer(dropped)),
      ("objective", .text("a lower bound of log p(X), all parameters integrated out")),
    ]
    return later
  }
}
