// A distribution with numbers for its parameters: what `normal(0, 1)` is at the prompt.

import Foundation
import LatentAutodiff
import LatentTensor

/// A distribution over tensors of one shape, computed in float64.
///
/// The shape of a draw is the broadcast shape of the parameters, with the axes of one event last;
/// leading axes of `x` beyond it are rows (draws).
public struct Distribution: Sendable {
  public let law: Law<Tensor>
  /// The same by parameters that are cheaper to work with: a covariance is factored once.
  let prepared: Law<Tensor>
  /// The shape of one draw.
  public let shape: [Int]
  public let eventRank: Int

  public var name: String { law.name }
  public var isDiscrete: Bool { law.isDiscrete }

  /// The family and its parameters, where it is one.
  public var family: (family: Family, parameters: [Tensor])? {
    if case .family(let family, let parameters) = law { (family, parameters) } else { nil }
  }

  /// - Throws: a failure that names the parameter whose values are not allowed, or the shapes that
  ///   do not broadcast.
  public init(_ law: Law<Tensor>) throws {
    (shape, eventRank) = try law.geometry { $0.shape }
    try law.checkParameters()
    _ = try Shape.count(shape)
    self.law = law
    prepared = try law.prepared()
  }

  public init(_ family: Family, _ parameters: [Tensor]) throws {
    for (parameter, value) in zip(family.parameters, parameters) {
      if let refusal = parameter.constraint.refusal(
        of: value, as: parameter.name, in: family.name)
      {
        throw refusal
      }
    }
    try self.init(.family(family, parameters))
  }

  /// A family of numbers.
  public init(_ family: Family, _ parameters: Double...) throws {
    try self.init(family, parameters.map { Tensor($0) })
  }

  /// Σ w_k p_k of components whose draws have one shape.
  public static func mixture(
    weights: Tensor, components: [Distribution]
  ) throws -> Distribution {
    if let refusal = Constraint.simplex.refusal(of: weights, as: "weights", in: "mixture_of") {
      throw refusal
    }
    guard weights.rank == 1 else {
      throw Failure(
        "L520",
        "`weights` of `mixture_of` must be a vector, not of shape "
          + Shape.text(weights.shape), argument: "weights")
    }
    return try Distribution(
      .mixture(weights: weights, components: components.map(\.law)))
  }

  /// So many copies, along a new first axis.
  public func independent(_ count: Int) throws -> Distribution {
    try Distribution(.independent(law, count: count))
  }

  // MARK: Closed forms

  public func mean() throws -> Tensor {
    try moments().map { $0.mean } ?? evaluate { d, _ in d.mean }
  }

  public func variance() throws -> Tensor {
    try moments().map { $0.variance } ?? evaluate { d, _ in d.variance }
  }

  /// The entropy of one draw, in nats; nil where no closed form and no finite sum is known.
  public func entropy() throws -> Double? {
    switch prepared {
    case .family(let family, let parameters):
      if family.entropy != nil {
        return try evaluate { d, _ in d.entropy ?? d.mean }.values.first
      }
      guard let enumerated = family.enumeratedEntropy else { return nil }
      let events = EventParameters(family, parameters, shape: Array(shape.dropLast(eventRank)))
      return try (0..<events.count).reduce(0) { $0 + (try enumerated(events[$1])) }
    case .mixture:
      guard let list = try enumeration() else { return nil }
      return list.masses.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
    case .independent(let inner, let count):
      return try Distribution(inner).entropy().map { Double(count) * $0 }
    }
  }

  /// log p(x) of each row of x; x of the shape of one draw gives a scalar.
  public func logProbability(_ x: Tensor) throws -> Tensor {
    guard x.shape.count >= shape.count, Array(x.shape.suffix(shape.count)) == shape else {
      throw Failure(
        "L412",
        "a draw of this `\(name)` has the shape \(Shape.text(shape)), but `x` has "
          + Shape.text(x.shape), argument: "x",
        help: "give one draw, or rows of draws with that shape as their last axes")
    }
    let rows = Array(x.shape.dropLast(shape.count))
    if x.count == 0 { return Tensor(repeating: 0, shape: rows) }
    return try evaluate([x]) { d, extra in
      d.logProbabilityOfDraws(extra[0]).broadcast(to: rows)
    }
  }

