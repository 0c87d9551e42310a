// The families an autoencoder is put together from: densities against sums and integrals, draws
// against moments.

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentTensor
import Testing

@testable import LatentModels

@Suite struct AutoencoderFamilyTests {
  /// log q(z|x) of a full covariance against the density by LU of Σ = L Lᵀ, its divergence from
  /// N(0, I) against ½(tr Σ + μᵀμ − d − log det Σ), and draws against μ and Σ.
  @Test func fullPosteriorIsAMultivariateNormal() throws {
    let output = [0.3, -1, 0.2, -0.3, 0.7]
    // μ = (.3, −1); log σ is bounded by 10 tanh(s/10).
    let scale = [10 * tanh(0.02), 10 * tanh(-0.03)].map { exp($0) }
    let l = (scale[0], 0.7, scale[1])
    let covariance = (l.0 * l.0, l.0 * l.1, l.1 * l.1 + l.2 * l.2)
    let determinant = covariance.0 * covariance.2 - covariance.1 * covariance.1
    let values = try evaluate([Tensor(shape: [1, 5], output)]) { s in
      let q = PosteriorKind.full.posterior(s[0], latent: 2)
      let z = q.draws(40_000)
      let density = q.logDensity(z).reshaped([40_000, 1, 1])
      let divergence = q.standardDivergence().map { $0.sum().broadcast(to: density.shape) }
      return Symbol.concatenated([z, density] + [divergence].compactMap { $0 }) ?? z
    }.values
    var sums = [Double](repeating: 0, count: 5)
    var worst = 0.0
    for row in 0..<40_000 {
      let a = values[row * 4] - 0.3
      let b = values[row * 4 + 1] + 1
      let quadratic =
        (covariance.2 * a * a - 2 * covariance.1 * a * b + covariance.0 * b * b) / determinant
      let expected = -log(2 * Double.pi) - 0.5 * log(determinant) - 0.5 * quadratic
      worst = max(worst, abs(values[row * 4 + 2] - expected))
      for (place, term) in [a, b, a * a, a * b, b * b].enumerated() { sums[place] += term / 40_000 }
    }
    #expect(worst < 1e-11)
    let divergence =
      0.5 * (covariance.0 + covariance.2 + 0.09 + 1 - 2 - log(determinant))
    #expect(abs(values[3] - divergence) < 1e-12)
    #expect(abs(sums[0]) < 0.025 && abs(sums[1]) < 0.025)
    #expect(abs(sums[2] - covariance.0) < 0.05)
    #expect(abs(sums[3] - covariance.1) < 0.05)
    #expect(abs(sums[4] - covariance.2) < 0.05)
  }

