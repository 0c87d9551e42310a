// The evidence of linear Gaussian models by drawing z: exact answers exist, so this is where the
// estimators show what they are worth.

import Foundation
import LatentTensor

extension LinearGaussian: LatentSampling {
  public func evidence(
    _ x: Tensor, by method: EvidenceMethod, samples: Int, seed: UInt64, shouldStop: () -> Bool
  ) throws -> Evidence {
    switch method {
    case .auto, .exact: return .exact(try logProbability(x))
    case .elbo: return Evidence(.lowerBound, perDatum: try elbo(x, samples: 1, seed: seed))
    case .naive, .importance, .ais:
      return try withoutActuallyEscaping(shouldStop) { shouldStop in
        var options = EvidenceOptions()
        (options.samples, options.seed, options.shouldStop) = (samples, seed, shouldStop)
        return try estimate(x, by: method, options)
      }
    }
  }

  public func estimate(
    _ x: Tensor, by method: EvidenceMethod, _ options: EvidenceOptions
  ) throws -> Evidence {
    try EvidenceEstimator(joint: try joint(x), options: options).evidence(method)
  }

  func joint(_ x: Tensor) throws -> any LatentJoint {
    try check(x, argument: "x")
    guard let factors else { throw Failure("L510", "the model has not been fitted yet") }
    var inferences = [GaussianFactors.Inference?](repeating: nil, count: x.shape[0])
    var means = Matrix(
      x.shape[0], factors.latent,
      [Double](repeating: 0, count: try Shape.count([x.shape[0], factors.latent])))
    try forEachBlock(x) { _, part in
      for (i, place) in part.places.enumerated() {
        inferences[place] = part.inference
        for k in 0..<factors.latent { means[place, k] = part.means[i, k] }
      }
    }
    return LinearGaussianJoint(
      model: self, factors: factors, x: Matrix(x.shape[0], factors.columns, x.values),
      means: means, inferences: inferences.compactMap { $0 })
  }
}

/// p(x, z) of some rows; entries that were not seen (nan) are left out of it.
final class LinearGaussianJoint: LatentJoint {
  private let model: LinearGaussian
  private let factors: GaussianFactors
  private let x: Matrix
  /// E[z|x], rows × latent, and the rest of the posterior of each row.
  private let means: Matrix
  private let inferences: [GaussianFactors.Inference]

  init(
    model: LinearGaussian, factors: GaussianFactors, x: Matrix, means: Matrix,
    inferences: [GaussianFactors.Inference]
  ) {
    self.model = model
    self.factors = factors
    self.x = x
    self.means = means
    self.inferences = inferences
  }

  var count: Int { x.rows }
  var latent: Int { factors.latent }

  func likelihood(
    rows: [Int], z: [Double], chains: Int, gradient: Bool
  ) throws -> (values: [Double], gradient: [Double]) {
    let (d, q) = (factors.columns, latent)
    let codes = Matrix(chains * rows.count, q, z)
    var residuals = codes.times(factors.loadings, with: true)
    let constants = factors.noise.map { log(2 * .pi * $0) }
    var values = [Double](repeating: 0, count: codes.rows)
    for i in 0..<codes.rows {
      let row = rows[i % rows.count]
      for j in 0..<d {
        let value = x[row, j]
        guard !value.isNaN else {
          residuals[i, j] = 0
          continue
        }
        let residual = value - factors.mean[j] - residuals[i, j]
        values[i] -= 0.5 * (residual * residual / factors.noise[j] + constants[j])
        residuals[i, j] = residual / factors.noise[j]
      }
    }
    return (values, gradient ? residuals.times(factors.loadings).elements : [])
  }

  /// One exact draw of p(z|x) per row and chain: with V⁻¹ = L Lᵀ, L⁻ᵀ ε has covariance V.
  private func draws(_ rows: [Int], _ chains: Int, _ random: inout Philox) -> (
    z: [Double], logDensity: [Double]
  ) {
    let (q, count) = (latent, chains * rows.count)
    let noise = random.normals(count * q)
    var z = [Double](repeating: 0, count: count * q)
    var density = [Double](repeating: 0, count: count)
    for i in 0..<count {
      let factor = inferences[rows[i % rows.count]].precision
      density[i] = -0.5 * (Double(q) * log(2 * .pi) - factor.logDeterminant)
      for k in stride(from: q - 1, through: 0, by: -1) {
        var value = noise[i * q + k]
        density[i] -= 0.5 * value * value
        for l in (k + 1)..<max(q, k + 1) { value -= factor.lower[l, k] * z[i * q + l] }
        z[i * q + k] = value / factor.lower[k, k]
      }
    }
    for i in 0..<count {
      for k in 0..<q { z[i * q + k] += means[rows[i % rows.count], k] }
    }
    return (z, density)
  }

  /// q(z|x) is the posterior itself, so all weights are p(x).
  func proposalDraws(
    rows: [Int], chains: Int, _ random: inout Philox
  ) throws -> (z: [Double], logDensity: [Double])? { draws(rows, chains, &random) }

  func posteriorDraws(rows: [Int], chains: Int, _ random: inout Philox) throws -> [Double]? {
    draws(rows, chains, &random).z
  }

  func simulated(_ count: Int, seed: UInt64) throws -> (joint: any LatentJoint, z: [Double]) {
    let data = try model.sample(count, seed: seed)
    let other = try model.joint(data)
    var random = Philox(seed: seed, stream: 0x51D)
    return (other, try other.posteriorDraws(rows: Array(0..<count), chains: 1, &random) ?? [])
  }
}
