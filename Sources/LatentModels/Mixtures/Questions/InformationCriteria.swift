// What a model is worth when its parameters are counted: −2 log-likelihood and a penalty, so that
// small is good, always of the total.

import Foundation
import LatentTensor

/// A criterion for the choice of a model.
public enum InformationCriterion: String, CaseIterable, Sendable {
  /// 2 per parameter (Akaike 1974).
  case aic
  /// log n per parameter (Schwarz 1978).
  case bic
  /// BIC and twice the entropy of the responsibilities (Biernacki, Celeux & Govaert 2000).
  case icl
}

/// The parts of a criterion.
public struct CriterionValue: Sendable {
  public var criterion: InformationCriterion
  /// −2 log-likelihood + penalty; small is good.
  public var value: Double
  /// The total, in nats.
  public var logLikelihood: Double
  public var freeParameters: Int
  public var rows: Int
}

extension Model {
  /// - Throws: `L516` for models that do not count their parameters or do not know their
  ///   likelihood.
  public func criterion(_ criterion: InformationCriterion, _ x: Tensor) throws -> CriterionValue {
    try check(x, argument: "x")
    guard let count = freeParameters else {
      throw Failure(
        "L516",
        "a `\(kind)` does not count its free parameters, so it has no "
          + criterion.rawValue.uppercased(), argument: "model",
        help: "compare `log_likelihood` on held-out data")
    }
    let rows = x.shape[0]
    guard rows > 0 else {
      throw Failure("L511", "the data have no rows", argument: "x", help: "give at least one row")
    }
    let evidence = try logProbability(x).reduce(0, +)
    var value = -2 * evidence
    switch criterion {
    case .aic: value += 2 * Double(count)
    case .bic: value += log(Double(rows)) * Double(count)
    case .icl:
      value += log(Double(rows)) * Double(count)
      for r in try responsibilities(x).values where r > 0 { value -= 2 * r * log(r) }
    }
    return CriterionValue(
      criterion: criterion, value: value, logLikelihood: evidence, freeParameters: count,
      rows: rows)
  }
}
