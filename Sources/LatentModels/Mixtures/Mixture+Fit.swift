// Fitting a mixture: which method, from which starts, and the verdict.

import Foundation
import LatentTensor

extension Mixture {
  public func heeds(_ argument: String, by method: FitMethod) -> Bool {
    if ["weights", "restarts", "init", "tol", "max_iter"].contains(argument) { return true }
    return method != .variational && ["batch", "epochs", "accelerate"].contains(argument)
  }

  public func fit(_ set: DataSet, _ request: FitRequest, _ observer: FitObserver) throws {
    let began = Date()
    let oldLevels = levels
    do {
      let data = try arranged(set, argument: "data")
      try checkCount(data)
      var later = try fit(data, request, observer)
      later.seconds = Date().timeIntervalSince(began)
      history.append(later)
      columns = set.x.shape[1]
    } catch {
      if parameters == nil { levels = oldLevels }
      throw error
    }
  }

  private func checkCount(_ data: MixtureData) throws {
    let counting = data.weights?.count { $0 > 0 } ?? data.rows
    guard counting >= design.components else {
      throw KMeans.tooFew(counting, design.components)
    }
  }

  private func fit(
    _ data: MixtureData, _ request: FitRequest, _ observer: FitObserver
  ) throws -> TrainingHistory {
    let hasPrior =
      request.method == .map || request.method == .variational
      || (design.prior != nil && request.method != .mle)
    if hasPrior, design.family != .gaussian {
      throw Failure(
        "L517", "priors are for gaussian mixtures; this one is \(design.family.rawValue)",
        argument: "method", help: "leave `method` and `prior` out")
    }
    let needsCovariance = design.family == .gaussian && !isDiagonalDesign
    let d = data.columns
    _ = try Shape.count(
      needsCovariance ? [design.components, d, d] : [design.components, d], argument: "data")
    let scale = try DataScale(data, withCovariance: needsCovariance || hasPrior)
    var constraint = MStepConstraint()
    constraint.floor =
      design.family == .gaussian
      ? try scale.check(design.covariance, hasPrior: hasPrior, total: Double(data.rows))
      : try countFloor(scale)
    if hasPrior {
      constraint.prior = try conjugatePrior(
        scale, data, isVariational: request.method == .variational)
    }
    if request.method == .variational {
      return try fitVariationally(data, scale, constraint, request, observer)
    }
    let maker = StartMaker(data, scale, template(columns: data.columns), constraint)
    if data.isLabelled, data.isComplete {
      return try fitLabelled(data, maker, constraint, observer)
    }
    guard request.method != .exact || design.components == 1 else {
      throw Failure(
        "L517", "a mixture has no closed form unless every component is known",
        argument: "method", help: "leave `method` out: EM is used")
    }
    if request.given.contains("batch"), request.gradient.batch < data.rows {
      return try fitStepwise(data, maker, constraint, request, observer)
    }
    if request.given.contains("epochs") {
      observer.decided(
        "`epochs` counts passes of EM on minibatches; without `batch` EM runs until `tol`")
    }
    return try fitByRestarts(data, maker, constraint, request, observer)
  }

  var isDiagonalDesign: Bool { design.covariance == .diag || design.covariance == .spherical }

  /// Components in shape, without values.
  func template(columns d: Int) -> MixtureParameters {
    let k = design.components
    let weights = [Double](repeating: 1 / Double(k), count: k)
    let means = [Double](repeating: 0, count: k * d)
    if design.family != .gaussian {
      return MixtureParameters(
        weights: weights,
        components: CountComponents(
          design.family, count: k, columns: d, means: means, levels: levels))
    }
    let identity = Triangle(size: d).diagonal(of: [Double](repeating: 1, count: d))
    let factors =
      isDiagonalDesign
      ? [Double](repeating: 1, count: k * d)
      : (0..<(design.covariance == .tied ? 1 : k)).flatMap { _ in identity }
    return MixtureParameters(
      weights: weights,
      components: GaussianComponents(
        design.covariance, count: k, columns: d, means: means, factors: factors))
  }

  private func countFloor(_ scale: DataScale) throws -> CovarianceFloor {
    for (j, variance) in scale.variances.enumerated() where variance.isNaN {
      throw Failure(
        "L531", "column \(j) of the data has no value at all", argument: "data",
        help: "leave the column out")
    }
    return CovarianceFloor(factor: [], inverseFactor: [], variances: scale.variances)
  }

  /// The base measure of all rows.
  func base(_ data: MixtureData) -> Double {
    guard let rows = baseDensities(data) else { return 0 }
    return rows.indices.reduce(0) { $0 + rows[$1] * (data.weights?[$1] ?? 1) }
  }

  // MARK: Known components

