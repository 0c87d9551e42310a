// The parameters of a linear Gaussian latent variable model, and its exact inference.
//
// z ~ N(0, I), x | z ~ N(W z + μ, Ψ) with Ψ diagonal, hence x ~ N(μ, W Wᵀ + Ψ) and
// z | x ~ N(V Wᵀ Ψ⁻¹ (x − μ), V) with V = (I + Wᵀ Ψ⁻¹ W)⁻¹, a q × q matrix. For Ψ = σ² I that is
// M⁻¹ Wᵀ (x − μ) and σ² M⁻¹ with M = Wᵀ W + σ² I (Tipping & Bishop, "Probabilistic principal
// component analysis", 1999, equations 6 to 8). Nothing of size d × d is ever formed.

import Foundation
import LatentTensor

/// W, μ and the diagonal of Ψ.
struct GaussianFactors: Sendable {
  /// d × q.
  var loadings: Matrix
  var mean: [Double]
  /// d noise variances, all positive.
  var noise: [Double]

  var columns: Int { loadings.rows }
  var latent: Int { loadings.columns }

  /// The model of some of the columns.
  func restricted(to columns: [Int]) -> GaussianFactors {
    GaussianFactors(
      loadings: Matrix(columns.count, latent, columns.flatMap { Array(loadings.row($0)) }),
      mean: columns.map { mean[$0] }, noise: columns.map { noise[$0] })
  }

  /// What inference needs again and again.
  struct Inference: Sendable {
    /// Cholesky factor of I + Wᵀ Ψ⁻¹ W.
    var precision: CholeskyFactor
    /// V = cov(z | x).
    var covariance: Matrix
    /// Ψ⁻¹ W V: z's mean is (x − μ)ᵀ times this; d × q.
    var gain: Matrix
    /// log |W Wᵀ + Ψ|.
    var logDeterminant: Double
  }

  /// - Throws: `L601` when parameters have left the range in which this can be computed.
  func inference() throws -> Inference {
    let scaled = loadings.scalingRows(by: noise.map { 1 / $0 })
    let precision = Matrix(identity: latent) + loadings.times(scaled, transposed: true)
    guard let factor = CholeskyFactor(precision) else {
      throw Failure(
        "L601", "the posterior covariance of z left the finite numbers",
        help: "standardize the data, or take fewer latent dimensions")
    }
    let covariance = factor.inverse
    return Inference(
      precision: factor, covariance: covariance,
      gain: factor.solving(scaled.transposed).transposed,
      logDeterminant: factor.logDeterminant + noise.reduce(0) { $0 + log($1) })
  }

  /// For rows × d complete data: the posterior means of z, rows × q, and log p(x).
  ///
  /// (x − μ)ᵀ Σ⁻¹ (x − μ) is taken as the sum of squares ‖x − μ − W ẑ‖²_Ψ + ‖ẑ‖² at the
  /// posterior mean ẑ, which loses no digits when the noise is small.
  func posteriorMeans(
    _ x: Matrix, _ inference: Inference
  ) -> (means: Matrix, logProbability: [Double]) {
    let (n, d) = (x.rows, columns)
    var centred = x
    for i in 0..<n { for j in 0..<d { centred[i, j] -= mean[j] } }
    let codes = centred.times(inference.gain)
    let fitted = codes.times(loadings, with: true)
    let constant = Double(d) * log(2 * .pi) + inference.logDeterminant
    let precision = noise.map { 1 / $0 }
    let densities = (0..<n).map { i in
      var square = 0.0
      for j in 0..<d {
        let residual = centred[i, j] - fitted[i, j]
        square += residual * residual * precision[j]
      }
      for k in 0..<latent { square += codes[i, k] * codes[i, k] }
      return -0.5 * (constant + square)
    }
    return (codes, densities)
  }

  /// log |Σ| + tr(Σ⁻¹ S) + d log 2π, times −N/2: the log-likelihood of data with these moments
  /// (μ being their mean).
  func logLikelihood(_ moments: SampleCovariance) throws -> Double {
    try CompleteMoments(moments).expectation(self).logLikelihood
  }

  /// W turned to its principal axes: columns orthogonal in the metric of Ψ, the longest first, the
  /// largest entry of each positive. The likelihood does not see rotations of W, so this is a
  /// choice, which makes two fits comparable.
  func aligned() throws -> GaussianFactors {
    guard latent > 0 else { return self }
    let scaled = loadings.scalingRows(by: noise.map { 1 / $0.squareRoot() })
    let (_, rotation) = try scaled.times(scaled, transposed: true).leadingEigen(latent)
    var copy = self
    copy.loadings = loadings.times(rotation).withPositiveTops
    return copy
  }
}

extension Matrix {
  /// Each column with the sign that makes its largest entry positive.
  var withPositiveTops: Matrix {
    let signs = (0..<columns).map { k in
      ((0..<rows).map { self[$0, k] }.max { abs($0) < abs($1) } ?? 1) < 0 ? -1.0 : 1
    }
    return scalingColumns(by: signs)
  }
}
