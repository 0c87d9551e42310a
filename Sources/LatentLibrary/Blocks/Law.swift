// The distribution behind a term, whether its parameters are numbers or symbols of a trace: what a
// density's body returns, and all that is ever asked of it.

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentTensor

/// A distribution with symbols for its parameters.
struct SymbolicDistribution {
  let family: Family
  let parameters: [Symbol]
  /// The shape of one draw.
  let shape: [Int]

  /// - Throws: a failure when the shapes of the parameters do not fit together.
  init(_ family: Family, _ parameters: [Symbol]) throws {
    self.family = family
    self.parameters = parameters
    shape = try parameters.reduce([]) { try Shape.broadcast($0, $1.shape) }
  }

  /// log p(x), summed over one draw; leading axes of x are rows.
  func logProbability(_ x: Symbol) throws -> Symbol {
    guard x.shape.count >= shape.count, Array(x.shape.suffix(shape.count)) == shape else {
      throw Law.wrongShape(family.name, shape, x.shape)
    }
    var sum = family.logProbability(parameters, x).broadcast(to: x.shape)
    for _ in shape { sum = sum.sum(axis: -1) }
    return sum
  }

  /// One draw. Gradients pass where the family is continuous.
  func draw() -> Symbol {
    let graph = parameters[0].graph
    return family.draw(parameters, graph.draw(family.noise, shape: shape)).broadcast(to: shape)
  }

  var mean: Symbol { family.mean(parameters).broadcast(to: shape) }
}

/// A symbolic distribution as a value of the language.
final class SymbolicDistributionObject: Object {
  let distribution: SymbolicDistribution
  let trace: Trace

  init(_ distribution: SymbolicDistribution, in trace: Trace) {
    self.distribution = distribution
    self.trace = trace
  }

  override var kind: String { "distribution" }
  override var isSymbolic: Bool { true }
  override func display(_ style: DisplayStyle) -> String { "<\(distribution.family.name), traced>" }

  override func drawn(_ runtime: Runtime) throws -> Value? {
    .object(TracedObject(distribution.draw(), in: trace))
  }
}

enum Law {
  case plain(Distribution)
  case symbolic(SymbolicDistribution, Trace)

  /// Nil when the value is no distribution.
  init?(_ value: Value) {
    switch value.object {
    case let object as DistributionObject: self = .plain(object.distribution)
    case let object as SymbolicDistributionObject:
      self = .symbolic(object.distribution, object.trace)
    default: return nil
    }
  }

  static func wrongShape(_ name: String, _ shape: [Int], _ own: [Int]) -> Failure {
    Failure(
      "L412",
      "a draw of this `\(name)` has the shape \(Shape.text(shape)), but the point has "
        + Shape.text(own))
  }

  var value: Value {
    switch self {
    case .plain(let distribution): .object(DistributionObject(distribution))
    case .symbolic(let distribution, let trace):
      .object(SymbolicDistributionObject(distribution, in: trace))
    }
  }

  var family: Family {
    switch self {
    case .plain(let distribution): distribution.family
    case .symbolic(let distribution, _): distribution.family
    }
  }

  /// The shape of one draw.
  var shape: [Int] {
    switch self {
    case .plain(let distribution): distribution.shape
    case .symbolic(let distribution, _): distribution.shape
    }
  }

  /// The same with symbols, in a trace.
  func symbolic(in trace: Trace) throws -> SymbolicDistribution {
    switch self {
    case .symbolic(let distribution, _): distribution
    case .plain(let distribution):
      try SymbolicDistribution(
        distribution.family, distribution.parameters.map(trace.constant))
    }
  }

  /// log p(x) of a point, or of each row where x has an axis more.
  func logProbability(_ x: Value, _ runtime: Runtime) throws -> Value {
    if case .plain(let distribution) = self, let point = x.asTensor {
      guard point.shape.count >= shape.count, Array(point.shape.suffix(shape.count)) == shape
      else { throw Law.wrongShape(family.name, shape, point.shape) }
      return .tensor(try distribution.logProbability(point))
    }
    let trace = try self.trace ?? Law.trace(of: x, runtime)
    guard let point = try trace.symbol(of: x) else {
      throw Failure("L412", "\(x.kindPhrase) is no point of a distribution")
    }
    return .object(TracedObject(try symbolic(in: trace).logProbability(point), in: trace))
  }

