// From the terms of the log-weights to a bound and to the surrogate whose derivative is the chosen
// estimate of its gradient. It knows densities as symbols only, so that library models and model
// blocks share it.

import Foundation
import LatentAutodiff
import LatentTensor

/// log w = log p(x|z) + log p(z) − log q(z|x) in its parts, at draws z ~ q(z|x).
///
/// With an estimator that asks for it (`freezesPosterior`), `posterior` holds the parameters of q
/// fixed; all densities are taken at `LatentDraw.seen`.
public struct LogWeightTerms {
  /// log p(x|z): [samples, rows].
  public var likelihood: Symbol
  /// log p(z): [samples, rows].
  public var prior: Symbol
  /// log q(z|x): [samples, rows].
  public var posterior: Symbol
  /// The share in `posterior` of the latents that the score function differentiates: [samples,
  /// rows]; nil where it is all of them or none, as the estimator says.
  public var scored: Symbol?
  /// KL(q(z|x) ‖ p(z)) by latent dimension where that has a closed form: [rows, dimensions]; rows
  /// may be draws × data.
  public var divergence: Symbol?
  /// How many dimensions each column of `divergence` stands for; 1 if nil.
  public var columnDimensions: [Double]?
  /// Every latent variable that was drawn.
  public var draws: [LatentDraw]
  /// Of all latents together.
  public var dimensions: Int

  public init(
    likelihood: Symbol, prior: Symbol, posterior: Symbol, scored: Symbol? = nil,
    divergence: Symbol? = nil, columnDimensions: [Double]? = nil, draws: [LatentDraw],
    dimensions: Int
  ) {
    self.likelihood = likelihood
    self.prior = prior
    self.posterior = posterior
    self.scored = scored
    self.divergence = divergence
    self.columnDimensions = columnDimensions
    self.draws = draws
    self.dimensions = dimensions
  }

  // MARK: The objective

  /// What training maximises, averaged over the rows.
  ///
  /// - Parameter options: as `resolved` gives them.
  public func objective(_ options: BoundOptions) -> Objective {
    let graph = likelihood.graph
    var schedules: [Objective.ScheduledInput] = []
    var beta = graph.constant(options.beta)
    if options.warmup > 0 {
      beta = graph.input("beta", shape: [])
      schedules = [.init(symbol: beta) { options.beta(afterEpochs: $0) }]
    }
    let loss = -surrogate(options, beta: beta)
    let reconstruction = likelihood.mean()
    let spent = (exactDivergence(options)?.sum(axis: -1)).map { $0.mean() }
    let kl = spent ?? (posterior - prior).mean()
    let elbo = reconstruction - kl
    var terms = [("reconstruction", reconstruction), ("kl", kl)]
    var bound = elbo
    if options.order != 1 {
      bound = Self.combined(likelihood + prior - posterior, order: options.order).mean()
      terms.append(("tightening", bound - elbo))
    }
    return Objective(bound: bound, loss: loss, terms: terms, schedules: schedules)
  }

  /// The divergence that enters in closed form.
  private func exactDivergence(_ options: BoundOptions) -> Symbol? {
    let mayBeExact = options.order == 1 && !options.gradient.freezesPosterior
    return mayBeExact && options.divergence != .draws ? divergence : nil
  }

  /// Of [samples, rows] log-weights, the bound of each row: their mean, or
  /// log (1/K) Σ w^{1−α} / (1 − α).
  static func combined(_ logWeights: Symbol, order: Double, axis: Int = 0) -> Symbol {
    if order == 1 { return logWeights.mean(axis: axis) }
    let count = Double(logWeights.shape[axis])
    return (((1 - order) * logWeights).logSumExp(axis: axis) - log(count)) / (1 - order)
  }

  /// A scalar whose gradient estimates that of the mean bound.
  private func surrogate(_ options: BoundOptions, beta: Symbol) -> Symbol {
    switch options.gradient {
    case .auto, .pathwise, .stl, .enumerate: pathwise(options, beta)
    case .dreg: doublyReparametrised(options, beta)
    case .score, .vimco:
      options.order == 1 ? scoreOfMean(options, beta) : scoreOfWeighted(options, beta)
    }
  }

  // MARK: Estimators

  /// The bound itself: derivatives reach φ through z, and through log q unless that is held fixed.
  private func pathwise(_ options: BoundOptions, _ beta: Symbol) -> Symbol {
    if options.order != 1 {
      return Self.combined(
        likelihood + beta * (prior - posterior), order: options.order
      ).mean()
    }
    let exact = exactDivergence(options)
    if options.freeBits > 0 {
      // Each dimension's divergence, averaged over the batch, costs nothing below its allowance;
      // known by draws alone, all dimensions share theirs.
      let spent = exact.map { $0.mean(axis: 0) } ?? (posterior - prior).mean().reshaped([1])
      let shares = exact == nil ? [Double(dimensions)] : columnDimensions ?? [1]
      let parts = shares.map { likelihood.graph.constant(options.freeBits * $0).reshaped([1]) }
      let floor = Symbol.concatenated(parts) ?? likelihood.graph.constant(options.freeBits)
      return likelihood.mean() - beta * spent.applying(.maximum, floor).sum()
    }
    if let exact { return likelihood.mean() - beta * exact.sum(axis: -1).mean() }
    return (likelihood + beta * (prior - posterior)).mean()
  }

