// The bounds and their gradient estimators against closed forms: p(z) = N(0, 1), p(x|z) = N(z, 1),
// one or several draws from q = N(μ, σ²) of our choice (MODELS §3.11, §3.13, §3.15).

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentTensor
import Testing

@testable import LatentModels

@Suite struct ObjectiveTests {
  /// The derivatives by μ and log σ, one estimate per row: the rows are data of their own.
  struct Estimates {
    var mean: [Double]
    var logScale: [Double]
    var bound: [Double]
  }

  /// Estimates of the gradient of the bound at x = 2 by each row's own μ and log σ.
  private func estimates(
    _ options: BoundOptions, samples: Int, mean: Double, logScale: Double, count: Int,
    seed: UInt64 = 5
  ) throws -> Estimates {
    let bound = try options.resolved(samples: samples)
    let graph = Graph()
    let mu = graph.parameter("mu", shape: [count])
    let scale = graph.parameter("scale", shape: [count])
    let noise = graph.draw(.normal, shape: [samples, count])
    let zero = graph.constant(0)
    let draw = bound.gradient.sees(mu + scale.exp() * noise)
    let z = draw.seen
    let frozen = bound.gradient.freezesPosterior
    let (heldMu, heldScale) = frozen ? (mu.detached(), scale.detached()) : (mu, scale)
    let terms = LogWeightTerms(
      likelihood: normalLogDensity(2 + zero * z, mean: z, logScale: zero),
      prior: normalLogDensity(z, mean: zero, logScale: zero),
      posterior: normalLogDensity(z, mean: heldMu, logScale: heldScale),
      divergence: standardNormalDivergence(mean: mu, logScale: scale).reshaped([count, 1]),
      draws: [draw], dimensions: 1)
    let objective = terms.objective(bound)
    let weights = LogWeightTerms.combined(
      terms.likelihood + terms.prior - terms.posterior, order: bound.order)
    let buffer = ParameterBuffer(graph.parameters, precision: .float64)
    buffer["mu"] = Tensor(repeating: mean, shape: [count])
    buffer["scale"] = Tensor(repeating: logScale, shape: [count])
    let program = try Program(
      graph, outputs: [weights], loss: objective.loss, parameters: buffer, precision: .float64)
    try program.run(seed: seed, step: 0)
    // The loss is minus the mean over the rows.
    func gradient(_ name: String) -> [Double] {
      (program.gradient(of: name)?.values ?? []).map { -$0 * Double(count) }
    }
    return Estimates(
      mean: gradient("mu"), logScale: gradient("scale"), bound: program.output(0).values)
  }

  private func options(
    _ gradient: GradientEstimator, _ kind: BoundOptions.Kind = .elbo, exact: Bool = false,
    baseline: Bool = true, alpha: Double = 0.5
  ) -> BoundOptions {
    var options = BoundOptions()
    options.gradient = gradient
    options.kind = kind
    options.divergence = exact ? .exact : .draws
    options.hasBaseline = baseline
    options.alpha = alpha
    return options
  }

  /// The ELBO of q = N(μ, σ²) at x = 2 in closed form.
  private func elbo(_ mean: Double, _ logScale: Double) -> Double {
    let variance = exp(2 * logScale)
    let reconstruction = -0.5 * log(2 * .pi) - 0.5 * ((2 - mean) * (2 - mean) + variance)
    return reconstruction - (0.5 * (variance + mean * mean - 1) - logScale)
  }

  @Test(arguments: [
    (GradientEstimator.pathwise, true), (.pathwise, false), (.stl, false), (.dreg, false),
    (.score, true), (.score, false),
  ])
  func gradientsOfTheBoundAreUnbiased(gradient: GradientEstimator, exact: Bool) throws {
    let (mean, scale, h) = (0.3, -0.4, 1e-5)
    let byMean = (elbo(mean + h, scale) - elbo(mean - h, scale)) / (2 * h)
    let byScale = (elbo(mean, scale + h) - elbo(mean, scale - h)) / (2 * h)
    for samples in [1, 4] {
      let found = try estimates(
        options(gradient, exact: exact), samples: samples, mean: mean, logScale: scale,
        count: 100_000)
      let (a, b) = (moments(found.mean), moments(found.logScale))
      #expect(abs(a.mean - byMean) < 4 * a.error, "\(a.mean) ± \(a.error), not \(byMean)")
      #expect(abs(b.mean - byScale) < 4 * b.error, "\(b.mean) ± \(b.error), not \(byScale)")
      #expect(a.error > 0)
    }
  }

