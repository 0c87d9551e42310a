// Several layers of latents against closed forms: z₂ ~ N(0, 1), z₁|z₂ ~ N(z₂, 1), x|z₁ ~ N(z₁, 1),
// so x ~ N(0, 3), z₁|x ~ N(2x/3, 2/3) and z₂|z₁ ~ N(z₁/2, 1/2).

import Foundation
import LatentAutodiff
import LatentTensor
import Testing

@testable import LatentModels

@Suite struct LayeredAutoencoderTests {
  private let data = Tensor(shape: [4, 1], [2, -1, 0.5, 0])

  /// log N(x; 0, 3).
  private var evidence: [Double] {
    data.values.map { -0.5 * log(2 * Double.pi * 3) - $0 * $0 / 6 }
  }

  /// That model with q(z₁|x) = N(slope·x, spread²) and the exact q(z₂|z₁).
  private func chain(slope: Double, spread: Double) throws -> Autoencoder {
    let model = Autoencoder(
      .init(
        latent: 1, hidden: [], likelihood: .gaussian, noise: 1,
        above: [LatentLayer(latent: 1, hidden: [])]))
    try model.initialise(
      try DataScan(data), likelihood: .gaussian, precision: .float64, seed: 1)
    // log σ passes through 10 tanh(s/10), so its inverse goes in.
    func raw(_ scale: Double) -> Double { 10 * atanh(log(scale) / 10) }
    func set(_ name: String, _ shape: [Int], _ values: [Double]) throws {
      #expect(model.parameters?[name]?.shape == shape)
      model.parameters?[name] = Tensor(shape: shape, values)
    }
    try set("encoder.0.weights", [1, 2], [slope, 0])
    try set("encoder.0.bias", [2], [0, raw(spread)])
    try set("encoder2.0.weights", [1, 2], [0.5, 0])
    try set("encoder2.0.bias", [2], [0, raw(0.5.squareRoot())])
    try set("decoder2.0.weights", [1, 2], [1, 0])
    try set("decoder2.0.bias", [2], [0, 0])
    try set("decoder.0.weights", [1, 1], [1])
    try set("decoder.0.bias", [1], [0])
    return model
  }

  /// With q = p(z₁, z₂|x) every log-weight is log p(x).
  @Test func anExactPosteriorHasConstantWeights() throws {
    let model = try chain(slope: 2.0 / 3, spread: (2.0 / 3).squareRoot())
    let found = try model.evidence(data, samples: 10, seed: 3)
    for (value, exact) in zip(found.perDatum, evidence) { #expect(abs(value - exact) < 1e-12) }
    let mean = try model.posterior(data)
    #expect(mean.map(\.name) == ["mean", "sd", "mean_2", "sd_2"])
    guard case .tensor(let second) = mean[2].value else { return }
    for (z, x) in zip(second.values, data.values) { #expect(abs(z - x / 3) < 1e-12) }
  }

  /// With another q the bound is less by KL(q(z₁|x) ‖ p(z₁|x)), weighted bounds lie between, and
  /// importance, annealed and naive sampling come back to log p(x).
  @Test func boundsRiseToTheEvidence() throws {
    let (slope, spread) = (0.4, 1.1)
    let model = try chain(slope: slope, spread: spread)
    let gap = data.values.map { x -> Double in
      let (v, p) = (spread * spread, 2.0 / 3)
      let shift = (slope - 2.0 / 3) * x
      return 0.5 * (v / p + shift * shift / p - 1 - log(v / p))
    }
    let bound = try model.elbo(data, samples: 40_000, seed: 5)
    for place in bound.indices {
      #expect(abs(bound[place] - (evidence[place] - gap[place])) < 0.03)
    }
    func weighted(_ samples: Int) throws -> Double {
      let rounds = 2000
      let total = try (0..<rounds).map {
        try model.evidence(data, samples: samples, seed: UInt64($0)).perDatum.reduce(0, +)
      }
      return total.reduce(0, +) / Double(rounds)
    }
    let (one, five) = (try weighted(1), try weighted(5))
    let exact = evidence.reduce(0, +)
    #expect(one < five && five < exact + 0.01)
    #expect(abs(one - (exact - gap.reduce(0, +))) < 0.15)
    for method in [EvidenceMethod.importance, .naive, .ais] {
      let found = try model.evidence(
        data, by: method, samples: method == .ais ? 200 : 50_000, seed: 2, shouldStop: { false })
      for (value, exact) in zip(found.perDatum, evidence) {
        #expect(abs(value - exact) < (method == .ais ? 0.15 : 0.05), "\(method)")
      }
    }
  }

  /// x ~ N(0, 3), and z₁ is not the noise of x over again.
  @Test func drawsHaveTheMarginal() throws {
    let model = try chain(slope: 0.4, spread: 1)
    let x = try model.sample(40_000, seed: 9).values
    let found = moments(x)
    #expect(abs(found.mean) < 4 * found.error)
    // The variance of a variance estimate is 2σ⁴/n.
    #expect(abs(found.variance - 3) < 4 * 3 * (2.0 / 40_000).squareRoot())
  }

  private func options(
    _ estimator: GradientEstimator, _ kind: BoundOptions.Kind = .elbo, freeBits: Double = 0
  ) -> BoundOptions {
    var bound = BoundOptions()
    bound.gradient = estimator
    bound.kind = kind
    bound.freeBits = freeBits
    return bound
  }

  /// All unbiased estimators have the same mean; at q = p(z|x) those without the direct term have
  /// no variance.
  @Test func estimatorsAgree() throws {
    let model = try chain(slope: 0.4, spread: 1.1)
    func summary(_ options: BoundOptions, _ samples: Int, _ repeats: Int) throws -> GradientSummary
    {
      try model.gradientSummary(
        data, bound: options, samples: samples, repeats: repeats, seed: 7)
    }
    for kind in [BoundOptions.Kind.elbo, .iwae] {
      let samples = kind == .elbo ? 4 : 5
      let path = try summary(options(.pathwise, kind), samples, 20_000)
      #expect(path.mean.count == 8)
      var others: [GradientEstimator] = [.dreg, .score]
      if kind == .elbo { others.append(.stl) }
      for estimator in others {
        let other = try summary(options(estimator, kind), samples, 20_000)
        for place in path.mean.indices {
          let a = path.errors[place]
          let b = other.errors[place]
          #expect(
            abs(path.mean[place] - other.mean[place]) < 4.5 * (a * a + b * b).squareRoot() + 1e-9,
            "\(estimator), \(kind), parameter \(place)")
        }
      }
    }
    let exact = try chain(slope: 2.0 / 3, spread: (2.0 / 3).squareRoot())
    for estimator in [GradientEstimator.stl, .dreg] {
      let found = try exact.gradientSummary(
        data, bound: options(estimator), samples: 2, repeats: 50, seed: 7)
      #expect(found.variance < 1e-24)
    }
  }

  /// The gradient of all parameters against differences with the same draws, in float64, and free
  /// bits granted by layer.
  @Test(arguments: [0.0, 3])
  func gradientsAreDerivatives(freeBits: Double) throws {
    let rows = Tensor(shape: [6, 3], (0..<18).map { sin(Double($0) * 1.7) })
    let model = Autoencoder(
      .init(
        latent: 2, hidden: [4], activation: .tanh, likelihood: .gaussian, prior: .mixture,
        components: 2, posterior: .full, above: [LatentLayer(latent: 3, hidden: [5])]))
    try model.initialise(
      try DataScan(rows), likelihood: .gaussian, precision: .float64, seed: 4, data: rows)
    let found = try GradientIdentities(
      model, try #require(model.parameters), rows, seed: 3
    ).identities()
    #expect(!found.isEmpty && found.allSatisfy { $0.passed })
    let graph = Graph()
    var training = TrainingOptions()
    training.bound = options(.pathwise, freeBits: freeBits)
    let objective = try model.objective(graph, rows: 6, options: training)
    let program = try Program(
      graph, outputs: [objective.bound, objective.loss], loss: objective.loss,
      parameters: model.parameters, precision: .float64)
    try program.withSources([rows]) { try program.run(rows: [0, 1, 2, 3, 4, 5]) }
    #expect(
      freeBits == 0
        ? abs(program.scalar(0) + program.scalar(1)) < 1e-12
        : program.scalar(0) + program.scalar(1) != 0)
  }

