// The Cholesky factor of a small positive definite matrix, and what is computed from it instead of
// an inverse: solutions, the determinant, whitened vectors.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// L with A = L·Lᵀ, lower triangular.
public struct CholeskyFactor: Sendable {
  public let lower: Matrix

  /// Nil unless `matrix` is positive definite to working precision; only its lower triangle is read.
  public init?(_ matrix: Matrix) {
    let n = matrix.rows
    var l = Matrix(zeros: n, n)
    for j in 0..<n {
      var pivot = matrix[j, j]
      for k in 0..<j { pivot -= l[j, k] * l[j, k] }
      guard pivot > abs(matrix[j, j]) * Double(n) * 0x1p-53, pivot.isFinite else { return nil }
      let root = pivot.squareRoot()
      l[j, j] = root
      for i in (j + 1)..<Swift.max(n, j + 1) {
        var sum = matrix[i, j]
        for k in 0..<j { sum -= l[i, k] * l[j, k] }
        l[i, j] = sum / root
      }
    }
    lower = l
  }

  public var size: Int { lower.rows }

  public var logDeterminant: Double { lower.diagonal.reduce(0) { $0 + 2 * log($1) } }

  /// L⁻¹·B.
  public func whitening(_ right: Matrix) -> Matrix {
    var x = right
    for i in 0..<size {
      for k in 0..<i {
        let factor = lower[i, k]
        for c in 0..<x.columns { x[i, c] -= factor * x[k, c] }
      }
      for c in 0..<x.columns { x[i, c] /= lower[i, i] }
    }
    return x
  }

  /// A⁻¹·B.
  public func solving(_ right: Matrix) -> Matrix {
    var x = whitening(right)
    for i in stride(from: size - 1, through: 0, by: -1) {
      for k in (i + 1)..<Swift.max(size, i + 1) {
        let factor = lower[k, i]
        for c in 0..<x.columns { x[i, c] -= factor * x[k, c] }
      }
      for c in 0..<x.columns { x[i, c] /= lower[i, i] }
    }
    return x
  }

  /// A⁻¹, where it is itself what is asked for (a posterior covariance).
  public var inverse: Matrix {
    let solution = solving(Matrix(identity: size))
    // Symmetric to the last bit.
    return (solution + solution.transposed) * 0.5
  }
}
