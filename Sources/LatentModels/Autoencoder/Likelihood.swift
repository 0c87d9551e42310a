// The observation models p(x|z) of the variational autoencoder.

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentTensor

/// What a decoder's output means.
public enum Likelihood: String, CaseIterable, Sendable {
  /// x ∈ {0, 1}; the network gives logits.
  case bernoulli
  /// x ∈ ℝ; the network gives the mean, and one noise level σ is learned for all columns.
  case gaussian

  static let noiseSlot = Graph.Slot("decoder.log_sd", shape: [])

  /// log σ is kept within ±10 by 10·tanh(s/10), which is s itself to three digits up to |s| = 1.
  static func bounded(_ raw: Symbol) -> Symbol { 10 * (raw * 0.1).tanh() }

  /// log p(x|z) summed over the last axis, from the network's output.
  func logProbability(_ x: Symbol, _ output: Symbol) -> Symbol {
    switch self {
    case .bernoulli:
      return bernoulliLogDensity(x, logits: output).sum(axis: -1)
    case .gaussian:
      let raw = x.graph.parameter(Likelihood.noiseSlot.name, shape: Likelihood.noiseSlot.shape)
      return normalLogDensity(x, mean: output, logScale: Likelihood.bounded(raw)).sum(axis: -1)
    }
  }

  /// The mean of x, from the network's output.
  func mean(_ output: Symbol) -> Symbol { self == .bernoulli ? output.sigmoid() : output }

  /// A draw of x, from the network's output.
  func draw(_ output: Symbol) -> Symbol {
    let graph = output.graph
    switch self {
    case .bernoulli:
      return graph.draw(.uniform, shape: output.shape).applying(.less, output.sigmoid())
    case .gaussian:
      let raw = graph.parameter(Likelihood.noiseSlot.name, shape: Likelihood.noiseSlot.shape)
      return output
        + Likelihood.bounded(raw).exp() * graph.draw(.normal, shape: output.shape)
    }
  }

  /// The output bias with which the untrained decoder gives each column its mean: its logit,
  /// with means held within [0.001, 0.999] as in Burda et al. (2016), or the mean itself.
  func startingBias(columnMeans: [Double]) -> [Double] {
    switch self {
    case .gaussian: columnMeans
    case .bernoulli:
      columnMeans.map { mean in
        let p = min(max(mean, 0.001), 0.999)
        return log(p / (1 - p))
      }
    }
  }
}
