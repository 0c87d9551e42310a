// Climbing an objective without noise: all data at once, by limited-memory BFGS. Where latents are
// summed out exactly this is the function that EM climbs, and its maxima are those of EM. Where they
// are drawn, the draws are made once for the whole fit, so that the bound is a function again.

import CKernels
import Foundation
import LatentAutodiff
import LatentTensor

/// Maximises an exact objective over all data, with neither batches nor a rate to choose.
public struct Ascent {
  public var iterations = 1000
  /// What the objective is made by; its seed fixes the draws.
  public var options = TrainingOptions()
  /// What is climbed, in words.
  public var subject = "log p(x)"
  public var onProgress: (TrainingProgress) -> Void = { _ in }
  public var shouldStop: () -> Bool = { false }
  /// On the largest component of the gradient of the mean over the data.
  private static let tolerance = 1e-7
  /// Rows worked on at a time: what lies between stays small.
  private static let block = 4096

  public init() {}

  /// Leaves the parameters at the maximum that was found.
  ///
  /// - Throws: a failure L590 without parameters, L544 for a loss whose gradient is not that of the
  ///   bound, L601 when the objective is not finite at the start.
  public func train(_ model: some GradientTrained, on data: Tensor) throws -> TrainingHistory {
    guard let parameters = model.parameters else {
      throw Failure("L590", "the model has no parameters to train")
    }
    let start = Date()
    var lastReport = start
    var history = TrainingHistory()
    let count = data.shape.first ?? 0
    let order = (0..<count).map { Int32(truncatingIfNeeded: $0) }
    var programs: [Int: (program: Program, terms: [String])] = [:]
    var cost = TrainingCost()
    cost.parameterBytes = parameters.byteCount
    cost.scratchBytes = threadCount * Int(CK_SCRATCH_BYTES)

    func program(_ rows: Int) throws -> (program: Program, terms: [String]) {
      if let known = programs[rows] { return known }
      let graph = Graph()
      let objective = try model.objective(graph, rows: rows, options: options)
      let values = [objective.bound] + objective.terms.map(\.value)
      let program = try Program(
        graph, outputs: values + [objective.bound + objective.loss], loss: objective.loss,
        parameters: parameters, trained: nil, precision: parameters.precision,
        purpose: "a step on \(rows) rows of data")
      for (symbol, value) in objective.inputs { try program.setInput(symbol, value) }
      // What changes in the course of a training has its last value from the start.
      for input in objective.schedules {
        program.setInput(input.symbol, to: input.value(.greatestFiniteMagnitude))
      }
      cost.add(program.size, rows: rows, recordingSeconds: 0)
      programs[rows] = (program, objective.terms.map(\.name))
      return (program, objective.terms.map(\.name))
    }

    /// The negative objective and its gradient at a point.
    func loss(_ point: [Double]) throws -> (value: Double, gradient: [Double]) {
      parameters.flat = point
      var gradient = [Double](repeating: 0, count: point.count)
      var sums: [Double] = []
      var names: [String] = []
      for first in stride(from: 0, to: count, by: Ascent.block) {
        let rows = min(Ascent.block, count - first)
        let share = Double(rows) / Double(count)
        let (program, terms) = try program(rows)
        try program.withSources([data]) {
          try order.withUnsafeBufferPointer {
            try program.run(
              seed: options.seed, step: first / Ascent.block,
              rows: $0.baseAddress.map { $0 + first })
          }
        }
        // Surrogates, whose gradient is right on average only, have other values than the bound.
        let mismatch = program.scalar(terms.count + 1)
        if abs(mismatch) > 1e-3 * max(1, abs(program.scalar(0))) {
          throw Failure(
            "L544",
            "L-BFGS needs a bound that is a smooth function of the parameters, and this one "
              + "is followed by a gradient estimator", argument: "optimizer",
            help: "leave `optimizer` out")
        }
        let values = (0...terms.count).map { program.scalar($0) * share }
        sums = sums.isEmpty ? values : zip(sums, values).map(+)
        names = terms
        let part = parameters.slots.flatMap { slot in
          program.gradient(of: slot.name)?.values ?? [Double](repeating: 0, count: slot.count)
        }
        for (place, slope) in part.enumerated() { gradient[place] += slope * share }
      }
      let bound = sums.first ?? .nan
      if bound.isFinite, bound > history.elbo.last ?? -.infinity {
        if history.start == nil { history.start = bound }
        history.append(elbo: bound, terms: Array(zip(names, sums.dropFirst())))
      }
      history.steps += 1
      if Date().timeIntervalSince(lastReport) > 0.2 {
        lastReport = Date()
        onProgress(progress(history, since: start, isFinished: false))
      }
      return (-bound, gradient)
    }

    let origin = parameters.flat
    guard try loss(origin).value.isFinite else {
      throw Failure(
        "L601", "\(subject) of the data is not finite at the start",
        help: "give the parameters starting values at which all data are possible")
    }
    var search = QuasiNewton(
      lowerBounds: [Double](repeating: -.infinity, count: origin.count))
    (search.iterations, search.tolerance) = (iterations, Ascent.tolerance)
    search.shouldStop = shouldStop
    do {
      let result = try search.minimum(from: origin, loss)
      parameters.flat = result.point
      history.converged = result.converged
    } catch {
      parameters.flat = origin
      throw error
    }
    history.seconds = Date().timeIntervalSince(start)
    history.cost = cost
    history.reason =
      (history.converged ? "converged" : "not converged")
      + " after \(history.steps) evaluations of \(subject)"
    onProgress(progress(history, since: start, isFinished: true))
    return history
  }

  private func progress(
    _ history: TrainingHistory, since start: Date, isFinished: Bool
  ) -> TrainingProgress {
    let elapsed = max(Date().timeIntervalSince(start), 1e-9)
    let rate = Double(history.steps) / elapsed
    return TrainingProgress(
      epoch: history.elbo.count, epochs: isFinished ? history.elbo.count : iterations,
      step: history.steps, steps: iterations, elbo: history.elbo.last ?? .nan, validation: nil,
      rate: rate, secondsLeft: Double(max(iterations - history.steps, 0)) / max(rate, 1e-9),
      epochIsComplete: true, isFinished: isFinished)
  }
}

extension ParameterBuffer {
  /// All trained numbers one after the other.
  fileprivate var flat: [Double] {
    get { slots.flatMap { self[$0.name]?.values ?? [] } }
    set {
      var start = 0
      for slot in slots where start + slot.count <= newValue.count {
        self[slot.name] = Tensor(
          shape: slot.shape, Array(newValue[start..<(start + slot.count)]))
        start += slot.count
      }
    }
  }
}
