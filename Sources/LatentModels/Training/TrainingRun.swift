// One gradient training: compile once per batch size, replay per minibatch, stop with the last good
// parameters when something is no longer finite.

import Foundation
import LatentAutodiff
import LatentTensor

/// A run on its way: everything that changes from step to step.
final class TrainingRun {
  private let trainer: Trainer
  private let options: TrainingOptions
  private let record: (Graph, Int) throws -> Objective
  private let parameters: ParameterBuffer
  private let data: Tensor
  private let optimizer: Optimizer
  private let schedule: Schedule
  private let totalSteps: Int
  private let start = Date()
  private let secondsBefore: Double
  private let stepsBefore: Int
  private let dataHash: UInt64?
  private let earlier: TrainingHistory

  private var compiled: [Int: Compiled] = [:]
  private var batches: Minibatches
  private var history = TrainingHistory()
  private var epoch = EpochState()
  private var lastReport = Date()
  private var good: Memory
  private var candidate: Memory
  private var stopped = false

  /// Steps between two copies of parameters known to be good.
  private static let snapshotInterval = 64

  private struct Compiled {
    var program: Program
    var graph: Graph
    var termNames: [String]
  }

  /// The running epoch so far.
  private struct EpochState {
    var position = 0
    var batches = 0
    var seen = 0
    var sums: [Double] = []

    var means: [Double] { sums.map { $0 / Double(max(seen, 1)) } }

    mutating func add(_ values: [Double], rows: Int) {
      if sums.isEmpty { sums = values.map { _ in 0 } }
      for (term, value) in values.enumerated() { sums[term] += value * Double(rows) }
      batches += 1
      seen += rows
    }
  }

  init(
    _ trainer: Trainer, _ model: some GradientTrained, _ parameters: ParameterBuffer,
    _ data: Tensor
  ) throws {
    let state = trainer.options.resume
    var options = trainer.options
    if let state { options.seed = state.seed }
    self.trainer = trainer
    self.options = options
    self.parameters = parameters
    self.data = data
    record = { [options] in try model.objective($0, rows: $1, options: options) }
    batches = Minibatches(count: data.shape[0], size: options.batch, seed: options.seed)
    let (steps, overflow) = options.epochs.multipliedReportingOverflow(by: batches.perEpoch)
    totalSteps = overflow ? .max : steps
    optimizer = Optimizer(parameters, options.method, decay: options.decay)
    optimizer.clipNorm = options.clipNorm
    schedule = Schedule(
      options.schedule, from: options.rate, to: options.finalRate, steps: totalSteps,
      warmup: options.warmup)
    dataHash = state != nil || trainer.onCheckpoint != nil ? data.contentHash : nil
    earlier = state?.earlier ?? trainer.earlier
    if let state {
      try state.check(options, parameters, dataHash: dataHash ?? 0)
      for (name, values) in state.parameters { parameters[name] = values }
      optimizer.moments = state.moments
      history = state.history
      epoch = EpochState(
        position: state.position, batches: state.batches, seen: state.seen, sums: state.sums)
      history.steps = state.step
      batches.position = state.position
    }
    (secondsBefore, stepsBefore) = (history.seconds, history.steps)
    good = parameters.snapshot()
    candidate = good
  }

  /// Does what is left to do.
  func finish() throws -> TrainingHistory {
    while history.elbo.count < options.epochs, !stopsEarly() {
      try runEpoch()
      if stopped { break }
    }
    history.seconds = secondsBefore + Date().timeIntervalSince(start)
    if stopped, epoch.batches > 0 {
      // The part of an epoch that was done is shown, but a resumed run does it as a whole.
      close(epoch.means)
    }
    history.conclude(epochs: options.epochs, stopped: stopped)
    return history
  }

  // MARK: Epochs and steps

  private func runEpoch() throws {
    if epoch.batches == 0 { epoch = EpochState(position: batches.position) }
    batches.shuffle()
    while epoch.batches < batches.perEpoch {
      try step(batches.rows(epoch.batches))
      if trainer.shouldStop() {
        stopped = true
        break
      }
      let now = Date()
      if now.timeIntervalSince(lastReport) > 0.2 {
        lastReport = now
        report(complete: false, finished: false)
      }
    }
    try checkParameters()
    if epoch.batches == batches.perEpoch {
      let means = epoch.means
      epoch = EpochState(position: batches.position)
      close(means)
      if let validate = trainer.validate { history.validation.append(try validate()) }
    }
    try checkpoint()
    if !stopped {
      report(
        complete: true, finished: history.elbo.count == options.epochs || stopsEarly())
    }
  }

