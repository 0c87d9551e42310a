// The priors p(z) of the autoencoder: standard normal, or a mixture that is learned.

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentTensor

/// Names of the priors in the language.
public enum PriorKind: String, CaseIterable, Sendable {
  /// N(0, I).
  case normal
  /// Σ_k π_k N(m_k, diag s_k²), all learned.
  case mixture
  /// (1/K) Σ_k q(z|u_k) at learned pseudo-inputs u_k (Tomczak & Welling, "VAE with a VampPrior",
  /// 2018).
  case vamp

  /// Whether it has `components`.
  var isMixture: Bool { self == .mixture || self == .vamp }
}

/// p(z) as recorded in a graph.
///
/// A flow prior is one more of these: the density of the map's base with its log-determinant.
protocol Prior {
  /// log p(z) over the last axis: [samples, rows] for z of shape [samples, rows, latent].
  func logDensity(_ z: Symbol) -> Symbol
  /// KL(q ‖ p) by latent dimension, where it has a closed form.
  func divergence(of q: any Posterior) -> Symbol?
}

struct StandardPrior: Prior {
  func logDensity(_ z: Symbol) -> Symbol {
    let zero = z.graph.constant(0)
    return normalLogDensity(z, mean: zero, logScale: zero).sum(axis: -1)
  }

  func divergence(of q: any Posterior) -> Symbol? { q.standardDivergence() }
}

/// A mixture whose components are the rows of a posterior: those of the encoder at pseudo-inputs,
/// or rows of parameters.
struct MixturePrior: Prior {
  var components: any Posterior
  /// log π_k: [components].
  var logWeights: Symbol

  func logDensity(_ z: Symbol) -> Symbol {
    let leading = Array(z.shape.dropLast())
    let flat = z.reshaped([leading.reduce(1, *), 1, z.shape.last ?? 0])
    return (components.logDensity(flat) + logWeights).logSumExp(axis: -1).reshaped(leading)
  }

  func divergence(of q: any Posterior) -> Symbol? { nil }
}

extension Autoencoder {
  private static let means = "prior.means"
  private static let scales = "prior.log_sd"
  private static let weights = "prior.logits"
  private static let pseudoInputs = "prior.inputs"

  /// p(z) of all layers side by side.
  func prior(_ graph: Graph) -> any Prior {
    let top = lastPrior(graph)
    guard !architecture.above.isEmpty else { return top }
    return LayeredPrior(
      widths: architecture.widths, top: top, below: architecture.downward)
  }

  /// p(z) of the last layer.
  func lastPrior(_ graph: Graph) -> any Prior {
    let (count, latent) = (architecture.components, architecture.lastLatent)
    switch architecture.prior {
    case .normal: return StandardPrior()
    case .mixture:
      let logits = graph.parameter(Autoencoder.weights, shape: [count])
      let means = graph.parameter(Autoencoder.means, shape: [count, latent])
      let scales = graph.parameter(Autoencoder.scales, shape: [count, latent])
      return MixturePrior(
        components: NormalPosterior(mean: means, logScale: ObservationModel.bounded(scales)),
        logWeights: logits - logits.logSumExp(axis: 0))
    case .vamp:
      let raw = graph.parameter(Autoencoder.pseudoInputs, shape: [count, columns ?? 0])
      let even = graph.constant(-log(Double(count))).broadcast(to: [count])
      return MixturePrior(
        components: firstPosterior(likelihood == .gaussian ? raw : raw.sigmoid() * dataScale),
        logWeights: even)
    }
  }

  /// The upper end of data that are bounded.
  private var dataScale: Double { likelihood == .categorical ? Double(max(levels - 1, 1)) : 1 }

  var priorSlots: [Graph.Slot] {
    let (count, latent) = (architecture.components, architecture.lastLatent)
    switch architecture.prior {
    case .normal: return []
    case .mixture:
      return [
        Graph.Slot(Autoencoder.weights, shape: [count]),
        Graph.Slot(Autoencoder.means, shape: [count, latent]),
        Graph.Slot(Autoencoder.scales, shape: [count, latent]),
      ]
    case .vamp: return [Graph.Slot(Autoencoder.pseudoInputs, shape: [count, columns ?? 0])]
    }
  }

  /// Components start around the standard normal; pseudo-inputs as rows of the data.
  func initialisePrior(
    _ values: ParameterBuffer, _ data: Tensor?, means: [Double], _ random: inout Philox
  ) {
    let (count, latent) = (architecture.components, architecture.lastLatent)
    switch architecture.prior {
    case .normal: return
    case .mixture:
      values[Autoencoder.means] = Tensor(shape: [count, latent], random.normals(count * latent))
    case .vamp:
      let width = columns ?? 0
      let rows = data.map { data in
        random.uniforms(count).map { min(Int($0 * Double(data.shape[0])), data.shape[0] - 1) }
      }
      let noise = random.normals(count * width)
      let start = (0..<count * width).map { place -> Double in
        let column = place % width
        var value = means[column]
        if let data, let rows {
          let element = data[flat: rows[place / width] * width + column]
          if !element.isNaN { value = element }
        }
        if likelihood == .gaussian { return value + 0.01 * noise[place] }
        let p = min(max(value / dataScale, 0.05), 0.95)
        return log(p / (1 - p)) + 0.01 * noise[place]
      }
      values[Autoencoder.pseudoInputs] = Tensor(shape: [count, width], start)
    }
  }

  /// Draws of z from the prior, all layers side by side: count × dimensions.
  func priorDraws(_ count: Int, seed: UInt64) throws -> Tensor {
    // What follows draws anew from the same seed, so this must not be the same noise.
    let own = seed ^ 0x9E37_79B9_7F4A_7C15
    let last = try lastDraws(count, seed: seed, programs: own)
    guard !architecture.above.isEmpty else { return last }
    return try hostBlocks(last, .descend, seed: own &+ 1, width: architecture.dimensions)
  }

  /// Draws of the last layer: count × its dimension.
  private func lastDraws(_ count: Int, seed: UInt64, programs own: UInt64) throws -> Tensor {
    let latent = architecture.lastLatent
    var random = Philox(seed: seed, stream: 0x5A3F)
    if architecture.prior == .normal {
      return Tensor(shape: [count, latent], random.normals(count * latent))
    }
    // One draw of every component for each draw of z, of which chance picks one.
    let query = try compiled(ProgramKey(question: .prior, rows: 1, samples: 64))
    let components = architecture.components
    var codes: [Double] = []
    codes.reserveCapacity(count * latent)
    var block = 0
    while codes.count < count * latent {
      try query.program.run(seed: own, step: block)
      let draws = query.program.output(0).values
      let weights = query.program.output(1).values.map { exp($0) }
      for (draw, uniform) in random.uniforms(64).enumerated()
      where codes.count < count * latent {
        var (chosen, sum) = (0, weights[0])
        while chosen + 1 < components, sum < uniform {
          chosen += 1
          sum += weights[chosen]
        }
        let start = (draw * components + chosen) * latent
        codes += draws[start..<(start + latent)]
      }
      block += 1
    }
    return Tensor(shape: [count, latent], codes)
  }
}
