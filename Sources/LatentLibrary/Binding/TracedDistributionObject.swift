// A distribution whose parameters are traced: what `normal(mu, 1)` is while a function of mu is
// differentiated or a model block is traced.

import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentTensor

final class TracedDistributionObject: Object {
  let distribution: SymbolicDistribution
  let trace: Trace

  init(_ distribution: SymbolicDistribution, in trace: Trace) {
    self.distribution = distribution
    self.trace = trace
    super.init()
  }

  override var kind: String { "distribution" }
  override var isSymbolic: Bool { true }
  override var memberNames: [String] { fields.map(\.name) + ["shape"] }

  override func member(_ name: String) throws -> Value? {
    if name == "shape" { return .vector(distribution.shape.map(Double.init)) }
    return fields.first { $0.name == name }?.value
  }

  override func display(_ style: DisplayStyle) -> String {
    "<traced \(distribution.law.name) of shape \(Shape.text(distribution.shape))>"
  }

  private var fields: [(name: String, value: Value)] {
    guard case .family(let family, let parameters) = distribution.law else { return [] }
    return zip(family.parameters, parameters).map {
      ($0.name, .object(TracedObject($1, in: trace)))
    }
  }
}

extension BuiltinCall {
  /// An argument that is a distribution, in the graph.
  func symbolicDistribution(_ name: String) throws -> SymbolicDistribution {
    let trace = try trace()
    switch value(name).object {
    case let traced as TracedDistributionObject: return traced.distribution
    case let plain as DistributionObject:
      return try SymbolicDistribution(plain.distribution.law.map(trace.constant))
    default: throw untraceable(argument: name)
    }
  }

  func tracedDistribution(_ law: Law<Symbol>) throws -> Value {
    .object(TracedDistributionObject(try SymbolicDistribution(law), in: try trace()))
  }

  /// The traced form of `log_prob`.
  func tracedLogProbability() throws -> Value {
    let (d, x) = (try symbolicDistribution("d"), try symbol("x"))
    guard x.shape.count >= d.shape.count, Array(x.shape.suffix(d.shape.count)) == d.shape else {
      throw Failure(
        "L412",
        "a draw of this `\(d.law.name)` has the shape \(Shape.text(d.shape)), but `x` has "
          + Shape.text(x.shape), argument: "x")
    }
    let rows = Array(x.shape.dropLast(d.shape.count))
    return try traced(d.logProbabilityOfDraws(x).broadcast(to: rows))
  }

  /// The traced form of `sample`: a function of the parameters and of noise that is drawn now.
  func tracedDraw() throws -> Value {
    let (d, trace) = (try symbolicDistribution("d"), try trace())
    let count = try optionalInteger("n")
    let key = try randomKey()
    _ = try Shape.count((count.map { [$0] } ?? []) + d.shape)
    var part: UInt64 = 0
    let draw = d.draw(leading: count.map { [$0] } ?? []) { kind, shape in
      part += 1
      // The first part has the key of an ordinary draw, so that both give the same numbers.
      let seed = key.seed &+ (part - 1) &* 0x9E37_79B9_7F4A_7C15
      var random = Philox(seed: seed, stream: key.stream)
      let size = shape.reduce(1, *)
      let noise = kind == .normal ? random.normals(size) : random.uniforms(size)
      return trace.constant(Tensor(shape: shape, noise))
    }
    guard let draw else {
      throw Failure(
        "L430", "no derivative passes through draws from `\(d.law.name)`", argument: "d",
        help: "its draws are made by rejection; use the score function `log_prob` of fixed draws")
    }
    return try traced(draw)
  }
}
