// An expectation found by draws: it says how far off it may be.

import LatentLanguage
import LatentTensor

/// The mean of draws, a number or tensor. Arithmetic and comparison take it for its mean.
final class ExpectationObject: Object {
  let mean: Tensor
  let standardError: Tensor
  let samples: Int
  let unit: String?

  init(mean: Tensor, standardError: Tensor, samples: Int, unit: String? = nil) {
    self.mean = mean
    self.standardError = standardError
    self.samples = samples
    self.unit = unit
    super.init()
  }

  override var kind: String { "estimate" }
  override var standIn: Value? { .tensor(mean) }
  override var memberNames: [String] { ["mean", "standard_error", "kind", "samples"] }

  override func member(_ name: String) throws -> Value? {
    switch name {
    case "mean": .tensor(mean)
    case "standard_error": .tensor(standardError)
    case "kind": .text("estimate")
    case "samples": .integer(samples)
    default: nil
    }
  }

  override func display(_ style: DisplayStyle) -> String {
    let unit = unit.map { " \($0)" } ?? ""
    let draws = "by Monte Carlo (\(plural(samples, "draw")))"
    guard mean.isScalar else {
      return "\(Value.tensor(mean).display(style.inner))\(unit) \(draws)"
    }
    let error = standardError.values.first ?? .nan
    return "\(significant(mean.values.first ?? .nan, 6))\(unit) ± \(significant(error, 2)) \(draws)"
  }
}

/// Sums of tensors of one shape; mean and variance by Welford's recurrence.
struct RunningMoments {
  private(set) var count = 0.0
  private(set) var mean = Tensor(0)
  /// Σ weight · value
  private(set) var total = Tensor(0)
  private var squares: [Double] = []

  /// - Throws: when the shapes of the values differ.
  mutating func add(_ value: Tensor, weight: Double) throws {
    if count == 0 {
      mean = Tensor(repeating: 0, shape: value.shape)
      total = mean
      squares = mean.values
    }
    guard value.shape == mean.shape else {
      throw Failure(
        "L431",
        "the function gave values of the shapes \(Shape.text(mean.shape)) and "
          + Shape.text(value.shape), argument: "f",
        help: "an expectation needs values of one shape")
    }
    count += 1
    var (means, totals) = (mean.values, total.values)
    for (place, x) in value.values.enumerated() {
      let step = x - means[place]
      means[place] = x.isFinite ? means[place] + step / count : x
      squares[place] += step * (x - means[place])
      totals[place] += weight * x
    }
    mean = Tensor(shape: mean.shape, means)
    total = Tensor(shape: total.shape, totals)
  }

  /// Of the mean of independent values.
  var standardError: Tensor {
    Tensor(
      shape: mean.shape,
      squares.map { count > 1 ? ($0 / (count - 1) / count).squareRoot() : .nan })
  }
}
