// The traced forms of the builtins of distributions.

import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentTensor

extension Builtin {
  /// A family by those of its parametrisations whose arguments are given.
  static func tracedFamily(_ forms: [Family]) -> @Sendable (BuiltinCall) throws -> Value {
    { call in
      let family = try form(among: forms, call)
      return try call.tracedDistribution(
        .family(family, try family.parameters.map { try call.symbol($0.name) }))
    }
  }

  static func tracedMixture(_ call: BuiltinCall) throws -> Value {
    let trace = try call.trace()
    let components = try call.list("components").map { item -> Law<Symbol> in
      switch item.object {
      case let traced as TracedDistributionObject: return traced.distribution.law
      case let plain as DistributionObject: return plain.distribution.law.map(trace.constant)
      default: throw notADistribution(item)
      }
    }
    return try call.tracedDistribution(
      .mixture(weights: try call.symbol("weights"), components: components))
  }

  static func tracedCopies(_ call: BuiltinCall) throws -> Value {
    let d = try call.symbolicDistribution("d")
    return try call.tracedDistribution(.independent(d.law, count: try call.integer("n")))
  }

  static func tracedLogProbability(_ call: BuiltinCall) throws -> Value {
    let (d, x) = (try call.symbolicDistribution("d"), try call.symbol("x"))
    guard x.shape.count >= d.shape.count, Array(x.shape.suffix(d.shape.count)) == d.shape else {
      throw Failure(
        "L412",
        "a draw of this `\(d.law.name)` has the shape \(Shape.text(d.shape)), but `x` has "
          + Shape.text(x.shape), argument: "x")
    }
    let rows = Array(x.shape.dropLast(d.shape.count))
    return try call.traced(d.logProbabilityOfDraws(x).broadcast(to: rows))
  }

  /// A draw as a function of the parameters and of noise that is drawn now.
  static func tracedDraw(_ call: BuiltinCall) throws -> Value {
    let (d, trace) = (try call.symbolicDistribution("d"), try call.trace())
    let count = try call.optionalInteger("n")
    let key = try call.randomKey()
    _ = try Shape.count((count.map { [$0] } ?? []) + d.shape)
    var part: UInt64 = 0
    let draw = d.draw(leading: count.map { [$0] } ?? []) { kind, shape in
      // The first part has the key of an ordinary draw, so that both give the same numbers.
      let seed = key.seed &+ part &* 0x9E37_79B9_7F4A_7C15
      part += 1
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
    return try call.traced(draw)
  }

  static func tracedVariance(_ call: BuiltinCall) throws -> Value {
    try call.traced(try call.symbolicDistribution("d").variance)
  }

  static func tracedEntropy(_ call: BuiltinCall) throws -> Value {
    guard let entropy = try call.symbolicDistribution("d").entropy else {
      throw call.untraceable(argument: "d")
    }
    return try call.traced(entropy)
  }

  static func tracedDivergence(_ call: BuiltinCall) throws -> Value {
    let (a, b) = (try call.symbolicDistribution("a"), try call.symbolicDistribution("b"))
    guard let value = try a.divergence(from: b) else {
      throw Failure(
        "L521", "there is no closed form for KL(\(a.law.name) || \(b.law.name))",
        help: "differentiate an estimate: `mean(log_prob(a, s) - log_prob(b, s))` of draws `s`")
    }
    return try call.traced(value)
  }
}
