// The variational autoencoder: p(z), p(x|z) by a decoder network, q(z|x) by an encoder network
// (Kingma & Welling, "Auto-encoding variational Bayes", 2014; Rezende, Mohamed & Wierstra 2014).

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentTensor

/// A variational autoencoder; the width of its data and, unless named, its likelihood are settled
/// when it first sees data.
public final class Autoencoder: Model, GradientTrained {
  public struct Architecture: Sendable {
    /// Of the layer of latents next to the data.
    public var latent: Int
    /// Widths of the encoder's hidden layers; the decoder has them in reverse.
    public var hidden: [Int]
    /// Layers of latents above the first, from the lowest.
    public var above: [LatentLayer]
    public var activation: Activation
    /// nil: chosen by looking at the data.
    public var likelihood: Likelihood?
    public var prior: PriorKind
    /// Of a prior that is a mixture.
    public var components: Int
    public var posterior: PosteriorKind
    /// Classes or grey levels of a discrete likelihood; nil: classes are counted in the data, and
    /// there are 256 grey levels.
    public var levels: Int?
    /// The standard deviation of a gaussian likelihood; nil: learned.
    public var noise: Double?

    public init(
      latent: Int = 2, hidden: [Int] = [200], activation: Activation = .relu,
      likelihood: Likelihood? = nil, prior: PriorKind = .normal, components: Int = 10,
      posterior: PosteriorKind = .normal, levels: Int? = nil, noise: Double? = nil,
      above: [LatentLayer] = []
    ) {
      self.latent = latent
      self.hidden = hidden
      self.activation = activation
      self.likelihood = likelihood
      self.prior = prior
      self.components = components
      self.posterior = posterior
      self.levels = levels
      self.noise = noise
      self.above = above
    }
  }

  public let architecture: Architecture
  public internal(set) var parameters: ParameterBuffer?
  public internal(set) var history = TrainingHistory()
  /// The width of the data, once known.
  public internal(set) var columns: Int?
  /// The likelihood in force, once known.
  public internal(set) var likelihood: Likelihood?
  /// Classes or grey levels of a discrete likelihood.
  public internal(set) var levels = 2
  /// Whether training drew binary data from grey ones, so that evaluation expects binary data.
  public internal(set) var binarization: TrainingOptions.Binarization?
  /// Whether the data at hand have missing values, so that graphs must mask them.
  var isIncomplete = false
  /// Whether the data at hand have a weight per row behind their columns.
  var isWeighted = false
  var programs: [ProgramKey: CompiledQuery] = [:]

  public init(_ architecture: Architecture) { self.architecture = architecture }

  /// An independent model with the same parameters.
  public func copy() -> Autoencoder {
    let other = Autoencoder(architecture)
    other.history = history
    other.columns = columns
    other.likelihood = likelihood
    other.levels = levels
    other.binarization = binarization
    if let parameters {
      let values = ParameterBuffer(parameters.slots, precision: parameters.precision)
      values.restore(parameters.snapshot())
      other.parameters = values
    }
    return other
  }

  // MARK: The two networks

  /// x ↦ the parameters of q side by side: μ, raw log σ, and what else the family has.
  var encoder: Perceptron {
    let outputs = architecture.posterior.outputs(latent: architecture.latent)
    return Perceptron(
      "encoder", widths: [columns ?? 0] + architecture.hidden + [outputs],
      activation: architecture.activation)
  }

  /// z ↦ the likelihood's parameters.
  var decoder: Perceptron {
    Perceptron(
      "decoder",
      widths: [architecture.latent] + architecture.hidden.reversed() + [observation.outputs],
      activation: architecture.activation)
  }

  var observation: ObservationModel {
    ObservationModel(
      likelihood: likelihood ?? .gaussian, columns: columns ?? 0, levels: levels,
      fixedSD: architecture.noise)
  }

  /// All parameters, once width and likelihood are known.
  var slots: [Graph.Slot] {
    encoder.slots + decoder.slots + observation.slots + priorSlots + layerSlots
  }

  public var posteriorParameters: Set<String> {
    Set((encoder.slots + architecture.upward.flatMap(\.network.slots)).map(\.name))
  }

  /// q(z|x) of each row, all layers side by side.
  func posterior(_ x: Symbol) -> any Posterior { layered(firstPosterior(x)) }

