// Gradients: that what training follows is the derivative of what it reports, in float64 on copies
// of the parameters.

import Foundation
import LatentAutodiff
import LatentTensor

/// Checks of an objective that is maximised by its gradient.
public struct GradientIdentities {
  private let model: any GradientTrained
  private let parameters: ParameterBuffer
  private let data: Tensor
  private let seed: UInt64

  /// - Parameter parameters: those of the model; copied, in float64.
  public init(
    _ model: any GradientTrained, _ parameters: ParameterBuffer, _ data: Tensor, seed: UInt64
  ) {
    self.model = model
    self.data = data
    self.seed = seed
    self.parameters = ParameterBuffer(parameters.slots, precision: .float64)
    for slot in parameters.slots { self.parameters[slot.name] = parameters[slot.name] }
  }

  private func program(rows: Int) throws -> (program: Program, objective: Objective) {
    let graph = Graph()
    var options = TrainingOptions()
    options.precision = .float64
    let objective = try model.objective(graph, rows: rows, options: options)
    let program = try Program(
      graph, outputs: [objective.bound, objective.loss], loss: objective.loss,
      parameters: parameters, precision: .float64)
    for input in objective.inputs { try program.setInput(input.symbol, input.value) }
    for input in objective.schedules {
      try program.setInput(input.symbol, Tensor(input.value(.infinity)))
    }
    return (program, objective)
  }

  private func run(_ program: Program, _ rows: [Int32]) throws {
    try program.withSources([data]) { try program.run(seed: seed, step: 0, rows: rows) }
  }

  private func gradient(_ program: Program) -> [Double] {
    parameters.slots.flatMap { slot in
      program.gradient(of: slot.name)?.values ?? [Double](repeating: 0, count: slot.count)
    }
  }

  private func move(by step: Double, along direction: [Double]) {
    var start = 0
    for slot in parameters.slots {
      guard var values = parameters[slot.name]?.values else { continue }
      for place in values.indices { values[place] += step * direction[start + place] }
      parameters[slot.name] = Tensor(shape: slot.shape, values)
      start += slot.count
    }
  }

  public func identities() throws -> [Identity] {
    let total = data.shape[0]
    guard total > 0, parameters.parameterCount > 0 else { return [] }
    let count = min(total, 64) / 2 * 2
    guard count > 0 else { return [] }
    let rows = (0..<count).map { Int32($0 * total / count) }
    let (whole, _) = try program(rows: count)
    try run(whole, rows)
    let slope = gradient(whole)
    var found: [Identity] = []
    // Derivatives along random directions, the draws of z held fixed.
    var random = Philox(seed: seed, stream: 0x6D1F)
    var pairs: [(left: Double, right: Double, tolerance: Double)] = []
    for _ in 0..<4 {
      let raw = random.normals(slope.count)
      let norm = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let direction = raw.map { $0 / norm }
      func difference(_ h: Double) throws -> Double {
        move(by: h, along: direction)
        try run(whole, rows)
        let up = whole.scalar(1)
        move(by: -2 * h, along: direction)
        try run(whole, rows)
        let down = whole.scalar(1)
        move(by: h, along: direction)
        return (up - down) / (2 * h)
      }
      let (wide, narrow) = (try difference(2e-5), try difference(1e-5))
      let exact = zip(slope, direction).reduce(0) { $0 + $1.0 * $1.1 }
      // Where two steps differ there is a kink, or much curvature, between.
      let scale = slope.reduce(0) { $0 + $1 * $1 }.squareRoot() + abs(whole.scalar(1)) * 1e-3 + 1e-3
      pairs.append((exact, narrow, 4 * abs(wide - narrow) + 1e-5 * scale))
    }
    if let identity = Identity("gradient = finite differences of the bound", worstOf: pairs) {
      found.append(identity)
    }
    // Halves of the data: exact where nothing is drawn.
    try run(whole, rows)
    let once = gradient(whole)
    try whole.withSources([data]) { try whole.run(seed: seed &+ 1, step: 0, rows: rows) }
    guard once == gradient(whole) else { return found }
    let (half, _) = try program(rows: count / 2)
    var mean = [Double](repeating: 0, count: once.count)
    for part in [rows.prefix(count / 2), rows.suffix(count / 2)] {
      try run(half, Array(part))
      for (place, value) in gradient(half).enumerated() { mean[place] += value / 2 }
    }
    let scale = once.reduce(0) { max($0, abs($1)) } + 1e-3
    if let identity = Identity(
      "mean gradient of all batches = gradient of all data",
      worstOf: zip(mean, once).map { ($0, $1, 1e-10 * scale) })
    {
      found.append(identity)
    }
    return found
  }
}

extension Autoencoder: SelfVerifying {
  public func ownIdentities(_ data: DataSet, seed: UInt64) throws -> [Identity] {
    guard let parameters else { return [] }
    try checkLikelihoodData(data.x)
    var found = try GradientIdentities(self, parameters, data.x.spread(64), seed: seed).identities()
    found += try estimators(data.x.spread(16), seed: seed)
    found += try precision(data.x.spread(64), seed: seed)
    return found
  }

  /// Two unbiased estimators of the gradient by φ agree within their errors.
  private func estimators(_ x: Tensor, seed: UInt64) throws -> [Identity] {
    func summary(_ estimator: GradientEstimator, _ samples: Int) throws -> GradientSummary {
      var bound = BoundOptions()
      bound.gradient = estimator
      return try gradientSummary(x, bound: bound, samples: samples, repeats: 200, seed: seed)
    }
    let path = try summary(.pathwise, 1)
    let score = try summary(.score, 8)
    let stl = try summary(.stl, 1)
    func compared(_ name: String, _ other: GradientSummary) -> Identity? {
      // The worst of so many is expected at √(2 log n) errors.
      let allowance = 4 + (2 * log(Double(max(path.mean.count, 1)))).squareRoot()
      let pairs = path.mean.indices.map { place in
        let square =
          path.errors[place] * path.errors[place]
          + other.errors[place] * other.errors[place]
        return (
          left: path.mean[place], right: other.mean[place],
          tolerance: allowance * square.squareRoot() + 1e-6
        )
      }
      return Identity(name, worstOf: pairs, errors: allowance)
    }
    return [
      compared("pathwise gradient = score function gradient", score),
      compared("E_q of the gradient of log q = 0 (pathwise = stl)", stl),
    ].compactMap { $0 }
  }

  /// The same questions in the other precision.
  private func precision(_ x: Tensor, seed: UInt64) throws -> [Identity] {
    guard let parameters, parameters.precision == .float32 else { return [] }
    let wide = copy()
    let values = ParameterBuffer(parameters.slots, precision: .float64)
    for slot in parameters.slots { values[slot.name] = parameters[slot.name] }
    wide.parameters = values
    let (a, b) = (
      try elbo(x, samples: 1, seed: seed), try wide.elbo(x, samples: 1, seed: seed)
    )
    let pairs = zip(a, b).map { ($0, $1, 1e-5 * max(1, abs($1))) }
    return [Identity("ELBO in float32 = ELBO in float64", worstOf: pairs)].compactMap { $0 }
  }
}
