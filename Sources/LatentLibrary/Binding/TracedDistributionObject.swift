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

  override func drawn(_ runtime: Runtime) throws -> Value? {
    try BlockLaw.symbolic(distribution, trace).draw(runtime)
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
    case let density as DensityObject: return try density.law().symbolic(in: trace)
    default: throw untraceable(argument: name)
    }
  }

  func tracedDistribution(_ law: Law<Symbol>) throws -> Value {
    .object(TracedDistributionObject(try SymbolicDistribution(law), in: try trace()))
  }
}
