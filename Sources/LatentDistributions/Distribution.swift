// A family with numbers for its parameters: what `normal(0, 1)` is at the prompt.

import LatentAutodiff
import LatentTensor

/// A distribution over tensors of one shape, with independent elements.
///
/// The shape of a draw is the broadcast shape of the parameters; leading axes of `x` beyond it are
/// rows (draws). Computed in float64.
public struct Distribution: Sendable {
  public let family: Family
  public let parameters: [Tensor]
  /// The shape of one draw.
  public let shape: [Int]

  /// - Throws: a failure that names the parameter whose values are not allowed, or the shapes that
  ///   do not broadcast.
  public init(_ family: Family, _ parameters: [Tensor]) throws {
    for (parameter, value) in zip(family.parameters, parameters) {
      if let wrong = value.values.first(where: { !parameter.isAllowed($0) }) {
        throw Failure(
          "L520",
          "`\(parameter.name)` of `\(family.name)` must be \(parameter.constraint), not \(wrong)",
          argument: parameter.name)
      }
    }
    if family.name == "uniform", parameters.count == 2 {
      let (low, high) = (parameters[0].values, parameters[1].values)
      let empty =
        low.count == high.count
        ? zip(low, high).contains { $0 >= $1 } : (low.max() ?? 0) >= (high.min() ?? 0)
      if empty {
        throw Failure("L520", "`low` of `uniform` must be below `high`", argument: "high")
      }
    }
    self.family = family
    self.parameters = parameters
    let graph = Graph()
    let symbols = parameters.map { graph.input("", shape: $0.shape) }
    shape = symbols.reduce(graph.constant(0)) { $0 + $1 }.shape
    if let failure = graph.failure { throw failure }
  }

  public func mean() throws -> Tensor { try evaluate { family.mean($0) } }
  public func variance() throws -> Tensor { try evaluate { family.variance($0) } }

  /// The entropy of one draw, in nats.
  public func entropy() throws -> Double {
    try evaluate { family.entropy($0).broadcast(to: shape).sum() }.values.first ?? .nan
  }

  /// log p(x) of each row of x; x of the shape of one draw gives a scalar.
  public func logProbability(_ x: Tensor) throws -> Tensor {
    guard x.shape.count >= shape.count, Array(x.shape.suffix(shape.count)) == shape else {
      throw Failure(
        "L412", "a draw of this `\(family.name)` has the shape \(shape), but `x` has \(x.shape)",
        argument: "x")
    }
    let axes = shape.count
    return try evaluate([x]) { symbols in
      var sum = family.logProbability(Array(symbols.dropLast()), symbols[symbols.count - 1])
        .broadcast(to: x.shape)
      for _ in 0..<axes { sum = sum.sum(axis: -1) }
      return sum
    }
  }

  /// Draws of the shape `count` × one draw, or one draw where `count` is nil.
  public func sample(_ count: Int?, seed: UInt64, stream: UInt32 = 0) throws -> Tensor {
    let target = (count.map { [$0] } ?? []) + shape
    let total = target.reduce(1, *)
    guard total > 0 else { return Tensor(shape: target, [Double]()) }
    var random = Philox(seed: seed, stream: stream)
    let noise = family.noise == .normal ? random.normals(total) : random.uniforms(total)
    return try evaluate([Tensor(shape: target, noise)]) { symbols in
      family.draw(Array(symbols.dropLast()), symbols[symbols.count - 1])
    }
  }

  /// KL(self ‖ other) of one draw in nats; nil where there is no closed form.
  public func divergence(from other: Distribution) throws -> Double? {
    guard let form = Divergence.closedForm(family, other.family) else { return nil }
    let count = parameters.count
    return try evaluate(other.parameters) { symbols in
      form(Array(symbols[..<count]), Array(symbols[count...])).sum()
    }.values.first
  }

  private func evaluate(_ more: [Tensor] = [], _ body: ([Symbol]) -> Symbol) throws -> Tensor {
    try LatentDistributions.evaluate(parameters + more, body)
  }
}

/// Records, compiles and runs a computation on numbers, once, in float64.
public func evaluate(_ values: [Tensor], _ body: ([Symbol]) -> Symbol) throws -> Tensor {
  let graph = Graph()
  let symbols = values.enumerated().map { graph.input("\($0.offset)", shape: $0.element.shape) }
  let result = body(symbols)
  let program = try Program(graph, outputs: [result], precision: .float64)
  for (symbol, value) in zip(symbols, values) { try program.setInput(symbol, value) }
  try program.run()
  return program.output(0)
}
