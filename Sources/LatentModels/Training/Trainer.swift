// Gradient training: compile once per batch size, replay per minibatch, stop with the last good
// parameters when something is no longer finite.

import Foundation
import LatentAutodiff
import LatentTensor

/// Maximises a model's objective on minibatches. The stochastic gradient is that of the
/// mean over the batch, which is unbiased for the mean over the data.
public struct Trainer {
  public var options: TrainingOptions
  /// Called some times a second, and at the end of each epoch.
  public var onProgress: (TrainingProgress) -> Void = { _ in }
  /// Asked at every step; training ends after the step at which it answers true.
  public var shouldStop: () -> Bool = { false }
  /// Evaluated after each epoch.
  public var validate: (() throws -> Double)?

  public init(_ options: TrainingOptions) { self.options = options }

  /// Steps between two copies of parameters known to be good.
  private static let snapshotInterval = 64

  private struct Compiled {
    var program: Program
    var termNames: [String]
    var schedules: [Objective.ScheduledInput]
  }

  private struct ProgramKey: Hashable {
    var rows: Int
    var phase: Int
  }

  /// The parameters that move together, nil for all, and what moves them. Joint training has one
  /// phase, variational EM two.
  private struct Phase {
    var trained: Set<String>?
    var optimizers: [Optimizer]
  }