  private func step(_ range: Range<Int>) throws {
    let current = try program(range.count)
    let number = history.steps
    let isCheckpoint = number % TrainingRun.snapshotInterval == 0
    if isCheckpoint { candidate = parameters.snapshot() }
    try current.program.withSources([data]) {
      try batches.withRows(range) {
        try current.program.run(seed: options.seed, step: number, rows: $0)
      }
    }
    let values = (0...current.termNames.count).map { current.program.scalar($0) }
    guard values.allSatisfy({ $0.isFinite }) else {
      throw notFinite(values, current, range)
    }
    if isCheckpoint { good = candidate }
    if history.start == nil { history.start = values[0] }
    optimizer.update(current.program, rate: rate(number), step: number)
    history.steps += 1
    epoch.add(values, rows: range.count)
  }

  private func close(_ means: [Double]) {
    let names = compiled.values.first?.termNames ?? history.terms.map(\.name)
    guard let bound = means.first else { return }
    history.append(elbo: bound, terms: Array(zip(names, means.dropFirst())))
  }

  private func rate(_ step: Int) -> Double {
    let rate = schedule.rate(step)
    return options.schedule == .plateau ? rate * options.plateau.scale(after: watched) : rate
  }

  private func program(_ rows: Int) throws -> Compiled {
    if let known = compiled[rows] { return known }
    let graph = Graph()
    let objective = try record(graph, rows)
    let result = Compiled(
      program: try Program(
        graph, outputs: [objective.bound] + objective.terms.map(\.value),
        loss: -objective.bound, parameters: parameters, precision: parameters.precision),
      graph: graph, termNames: objective.terms.map(\.name))
    for (symbol, value) in objective.inputs { try result.program.setInput(symbol, value) }
    compiled[rows] = result
    return result
  }

  // MARK: Telling

  private func report(complete: Bool, finished: Bool) {
    let elapsed = max(Date().timeIntervalSince(start), 1e-9)
    let done = history.steps - stepsBefore
    let bound = epoch.means.first ?? history.elbo.last ?? .nan
    trainer.onProgress(
      TrainingProgress(
        epoch: complete ? history.elbo.count : history.elbo.count + 1, epochs: options.epochs,
        step: history.steps, steps: totalSteps, elbo: bound,
        validation: history.validation.last, rate: Double(done) * Double(batches.size) / elapsed,
        secondsLeft: elapsed / Double(max(done, 1)) * Double(totalSteps - history.steps),
        epochIsComplete: complete, isFinished: finished))
  }

  private func checkpoint() throws {
    guard let onCheckpoint = trainer.onCheckpoint, let dataHash else { return }
    var history = history
    history.seconds = secondsBefore + Date().timeIntervalSince(start)
    try onCheckpoint(
      TrainingState(
        settings: options.settings, seed: options.seed, dataHash: dataHash,
        parameters: parameters.values, moments: optimizer.moments, step: history.steps,
        position: epoch.position, batches: epoch.batches, seen: epoch.seen, sums: epoch.sums,
        earlier: earlier, history: history))
  }

  // MARK: Ending

  /// What is watched for a standstill, one value per epoch.
  private var watched: [Double] {
    history.validation.isEmpty ? history.elbo : history.validation
  }

  /// Whether the best epoch lies `patience` epochs back.
  private func stopsEarly() -> Bool {
    guard let patience = options.patience else { return false }
    let watched = watched
    guard let best = watched.max(), let place = watched.firstIndex(of: best),
      watched.count - 1 - place >= patience
    else { return false }
    history.converged = true
    history.reason =
      "stopped after epoch \(history.elbo.count) of \(options.epochs): no better "
      + "\(history.validation.isEmpty ? "bound" : "validation bound") for \(patience) epochs"
    return true
  }

  private func checkParameters() throws {
    guard !parameters.isFinite else { return }
    parameters.restore(good)
    throw Failure(
      "L601", "the parameters stopped being finite in epoch \(history.elbo.count + 1)",
      notes: ["the last good parameters are kept"], helps: [TrainingHistory.smallerSteps])
  }

  private func notFinite(_ values: [Double], _ current: Compiled, _ rows: Range<Int>) -> Failure {
    let culprit = zip(current.termNames, values.dropFirst()).first { !$1.isFinite }
    let what =
      culprit.map { "the \($0.0) term of the bound is \($0.1)" } ?? "the bound is not finite"
    var notes: [String] = []
    // The parameters of this step are needed to find the operation; the good ones come back after.
    let made = try? current.graph.firstNonFinite(
      parameters: parameters, sources: [data], seed: options.seed, step: history.steps
    ) { body in try batches.withRows(rows, body) }
    if let made { notes.append(made.description) }
    parameters.restore(good)
    return Failure(
      "L601", "\(what) at step \(history.steps + 1) (epoch \(history.elbo.count + 1))",
      notes: notes + ["the last good parameters are kept"],
      helps: [TrainingHistory.smallerSteps])
  }
}

extension ParameterBuffer {
  /// Whether every parameter is a finite number.
  var isFinite: Bool {
    slots.allSatisfy { self[$0.name]?.values.allSatisfy { $0.isFinite } ?? true }
  }
}
