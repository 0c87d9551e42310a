// The prior of a mixture: what the user chose, and from the data what they left open.

import Foundation
import LatentTensor

extension Mixture {
  /// - Throws: `L532` for a prior that does not fit the data or is improper.
  func conjugatePrior(
    _ scale: DataScale, _ data: MixtureData, isVariational: Bool
  ) throws -> ConjugatePrior {
    let d = data.columns
    let degrees = design.prior?.degrees ?? Double(d) + 2
    if let mean = design.prior?.mean, mean.count != d {
      throw refused(
        "the prior has a `mean` of \(mean.count) number\(mean.count == 1 ? "" : "s"), but the "
          + "data have \(d) column\(d == 1 ? "" : "s")", "give one number per column")
    }
    if !isDiagonalDesign, isVariational, degrees <= Double(d) - 1 {
      throw refused(
        "`df` of the prior is \(NumberText.rounded(degrees)), but a covariance of \(d) columns has "
          + "a proper prior only above \(d - 1)", "raise `df`, or leave it out: it is columns + 2")
    }
    return ConjugatePrior(
      shrinkage: design.prior?.shrinkage ?? 0.01, degrees: degrees,
      mean: design.prior?.mean ?? scale.means,
      scale: try chosenScale(columns: d) ?? defaultScale(scale),
      concentration: design.prior?.concentration ?? (isVariational ? 1e-3 : 1))
  }

  /// The covariance of the data divided by K^(2/d); of dependent columns their variances.
  private func defaultScale(_ scale: DataScale) -> [Double] {
    let triangle = Triangle(size: scale.means.count)
    let shrink = pow(Double(design.components), 2 / Double(triangle.size))
    let spread =
      triangle.cholesky(scale.covariance) == nil
      ? triangle.diagonal(of: scale.variances) : scale.covariance
    return spread.map { $0 / shrink }
  }

  private func chosenScale(columns d: Int) throws -> [Double]? {
    guard let chosen = design.prior?.scale else { return nil }
    let (triangle, values) = (Triangle(size: d), chosen.values)
    var packed: [Double]
    switch chosen.shape {
    case []: packed = triangle.diagonal(of: [Double](repeating: values.first ?? .nan, count: d))
    case [d]: packed = triangle.diagonal(of: values)
    case [d, d]:
      packed = triangle.packed(values)
      let top = values.reduce(0) { max($0, abs($1)) }
      for i in 0..<d {
        for j in 0..<i where !(abs(values[i * d + j] - values[j * d + i]) <= 1e-12 * top) {
          throw refused(
            "the `scale` of the prior is not symmetric: see [\(i), \(j)] and [\(j), \(i)]")
        }
      }
    default:
      throw refused(
        "the `scale` of the prior has the shape \(chosen.shape), but the data have \(d) "
          + "column\(d == 1 ? "" : "s")",
        "give one number, one per column, or a symmetric matrix of \(d) × \(d)")
    }
    guard triangle.cholesky(packed) != nil else {
      throw refused("the `scale` of the prior is not positive definite")
    }
    return packed
  }

  private func refused(_ message: String, _ help: String? = nil) -> Failure {
    Failure("L532", message, argument: "model", helps: help.map { [$0] } ?? [])
  }
}