  private var trace: Trace? { if case .symbolic(_, let trace) = self { trace } else { nil } }

  private static func trace(of value: Value, _ runtime: Runtime) throws -> Trace {
    guard let trace = (value.object as? TracedObject)?.trace ?? runtime.trace as? Trace else {
      throw Failure("L412", "\(value.kindPhrase) is no point of a distribution")
    }
    return trace
  }

  /// A draw, or `count` of them as rows.
  func draw(_ count: Int?, _ key: RandomKey) throws -> Value {
    switch self {
    case .plain(let distribution):
      return .tensor(try distribution.sample(count, seed: key.seed, stream: key.stream))
    case .symbolic(let distribution, let trace):
      guard count == nil else {
        throw Failure(
          "L430", "several draws at once cannot be traced", help: "draw one: `z ~ …`")
      }
      return .object(TracedObject(distribution.draw(), in: trace))
    }
  }

  /// A draw: of numbers from the interpreter's stream, of symbols by noise of the graph.
  func draw(_ runtime: Runtime) throws -> Value {
    if case .symbolic(let distribution, let trace) = self {
      return .object(TracedObject(distribution.draw(), in: trace))
    }
    return try draw(nil, runtime.random.next())
  }

  /// The mean of a draw.
  func mean(_ runtime: Runtime) throws -> Value {
    switch self {
    case .plain(let distribution): return .tensor(try distribution.mean())
    case .symbolic(let distribution, let trace):
      return .object(TracedObject(distribution.mean, in: trace))
    }
  }

  /// KL(self ‖ other) in nats; nil where there is no closed form.
  func divergence(from other: Law) throws -> Value? {
    if case .plain(let a) = self, case .plain(let b) = other {
      return try a.divergence(from: b).map(Value.number)
    }
    guard let trace = self.trace ?? other.trace,
      let form = Divergence.closedForm(family, other.family)
    else { return nil }
    let (a, b) = (try symbolic(in: trace), try other.symbolic(in: trace))
    let shape = try Shape.broadcast(a.shape, b.shape)
    return .object(
      TracedObject(form(a.parameters, b.parameters).broadcast(to: shape).sum(), in: trace))
  }

  /// How many values a discrete distribution of finitely many is asked for at most.
  static let mostValues = 4096

  /// All values of one draw where they are finitely many and few; nil otherwise.
  var support: [Value]? {
    let perElement: Int
    switch family.name {
    case "bernoulli": perElement = 2
    default: return nil
    }
    let elements = shape.reduce(1, *)
    var total = 1
    for _ in 0..<elements {
      total *= perElement
      if total > Law.mostValues { return nil }
    }
    return (0..<total).map { index in
      var rest = index
      let digits = (0..<elements).map { _ in
        defer { rest /= perElement }
        return Double(rest % perElement)
      }
      return .tensor(Tensor(shape: shape, digits))
    }
  }

  /// A distribution over the same values with other probabilities, by their unnormalised logs.
  func reweighted(_ logs: [Value], _ runtime: Runtime) throws -> Law {
    let total = try LogSum.exponential(logs, runtime)
    let weights = try logs.map { try LogSum.difference($0, total, runtime) }
    let probabilities = weights.map { exp($0.asNumber ?? .nan) }
    guard !weights.contains(where: \.isSymbolic) else {
      throw Failure("L430", "a derived posterior cannot be traced")
    }
    switch family.name {
    case "bernoulli" where shape.isEmpty:
      return .plain(try Distribution(.bernoulli, [Tensor(probabilities.last ?? .nan)]))
    default:
      throw Failure(
        "L541", "there is no distribution over the values of this `\(family.name)` to derive")
    }
  }
}

extension Builtin {
  /// The traced form of the constructor of a family.
  static func tracedFamily(_ family: Family) -> @Sendable (BuiltinCall) throws -> Value {
    { call in
      let trace = try call.trace()
      let parameters = try family.parameters.map { try call.symbol($0.name) }
      return .object(
        SymbolicDistributionObject(try SymbolicDistribution(family, parameters), in: trace))
    }
  }
}