  /// With every component known the maximum is in closed form: class counts, means, covariances.
  private func fitLabelled(
    _ data: MixtureData, _ maker: StartMaker, _ constraint: MStepConstraint,
    _ observer: FitObserver
  ) throws -> TrainingHistory {
    guard let (found, moments) = try maker.complete() else { return TrainingHistory() }
    let empty = moments.counts.indices.filter { moments.counts[$0] == 0 }
    guard empty.isEmpty else {
      throw Failure(
        "L530", "no row of the data is known to belong to component \(empty[0])",
        argument: "data", help: "use as many components as there are classes")
    }
    var repeated = found
    let raised = try repeated.maximise(moments, constraint)
    parameters = found
    collapsed = raised
    if let component = raised.first {
      observer.decided(
        "collapsed: the rows of component \(component) do not spread in every direction, so its "
          + "covariance is kept at a floor; use `covariance: \"tied\"` or `prior: \"conjugate\"`")
    }
    let result = try found.expectation(data)
    var later = TrainingHistory()
    later.logLikelihood = [result.logLikelihood + base(data)]
    later.elbo = later.logLikelihood.map { $0 / data.unit }
    later.steps = 1
    later.converged = true
    later.reason =
      "every component was known: the maximum of log p(X, Z) in one step "
      + "(`log_likelihood` is log p(X, Z) here)"
    later.details = [("objective", .text("log p(X, Z)"))]
    return later
  }

  // MARK: EM

  private func fitByRestarts(
    _ data: MixtureData, _ maker: StartMaker, _ constraint: MStepConstraint,
    _ request: FitRequest, _ observer: FitObserver
  ) throws -> TrainingHistory {
    let isGoingOn =
      parameters != nil && !request.given.contains("restarts") && !request.given.contains("init")
    let kind = MixtureStart(rawValue: request.em.start) ?? .auto
    let starts = isGoingOn || maker.isUnique(kind) ? 1 : request.em.restarts
    let base = base(data)
    var optima = Optima(tolerance: request.em.tolerance)
    var failure: Failure?
    let count = data.unit
    let began = Date()
    var told = began
    for number in 0..<starts {
      if number > 0, observer.shouldStop() { break }
      do {
        var run = EMRun(
          try isGoingOn
            ? parameters ?? maker.template
            : maker.parameters(
              kind, number: number, seed: request.seed, shouldStop: observer.shouldStop))
        try run.run(
          on: data, constraint, request.em, base: base,
          isAccelerated: request.em.isAccelerated, shouldStop: observer.shouldStop
        ) { step, objective in
          let now = Date()
          guard now.timeIntervalSince(told) > 0.2 else { return }
          told = now
          let done = number * request.em.iterations + step
          let total = starts * request.em.iterations
          let pace = now.timeIntervalSince(began) / Double(done)
          observer.progressed(
            TrainingProgress(
              epoch: step, epochs: request.em.iterations, step: done, steps: total,
              elbo: objective / count, validation: nil, rate: count / pace,
              secondsLeft: pace * Double(total - done), epochIsComplete: false,
              isFinished: false))
        }
        optima.add(run)
      } catch let error as Failure where error.code == "L601" || error.code == "L621" {
        failure = error
      }
    }
    guard let best = optima.best else {
      throw failure ?? Failure("L601", "no start of EM has led anywhere")
    }
    return conclude(best, optima, starts: starts, data, constraint, request, observer)
  }

  private func conclude(
    _ best: EMRun, _ optima: Optima, starts: Int, _ data: MixtureData,
    _ constraint: MStepConstraint, _ request: FitRequest, _ observer: FitObserver
  ) -> TrainingHistory {
    parameters = best.parameters
    collapsed = best.collapsed
    var later = TrainingHistory()
    later.logLikelihood = Array(best.trace.logLikelihood.dropFirst(best.steps > 0 ? 1 : 0))
    later.elbo = later.logLikelihood.map { $0 / data.unit }
    later.steps = best.steps
    later.converged = best.hasConverged && best.collapsed.isEmpty
    later.reason = verdict(best, optima, starts, request.em)
    later.details = [
      ("em", best.trace.fact), ("optima", optima.fact),
      (
        "objective",
        .text(
          constraint.prior != nil
            ? "log p(X) + log p(θ)"
            : data.labels == nil ? "log p(X)" : "log p(X) with log p(x, z) where z is known")
      ),
    ]
    if optima.singular > 0, best.collapsed.isEmpty {
      observer.decided(
        "\(optima.singular) of \(optima.runs.count) starts ended with a collapsed component and "
          + "were set aside")
    }
    if !best.collapsed.isEmpty {
      let names = best.collapsed.map(String.init).joined(separator: ", ")
      observer.decided(
        "collapsed: component \(names) shrank onto too few points, where the likelihood has no "
          + "maximum; use fewer components, `covariance: \"tied\"` or `prior: \"conjugate\"`")
    }
    return later
  }

  private func verdict(
    _ best: EMRun, _ optima: Optima, _ starts: Int, _ options: EMOptions
  ) -> String {
    let steps = "\(best.steps) step\(best.steps == 1 ? "" : "s")"
    var text: String
    if best.wasStopped {
      text = "interrupted after \(steps)"
    } else if best.hasConverged {
      let gain = best.trace.gains.last ?? 0
      text = String(
        format: "converged in %@: the last gained %.1e, and %.1e is to come", steps, max(gain, 0),
        max(best.trace.remainder, 0))
    } else {
      let gain = best.trace.gains.last ?? .nan
      text = String(format: "not converged: after %@ the last still gained %.1e", steps, gain)
      if best.trace.remainder.isFinite {
        text += String(format: ", and %.1e is to come", best.trace.remainder)
      }
      text += "; a larger `max_iter` goes on"
    }
    if !best.collapsed.isEmpty { text += "; at a singular solution" }
    guard starts > 1 else { return text }
    return text + "; best of \(optima.runs.count) starts, reached by \(optima.hits)"
  }
}
