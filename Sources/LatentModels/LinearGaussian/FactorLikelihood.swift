// Maximum likelihood of factor analysis from the covariance alone (Jöreskog, "Some contributions to
// maximum likelihood factor analysis", 1967).
//
// For given noise Ψ the best W is known: with θ and u the eigenvalues and vectors of
// Ψ^(−½) S Ψ^(−½), its columns are Ψ^½ uᵢ √(θᵢ − 1) for the q largest θ above 1. What remains is a
// smooth function of d numbers, log Ψ, whose gradient is 1 + Σᵢ (θᵢ − 1) uᵢⱼ² − Sⱼⱼ/ψⱼ: the model's
// variance of each column against the sample's. A quasi-Newton method needs tens of evaluations
// where EM needs thousands of steps.

import Foundation
import LatentTensor

/// The maximum, or the limit that the likelihood tends to where there is none.
struct FactorSolution {
  var factors: GaussianFactors
  /// Columns whose noise variance tends to 0 (a Heywood case); the likelihood then has no maximum.
  var heywood: [Int] = []
  /// The least upper bound of log p(X); infinite when the likelihood is unbounded.
  var supremum = Double.nan
  var evaluations = 0
  var converged = true
}

struct FactorLikelihood {
  var moments: SampleCovariance
  var latent: Int
  var shouldStop: () -> Bool = { false }

  /// Noise below this share of a column's variance is taken as on its way to 0.
  static let boundary = 1e-6
  /// The share at which such noise is kept, so that the model has a density.
  static let keptShare = 1e-8

  /// −2/N log p(X) − d log 2π, on the scale on which every column has variance 1.
  private func profile(
    _ correlation: SampleCovariance, _ logNoise: [Double]
  ) throws -> (value: Double, gradient: [Double]) {
    let noise = logNoise.map { exp($0) }
    let (values, vectors) = try correlation.scaled(by: noise.map { 1 / $0.squareRoot() })
      .leadingEigen(latent)
    var value = logNoise.reduce(0, +)
    var gradient = noise.map { 1 - 1 / $0 }
    for share in noise { value += 1 / share }
    for (k, theta) in values.enumerated() where theta > 1 {
      value += log(theta) + 1 - theta
      for j in gradient.indices { gradient[j] += (theta - 1) * vectors[j, k] * vectors[j, k] }
    }
    return (value, gradient)
  }

  /// W for given noise.
  private func loadings(_ scaled: SampleCovariance, _ noise: [Double]) throws -> Matrix {
    let roots = noise.map { $0.squareRoot() }
    let (values, vectors) = try scaled.scaled(by: roots.map { 1 / $0 }).leadingEigen(latent)
    var result = Matrix(zeros: noise.count, latent)
    for (k, theta) in values.enumerated() where theta > 1 {
      for j in noise.indices { result[j, k] = roots[j] * vectors[j, k] * (theta - 1).squareRoot() }
    }
    return result.withPositiveTops
  }

  /// - Precondition: every column varies.
  func maximum() throws -> FactorSolution {
    let d = moments.columns
    let deviations = moments.variances.map { $0.squareRoot() }
    let correlation = moments.scaled(by: deviations.map { 1 / $0 })
    var solution = FactorSolution(
      factors: GaussianFactors(
        loadings: Matrix(zeros: d, latent), mean: moments.mean, noise: moments.variances))
    guard latent > 0 else {
      solution.supremum = try solution.factors.logLikelihood(moments)
      return solution
    }
    // The start: what the leading principal components leave of each column.
    let (values, vectors) = try correlation.leadingEigen(latent)
    let rest = max(Double(d) - values.reduce(0, +), 0) / Double(d - min(latent, d - 1))
    let start = (0..<d).map { j in
      let common = values.indices.reduce(0.0) {
        $0 + max(values[$1] - rest, 0) * vectors[j, $1] * vectors[j, $1]
      }
      return log(max(1 - common, 0.05))
    }
    var method = QuasiNewton(
      lowerBounds: [Double](repeating: log(FactorLikelihood.boundary), count: d))
    method.shouldStop = shouldStop
    let found = try method.minimum(from: start) { try profile(correlation, $0) }
    solution.evaluations = found.evaluations
    solution.converged = found.converged
    let shares = found.point.map { exp($0) }
    solution.heywood = (0..<d).filter {
      shares[$0] < 2 * FactorLikelihood.boundary && found.gradient[$0] > 0
    }
    solution.factors.noise = zip(shares, moments.variances).map { $0 * $1 }
    solution.factors.loadings = try loadings(correlation, shares).scalingRows(by: deviations)
    if solution.heywood.isEmpty {
      solution.supremum = try solution.factors.logLikelihood(moments)
    } else {
      try approach(&solution)
    }
    return solution
  }

  /// The limit of a Heywood case. With the noise of columns H gone, H spans as many factors: x_H is
  /// any normal, and the other columns given x_H follow a factor model with so many factors less.
  /// That problem is solved by itself; the solution keeps a trace of noise in H.
  private func approach(_ solution: inout FactorSolution) throws {
    let s = moments.dense
    let (gone, others) = (
      solution.heywood, (0..<moments.columns).filter { !solution.heywood.contains($0) }
    )
    func part(_ rows: [Int], _ columns: [Int]) -> Matrix {
      Matrix(rows.count, columns.count, rows.flatMap { i in columns.map { s[i, $0] } })
    }
    let n = moments.weight
    guard gone.count <= latent, let factor = CholeskyFactor(part(gone, gone)) else {
      solution.supremum = .infinity
      return
    }
    let across = part(others, gone)
    let slopes = factor.solving(across.transposed).transposed
    let residual = part(others, others) - slopes.times(across, with: true)
    let variances = residual.diagonal
    let h = Double(gone.count)
    let marginal = -0.5 * n * (h * log(2 * .pi) + factor.logDeterminant + h)
    guard zip(variances, others).allSatisfy({ $0 > 1e-10 * s[$1, $1] }) else {
      solution.supremum = .infinity
      return
    }
    var rest = FactorLikelihood(
      moments: SampleCovariance(
        weight: n, mean: others.map { moments.mean[$0] }, covariance: residual),
      latent: latent - gone.count)
    rest.shouldStop = shouldStop
    let inner = try rest.maximum()
    solution.supremum = marginal + inner.supremum
    solution.evaluations += inner.evaluations
    solution.heywood = (gone + inner.heywood.map { others[$0] }).sorted()
    for (a, i) in gone.enumerated() {
      for k in 0..<latent {
        solution.factors.loadings[i, k] = k < gone.count ? factor.lower[a, k] : 0
      }
      solution.factors.noise[i] = FactorLikelihood.keptShare * s[i, i]
    }
    let spread = slopes.times(factor.lower)
    for (b, j) in others.enumerated() {
      for k in 0..<latent {
        solution.factors.loadings[j, k] =
          k < gone.count ? spread[b, k] : inner.factors.loadings[b, k - gone.count]
      }
      solution.factors.noise[j] = inner.factors.noise[b]
    }
  }
}
