// The reparametrised gradient: equal to differences of the bound, with the mean and variance theory
// gives it (MODELS §3.15, §3.16), and refused where it does not exist.

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentTensor
import Testing

@testable import LatentModels

@Suite struct GradientEstimatorTests {
  /// The gradient of the bound of a whole autoencoder, in float64, against central differences of
  /// the same bound under the same draws.
  @Test(arguments: Likelihood.allCases, Activation.allCases)
  func gradientOfTheBoundEqualsDifferences(likelihood: Likelihood, activation: Activation) throws {
    try compareWithDifferences(
      .init(latent: 2, hidden: [4, 3], activation: activation, likelihood: likelihood))
  }

  @Test(arguments: PriorKind.allCases, PosteriorKind.allCases)
  func gradientUnderOtherPriorsAndPosteriors(prior: PriorKind, posterior: PosteriorKind) throws {
    try compareWithDifferences(
      .init(
        latent: 3, hidden: [4], activation: .tanh, likelihood: .bernoulli, prior: prior,
        components: 3, posterior: posterior))
  }

  private func compareWithDifferences(_ architecture: Autoencoder.Architecture) throws {
    let data = Tensor(shape: [6, 5], (0..<30).map { Double(($0 * 7 + $0 / 4) % 2) })
    let model = Autoencoder(architecture)
    let activation = architecture.activation
    let likelihood = try #require(architecture.likelihood)
    try model.initialise(try DataScan(data), likelihood: likelihood, precision: .float64, seed: 4)
    let parameters = try #require(model.parameters)
    var options = TrainingOptions()
    options.samples = 3
    let graph = Graph()
    let objective = try model.objective(graph, rows: 6, options: options)
    let program = try Program(
      graph, outputs: [objective.bound], loss: objective.bound, parameters: parameters,
      precision: .float64)
    func bound() throws -> Double {
      try program.withSources([data]) {
        try program.run(seed: 9, step: 5, rows: [0, 1, 2, 3, 4, 5])
      }
      return program.scalar(0)
    }
    _ = try bound()
    let gradients = Dictionary(
      uniqueKeysWithValues: parameters.slots.map { ($0.name, program.gradient(of: $0.name)) })
    var checked = 0
    for slot in parameters.slots {
      let start = try #require(parameters[slot.name])
      let gradient = try #require(gradients[slot.name] ?? nil)
      for i in 0..<slot.count {
        func shifted(_ h: Double) throws -> Double {
          var moved = start
          moved[flat: i] = start[flat: i] + h
          parameters[slot.name] = moved
          return try bound()
        }
        // Fourth-order central differences: the error is of order h⁴.
        let h = 1e-4
        let near = try shifted(h) - shifted(-h)
        let far = try shifted(2 * h) - shifted(-2 * h)
        let difference = (8 * near - far) / (12 * h)
        parameters[slot.name] = start
        let scale = max(abs(difference), 0.01)
        // A kink of relu within the steps shows as a disagreement of the two step lengths; it
        // spoils the difference, not the gradient.
        let kink = abs(near / (2 * h) - far / (4 * h)) > 1e-6 * scale
        if activation == .relu, kink { continue }
        #expect(
          abs(gradient[flat: i] - difference) < 1e-6 * scale,
          "\(slot.name)[\(i)]: \(gradient[flat: i]) against \(difference)")
        checked += 1
      }
    }
    #expect(checked > 50)
  }

  /// One gradient per draw: μ is given to every draw as a parameter of its own.
  private func gradientsPerDraw(
    mean: Double, count: Int, _ integrand: (Symbol, Symbol) -> Symbol
  ) throws -> [Double] {
    let graph = Graph()
    let mu = graph.parameter("mu", shape: [count])
    let noise = graph.draw(.normal, shape: [count])
    let value = integrand(mu, noise)
    let buffer = ParameterBuffer(graph.parameters, precision: .float64)
    buffer["mu"] = Tensor(repeating: mean, shape: [count])
    let program = try Program(
      graph, outputs: [value], loss: value, parameters: buffer, precision: .float64)
    try program.run(seed: 21, step: 0)
    return try #require(program.gradient(of: "mu")).values
  }

  /// f = z², q = N(μ, 1): mean 2μ, variance 4.
  @Test(arguments: [0.0, 1, 2])
  func pathwiseGradientOfASquare(mean: Double) throws {
    let n = 200_000
    let estimate = moments(
      try gradientsPerDraw(mean: mean, count: n) { mu, noise in (mu + noise).square() })
    #expect(abs(estimate.mean - 2 * mean) < 4 * estimate.error)
    // The variance of a sample variance of normals is 2σ⁴/n.
    #expect(abs(estimate.variance - 4) < 4 * (2 * 16 / Double(n)).squareRoot())
  }

  /// At q = p(z|x) = N(1, ½) with x = 2, ∂/∂μ of the bound: variance 2 with log q differentiated
  /// in full or in closed form, 0 with the parameters of log q held fixed (Roeder et al. 2017).
  @Test func variancesAtThePosterior() throws {
    let n = 200_000
    let logScale = 0.5 * log(0.5)
    func joint(_ z: Symbol) -> Symbol {
      let zero = z.graph.constant(0)
      return normalLogDensity(z, mean: zero, logScale: zero)
        + normalLogDensity(2 + zero * z, mean: z, logScale: zero)
    }
    func draw(_ mu: Symbol, _ noise: Symbol) -> Symbol { mu + exp(logScale) * noise }
    let closedForm = moments(
      try gradientsPerDraw(mean: 1, count: n) { mu, noise in joint(draw(mu, noise)) })
    let full = moments(
      try gradientsPerDraw(mean: 1, count: n) { mu, noise in
        let z = draw(mu, noise)
        return joint(z) - normalLogDensity(z, mean: mu, logScale: mu.graph.constant(logScale))
      })
    let held = try gradientsPerDraw(mean: 1, count: n) { mu, noise in
      let z = draw(mu, noise)
      return joint(z)
        - normalLogDensity(z, mean: mu.detached(), logScale: mu.graph.constant(logScale))
    }
    for estimate in [closedForm, full] {
      #expect(abs(estimate.mean) < 4 * estimate.error)
      #expect(abs(estimate.variance - 2) < 4 * (2 * 4 / Double(n)).squareRoot())
    }
    #expect(held.allSatisfy { abs($0) < 1e-13 })
  }

  @Test func noGradientPassesADiscreteDraw() throws {
    let graph = Graph()
    let p = graph.parameter("p", shape: [4])
    let coin = try SymbolicDistribution(.bernoulli, [p])
    let draw = try #require(coin.draw { kind, shape in graph.draw(kind, shape: shape) })
    let loss = (draw - 0.499).square().sum()
    let buffer = ParameterBuffer(graph.parameters, precision: .float64)
    let failure = #expect(throws: Failure.self) {
      _ = try Program(graph, outputs: [loss], loss: loss, parameters: buffer, precision: .float64)
    }
    #expect(failure?.message.contains("score-function") == true)
  }

  /// The same seed gives the same ε whatever μ and σ are; ε follows N(0, 1).
  @Test func noiseIsThatOfTheSeed() throws {
    func noise(_ mean: Double, _ logScale: Double, seed: UInt64) throws -> [Double] {
      let model = try conjugateModel(mean: mean, logScale: logScale)
      let graph = Graph()
      let x = graph.batch("data", rows: 2000, columns: 1, binarized: false)
      let z = model.posterior(x).draws(3)
      let program = try Program(
        graph, outputs: [z], parameters: model.parameters, precision: .float64)
      try program.withSources([Tensor(shape: [1, 1], [2])]) {
        try program.run(seed: seed, step: 4, rows: [Int32](repeating: 0, count: 2000))
      }
      return program.output(0).values.map { ($0 - mean) / exp(logScale) }
    }
    let first = try noise(0, 0, seed: 8)
    let second = try noise(3, -1.5, seed: 8)
    #expect(zip(first, second).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(try noise(0, 0, seed: 9) != first)
    let n = Double(first.count)
    let distance = first.sorted().enumerated().map { i, x -> Double in
      let cumulative = 0.5 * erfc(-x / 2.0.squareRoot())
      return max(abs(cumulative - Double(i) / n), abs(cumulative - Double(i + 1) / n))
    }.max()
    #expect((distance ?? 1) < 1.95 / n.squareRoot())
  }
}