  private func phases(_ model: some GradientTrained, _ parameters: ParameterBuffer) -> [Phase] {
    let all = Set(parameters.slots.map(\.name))
    let posterior = model.posteriorParameters.intersection(all)
    let isJoint = !options.isAlternating || posterior.isEmpty
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

  /// Trains in place and returns what happened.
  ///
  /// - Parameter data: rows × columns; read in place, in whatever element type it is stored.
  /// - Throws: a failure `L601` that names the first term that is not finite; the parameters are
  ///   then the last for which everything was finite.
  public func train(_ model: some GradientTrained, on data: Tensor) throws -> TrainingHistory {
    guard let parameters = model.parameters else {
      throw Failure("L590", "the model has no parameters to train")
    }
    var history = TrainingHistory()
    guard options.epochs > 0, data.shape[0] > 0 else {
      history.reason = "no epochs were asked for"
      return history
    }
    var batches = Minibatches(count: data.shape[0], size: options.batch, seed: options.seed)
    let phases = phases(model, parameters)
    var compiled: [ProgramKey: Compiled] = [:]
    func program(_ rows: Int, _ phase: Int) throws -> Compiled {
      let key = ProgramKey(rows: rows, phase: phase)
      if let known = compiled[key] { return known }
      let graph = Graph()
      let objective = try model.objective(graph, rows: rows, options: options)
      let result = Compiled(
        program: try Program(
          graph, outputs: [objective.bound] + objective.terms.map(\.value),
          loss: objective.loss, parameters: parameters, trained: phases[phase].trained,
          precision: parameters.precision),
        termNames: objective.terms.map(\.name), schedules: objective.schedules)
      compiled[key] = result
      return result
    }

    let start = Date()
    var lastReport = start
    var good = parameters.snapshot()
    var candidate = good
    var stopped = false
    let totalSteps = options.epochs * batches.perEpoch
    let schedule = Schedule(
      options.schedule, from: options.rate, to: options.finalRate, steps: totalSteps,
      warmup: options.warmup)

    func report(_ epoch: Int, _ step: Int, _ elbo: Double, complete: Bool, finished: Bool) {
      let elapsed = max(Date().timeIntervalSince(start), 1e-9)
      onProgress(
        TrainingProgress(
          epoch: epoch, epochs: options.epochs, step: step, steps: totalSteps, elbo: elbo,
          validation: history.validation.last, rate: Double(step * batches.size) / elapsed,
          secondsLeft: elapsed / Double(max(step, 1)) * Double(totalSteps - step),
          epochIsComplete: complete, isFinished: finished))
    }

    epochs: for epoch in 1...options.epochs {
      batches.shuffle()
      var sums: [Double] = []
      var seen = 0
      for place in 0..<batches.perEpoch {
        let range = batches.rows(place)
        let isCheckpoint = history.steps % Trainer.snapshotInterval == 0
        if isCheckpoint { candidate = parameters.snapshot() }
        var values: [Double] = []
        for (number, phase) in phases.enumerated() {
          let current = try program(range.count, number)
          for input in current.schedules {
            let epochs = Double(history.steps) / Double(batches.perEpoch)
            try current.program.setInput(input.symbol, Tensor(input.value(epochs)))
          }
          try current.program.withSources([data]) {
            try batches.withRows(range) {
              try current.program.run(
                seed: options.seed, step: history.steps * phases.count + number, rows: $0)
            }
          }
          values = (0...current.termNames.count).map { current.program.scalar($0) }
          guard values.allSatisfy({ $0.isFinite }) else {
            parameters.restore(good)
            throw notFinite(values, current.termNames, epoch: epoch, step: history.steps)
          }
          for optimizer in phase.optimizers {
            optimizer.update(
              current.program, rate: schedule.rate(history.steps), step: history.steps)
          }
        }
        if isCheckpoint { good = candidate }
        history.steps += 1
        seen += range.count
        if sums.isEmpty { sums = values.map { _ in 0 } }
        for (term, value) in values.enumerated() { sums[term] += value * Double(range.count) }
        if shouldStop() {
          stopped = true
          break
        }
        let now = Date()
        if now.timeIntervalSince(lastReport) > 0.2 {
          lastReport = now
          report(
            epoch, history.steps, sums[0] / Double(seen), complete: false, finished: false)
        }
      }
      guard parameters.isFinite else {
        parameters.restore(good)
        throw Failure(
          "L601", "the parameters stopped being finite in epoch \(epoch)",
          notes: ["the last good parameters are kept"], helps: [Trainer.remedy])
      }
      let means = sums.map { $0 / Double(max(seen, 1)) }
      let names = compiled.values.first?.termNames ?? []
      history.append(elbo: means[0], terms: Array(zip(names, means.dropFirst())))
      if stopped { break epochs }
      if let validate { history.validation.append(try validate()) }
      if let patience = options.patience, hasStalled(history, patience) {
        history.converged = true
        history.reason =
          "stopped after epoch \(epoch) of \(options.epochs): no better "
          + "\(validate == nil ? "bound" : "validation bound") for \(patience) epochs"
        report(epoch, history.steps, means[0], complete: true, finished: true)
        break epochs
      }
      report(
        epoch, history.steps, means[0], complete: true, finished: epoch == options.epochs)
    }
    history.seconds = Date().timeIntervalSince(start)
    conclude(&history, stopped: stopped)
    return history
  }

  /// Whether the best epoch lies `patience` epochs back.
  private func hasStalled(_ history: TrainingHistory, _ patience: Int) -> Bool {
    let watched = history.validation.isEmpty ? history.elbo : history.validation
    guard let best = watched.max(), let place = watched.firstIndex(of: best) else { return false }
    return watched.count - 1 - place >= patience
  }

  private static let remedy = "try a smaller `lr`, or standardize the data"

  private func notFinite(_ values: [Double], _ names: [String], epoch: Int, step: Int) -> Failure {
    let culprit = zip(names, values.dropFirst()).first { !$1.isFinite }
    let what =
      culprit.map { "the \($0.0) term of the bound is \($0.1)" } ?? "the bound is not finite"
    return Failure(
      "L601", "\(what) at step \(step + 1) (epoch \(epoch))",
      notes: ["the last good parameters are kept"], helps: [Trainer.remedy])
  }

  /// The verdict: the mean of the latest epochs against that of as many before them, in units of
  /// its standard error, from the scatter within both. A steady rise counts many times its error
  /// (√(6w) of windows of w epochs), so it is never taken for noise.
  private func conclude(_ history: inout TrainingHistory, stopped: Bool) {
    guard history.reason.isEmpty else { return }
    let elbo = history.elbo
    let done = "\(elbo.count) of \(options.epochs) epochs"
    if stopped {
      history.reason = "interrupted in epoch \(elbo.count) of \(options.epochs)"
      return
    }
    guard elbo.count >= 4 else {
      history.reason = "\(done) done; too few to say whether the bound has settled"
      return
    }
    let window = min(10, elbo.count / 2)
    func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
      let mean = values.reduce(0, +) / Double(values.count)
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (mean, squares / Double(values.count - 1))
    }
    let late = moments(elbo.suffix(window))
    let early = moments(elbo.dropLast(window).suffix(window))
    let gain = late.mean - early.mean
    let error = ((late.variance + early.variance) / Double(window)).squareRoot()
    history.converged = gain < 2 * error
    let figure = String(format: "%.2g nats (standard error %.1g)", gain, error)
    history.reason =
      "\(done) done; the last \(window) gained \(figure) on the \(window) before: "
      + (history.converged ? "the bound has settled" : "the bound still rises, more epochs help")
  }
}

extension ParameterBuffer {
  /// Whether every parameter is a finite number.
  var isFinite: Bool {
    slots.allSatisfy { self[$0.name]?.values.allSatisfy { $0.isFinite } ?? true }
  }
}