  /// The probabilities of all values of a column add up to 1, and draws have the model's mean.
  @Test(arguments: [Likelihood.categorical, .discretizedLogistic])
  func discreteLikelihoodsAreNormalised(likelihood: Likelihood) throws {
    let model = ObservationModel(likelihood: likelihood, columns: 1, levels: 5)
    let graph = Graph()
    let output = graph.input("output", shape: [1, model.outputs])
    let top = likelihood == .categorical ? 1.0 : 0.25
    let logs = (0..<5).map { level in
      model.logProbability(graph.constant(Double(level) * top).broadcast(to: [1, 1]), output)
        .reshaped([1])
    }
    let draws = model.draw(output.broadcast(to: [50_000, model.outputs])).mean()
    let buffer = ParameterBuffer(model.slots, precision: .float64)
    model.initialise(buffer, variance: 1)
    buffer["decoder.log_scale"] = Tensor([0.1])
    let all = try #require(Symbol.concatenated(logs))
    let program = try Program(
      graph, outputs: [all, draws], parameters: buffer, precision: .float64)
    let values =
      likelihood == .categorical ? [0.3, -1, 0.5, 2, 0] : [0.4]
    try program.setInput(output, Tensor(shape: [1, model.outputs], values))
    try program.run(seed: 2)
    let probabilities = program.output(0).values.map { exp($0) }
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-12)
    let mean = zip(probabilities, 0..<5).reduce(0) { $0 + $1.0 * Double($1.1) * top }
    #expect(abs(program.scalar(1) - mean) < 4 * 2 * top / 50_000.0.squareRoot())
  }

  /// ∫ p(z) dz = 1 for the learned priors, in one dimension on a grid.
  @Test(arguments: [PriorKind.mixture, .vamp])
  func priorsAreNormalised(prior: PriorKind) throws {
    let data = Tensor(shape: [4, 2], [0, 1, 1, 0, 1, 1, 0, 0])
    let model = Autoencoder(
      .init(latent: 1, hidden: [3], likelihood: .bernoulli, prior: prior, components: 4))
    try model.initialise(
      try DataScan(data), likelihood: .bernoulli, precision: .float64, seed: 3, data: data)
    let graph = Graph()
    let z = graph.input("z", shape: [1, 4000, 1])
    let program = try Program(
      graph, outputs: [model.prior(graph).logDensity(z).exp().sum()],
      parameters: model.parameters, precision: .float64)
    let grid = (0..<4000).map { -20 + 0.01 * Double($0) }
    try program.setInput(z, Tensor(shape: [1, 4000, 1], grid))
    try program.run()
    #expect(abs(program.scalar(0) * 0.01 - 1) < 1e-6)
    #expect(try model.priorDraws(100, seed: 1).shape == [100, 1])
  }

  /// A q that is the posterior has no amortisation gap and no information left to lose; one that
  /// is the same for all data carries none.
  @Test func diagnosisOfAKnownModel() throws {
    let x = Tensor(shape: [400, 1], (0..<400).map { Double($0 % 20) / 4 - 2.375 })
    let collapsed = try conjugateModel(mean: 0, logScale: 0)
    let none = try collapsed.diagnose(x, seed: 1)
    #expect(none.activeCount == 0)
    #expect(abs(none.mutualInformation) < 1e-9)
    #expect(abs(none.divergence) < 1e-12)
    // KL(q ‖ p(z|x)) of N(0, 1) from N(x/2, ½), averaged over the data, is the gap to close.
    let gap = x.values.map { 0.5 * (2 + $0 * $0 / 2 - 1 + log(0.5)) }.reduce(0, +) / 400
    #expect(abs(none.amortisationGap - gap) < 4 * none.gapError + 0.05)

    let posterior = try conjugateModel(mean: 0, logScale: 0.5 * log(0.5))
    posterior.parameters?["encoder.0.weights"] = Tensor(shape: [1, 2], [0.5, 0])
    let best = try posterior.diagnose(x, seed: 1)
    #expect(best.activeCount == 1)
    #expect(abs(best.amortisationGap) < 0.01)
    #expect(best.mutualInformation > 0.3 && best.mutualInformation < log(20))
    #expect(abs(best.marginalDivergence + best.mutualInformation - best.divergence) < 1e-12)
  }

  /// The gradient of the encoder's bias at q = p(z|x): MODELS §3.15 through the public verb.
  @Test func gradientSummariesOfTheConjugateModel() throws {
    let model = try conjugateModel(mean: 1, logScale: 0.5 * log(0.5))
    func variance(_ gradient: GradientEstimator, baseline: Bool = true) throws -> Double {
      var bound = BoundOptions()
      bound.gradient = gradient
      bound.divergence = .draws
      bound.hasBaseline = baseline
      let found = try model.gradientSummary(
        Tensor(shape: [1, 1], [2]), bound: bound, samples: 1, repeats: 20_000, seed: 1)
      // Weights by x, then biases; of each μ before log σ.
      #expect(abs(found.mean[2]) <= 4 * found.errors[2] + 1e-12)
      return found.variances[2]
    }
    #expect(abs(try variance(.pathwise) - 2) < 0.12)
    #expect(try variance(.stl) < 1e-24)
    let raw = 2 * conjugateEvidence * conjugateEvidence
    #expect(abs(try variance(.score, baseline: false) - raw) < 0.6)
  }
}
