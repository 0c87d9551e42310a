// A number that knows how it was found: exactly, as a bound, or by Monte Carlo with an error.

import LatentLanguage
import LatentModels
import LatentTensor

/// What `log_likelihood` gives. Arithmetic and comparison take its mean.
public final class EstimateObject: Object {
  public let evidence: Evidence

  public init(_ evidence: Evidence) { self.evidence = evidence }

  public override var kind: String { "estimate" }
  public override var standIn: Value? { .number(evidence.mean) }

  public override var memberNames: [String] {
    ["mean", "total", "standard_error", "kind", "per_datum", "ess", "samples", "khat"]
      + (evidence.standardErrors.isEmpty ? [] : ["standard_errors"])
      + (evidence.sandwich == nil ? [] : ["lower", "upper", "gap", "simulated"])
  }

  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "mean": .number(evidence.mean)
    case "total": .number(evidence.total)
    case "standard_error": .number(evidence.standardError)
    case "kind": .text(evidence.quality.rawValue)
    case "per_datum": .vector(evidence.perDatum)
    case "ess": evidence.effectiveSize.map(Value.number) ?? .nothing
    case "khat": evidence.worstTailShape.map(Value.number) ?? .nothing
    case "standard_errors": .vector(evidence.standardErrors)
    case "lower": evidence.sandwich.map { .number(mean($0.lower)) }
    case "upper": evidence.sandwich.map { .number(mean($0.upper)) }
    case "gap": evidence.sandwich.map { .number(mean($0.upper) - mean($0.lower)) }
    case "simulated": evidence.sandwich.map { .bool($0.isSimulated) }
    case "samples": .integer(evidence.samples)
    default: nil
    }
  }

  private func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(max(values.count, 1))
  }

  public override func display(_ style: DisplayStyle) -> String {
    let figure = "\(fixed(evidence.mean, 3)) nats per datum"
    guard evidence.quality != .exact else { return figure + ", exact" }
    var text = figure + " ± \(significant(evidence.standardError, 2)) by Monte Carlo"
    text += " (\(evidence.quality.rawValue), \(plural(evidence.samples, "draw"))"
    if let size = evidence.effectiveSize { text += ", effective \(significant(size, 3))" }
    if let shape = evidence.worstTailShape, shape > 0.7 {
      text += ", k̂ up to \(significant(shape, 2)): not to be relied on"
    }
    text += ")"
    if let sandwich = evidence.sandwich {
      let (lower, upper) = (mean(sandwich.lower), mean(sandwich.upper))
      text += "; bounds \(fixed(lower, 3)) … \(fixed(upper, 3))"
      if sandwich.isSimulated { text += " on data drawn from the model" }
    }
    return text
  }
}
