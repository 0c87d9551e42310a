// The variational autoencoder: p(z) = N(0, I), p(x|z) by a decoder network, q(z|x) = N(μ(x),
// diag σ²(x)) by an encoder network (Kingma & Welling, "Auto-encoding variational Bayes", 2014;
// Rezende, Mohamed & Wierstra 2014).

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentTensor

/// A variational autoencoder; the width of its data and, unless named, its likelihood are settled
/// when it first sees data.
public final class Autoencoder: Model, GradientTrained {
  public struct Architecture: Sendable {
    public var latent: Int
    /// Widths of the encoder's hidden layers; the decoder has them in reverse.
    public var hidden: [Int]
    public var activation: Activation
    /// nil: chosen by looking at the data.
    public var likelihood: Likelihood?

    public init(
      latent: Int = 2, hidden: [Int] = [200], activation: Activation = .relu,
      likelihood: Likelihood? = nil
    ) {
      self.latent = latent
      self.hidden = hidden
      self.activation = activation
      self.likelihood = likelihood
    }
  }

  public let architecture: Architecture
  public internal(set) var parameters: ParameterBuffer?
  public internal(set) var history = TrainingHistory()
  /// The width of the data, once known.
  public internal(set) var columns: Int?
  /// The likelihood in force, once known.
  public internal(set) var likelihood: Likelihood?
  /// Whether training drew binary data from grey ones, so that evaluation expects binary data.
  public internal(set) var binarization: TrainingOptions.Binarization?
  var programs: [ProgramKey: CompiledQuery] = [:]

  public init(_ architecture: Architecture) { self.architecture = architecture }

  /// An independent model with the same parameters.
  public func copy() -> Autoencoder {
    let other = Autoencoder(architecture)
    other.history = history
    other.columns = columns
    other.likelihood = likelihood
    other.binarization = binarization
    if let parameters {
      let values = ParameterBuffer(parameters.slots, precision: parameters.precision)
      values.restore(parameters.snapshot())
      other.parameters = values
    }
    return other
  }

  // MARK: The two networks

  /// x ↦ (μ, raw log σ) side by side.
  var encoder: Perceptron {
    Perceptron(
      "encoder", widths: [columns ?? 0] + architecture.hidden + [2 * architecture.latent],
      activation: architecture.activation)
  }

  /// z ↦ the likelihood's parameters.
  var decoder: Perceptron {
    Perceptron(
      "decoder",
      widths: [architecture.latent] + architecture.hidden.reversed() + [columns ?? 0],
      activation: architecture.activation)
  }

  /// Mean and log standard deviation of q(z|x).
  func posterior(_ x: Symbol) -> (mean: Symbol, logScale: Symbol) {
    let output = encoder(x)
    let latent = architecture.latent
    return (
      output.columns(0..<latent), Likelihood.bounded(output.columns(latent..<(2 * latent)))
    )
  }

  /// `count` reparametrised draws z = μ + σ ⊙ ε of q(z|x): shape [count, rows, latent].
  func draws(_ q: (mean: Symbol, logScale: Symbol), count: Int) -> Symbol {
    let noise = q.mean.graph.draw(.normal, shape: [count] + q.mean.shape)
    return q.mean + q.logScale.exp() * noise
  }

  // MARK: The bound

  /// E_q[log p(x|z)] − KL(q(z|x) ‖ p(z)), its expectation by `samples` draws, the divergence exact.
  public func objective(_ graph: Graph, rows: Int, options: TrainingOptions) -> Objective {
    let x = graph.batch(
      "data", rows: rows, columns: columns ?? 0, binarized: options.binarization == .dynamic)
    let (reconstruction, divergence) = bound(x, samples: options.samples)
    let likelihoodTerm = reconstruction.mean()
    let divergenceTerm = divergence.mean()
    return Objective(
      bound: likelihoodTerm - divergenceTerm,
      terms: [("reconstruction", likelihoodTerm), ("kl", divergenceTerm)])
  }

  /// The two parts of the bound of each datum, each of shape [rows].
  func bound(_ x: Symbol, samples: Int) -> (reconstruction: Symbol, divergence: Symbol) {
    let q = posterior(x)
    let z = draws(q, count: samples)
    let likelihood = likelihood ?? .gaussian
    let output = decoder(z)
    return (
      x.graph.within("reconstruction term") {
        likelihood.logProbability(x, output).mean(axis: 0)
      },
      x.graph.within("kl term") {
        standardNormalDivergence(mean: q.mean, logScale: q.logScale).sum(axis: -1)
      }
    )
  }

  // MARK: First sight of data

  /// Settles width and likelihood, and draws the starting parameters.
  func initialise(_ scan: DataScan, likelihood: Likelihood, precision: Precision, seed: UInt64) {
    columns = scan.columns
    self.likelihood = likelihood
    var slots = encoder.slots + decoder.slots
    if likelihood == .gaussian { slots.append(Likelihood.noiseSlot) }
    let values = ParameterBuffer(slots, precision: precision)
    var random = Philox(seed: seed, stream: 0x1417)
    encoder.initialise(values, &random)
    decoder.initialise(values, &random)
    values[decoder.lastBias] = Tensor(likelihood.startingBias(columnMeans: scan.columnMeans))
    if likelihood == .gaussian {
      values[Likelihood.noiseSlot.name] = Tensor(0.5 * log(max(scan.variance, 1e-6)))
    }
    parameters = values
    programs = [:]
  }
}