  /// q(z|x) of the first layer.
  func firstPosterior(_ x: Symbol) -> any Posterior {
    architecture.posterior.posterior(encoded(x), latent: architecture.latent)
  }

  /// The decoder's output for all layers side by side, of which it reads the first.
  func decoded(_ z: Symbol) -> Symbol { decoder(firstLayer(z)) }

  /// log p(x|z) of each draw and row; missing values are integrated out, which leaves their factors
  /// out.
  func logLikelihood(_ x: Symbol, _ z: Symbol) -> Symbol {
    guard isIncomplete else { return observation.logProbability(x, decoded(z)) }
    let seen = Autoencoder.seen(x)
    return observation.logProbability(
      seen.select(x, x.graph.constant(0)), decoded(z), seen: seen)
  }

  // MARK: The bound

  public func objective(_ graph: Graph, rows: Int, options: TrainingOptions) throws -> Objective {
    let (x, weights) = minibatch(
      graph, rows: rows, binarized: options.binarization == .dynamic)
    let bound = try resolvedBound(options)
    var terms = layering(
      terms(x, samples: options.samples, by: bound.gradient), x, by: bound.gradient)
    terms.rowWeights = weights
    return terms.objective(bound)
  }

  /// The bound and its estimator, checked against this model.
  func resolvedBound(_ options: TrainingOptions) throws -> BoundOptions {
    let bound = try options.bound.resolved(samples: options.samples)
    if bound.divergence == .exact, architecture.prior != .normal || !architecture.above.isEmpty {
      let name = architecture.prior.rawValue
      let place = architecture.above.isEmpty ? "under a \"\(name)\" prior" : "over several layers"
      throw Failure(
        "L544", "KL(q(z|x) || p(z)) has no closed form \(place)", argument: "kl",
        help: "leave `kl` out")
    }
    return bound
  }

  /// The terms of the log-weights at draws z ~ q(z|x), as an estimator needs them.
  func terms(
    _ x: Symbol, samples: Int, by estimator: GradientEstimator = .pathwise
  ) -> LogWeightTerms {
    let q = posterior(x)
    let draw = estimator.sees(q.draws(samples))
    let z = draw.seen
    let p = prior(x.graph)
    return LogWeightTerms(
      likelihood: x.graph.within("reconstruction term") { logLikelihood(x, z) },
      prior: x.graph.within("kl term") { p.logDensity(z) },
      posterior: (estimator.freezesPosterior ? q.detached() : q).logDensity(z),
      divergence: p.divergence(of: q), draws: [draw], dimensions: architecture.dimensions)
  }

  /// The two parts of the bound of each datum, each of shape [rows]; the divergence exactly, where
  /// that is possible.
  func bound(_ x: Symbol, samples: Int) -> (reconstruction: Symbol, divergence: Symbol) {
    let terms = terms(x, samples: samples)
    let byDraws = (terms.posterior - terms.prior).mean(axis: 0)
    return (
      terms.likelihood.mean(axis: 0), terms.divergence.map { $0.sum(axis: -1) } ?? byDraws
    )
  }

  // MARK: First sight of data

  /// Settles width and likelihood, and draws the starting parameters.
  ///
  /// - Parameter data: where pseudo-inputs start.
  func initialise(
    _ scan: DataScan, likelihood: Likelihood, precision: Precision, seed: UInt64,
    data: Tensor? = nil
  ) throws {
    let before = (columns, self.likelihood, levels)
    columns = scan.columns
    self.likelihood = likelihood
    levels = startingLevels(likelihood, scan)
    do {
      try ParameterBuffer.require(slots, precision: precision)
    } catch {
      (columns, self.likelihood, levels) = before
      throw error
    }
    let values = ParameterBuffer(slots, precision: precision)
    var random = Philox(seed: seed, stream: 0x1417)
    encoder.initialise(values, &random)
    decoder.initialise(values, &random)
    values[decoder.lastBias] = Tensor(observation.startingBias(columnMeans: scan.columnMeans))
    observation.initialise(values, variance: scan.variance)
    initialisePrior(values, data, means: scan.columnMeans, &random)
    for layer in architecture.upward + architecture.downward {
      layer.network.initialise(values, &random)
      layer.levelScales(values)
    }
    parameters = values
    programs = [:]
  }
}
