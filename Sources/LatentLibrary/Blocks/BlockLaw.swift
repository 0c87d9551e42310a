// The distribution behind a term, whether its parameters are numbers or symbols of a trace: what a
// density's body returns, and all that is ever asked of it.

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentTensor

enum BlockLaw {
  case plain(Distribution)
  case symbolic(SymbolicDistribution, Trace)

  /// Nil when the value is no distribution.
  init?(_ value: Value) {
    switch value.object {
    case let object as DistributionObject: self = .plain(object.distribution)
    case let object as TracedDistributionObject:
      self = .symbolic(object.distribution, object.trace)
    default: return nil
    }
  }

  var value: Value {
    switch self {
    case .plain(let distribution): .object(DistributionObject(distribution))
    case .symbolic(let distribution, let trace):
      .object(TracedDistributionObject(distribution, in: trace))
    }
  }

  var name: String {
    switch self {
    case .plain(let distribution): distribution.name
    case .symbolic(let distribution, _): distribution.law.name
    }
  }

  /// The shape of one draw.
  var shape: [Int] {
    switch self {
    case .plain(let distribution): distribution.shape
    case .symbolic(let distribution, _): distribution.shape
    }
  }

  var isDiscrete: Bool {
    switch self {
    case .plain(let distribution): distribution.law.isDiscrete
    case .symbolic(let distribution, _): distribution.law.isDiscrete
    }
  }

  private var trace: Trace? { if case .symbolic(_, let trace) = self { trace } else { nil } }

  /// The same with symbols, in a trace.
  func symbolic(in trace: Trace) throws -> SymbolicDistribution {
    switch self {
    case .symbolic(let distribution, _): distribution
    case .plain(let distribution):
      try SymbolicDistribution(distribution.law.map(trace.constant))
    }
  }

  // MARK: Densities

  /// log p(x) of a point, or of each row where x has an axis more.
  func logProbability(_ x: Value, _ runtime: Runtime) throws -> Value {
    let own = try check(x)
    if case .plain(let distribution) = self, let point = x.asTensor {
      return .tensor(try distribution.logProbability(point))
    }
    guard let trace = self.trace ?? (x.object as? TracedObject)?.trace ?? runtime.trace as? Trace,
      let point = try trace.symbol(of: x)
    else { throw Failure("L412", "\(x.kindPhrase) is no point of a distribution") }
    let rows = Array(own.dropLast(shape.count))
    let log = try symbolic(in: trace).logProbabilityOfDraws(point).broadcast(to: rows)
    return .object(TracedObject(log, in: trace))
  }

  /// The shape of a point, or of rows of them.
  ///
  /// - Throws: a failure L412 where it is none of this distribution.
  @discardableResult
  func check(_ x: Value) throws -> [Int] {
    guard let own = (x.object as? TracedObject)?.symbol.shape ?? x.asTensor?.shape else {
      throw Failure("L412", "\(x.kindPhrase) is no point of a distribution")
    }
    guard own.count >= shape.count, Array(own.suffix(shape.count)) == shape else {
      throw Failure(
        "L412",
        "a draw of this `\(name)` has the shape \(Shape.text(shape)), but the point has "
          + Shape.text(own))
    }
    return own
  }

  /// The same in the graph that is being recorded, if one is: a draw of it is new in every run.
  func recorded(by runtime: Runtime) throws -> BlockLaw {
    guard case .plain = self, let trace = runtime.trace as? Trace else { return self }
    return .symbolic(try symbolic(in: trace), trace)
  }

  /// KL(self ‖ other) in nats, traced by event in a vector; nil where there is no closed form.
  func divergences(from other: BlockLaw) throws -> Value? {
    if Set([name, other.name]) == ["normal", "mvnormal"], shape == other.shape {
      return try multivariate().divergences(from: other.multivariate())
    }
    if case .plain(let a) = self, case .plain(let b) = other {
      return try a.divergence(from: b).map(Value.number)
    }
    guard let trace = self.trace ?? other.trace, shape == other.shape else { return nil }
    return try symbolic(in: trace).divergences(from: other.symbolic(in: trace)).map {
      .object(TracedObject($0, in: trace))
    }
  }

  /// KL(self ‖ other) in nats; nil where there is no closed form.
  func divergence(from other: BlockLaw) throws -> Value? { try divergences(from: other)?.total() }

