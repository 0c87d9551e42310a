// Gaussian likelihoods have no maximum: a component that shrinks onto a few points gains without
// end. The floor keeps every covariance above a small multiple of that of all data, in whatever
// units and directions the data have.

/// Σ_k ≥ ratio · Σ₀, with Σ₀ the covariance of the data (Hathaway 1985 bounds the components
/// against each other; a bound against the data is as scale-aware and keeps the M-step in closed
/// form).
struct CovarianceFloor: Sendable {
  /// Of variances: 1e-8 lets a component be ten thousand times narrower than the data.
  static let ratio = 1e-8

  /// The Cholesky factor of Σ₀, packed; empty where only variances are needed.
  var factor: [Double]
  var inverseFactor: [Double]
  /// The variances of the columns.
  var variances: [Double]

  /// The Cholesky factor of a covariance raised to the floor, and whether it had to be.
  ///
  /// With A = L₀⁻¹ Σ L₀⁻ᵀ the constraint is that no eigenvalue of A lies below the ratio. The
  /// smallest is at least 1/tr A⁻¹, so that eigenvalues are rarely needed.
  func factor(of covariance: [Double], _ triangle: Triangle) throws -> (
    factor: [Double], isRaised: Bool
  ) {
    let relative = triangle.congruence(inverseFactor, covariance)
    if let root = triangle.cholesky(relative) {
      let trace = triangle.sumOfSquares(triangle.inverse(root))
      if 1 / trace > CovarianceFloor.ratio { return (triangle.product(factor, root), false) }
    }
    let raised = try triangle.raised(relative, to: CovarianceFloor.ratio)
    let root =
      triangle.cholesky(raised)
      ?? triangle.diagonal(
        of: triangle.diagonal(raised).map { max($0, CovarianceFloor.ratio).squareRoot() })
    let isLow = triangle.sumOfSquares(zip(raised, relative).map { $0 - $1 }) > 0
    return (triangle.product(factor, root), isLow)
  }

  func isBelow(_ variance: Double, column: Int) -> Bool {
    !(variance > CovarianceFloor.ratio * variances[column])
  }

  /// The floor of one variance for all columns.
  var spherical: Double {
    CovarianceFloor.ratio * variances.reduce(0, +) / Double(max(variances.count, 1))
  }
}
