// Fitting a block whose evidence is exact: log p(x) of all data is climbed from several starts, and
// the best top is kept. Its tops are those of EM. A start takes finite latents for known: clusters
// of the data stand in for their values, and the parameters that suit these are where the climb
// begins.

import Foundation
import LatentAutodiff
import LatentLanguage
import LatentModels
import LatentTensor

struct BlockAscent {
  let model: BlockModel
  let training: BlockTraining
  let runtime: Runtime
  let rows: MissingRows

  /// The arguments of `fit` that it heeds.
  static let arguments: Set = ["restarts", "max_iter"]
  /// What the gradient on minibatches heeds; who writes one of these wants that.
  private static let others: Set = [
    "epochs", "batch", "lr", "optimizer", "momentum", "nesterov", "weight_decay", "schedule",
    "plateau_factor", "plateau_patience", "final_lr", "warmup_steps", "clip", "patience",
    "binarize", "checkpoint", "resume", "validation", "precision", "samples", "steps",
  ]
  private static let (mostRows, mostParameters) = (20_000, 2_000)

  /// Whether all data at once are the better way when nothing was asked for.
  static func suits(_ model: BlockModel, _ request: FitRequest, rows: Int) -> Bool {
    [.auto, .mle, .map].contains(request.method) && !model.hasNetworks && rows <= mostRows
      && model.free.parameterCount > 0 && model.free.parameterCount <= mostParameters
      && request.given.isDisjoint(with: others)
  }

  /// One start and where it led.
  private struct Run {
    var parameters: Memory
    var history: TrainingHistory
    var bound: Double { history.elbo.last ?? -.infinity }
  }

  /// Leaves the parameters at the highest top that was found.
  ///
  /// - Throws: what the last start failed with, when no start led anywhere.
  func train(
    on values: Tensor, _ request: FitRequest, _ observer: FitObserver
  ) throws -> TrainingHistory {
    let origin = model.free.snapshot()
    let isFirst = model.history.elbo.isEmpty
    let hasLatents = training.plans.contains { !$0.latents.isEmpty }
    let count = isFirst && hasLatents ? request.em.restarts : 1
    var runs: [Run] = []
    var refusal: (any Error)?
    for start in 0..<count where start == 0 || !observer.shouldStop() {
      model.free.restore(origin)
      if start > 0 { model.redraw(seed: request.seed &+ UInt64(start)) }
      do {
        if isFirst, hasLatents {
          try approach(values, request, start: start, observer)
        }
        var ascent = Ascent()
        ascent.onProgress = { if !$0.isFinished { observer.progressed($0) } }
        ascent.shouldStop = observer.shouldStop
        ascent.iterations = request.em.iterations
        let history = try ascent.train(training, on: training.table(values))
        runs.append(Run(parameters: model.free.snapshot(), history: history))
      } catch let failure as Failure where failure.code.hasPrefix("L6") {
        // A start from which nothing can be climbed.
        refusal = failure
      }
    }
    // A likelihood without a bound has no top: a climb that never settles is the last choice.
    let settled = runs.filter(\.history.converged)
    guard let best = (settled.isEmpty ? runs : settled).max(by: { $0.bound < $1.bound }) else {
      model.free.restore(origin)
      throw refusal ?? Failure("L601", "log p(x) of the data is not finite at the start")
    }
    model.free.restore(best.parameters)
    let total = training.weights?.reduce(0, +) ?? Double(values.shape.first ?? 0)
    return verdict(best, runs, count, total: total)
  }