  /// The mean of a draw.
  func mean() throws -> Value {
    switch self {
    case .plain(let distribution): .tensor(try distribution.mean())
    case .symbolic(let distribution, let trace):
      .object(TracedObject(distribution.mean, in: trace))
    }
  }

  // MARK: Draws

  /// A draw, or `count` of them as rows.
  func draw(_ count: Int?, _ key: RandomKey) throws -> Value {
    guard case .symbolic(let distribution, let trace) = self else {
      return try plainDraw(count, key)
    }
    // Noise of the graph: new in every run of it, and independent in every row.
    let draw = distribution.draw(leading: count.map { [$0] } ?? []) {
      trace.graph.draw($0, shape: $1)
    }
    guard let draw else {
      throw Failure(
        "L562", "no gradient passes through draws from `\(name)`: they are made by rejection",
        help: "choose a distribution whose draws are a function of noise, such as `normal` or "
          + "`lognormal`")
    }
    return .object(TracedObject(draw, in: trace))
  }

  private func plainDraw(_ count: Int?, _ key: RandomKey) throws -> Value {
    guard case .plain(let distribution) = self else { return .nothing }
    return try DistributionObject(distribution).value(
      ofDraw: try distribution.sample(count, seed: key.seed, stream: key.stream))
  }

  /// A draw: of numbers from the interpreter's stream, of symbols by noise of the graph.
  func draw(_ runtime: Runtime) throws -> Value {
    if trace != nil { return try draw(nil, RandomKey(seed: 0, stream: 0)) }
    return try draw(nil, runtime.random.next())
  }

  // MARK: Finitely many values

  /// How many values are gone through at most.
  static let mostValues = 4096

  /// All values of one draw where they are finitely many and few; nil otherwise.
  func support() throws -> [Value]? {
    switch self {
    case .plain(let distribution):
      guard let list = try distribution.enumeration(limit: BlockLaw.mostValues) else { return nil }
      return try list.masses.indices.map { .tensor(try list.values.row($0)) }
    case .symbolic(let distribution, _):
      guard case .family(let family, let parameters) = distribution.law else { return nil }
      let perElement: Int
      switch family.name {
      case "bernoulli": perElement = 2
      case "categorical": perElement = parameters.first?.shape.last ?? 0
      default: return nil
      }
      return BlockLaw.values(perElement, shape)
    }
  }

  /// All tensors of a shape with elements in 0 ..< n.
  private static func values(_ n: Int, _ shape: [Int]) -> [Value]? {
    let elements = shape.reduce(1, *)
    var total = 1
    for _ in 0..<elements {
      total *= n
      if total > mostValues { return nil }
    }
    return (0..<total).map { index in
      var rest = index
      let digits = (0..<elements).map { _ in
        defer { rest /= n }
        return Double(rest % n)
      }
      return .tensor(Tensor(shape: shape, digits))
    }
  }

  /// A distribution over the same values with other probabilities, by their unnormalised logs.
  func reweighted(_ logs: [Value], _ runtime: Runtime) throws -> BlockLaw {
    let total = try LogSum.exponential(logs, runtime)
    let weights = try logs.map { try LogSum.difference($0, total, runtime) }
    guard shape.isEmpty, ["bernoulli", "categorical"].contains(name) else {
      throw Failure(
        "L561", "there is no distribution over the values of this `\(name)` to derive",
        help: "`log p(z|x)` is there, value by value")
    }
    if let trace = runtime.trace as? Trace, weights.contains(where: \.isSymbolic) {
      let parts = try weights.compactMap { try trace.symbol(of: $0)?.reshaped([1]) }
      guard let logits = Symbol.concatenated(parts) else { return self }
      let law =
        name == "bernoulli"
        ? try SymbolicDistribution(.bernoulli, [logits.exp().columns(1..<2).reshaped([])])
        : try SymbolicDistribution(.categoricalByLogits, [logits])
      return .symbolic(law, trace)
    }
    let probabilities = weights.map { exp($0.asNumber ?? .nan) }
    return .plain(
      name == "bernoulli"
        ? try Distribution(.bernoulli, probabilities.last ?? .nan)
        : try Distribution(.categorical, [Tensor(probabilities)]))
  }
}
