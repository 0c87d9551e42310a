// The E-step and the M-step of linear Gaussian models (Rubin & Thayer 1982 for factor analysis,
// Tipping & Bishop 1999 for one noise level), with the bound before and after each.
//
// Written in the moments of z̃ = (z, 1): column j regresses on z̃, so W and μ are found together.
// With complete rows the moments come from the covariance alone; with missing entries each row has
// its own posterior, given only what was seen of it, and a column's sums run over the rows where
// it was seen. That marginalises missing entries exactly.

import Foundation
import LatentTensor

/// Sums over data of posterior expectations under one set of parameters.
struct Expectation {
  /// log p(X) under the parameters that the posteriors come from.
  var logLikelihood: Double
  /// Σ w E[z̃ z̃ᵀ] over rows with column j: one matrix for all columns, or one each.
  var codes: [Matrix]
  /// Σ w x_j E[z̃]: d × (q + 1).
  var cross: Matrix
  /// Σ w x_j².
  var squares: [Double]
  /// Σ w over rows with column j.
  var weights: [Double]
  /// Σ w (tr E[z zᵀ] − q − log |V|): twice the divergence of the posteriors from the prior.
  var divergence: Double
  /// x above stands for x − origin, so that a large mean costs no digits.
  var origin: [Double]

  func codes(of column: Int) -> Matrix { codes.count == 1 ? codes[0] : codes[column] }

  /// Σ w E (x_j − W_j z − μ_j)².
  func residual(_ factors: GaussianFactors, _ column: Int) -> Double {
    let moments = codes(of: column)
    let line = Array(factors.loadings.row(column)) + [factors.mean[column] - origin[column]]
    var sum = squares[column]
    for a in line.indices {
      var inner = -2 * cross[column, a]
      for b in line.indices { inner += moments[a, b] * line[b] }
      sum += line[a] * inner
    }
    return max(sum, 0)
  }

  /// The bound L(q, θ) at other parameters θ, with the posteriors held: E log p(x|z, θ) less the
  /// divergence from the prior.
  func bound(_ factors: GaussianFactors) -> Double {
    var sum = divergence
    for j in factors.noise.indices {
      sum += weights[j] * log(2 * .pi * factors.noise[j])
      sum += residual(factors, j) / factors.noise[j]
    }
    return -0.5 * sum
  }

  /// The parameters that maximise the bound with these posteriors held.
  ///
  /// - Parameters:
  ///   - isotropic: one noise level for all columns.
  ///   - floor: what no noise variance falls below, by column.
  func maximum(isotropic: Bool, floor: [Double]) throws -> GaussianFactors {
    let d = squares.count
    let q = cross.columns - 1
    var result = GaussianFactors(
      loadings: Matrix(zeros: d, q), mean: [Double](repeating: 0, count: d),
      noise: [Double](repeating: 0, count: d))
    let shared = codes.count == 1 ? CholeskyFactor(codes[0]) : nil
    for j in 0..<d {
      guard let factor = shared ?? CholeskyFactor(codes(of: j)) else {
        throw Failure(
          "L601", "the regression of column \(j) on z is singular",
          help: "take fewer latent dimensions, or leave the column out")
      }
      let line = factor.solving(Matrix(q + 1, 1, Array(cross.row(j)))).elements
      for k in 0..<q { result.loadings[j, k] = line[k] }
      result.mean[j] = origin[j] + line[q]
    }
    let residuals = (0..<d).map { residual(result, $0) }
    if isotropic {
      let level = residuals.reduce(0, +) / weights.reduce(0, +)
      result.noise = [Double](repeating: max(level, floor.min() ?? 0), count: d)
    } else {
      result.noise = (0..<d).map { max(residuals[$0] / weights[$0], floor[$0]) }
    }
    return result
  }
}

/// Data in the form in which EM asks them.
protocol FactorData {
  /// Variances of the columns, which scale floors.
  var variances: [Double] { get }
  func expectation(_ factors: GaussianFactors) throws -> Expectation
}

/// Complete rows, through their moments. Everything is relative to the mean, which stays put.
struct CompleteMoments: FactorData {
  var moments: SampleCovariance
  let variances: [Double]

  init(_ moments: SampleCovariance) {
    self.moments = moments
    variances = moments.variances
  }

  /// Parameters that reach here have the sample mean as μ: it maximises the likelihood for any W
  /// and Ψ.
  func expectation(_ factors: GaussianFactors) throws -> Expectation {
    let inference = try factors.inference()
    let (n, q, d) = (moments.weight, factors.latent, factors.columns)
    let gain = inference.gain
    let sz = moments.times(gain)  // S Ψ⁻¹ W V
    let zz = gain.times(sz, transposed: true)  // of the posterior means
    var augmented = Matrix(zeros: q + 1, q + 1)
    for a in 0..<q {
      for b in 0..<q { augmented[a, b] = n * (zz[a, b] + inference.covariance[a, b]) }
    }
    augmented[q, q] = n
    var cross = Matrix(zeros: d, q + 1)
    for j in 0..<d { for k in 0..<q { cross[j, k] = n * sz[j, k] } }
    var square = zz.trace
    for j in 0..<d {
      // The diagonal of E (x − μ − W ẑ)(…)ᵀ.
      var residual = variances[j]
      for k in 0..<q {
        residual -= 2 * factors.loadings[j, k] * sz[j, k]
        for l in 0..<q {
          residual += factors.loadings[j, k] * zz[k, l] * factors.loadings[j, l]
        }
      }
      square += max(residual, 0) / factors.noise[j]
    }
    let constant = Double(d) * log(2 * .pi) + inference.logDeterminant
    return Expectation(
      logLikelihood: -0.5 * n * (constant + square), codes: [augmented], cross: cross,
      squares: variances.map { n * $0 }, weights: [Double](repeating: n, count: d),
      divergence: n
        * (inference.covariance.trace + zz.trace - Double(q) + inference.precision.logDeterminant),
      origin: moments.mean)
  }
}