  /// Importance weighted and Rényi bounds: all estimators agree with differences of the bound's
  /// mean under common noise.
  @Test(arguments: [GradientEstimator.pathwise, .dreg, .score, .vimco], [0.0, 0.5, -1])
  func gradientsOfWeightedBoundsAreUnbiased(gradient: GradientEstimator, alpha: Double) throws {
    let (mean, scale, n, h) = (0.5, 0.0, 100_000, 1e-4)
    let chosen = options(gradient, .renyi, alpha: alpha)
    let reference = options(.pathwise, .renyi, alpha: alpha)
    func bounds(_ mean: Double, _ scale: Double) throws -> [Double] {
      try estimates(
        reference, samples: 3, mean: mean, logScale: scale, count: n, seed: 91
      ).bound
    }
    let found = try estimates(chosen, samples: 3, mean: mean, logScale: scale, count: n)
    func compare(_ estimates: [Double], _ up: [Double], _ down: [Double]) {
      let estimate = moments(estimates)
      let difference = moments(zip(up, down).map { ($0 - $1) / (2 * h) })
      let error = (estimate.error * estimate.error + difference.error * difference.error)
        .squareRoot()
      #expect(
        abs(estimate.mean - difference.mean) < 4 * error,
        "\(estimate.mean) against \(difference.mean) ± \(error)")
    }
    compare(found.mean, try bounds(mean + h, scale), try bounds(mean - h, scale))
    compare(found.logScale, try bounds(mean, scale + h), try bounds(mean, scale - h))
  }

  /// MODELS §3.11: with q = N(.5, 1), K = 5 gives −2.307411, K = 50 −2.269199.
  @Test(arguments: [(1, -2.668939), (5, -2.307411), (50, -2.269199)])
  func importanceWeightedBound(samples: Int, exact: Double) throws {
    let found = try estimates(
      options(.pathwise, .iwae), samples: samples, mean: 0.5, logScale: 0, count: 20_000)
    let estimate = moments(found.bound)
    #expect(abs(estimate.mean - exact) < 4 * estimate.error + 1e-6)
  }

  /// MODELS §3.15 at q = p(z|x) = N(1, ½), by μ.
  @Test func variancesAtThePosterior() throws {
    let (n, scale) = (200_000, 0.5 * log(0.5))
    func variance(_ options: BoundOptions, samples: Int = 1) throws -> Double {
      moments(
        try estimates(options, samples: samples, mean: 1, logScale: scale, count: n).mean
      ).variance
    }
    let log2 = conjugateEvidence * conjugateEvidence
    #expect(abs(try variance(options(.pathwise)) - 2) < 0.04)
    #expect(abs(try variance(options(.pathwise, exact: true)) - 0.5) < 0.01)
    #expect(try variance(options(.stl)) < 1e-24)
    #expect(try variance(options(.dreg)) < 1e-24)
    #expect(try variance(options(.dreg, .iwae), samples: 5) < 1e-24)
    #expect(abs(try variance(options(.score, baseline: false)) - 2 * log2) < 0.2)
    // The other draws' mean is the best baseline here: every weight is p(x).
    #expect(try variance(options(.score), samples: 4) < 1e-24)
    // What is left is the derivative at fixed draws, −(1/K) Σ ∂ log q: 2/K.
    #expect(abs(try variance(options(.vimco, .iwae), samples: 4) - 0.5) < 0.01)
  }

  /// A Bernoulli latent, f(b) = (b − .499)²: REINFORCE by θ has the mean .002 and, at θ = ½, the
  /// variance .250002.
  @Test func scoreFunctionOfADiscreteLatent() throws {
    let n = 200_000
    let graph = Graph()
    let theta = graph.parameter("theta", shape: [n])
    let b = graph.draw(.uniform, shape: [1, n]).applying(.less, theta.detached())
    let logQ = b * theta.log() + (1 - b) * (1 - theta).log()
    let zero = logQ.detached() * 0
    // With log p(z) − log q(z) held at 0 the bound is E f.
    let terms = LogWeightTerms(
      likelihood: (b - 0.499).square() + logQ.detached(), prior: zero, posterior: logQ,
      draws: [LatentDraw(attached: b, seen: b)], dimensions: 1)
    var chosen = options(.score, baseline: false)
    chosen = try chosen.resolved(samples: 1, isReparametrisable: false)
    let buffer = ParameterBuffer(graph.parameters, precision: .float64)
    buffer["theta"] = Tensor(repeating: 0.5, shape: [n])
    let program = try Program(
      graph, outputs: [], loss: terms.objective(chosen).loss, parameters: buffer,
      precision: .float64)
    try program.run(seed: 3, step: 0)
    let found = moments(
      try #require(program.gradient(of: "theta")).values.map { -$0 * Double(n) })
    #expect(abs(found.mean - 0.002) < 4 * found.error)
    #expect(abs(found.variance - 0.250002) < 1e-3)
  }

  /// MODELS §3.15: f(z) = z² under q = N(μ, 1). Both estimators of d/dμ have the mean 2μ; the path
  /// scatters by 4, the score function by μ⁴ + 14μ² + 15.
  @Test(arguments: [(0.0, 15.0), (1, 30), (2, 87)])
  func squareOfANormalLatent(mean: Double, scattering: Double) throws {
    let n = 400_000
    for (estimator, variance) in [(GradientEstimator.pathwise, 4.0), (.score, scattering)] {
      let graph = Graph()
      let mu = graph.parameter("mu", shape: [n])
      let draw = estimator.sees(mu + graph.draw(.normal, shape: [1, n]))
      let logQ = normalLogDensity(draw.seen, mean: mu, logScale: graph.constant(0))
      // With log p(z) − log q(z) held at 0 the bound is E f.
      let terms = LogWeightTerms(
        likelihood: draw.seen.square(), prior: estimator == .score ? logQ.detached() : logQ,
        posterior: logQ, draws: [draw], dimensions: 1)
      let buffer = ParameterBuffer(graph.parameters, precision: .float64)
      buffer["mu"] = Tensor(repeating: mean, shape: [n])
      let chosen = try options(estimator, baseline: false).resolved(samples: 1)
      let program = try Program(
        graph, outputs: [], loss: terms.objective(chosen).loss, parameters: buffer,
        precision: .float64)
      try program.run(seed: 6, step: 0)
      let found = moments(
        try #require(program.gradient(of: "mu")).values.map { -$0 * Double(n) })
      #expect(abs(found.mean - 2 * mean) < 4 * found.error)
      // Five per cent: the score function's fourth moment is large.
      #expect(abs(found.variance / variance - 1) < 0.05, "\(estimator) at \(mean)")
    }
  }

  /// θ: with a learned mixture as prior the gradient holds ∇ log p(z|θ), and minibatches average
  /// to the whole: n/B of the sum over a batch, every batch once.
  @Test func minibatchesAverageToTheWhole() throws {
    let data = Tensor(shape: [6, 2], (0..<12).map { Double(($0 * 5) % 7) / 3 - 1 })
    let model = Autoencoder(
      .init(latent: 1, hidden: [3], activation: .tanh, likelihood: .gaussian, prior: .mixture))
    try model.initialise(try DataScan(data), likelihood: .gaussian, precision: .float64, seed: 2)
    // Without noise the objective is a plain sum over the data.
    let names = try #require(model.parameters).slots.map(\.name)
    let width = try #require(model.parameters?["encoder.1.weights"]).shape
    model.parameters?["encoder.1.weights"] = Tensor(repeating: 0, shape: width)
    func gradient(_ rows: [Int32]) throws -> [Double] {
      let graph = Graph()
      let x = graph.batch("data", rows: rows.count, columns: 2, binarized: false)
      let z = model.posterior(x).mean.reshaped([1, rows.count, 1])
      let prior = model.prior(graph).logDensity(z)
      let loss = (model.logLikelihood(x, z) + prior).mean()
      let program = try Program(
        graph, outputs: [loss], loss: loss, parameters: model.parameters, precision: .float64)
      try program.withSources([data]) { try program.run(rows: rows) }
      return names.flatMap { program.gradient(of: $0)?.values ?? [] }
    }
    let whole = try gradient([0, 1, 2, 3, 4, 5])
    let parts = try [[0, 1], [2, 3], [4, 5]].map { try gradient($0) }
    for place in whole.indices {
      let mean = parts.reduce(0) { $0 + $1[place] } / 3
      #expect(abs(mean - whole[place]) < 1e-12)
    }
    #expect(whole.suffix(21).contains { abs($0) > 1e-3 })
  }

  @Test func freeBitsStopThePressure() throws {
    var free = options(.pathwise, exact: true)
    free.freeBits = 10
    // Below the allowance only the reconstruction pulls: d/dμ −½(2 − z)² = 2 − z, mean 1.7.
    let found = moments(
      try estimates(free, samples: 1, mean: 0.3, logScale: 0, count: 50_000).mean)
    #expect(abs(found.mean - 1.7) < 4 * found.error)
    free.freeBits = 0.01
    let pressed = moments(
      try estimates(free, samples: 1, mean: 0.3, logScale: 0, count: 50_000).mean)
    #expect(abs(pressed.mean - 1.4) < 4 * pressed.error)
  }

  @Test func betaRisesWithTheEpochs() {
    var options = BoundOptions()
    options.beta = 4
    options.warmup = 10
    #expect(options.beta(afterEpochs: 0) == 0)
    #expect(options.beta(afterEpochs: 2.5) == 1)
    #expect(options.beta(afterEpochs: 30) == 4)
  }

  @Test func combinationsThatWouldBeBiasedAreRefused() {
    for (wrong, samples) in [
      (options(.stl, .iwae), 5), (options(.vimco), 5), (options(.vimco, .iwae), 1),
      (options(.pathwise, .iwae, exact: true), 5), (options(.stl, exact: true), 1),
      (options(.enumerate), 1),
    ] {
      #expect(throws: Failure.self) { try wrong.resolved(samples: samples) }
    }
    #expect(throws: Failure.self) {
      try options(.pathwise).resolved(samples: 1, isReparametrisable: false)
    }
  }
}
