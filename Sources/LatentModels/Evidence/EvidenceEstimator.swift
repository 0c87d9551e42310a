// log p(x) by drawing z: from the prior (naive Monte Carlo), from q(z|x) (importance sampling), or
// along a path from prior to posterior (annealed importance sampling).

import Foundation
import LatentTensor

/// How log p(x) is estimated.
public struct EvidenceOptions {
  /// Draws of z per datum; chains, for "ais".
  public var samples = 100
  public var seed: UInt64 = 0
  /// Steps from prior to posterior.
  public var temperatures = 100
  public var transition = AnnealedImportance.Transition.hmc
  /// Whether "ais" gives an upper bound as well.
  public var bothBounds = false
  public var shouldStop: () -> Bool = { false }

  public init() {}
}

/// The estimators, for any model that can tell log p(x|z).
public struct EvidenceEstimator {
  let joint: any LatentJoint
  let options: EvidenceOptions

  public init(joint: any LatentJoint, options: EvidenceOptions) {
    self.joint = joint
    self.options = options
  }

  /// Data and chains worked on at a time.
  private static let rows = 16
  private static let chains = 64

  /// "naive", "importance" or "ais".
  public func evidence(_ method: EvidenceMethod) throws -> Evidence {
    switch method {
    case .ais: try AnnealedImportance(joint: joint, options: options).evidence()
    case .naive: try weighted { try naive($0, $1, &$2) }
    default: try weighted { try importance($0, $1, &$2) }
    }
  }

  /// log p(x|z) for z ~ p(z): p(x) = E p(x|z).
  private func naive(_ rows: [Int], _ chains: Int, _ random: inout Philox) throws -> [Double] {
    let z = try joint.priorDraws(chains * rows.count, &random)
    return try joint.likelihood(rows: rows, z: z, chains: chains, gradient: false).values
  }

  /// log p(x|z) + log p(z) − log q(z|x) for z ~ q(z|x).
  private func importance(
    _ rows: [Int], _ chains: Int, _ random: inout Philox
  ) throws -> [Double] {
    guard let (z, density) = try joint.proposalDraws(rows: rows, chains: chains, &random) else {
      return try naive(rows, chains, &random)
    }
    let likelihood = try joint.likelihood(rows: rows, z: z, chains: chains, gradient: false)
    let prior = try joint.prior(z)
    return density.indices.map { likelihood.values[$0] + prior.values[$0] - density[$0] }
  }

  /// log of the mean weight of each datum.
  private func weighted(
    _ logWeights: (_ rows: [Int], _ chains: Int, _ random: inout Philox) throws -> [Double]
  ) throws -> Evidence {
    var sums = [WeightSum](repeating: WeightSum(samples: options.samples), count: joint.count)
    for (block, start) in stride(from: 0, to: joint.count, by: EvidenceEstimator.rows).enumerated()
    {
      let size = min(EvidenceEstimator.rows, joint.count)
      let rows = (0..<size).map { min(start + $0, joint.count - 1) }
      var random = Philox(
        seed: options.seed, stream: UInt32(truncatingIfNeeded: block) &+ 0x4000_0000)
      for first in stride(from: 0, to: options.samples, by: EvidenceEstimator.chains) {
        if options.shouldStop() { throw Failure("L705", "interrupted") }
        let chains = min(EvidenceEstimator.chains, options.samples - first)
        let weights = try logWeights(rows, chains, &random)
        for row in 0..<min(size, joint.count - start) {
          for chain in 0..<chains { sums[start + row].add(weights[chain * size + row]) }
        }
      }
    }
    return Evidence(sums, samples: options.samples)
  }
}

extension Evidence {
  /// The estimate that weights give.
  init(_ sums: [WeightSum], samples: Int) {
    self.init(
      .estimate, perDatum: sums.map(\.logMean), standardErrors: sums.map(\.standardError),
      effectiveSizes: sums.map(\.effectiveSize), samples: samples)
    tailShapes = sums.map(\.tailShape)
  }
}

extension Evidence {
  /// The estimate of each datum from the logarithms of its weights.
  public init(logWeights: [[Double]]) {
    let sums = logWeights.map { logs in
      logs.reduce(into: WeightSum(samples: logs.count)) { $0.add($1) }
    }
    self.init(sums, samples: logWeights.first?.count ?? 0)
  }
}