  /// KL(self ‖ other) of one draw in nats; nil where there is no closed form.
  ///
  /// - Throws: when draws of the two have different shapes.
  public func divergence(from other: Distribution) throws -> Double? {
    if shape.suffix(eventRank) != other.shape.suffix(other.eventRank)
      || (try? Shape.broadcast(shape, other.shape)) == nil
    {
      throw Failure(
        "L412",
        "draws of `a` have the shape \(Shape.text(shape)), and those of `b` "
          + Shape.text(other.shape), argument: "b", help: "compare distributions of one variable")
    }
    let graph = Graph()
    let (left, leftValues) = prepared.recorded(in: graph)
    let (right, rightValues) = other.prepared.recorded(in: graph)
    if let form = try SymbolicDistribution(left).divergence(from: SymbolicDistribution(right)) {
      let value = try graph.value(of: form, leftValues + rightValues).values.first ?? .nan
      if !value.isNaN { return value }
    }
    // A finite sum, if draws of both are alike.
    guard shape == other.shape, let list = try enumeration() else { return nil }
    let logs = try other.logProbability(list.values).values
    return zip(list.masses, logs).reduce(0) { sum, pair in
      pair.0 > 0 ? sum + pair.0 * (log(pair.0) - pair.1) : sum
    }
  }

  /// Records what `body` makes of this distribution and of further tensors, and runs it once.
  func evaluate(
    _ more: [Tensor] = [], _ body: (SymbolicDistribution, [Symbol]) -> Symbol
  ) throws -> Tensor {
    let graph = Graph()
    let (law, values) = prepared.recorded(in: graph)
    let extra = more.map { (graph.input("", shape: $0.shape), $0) }
    let result = body(try SymbolicDistribution(law), extra.map { $0.0 })
    return try graph.value(of: result, values + extra)
  }

  /// Mean and variance by enumeration, for the families that need it.
  private func moments() throws -> (mean: Tensor, variance: Tensor)? {
    guard case .family(let family, let parameters) = prepared,
      let moments = family.enumeratedMoments
    else { return nil }
    let events = EventParameters(family, parameters, shape: shape)
    let pairs = (0..<events.count).map { moments(events[$0]) }
    return (
      Tensor(shape: shape, pairs.map(\.mean)), Tensor(shape: shape, pairs.map(\.variance))
    )
  }
}

extension Graph {
  /// The value of a node, given those of the inputs.
  fileprivate func value(of symbol: Symbol, _ inputs: [(Symbol, Tensor)]) throws -> Tensor {
    let program = try Program(self, outputs: [symbol], precision: .float64)
    for (input, value) in inputs { try program.setInput(input, value) }
    try program.run()
    return program.output(0)
  }
}

extension Law<Tensor> {
  /// The same with inputs of a graph for the parameters, and their values.
  fileprivate func recorded(in graph: Graph) -> (Law<Symbol>, [(Symbol, Tensor)]) {
    var values: [(Symbol, Tensor)] = []
    let law = map { tensor -> Symbol in
      let symbol = graph.input("", shape: tensor.shape)
      values.append((symbol, tensor))
      return symbol
    }
    return (law, values)
  }

  fileprivate func checkParameters() throws {
    switch self {
    case .family(let family, let parameters): try family.check(parameters)
    case .mixture(_, let components): for part in components { try part.checkParameters() }
    case .independent(let law, _): try law.checkParameters()
    }
  }

  fileprivate func prepared() throws -> Law {
    switch self {
    case .family(let family, let parameters):
      guard let prepared = try family.prepared?(parameters) else { return self }
      return .family(prepared.family, prepared.parameters)
    case .mixture(let weights, let components):
      return .mixture(weights: weights, components: try components.map { try $0.prepared() })
    case .independent(let law, let count):
      return .independent(try law.prepared(), count: count)
    }
  }
}

/// Records, compiles and runs a computation on numbers, once, in float64.
public func evaluate(_ values: [Tensor], _ body: ([Symbol]) -> Symbol) throws -> Tensor {
  let graph = Graph()
  let symbols = values.map { (graph.input("", shape: $0.shape), $0) }
  return try graph.value(of: body(symbols.map { $0.0 }), symbols)
}