  /// With w̃ the normalised weights w^{1−α}, the path of draw k carries
  /// w̃_k (1 − β(1 − α)(1 − w̃_k)) ∂l_k/∂z_k: w̃_k² for the importance weighted bound with β = 1
  /// (Tucker et al. 2018, equation 8), 1/K for the ELBO. It is the direct term
  /// −β w̃_k ∂_φ log q(z_k|x) reparametrised, by E_q[f(z) ∂_φ log q] = E[∂_z f(z) ∂_φ z].
  private func doublyReparametrised(_ options: BoundOptions, _ beta: Symbol) -> Symbol {
    let logWeights = likelihood + beta * (prior - posterior)
    let (samples, rows) = (logWeights.shape[0], logWeights.shape[1])
    let order = options.order
    let weights: Symbol
    let factor: Symbol
    if order == 1 {
      weights = likelihood.graph.constant(1 / Double(samples))
      factor = likelihood.graph.constant(1)
    } else {
      let scaled = (1 - order) * logWeights
      let total = scaled.logSumExp(axis: 0).reshaped([1, rows])
      weights = (scaled - total).exp().detached()
      factor = (1 - beta * (1 - order) * (1 - weights)).detached()
    }
    // The sign is that of the loss, so that its backward pass and this one are the same nodes.
    let direct = -((weights * logWeights).sum(axis: 0).mean())
    let slopes = direct.gradients(of: draws.map(\.seen))
    var paths = likelihood.graph.constant(0)
    for (draw, slope) in zip(draws, slopes) {
      let tail = [Int](repeating: 1, count: max(draw.attached.shape.count - 2, 0))
      let share = factor.shape.isEmpty ? factor : factor.reshaped([samples, rows] + tail)
      paths = paths + ((slope * share).detached() * draw.attached).sum()
    }
    return -(direct + paths)
  }

  /// ELBO: (l_k − b_k) ∂_φ log q(z_k|x) for the latents that are scored; others keep their paths.
  /// The direct term −∂_φ log q of those that are scored has mean zero and is left out.
  private func scoreOfMean(_ options: BoundOptions, _ beta: Symbol) -> Symbol {
    let exact = exactDivergence(options)
    let scored = self.scored ?? posterior
    let others = self.scored == nil ? posterior.detached() : posterior - scored + scored.detached()
    let integrand = exact == nil ? likelihood + beta * (prior - others) : likelihood
    let signal = integrand.detached()
    let centred = options.hasBaseline ? signal - Self.leaveOneOut(signal) : signal
    let bound = integrand.mean() + (centred.detached() * scored).mean()
    return exact.map { bound - beta * $0.sum(axis: -1).mean() } ?? bound
  }

  /// Weighted bounds F: (F − b_k) ∂_φ log q(z_k|x) for every draw, and the derivative of F at
  /// fixed draws.
  private func scoreOfWeighted(_ options: BoundOptions, _ beta: Symbol) -> Symbol {
    let logWeights = likelihood + beta * (prior - posterior)
    let (samples, rows) = (logWeights.shape[0], logWeights.shape[1])
    let bound = Self.combined(logWeights, order: options.order)
    let signal = bound.detached().reshaped([1, rows])
    var baseline = likelihood.graph.constant(0)
    if options.gradient == .vimco {
      baseline = Self.withoutEach(logWeights.detached(), order: options.order)
    } else if options.hasBaseline {
      baseline = Self.leaveOneOut(signal)
    }
    let centred = (signal - baseline).broadcast(to: [samples, rows]).detached()
    return bound.mean() + (centred * (scored ?? posterior)).sum(axis: 0).mean()
  }

  // MARK: Baselines

  /// For each element the mean of the others along the draws, or along the rows where there is
  /// one draw: it does not depend on the element's own draw, so it brings no bias.
  static func leaveOneOut(_ signal: Symbol) -> Symbol {
    let axis = signal.shape[0] > 1 ? 0 : 1
    let count = signal.shape[axis]
    guard count > 1 else { return signal.graph.constant(0) }
    return (signal.sum(axis: axis, keep: true) - signal) / Double(count - 1)
  }

  /// For each draw the bound with its log-weight replaced by the mean of the others': [samples,
  /// rows] (Mnih & Rezende 2016, equation 10).
  static func withoutEach(_ logWeights: Symbol, order: Double) -> Symbol {
    let (samples, rows) = (logWeights.shape[0], logWeights.shape[1])
    let others = leaveOneOut(logWeights).reshaped([samples, 1, rows])
    let one = logWeights.graph.constant(1).broadcast(to: [1])
    let own = one.collecting(
      (0..<samples * samples).map { $0 % (samples + 1) == 0 ? 0 : nil },
      shape: [samples, samples, 1])
    let replaced = own.select(others, logWeights.reshaped([1, samples, rows]))
    return combined(replaced, order: order, axis: 1)
  }
}
