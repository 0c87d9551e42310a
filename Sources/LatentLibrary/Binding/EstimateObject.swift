// A number that knows how it was found: exactly, as a bound, or by Monte Carlo with an error.

import LatentLanguage
import LatentModels
import LatentTensor

/// What `log_likelihood` gives. Arithmetic and comparison take its mean.
public final class EstimateObject: Object {
  public enum Kind: String, Sendable {
    case exact
    case lowerBound = "lower bound"
    case estimate
  }

  public let perDatum: [Double]
  public let standardError: Double
  /// `estimate`, `lower bound`, …
  public let quality: Kind
  /// Effective number of draws, where there are weights.
  public let effectiveSize: Double?
  public let samples: Int

  public init(
    perDatum: [Double], standardError: Double, quality: Kind, effectiveSize: Double?, samples: Int
  ) {
    self.perDatum = perDatum
    self.standardError = standardError
    self.quality = quality
    self.effectiveSize = effectiveSize
    self.samples = samples
  }

  var total: Double { perDatum.reduce(0, +) }
  var mean: Double { total / Double(max(perDatum.count, 1)) }

  public override var kind: String { "estimate" }
  public override var standIn: Value? { .number(mean) }

  public override var memberNames: [String] {
    ["mean", "total", "standard_error", "kind", "per_datum", "ess", "samples"]
  }

  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "mean": .number(mean)
    case "total": .number(total)
    case "standard_error": .number(standardError)
    case "kind": .text(quality.rawValue)
    case "per_datum": .vector(perDatum)
    case "ess": effectiveSize.map(Value.number) ?? .nothing
    case "samples": .integer(samples)
    default: nil
    }
  }

  public override func display(_ style: DisplayStyle) -> String {
    var text = "\(fixed(mean, 3)) nats per datum"
    if quality != .exact {
      text += " ± \(significant(standardError, 2)) by Monte Carlo (\(quality.rawValue)"
    }
    if quality != .exact { text += ", \(plural(samples, "draw"))" }
    if let effectiveSize { text += ", effective \(significant(effectiveSize, 3))" }
    return quality == .exact ? text : text + ")"
  }
}