  private func verdict(_ best: Run, _ runs: [Run], _ count: Int, total: Double) -> TrainingHistory {
    var history = best.history
    if training.plans.allSatisfy(\.priors.isEmpty) {
      history.logLikelihood = history.elbo.map { $0 * total }
    }
    guard count > 1 else { return history }
    var optima: [(bound: Double, hits: Int, converged: Bool)] = []
    for run in runs.sorted(by: { $0.bound > $1.bound }) {
      let isSame =
        optima.last.map { abs($0.bound - run.bound) < 1e-6 * (1 + abs(run.bound)) } ?? false
      if isSame, optima.last?.converged == run.history.converged {
        optima[optima.count - 1].hits += 1
      } else {
        optima.append((run.bound, 1, run.history.converged))
      }
    }
    let hits = runs.count { abs($0.bound - best.bound) < 1e-6 * (1 + abs(best.bound)) }
    history.reason += "; the best of \(count) starts, reached by \(hits)"
    history.details = [
      (
        "optima",
        .list(
          optima.map {
            .record([
              ("log_likelihood", .number($0.bound * total)), ("hits", .integer($0.hits)),
              ("converged", .bool($0.converged)),
            ])
          })
      )
    ]
    return history
  }

  // MARK: Starts

  /// Moves the parameters to where the climb begins.
  private func approach(
    _ values: Tensor, _ request: FitRequest, start: Int, _ observer: FitObserver
  ) throws {
    // Values that the user chose are where the first climb begins.
    if start == 0, model.hasGivenValues { return }
    if try suitToClusters(values, seed: request.seed &+ UInt64(start), observer) { return }
    // Small steps first: from a start far off the data a large one throws components out for good.
    var steps = TrainingOptions()
    (steps.epochs, steps.batch, steps.rate) = (300, values.shape.first ?? 1, 0.05)
    steps.seed = request.seed
    var trainer = Trainer(steps)
    trainer.shouldStop = observer.shouldStop
    _ = try trainer.train(training, on: training.table(values))
  }

  /// Fits log p(x, z) with clusters of the data for z; false where z is no choice of one in few.
  private func suitToClusters(
    _ values: Tensor, seed: UInt64, _ observer: FitObserver
  ) throws -> Bool {
    guard rows.isComplete, values.values.allSatisfy(\.isFinite),
      let plan = training.plans.first, plan.latents.count == 1,
      let latent = plan.latents.first?.name,
      let density = model.densities.first(where: {
        $0.family == "p" && $0.subjects.contains(latent)
      }),
      let law = try? model.instance().law(density, model.exampleValues()), law.shape.isEmpty,
      let support = try law.support(), support.count > 1, support.count <= 64,
      let clusters = try? Clusters(values, count: support.count, seed: seed)
    else { return false }
    let width = values.shape.last ?? 0
    let numbers = values.values
    // A kind of rows for each value of z, as if z were known.
    let joined = clusters.labels.enumerated().flatMap { row, label in
      numbers[(row * width)..<((row + 1) * width)]
        + support.indices.map { $0 == label ? 1 : 0 }
    }
    let known = try BlockPlan(model, bound: model.observed.map(\.name) + [latent])
    let complete = BlockTraining(
      model, support.map { _ in known }, runtime, count: clusters.labels.count,
      weights: training.weights, fixed: support.map { [latent: $0] })
    complete.dropsOut = false
    let before = model.free.snapshot()
    var ascent = Ascent()
    ascent.iterations = 100
    ascent.shouldStop = observer.shouldStop
    do {
      _ = try ascent.train(
        complete,
        on: complete.table(
          Tensor(shape: [clusters.labels.count, width + support.count], joined)))
      return true
    } catch let failure as Failure where !failure.code.hasPrefix("L7") {
      model.free.restore(before)
      return false
    }
  }
}

extension BlockModel {
  /// Whether a trained parameter starts at a value of the user's.
  var hasGivenValues: Bool {
    declared.contains { parameter in
      guard case .tensor = parameter.content else { return false }
      return !parameter.isDrawn
    }
  }

  /// Draws the start of all parameters anew that have none of the user's.
  func redraw(seed: UInt64) {
    var random = Philox(seed: seed, stream: 0x57A7)
    for parameter in declared where parameter.isDrawn {
      if case .tensor(let space, let shape) = parameter.content {
        free[parameter.name] = space.start(shape, &random)
      }
    }
  }
}
