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
    let values = x.values
    if let wrong = values.firstIndex(where: { !$0.isFinite }) {
      throw Failure(
        "L513",
        "row \(wrong / factors.columns), column \(wrong % factors.columns) of the data is not a "
          + "finite number", argument: "x",
        help: "estimates by drawing z need complete rows; leave `method` out for the exact value")
    }
    return LinearGaussianJoint(
      model: self, factors: factors, inference: try factors.inference(),
      x: Matrix(x.shape[0], factors.columns, values))
  }
}

final class LinearGaussianJoint: LatentJoint {
  private let model: LinearGaussian
  private let factors: GaussianFactors
  private let inference: GaussianFactors.Inference
  private let x: Matrix
  private let means: Matrix

  init(
    model: LinearGaussian, factors: GaussianFactors, inference: GaussianFactors.Inference,
    x: Matrix
  ) {
    self.model = model
    self.factors = factors
    self.inference = inference
    self.x = x
    means = factors.posteriorMeans(x, inference).means
  }

  var count: Int { x.rows }
  var latent: Int { factors.latent }

  func likelihood(
    rows: [Int], z: [Double], chains: Int, gradient: Bool
  ) throws -> (values: [Double], gradient: [Double]) {
    let (d, q) = (factors.columns, latent)
    let codes = Matrix(chains * rows.count, q, z)
    var residuals = codes.times(factors.loadings, with: true)
    let constant = factors.noise.reduce(0) { $0 + log(2 * .pi * $1) }
    var values = [Double](repeating: -0.5 * constant, count: codes.rows)
    for i in 0..<codes.rows {
      let row = rows[i % rows.count]
      for j in 0..<d {
        let residual = x[row, j] - factors.mean[j] - residuals[i, j]
        values[i] -= 0.5 * residual * residual / factors.noise[j]
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
    let factor = inference.precision
    let constant = -0.5 * (Double(q) * log(2 * .pi) - factor.logDeterminant)
    var z = [Double](repeating: 0, count: count * q)
    var density = [Double](repeating: constant, count: count)
    for i in 0..<count {
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
