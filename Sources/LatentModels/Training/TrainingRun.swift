// One gradient training: compile once per batch size, replay per minibatch, stop with the last good
// parameters when something is no longer finite.

import CKernels
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
  private let phases: [Phase]
  private var schedule: Schedule
  private let totalSteps: Int
  private let start = Date()
  private let secondsBefore: Double
  private let stepsBefore: Int
  private let dataHash: UInt64?
  private let earlier: TrainingHistory

  private let sources: [Tensor]
  private var cost = TrainingCost()
  private var compiled: [ProgramKey: Compiled] = [:]
  /// The bound of the latest step and its terms.
  private var values: [Double] = []
  /// What the schedule `plateau` multiplies the rate of the running epoch by.
  private var plateauScale = 1.0
  private var batches: Minibatches
  private var history = TrainingHistory()
  private var epoch = EpochState()
  private var lastReport = Date()
  private var good: Memory
  private var candidate: Memory
  private var stopped = false
  /// Steps of trials.
  private var tried = 0

  /// Steps between two copies of parameters known to be good.
  private static let snapshotInterval = 64

  private struct Compiled {
    var program: Program
    var graph: Graph
    var termNames: [String]
    var schedules: [Objective.ScheduledInput]
  }

  private struct ProgramKey: Hashable {
    var rows: Int
    var phase: Int
  }

  /// The parameters that move together, nil for all, and what moves them. Joint training has one
  /// phase, variational EM two: φ, then θ with the new φ.
  private struct Phase {
    var trained: Set<String>?
    var optimizers: [Optimizer]

    static func all(
      _ model: some GradientTrained, _ parameters: ParameterBuffer, _ options: TrainingOptions
    ) -> [Phase] {
      let all = Set(parameters.slots.map(\.name))
      let posterior = options.isAlternating ? model.posteriorParameters.intersection(all) : []
      let isJoint = posterior.isEmpty
      let parts = isJoint ? [nil] : [posterior, all.subtracting(posterior)]
      return parts.map { names in
        let spans: [Range<Int>?] = names.map { parameters.spans(of: $0) } ?? [nil]
        return Phase(
          trained: names,
          optimizers: spans.map { span in
            let optimizer = Optimizer(
              parameters, options.method, decay: options.decay, span: span)
            optimizer.clipNorm = options.clipNorm
            return optimizer
          })
      }
    }
  }

  /// The running epoch so far.
  private struct EpochState {
    var position = 0
    var batches = 0
    var seen = 0
    var sums: [Double] = []

    var means: [Double] { sums.map { $0 / Double(max(seen, 1)) } }

    /// The first of the means, without making the others.
    var bound: Double? { sums.first.map { $0 / Double(max(seen, 1)) } }

    mutating func add(_ values: [Double], rows: Int) {
      if sums.isEmpty { sums = values.map { _ in 0 } }
      for term in values.indices { sums[term] += values[term] * Double(rows) }
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
    sources = [data]
    record = { [options] in try model.objective($0, rows: $1, options: options) }
    batches = Minibatches(count: data.shape[0], size: options.batch, seed: options.seed)
    let (steps, overflow) = options.epochs.multipliedReportingOverflow(by: batches.perEpoch)
    totalSteps = overflow ? .max : steps
    // The moments of the optimiser, at most two, and two copies to come back to.
    let needed = parameters.byteCount.multipliedReportingOverflow(by: 4)
    try MemoryAccount.require(
      needed.overflow ? nil : needed.partialValue, for: "training the parameters of the model",
      helps: ["make the layers narrower or fewer", "or train in float32 with `optimizer: \"sgd\"`"])
    phases = Phase.all(model, parameters, options)
    schedule = TrainingRun.schedule(options, rate: state?.rate ?? options.rate, totalSteps)
    dataHash = state != nil || trainer.onCheckpoint != nil ? data.contentHash : nil
    earlier = state?.earlier ?? trainer.earlier
    if let state {
      try state.check(options, parameters, dataHash: dataHash ?? 0)
      for (name, values) in state.parameters { parameters[name] = values }
      var moments = state.moments[...]
      for optimizer in phases.flatMap(\.optimizers) {
        let count = optimizer.moments.count
        optimizer.moments = Array(moments.prefix(count))
        moments = moments.dropFirst(count)
      }
      history = state.history
      epoch = EpochState(
        position: state.position, batches: state.batches, seen: state.seen, sums: state.sums)
      history.steps = state.step
      batches.position = state.position
    }
    (secondsBefore, stepsBefore) = (history.seconds, history.steps)
    good = parameters.snapshot()
    candidate = parameters.snapshot()
    cost.parameterBytes = parameters.byteCount
    cost.copyBytes = good.bytes + candidate.bytes
    cost.stateBytes = phases.flatMap(\.optimizers).reduce(0) { $0 + $1.byteCount }
    cost.scratchBytes = threadCount * Int(CK_SCRATCH_BYTES)
  }

  private static func schedule(
    _ options: TrainingOptions, rate: Double, _ steps: Int
  ) -> Schedule {
    Schedule(
      options.schedule, from: rate, to: options.finalRate, steps: steps, warmup: options.warmup)
  }

  /// Does what is left to do.
  func finish() throws -> TrainingHistory {
    if options.choosesRate, options.resume == nil { try chooseRate() }
    if options.choosesRate, !stopped { history.rate = schedule.first }
    while !stopped, history.elbo.count < options.epochs, !stopsEarly() {
      try runEpoch()
    }
    history.seconds = secondsBefore + Date().timeIntervalSince(start)
    if stopped, epoch.batches > 0 {
      // The part of an epoch that was done is shown, but a resumed run does it as a whole.
      close(epoch.means)
    }
    history.conclude(epochs: options.epochs, stopped: stopped)
    history.cost = cost
    return history
  }

  // MARK: Epochs and steps

  private func runEpoch() throws {
    if epoch.batches == 0 { epoch = EpochState(position: batches.position) }
    batches.shuffle()
    if options.schedule == .plateau { plateauScale = options.plateau.scale(after: watched) }
    while epoch.batches < batches.perEpoch {
      try step(batches.rows(epoch.batches))
      if trainer.shouldStop() {
        stopped = true
        break
      }
      reportWhenDue()
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
    let number = history.steps
    let isCheckpoint = number % TrainingRun.snapshotInterval == 0
    if isCheckpoint { candidate.copy(from: parameters.memory) }
    if let culprit = try move(range, step: number) { throw notFinite(values, culprit, range) }
    if isCheckpoint { swap(&good, &candidate) }
    if history.start == nil { history.start = values[0] }
    history.steps += 1
    epoch.add(values, rows: range.count)
  }

  /// Moves the parameters by one step.
  ///
  /// - Returns: the program that gave a value that is not finite, if one did; `values` are then its
  ///   own.
  private func move(_ range: Range<Int>, step number: Int) throws -> Compiled? {
    for place in phases.indices {
      let current = try program(range.count, place)
      let epochs = Double(number) / Double(batches.perEpoch)
      for schedule in current.schedules.indices {
        let input = current.schedules[schedule]
        current.program.setInput(input.symbol, to: input.value(epochs))
      }
      try current.program.withSources(sources) {
        try batches.withRows(range) {
          try current.program.run(
            seed: options.seed, step: number * phases.count + place, rows: $0)
        }
      }
      var isFinite = true
      for term in values.indices {
        values[term] = current.program.scalar(term)
        if !values[term].isFinite { isFinite = false }
      }
      guard isFinite else { return current }
      for optimizer in phases[place].optimizers.indices {
        phases[place].optimizers[optimizer].update(
          current.program, rate: rate(number), step: number)
      }
    }
    return nil
  }

  private func close(_ means: [Double]) {
    let names = compiled.values.first?.termNames ?? history.terms.map(\.name)
    guard let bound = means.first else { return }
    history.append(elbo: bound, terms: Array(zip(names, means.dropFirst())))
  }

  private func rate(_ step: Int) -> Double {
    schedule.rate(step) * plateauScale
  }

  private func program(_ rows: Int, _ phase: Int) throws -> Compiled {
    let key = ProgramKey(rows: rows, phase: phase)
    if let known = compiled[key] { return known }
    let clock = ContinuousClock()
    let begin = clock.now
    let graph = Graph()
    let objective = try record(graph, rows)
    let recorded = clock.now - begin
    let result = Compiled(
      program: try Program(
        graph, outputs: [objective.bound] + objective.terms.map(\.value), loss: objective.loss,
        parameters: parameters, trained: phases[phase].trained, precision: parameters.precision,
        purpose: "a step on \(rows) \(rows == 1 ? "row" : "rows") of data"),
      graph: graph, termNames: objective.terms.map(\.name), schedules: objective.schedules)
    for (symbol, value) in objective.inputs { try result.program.setInput(symbol, value) }
    cost.add(result.program.size, rows: rows, recordingSeconds: recorded.inSeconds)
    compiled[key] = result
    if values.count != result.termNames.count + 1 {
      values = [Double](repeating: 0, count: result.termNames.count + 1)
    }
    return result
  }

  // MARK: The rate

  /// Settles the rate by trials, and leaves everything else as if there had been none.
  private func chooseRate() throws {
    let origin = parameters.snapshot()
    let position = batches.position
    let trials = RateTrials(total: totalSteps)
    func restart() {
      parameters.restore(origin)
      for optimizer in phases.flatMap(\.optimizers) { optimizer.reset() }
      batches.position = position
    }
    defer { restart() }
    let rate = try trials.best { rate, steps in
      restart()
      schedule = Schedule(from: rate, steps: steps)
      var sum = 0.0
      for number in 0..<steps where !stopped {
        let place = number % batches.perEpoch
        if place == 0 { batches.shuffle() }
        guard try move(batches.rows(place), step: number) == nil else { return -.infinity }
        // The later half tells where a rate leads.
        if number >= steps / 2 { sum += values[0] }
        stopped = trainer.shouldStop()
        tried += 1
        reportWhenDue()
      }
      return sum.isFinite ? sum : -.infinity
    }
    schedule = TrainingRun.schedule(options, rate: rate, totalSteps)
  }

  // MARK: Telling

  private func reportWhenDue() {
    let now = Date()
    guard now.timeIntervalSince(lastReport) > trainer.progressInterval else { return }
    lastReport = now
    report(complete: false, finished: false)
  }

  private func report(complete: Bool, finished: Bool) {
    let elapsed = max(Date().timeIntervalSince(start), 1e-9)
    let done = history.steps - stepsBefore + tried
    let bound = epoch.bound ?? history.elbo.last ?? values.first ?? .nan
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
        parameters: parameters.values, rate: schedule.first,
        moments: phases.flatMap(\.optimizers).flatMap(\.moments),
        step: history.steps,
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
    var failure = Failure(
      "L601", "\(what) at step \(history.steps + 1) (epoch \(history.elbo.count + 1))",
      notes: notes + ["the last good parameters are kept"],
      helps: [TrainingHistory.smallerSteps])
    failure.origin = made?.place
    return failure
  }
}
