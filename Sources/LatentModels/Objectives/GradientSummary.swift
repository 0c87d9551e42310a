// The estimators of the bound's gradient side by side: what each gives on average, how much it
// scatters, and what it costs.

import Foundation
import LatentAutodiff
import LatentTensor

/// One estimator of the gradient by φ, over repeated draws.
public struct GradientSummary: Sendable {
  /// The mean over the repeats, all parameters of q in their order.
  public var mean: [Double]
  /// The variance of one estimate, summed over the parameters.
  public var variance: Double
  /// The variance of each element.
  public var variances: [Double]
  /// Of one estimate.
  public var seconds: Double
  public var repeats: Int

  /// The standard error of each element of the mean.
  public var errors: [Double] { variances.map { ($0 / Double(max(repeats, 1))).squareRoot() } }
}

extension GradientTrained {
  /// Estimates the gradient of the mean bound of `data` (all rows at once) by the parameters of q
  /// `repeats` times.
  ///
  /// - Throws: `L544` for an estimator that does not suit the bound, `L516` without a q that has
  ///   parameters.
  public func gradientSummary(
    _ data: Tensor, bound: BoundOptions, samples: Int, repeats: Int, seed: UInt64,
    shouldStop: () -> Bool = { false }
  ) throws -> GradientSummary {
    guard let parameters else {
      throw Failure("L510", "the model has not been fitted yet", argument: "model")
    }
    var options = TrainingOptions()
    options.bound = bound
    options.samples = samples
    let rows = (0..<data.shape[0]).map { Int32($0) }
    let graph = Graph()
    let objective = try objective(graph, rows: rows.count, options: options)
    let trained = posteriorParameters
    let slots = parameters.slots.filter { trained.contains($0.name) }
    guard !slots.isEmpty else {
      throw Failure(
        "L516", "the model has no `q` with parameters of its own", argument: "model",
        help: "estimators differ in how they reach the parameters of q")
    }
    let program = try Program(
      graph, outputs: [objective.bound], loss: objective.loss, parameters: parameters,
      trained: trained, precision: parameters.precision)
    for input in objective.schedules {
      try program.setInput(input.symbol, Tensor(bound.beta))
    }
    for (symbol, value) in objective.inputs { try program.setInput(symbol, value) }
    let names = slots.map(\.name)
    let size = slots.reduce(0) { $0 + $1.count }
    // Sums about the first estimate, so that a small variance is not lost in a large mean.
    var first: [Double] = []
    var sums = [Double](repeating: 0, count: size)
    var squares = sums
    var seconds = 0.0
    for step in 0..<repeats {
      if shouldStop() { throw Failure("L705", "interrupted") }
      let start = Date()
      try program.withSources([data]) { try program.run(seed: seed, step: step, rows: rows) }
      seconds += Date().timeIntervalSince(start)
      // The loss is minus the bound.
      let estimate = names.flatMap { program.gradient(of: $0)?.values ?? [] }.map { -$0 }
      if first.isEmpty { first = estimate }
      for place in 0..<min(size, estimate.count) {
        let difference = estimate[place] - first[place]
        sums[place] += difference
        squares[place] += difference * difference
      }
    }
    let n = Double(max(repeats, 1))
    let variances = zip(squares, sums).map { square, sum in
      repeats > 1 ? max(square - sum * sum / n, 0) / (n - 1) : .nan
    }
    return GradientSummary(
      mean: zip(first, sums).map { $0 + $1 / n }, variance: variances.reduce(0, +),
      variances: variances, seconds: seconds / n, repeats: repeats)
  }
}
