// Which lower bound of log p(x) is maximised, and by which gradient; what does not go together is
// refused here, since a biased gradient trains without complaint.

import LatentTensor

/// A bound of the evidence and the estimator of its gradient.
public struct BoundOptions: Sendable, Equatable {
  public enum Kind: String, CaseIterable, Sendable {
    /// E_q[log p(x|z)] − KL(q(z|x) ‖ p(z)).
    case elbo
    /// E[log (1/K) Σ w_k] with w = p(x, z)/q(z|x) (Burda, Grosse & Salakhutdinov 2016).
    case iwae
    /// E[log (1/K) Σ w_k^{1−α}]/(1 − α) (Li & Turner, "Rényi divergence variational inference",
    /// 2016); α = 1 is the ELBO, α = 0 the importance weighted bound.
    case renyi
  }

  /// How KL(q(z|x) ‖ p(z)) enters the ELBO.
  public enum DivergenceForm: String, CaseIterable, Sendable {
    /// In closed form where there is one and the estimator allows it.
    case auto
    case exact
    /// As the mean of log q(z|x) − log p(z) over draws.
    case draws
  }

  public var kind = Kind.elbo
  /// α of the Rényi bound.
  public var alpha = 0.5
  public var gradient = GradientEstimator.auto
  public var divergence = DivergenceForm.auto
  /// The factor of the divergence (Higgins et al., "β-VAE", 2017).
  public var beta = 1.0
  /// Epochs over which β rises from 0 to its value (Bowman et al. 2016).
  public var warmup = 0
  /// Nats per latent dimension below which the divergence, averaged over the batch, is not pressed
  /// (Kingma et al. 2016, appendix C.8).
  public var freeBits = 0.0
  /// Whether the score function is taken relative to a baseline.
  public var hasBaseline = true

  public init() {}

  /// 1 for the ELBO, 0 for the importance weighted bound.
  public var order: Double {
    switch kind {
    case .elbo: 1
    case .iwae: 0
    case .renyi: alpha
    }
  }

  /// β after a number of epochs, which may be a fraction.
  public func beta(afterEpochs epochs: Double) -> Double {
    warmup > 0 ? beta * min(1, max(0, epochs) / Double(warmup)) : beta
  }

  /// Puts an estimator in the place of `auto`.
  ///
  /// - Parameter isReparametrisable: whether draws of the model are smooth functions of φ.
  /// - Throws: `L544` for parts that do not go together.
  public func resolved(samples: Int, isReparametrisable: Bool = true) throws -> BoundOptions {
    var result = self
    if gradient == .auto {
      let isWeighted = order != 1 && samples > 1
      result.gradient = isReparametrisable ? .pathwise : isWeighted ? .vimco : .score
    }
    try result.check(samples: samples, isReparametrisable: isReparametrisable)
    return result
  }

  private func check(samples: Int, isReparametrisable: Bool) throws {
    func refuse(_ message: String, _ argument: String, _ helps: String...) -> Failure {
      Failure("L544", message, argument: argument, helps: helps)
    }
    if gradient.needsReparametrisation, !isReparametrisable {
      throw refuse(
        "draws of a discrete z are steps: \"\(gradient.rawValue)\" has no gradient to follow",
        "gradient", "choose \"score\", or \"vimco\" with several samples")
    }
    if gradient == .enumerate, isReparametrisable {
      throw refuse(
        "z is continuous: its values cannot be enumerated", "gradient", "choose \"pathwise\"")
    }
    if gradient == .stl, order != 1, samples > 1 {
      throw refuse(
        "\"stl\" is biased for a bound of several weighted draws", "gradient",
        "choose \"dreg\", which does the same without bias")
    }
    if gradient == .vimco, order == 1 || samples < 2 {
      throw refuse(
        "\"vimco\" needs a weighted bound of at least two draws", "gradient",
        "write e.g. `objective: \"iwae\", samples: 5`", "or choose \"score\"")
    }
    if divergence == .exact, order != 1 || gradient.freezesPosterior {
      let culprit = order != 1 ? "objective" : "gradient"
      let name = order != 1 ? kind.rawValue : gradient.rawValue
      throw refuse(
        "\"\(name)\" is made of the densities at the draws: it has no place for an exact divergence",
        "kl", "leave `kl` out, or change `\(culprit)`")
    }
    if freeBits > 0, order != 1 || !(gradient == .pathwise || gradient == .stl) {
      throw refuse(
        "`free_bits` belongs to the ELBO with a pathwise gradient", "free_bits",
        "leave out `\(order != 1 ? "objective" : "gradient")`")
    }
  }
}