  /// Two layers train on binary data, better than the best independent pixels; both the report and
  /// the diagnosis speak of each layer; a second fit with the same seed gives the same bits.
  @Test func twoLayersTrain() throws {
    var random = Philox(seed: 1, stream: 5)
    let bits = random.uniforms(256).map { $0 < 0.5 }
    let values = bits.flatMap { bit -> [Double] in
      random.uniforms(8).map { $0 < (bit ? 0.9 : 0.1) ? 1 : 0 }
    }
    let x = Tensor(shape: [256, 8], values)
    var training = TrainingOptions()
    (training.epochs, training.batch, training.rate, training.seed) = (120, 32, 5e-3, 3)
    func fitted() throws -> Autoencoder {
      let model = Autoencoder(
        .init(
          latent: 3, hidden: [16], likelihood: .bernoulli,
          above: [LatentLayer(latent: 2, hidden: [8])]))
      try model.fit(x, options: training)
      return model
    }
    let (model, again) = (try fitted(), try fitted())
    let names = try #require(model.parameters).slots.map(\.name)
    for name in names {
      #expect(model.parameters?[name]?.values == again.parameters?[name]?.values)
    }
    // Independent pixels of probability ½ have −8 log 2; the truth is known up to its entropy.
    let mean = try model.evidence(x, samples: 200, seed: 1).perDatum.reduce(0, +) / 256
    #expect(mean > -8 * log(2.0) + 1.5)
    let found = try model.diagnose(x, seed: 2)
    #expect(found.activeCounts.count == 2 && found.activeCounts[0] >= 1)
    #expect(found.layerDivergences.count == 2 && found.activities.count == 5)
    #expect(abs(found.layerDivergences.reduce(0, +) - found.divergence) < 1e-9)
    #expect(try model.encode(x).shape == [256, 3])
    let pairs = zip(
      try model.decode(try model.encode(x)).values, try model.reconstruct(x).values)
    #expect(pairs.allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(try model.sample(5, seed: 1).shape == [5, 8])

    let state = model.state
    let other = Autoencoder(model.architecture)
    try other.restore(state)
    let bounds = try [model, other].map { try $0.elbo(x, samples: 3, seed: 1) }
    #expect(bounds[0] == bounds[1])
  }
}
