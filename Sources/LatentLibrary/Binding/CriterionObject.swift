// A criterion of model choice as a value: a number that says its sign and that it is a total.

import LatentLanguage
import LatentModels
import LatentTensor

/// What `bic`, `aic` and `icl` give. Arithmetic and comparison take the number.
public final class CriterionObject: Object {
  public let value: CriterionValue

  public init(_ value: CriterionValue) { self.value = value }

  public override var kind: String { "criterion" }
  public override var standIn: Value? { .number(value.value) }

  public override var memberNames: [String] {
    ["value", "log_likelihood", "parameters", "rows"]
  }

  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "value": .number(value.value)
    case "log_likelihood": .number(value.logLikelihood)
    case "parameters": .integer(value.freeParameters)
    case "rows": .integer(value.rows)
    default: nil
    }
  }

  /// `BIC 2322.192 = -2 · -1130.264 + penalty of 11 parameters, total of 272 rows, small is good`
  public override func display(_ style: DisplayStyle) -> String {
    "\(value.criterion.rawValue.uppercased()) \(fixed(value.value, 3)) = -2 · "
      + "\(fixed(value.logLikelihood, 3)) + penalty of \(plural(value.freeParameters, "parameter"))"
      + ", total of \(plural(value.rows, "row")), small is good"
  }
}
