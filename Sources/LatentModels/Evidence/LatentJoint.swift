// What estimators of log p(x) ask of a model: log p(x|z) with its derivative, log p(z), draws.

import LatentTensor

/// The joint density of data that are given and z that is not, for several z ("chains") per datum.
///
/// Arrays over chains, data and latent dimensions are laid out in this order.
public protocol LatentJoint: AnyObject {
  /// The number of data.
  var count: Int { get }
  /// The dimension of z.
  var latent: Int { get }

  /// log p(x|z) of each chain and row, and its gradient in z if asked for.
  func likelihood(
    rows: [Int], z: [Double], chains: Int, gradient: Bool
  ) throws -> (values: [Double], gradient: [Double])

  /// log p(z) of each chain and row, and its gradient in z.
  func prior(_ z: [Double]) throws -> (values: [Double], gradient: [Double])
  func priorDraws(_ count: Int, _ random: inout Philox) throws -> [Double]

  /// Draws z ~ q(z|x) of each row, with log q(z|x); nil where the model has no q.
  func proposalDraws(
    rows: [Int], chains: Int, _ random: inout Philox
  ) throws -> (z: [Double], logDensity: [Double])?

  /// Exact draws of p(z|x) for each chain and row; nil where they cannot be had.
  func posteriorDraws(rows: [Int], chains: Int, _ random: inout Philox) throws -> [Double]?

  /// Data drawn from the model, and the z they were drawn from: an exact posterior draw.
  func simulated(_ count: Int, seed: UInt64) throws -> (joint: any LatentJoint, z: [Double])
}

/// A model whose evidence can be estimated by drawing z.
public protocol LatentSampling: Model {
  /// log p(x) by `method`: "naive", "importance" or "ais".
  func estimate(
    _ x: Tensor, by method: EvidenceMethod, _ options: EvidenceOptions
  ) throws -> Evidence
}

/// p(z) = N(0, I) unless a model says otherwise.
extension LatentJoint {
  public func prior(_ z: [Double]) throws -> (values: [Double], gradient: [Double]) {
    standardPrior(z)
  }

  /// N(0, I).
  func standardPrior(_ z: [Double]) -> (values: [Double], gradient: [Double]) {
    let q = max(latent, 1)
    let constant = 0.5 * Double(latent) * 1.8378770664093453  // log 2π
    var values = [Double](repeating: -constant, count: z.count / q)
    for place in z.indices { values[place / q] -= 0.5 * z[place] * z[place] }
    return (values, z.map { -$0 })
  }

  public func priorDraws(_ count: Int, _ random: inout Philox) throws -> [Double] {
    random.normals(count * latent)
  }

  public func posteriorDraws(
    rows: [Int], chains: Int, _ random: inout Philox
  ) -> [Double]? { nil }
}
