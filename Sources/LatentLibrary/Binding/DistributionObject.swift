// A distribution as a value of the language.

import LatentDistributions
import LatentLanguage
import LatentTensor

public final class DistributionObject: Object {
  public let distribution: Distribution

  public init(_ distribution: Distribution) { self.distribution = distribution }

  public override var kind: String { "distribution" }

  public override var memberNames: [String] {
    distribution.family.parameters.map(\.name) + ["shape"]
  }

  public override func member(_ name: String) throws -> Value? {
    if name == "shape" { return .vector(distribution.shape.map(Double.init)) }
    guard let place = distribution.family.parameters.firstIndex(where: { $0.name == name }) else {
      return nil
    }
    return .tensor(distribution.parameters[place])
  }

  public override func drawn(_ runtime: Runtime) throws -> Value? {
    try Law.plain(distribution).draw(nil, runtime.random.next())
  }

  public override func isEqual(to other: Object) -> Bool {
    guard let other = (other as? DistributionObject)?.distribution else { return false }
    return other.family.name == distribution.family.name
      && zip(other.parameters, distribution.parameters).allSatisfy {
        $0.shape == $1.shape && $0.values == $1.values
      }
  }

  /// `normal(mean: 0, sd: 1)`
  public override func display(_ style: DisplayStyle) -> String {
    let parameters = zip(distribution.family.parameters, distribution.parameters).map {
      "\($0.name): \(Value.tensor($1).display(style.inner))"
    }
    return "\(distribution.family.name)(\(parameters.joined(separator: ", ")))"
  }
}
