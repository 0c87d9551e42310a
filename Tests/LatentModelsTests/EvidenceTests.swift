// Estimators of log p(x) against exact values: linear Gaussian models know the truth.

import Foundation
import LatentTensor
import Testing

@testable import LatentModels

/// p(z) = N(0, I), p(x|z) = N(z, I) in d dimensions.
private func copies(_ d: Int) throws -> LinearGaussian {
  try LinearGaussian(
    .isotropic, loadings: Matrix(identity: d).tensor, mean: [Double](repeating: 0, count: d),
    variances: [1])
}

private func estimate(
  _ model: any LatentSampling, _ x: Tensor, _ method: EvidenceMethod, _ samples: Int,
  _ change: (inout EvidenceOptions) -> Void = { _ in }
) throws -> Evidence {
  var options = EvidenceOptions()
  (options.samples, options.seed) = (samples, 3)
  change(&options)
  return try model.estimate(x, by: method, options)
}

@Suite struct EvidenceTests {
  /// E log-mean-exp for x = 2, exactly by E log S = ∫ (e^{−t} − E e^{−tS}) / t dt.
  @Test(arguments: [(1, -3.418939), (10, -2.335348), (100, -2.271822)])
  func naiveMonteCarloIsBiasedDown(_ samples: Int, _ expected: Double) throws {
    let rows = 3000
    let x = Tensor(shape: [rows, 1], [Double](repeating: 2, count: rows))
    let values = try estimate(copies(1), x, .naive, samples).perDatum
    let mean = values.reduce(0, +) / Double(rows)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows)
    #expect(abs(mean - expected) < 4 * (variance / Double(rows)).squareRoot())
  }

  @Test func naiveMonteCarloIsUnbiasedForTheDensity() throws {
    let result = try estimate(copies(1), Tensor(shape: [1, 1], [2]), .naive, 200_000)
    let p = exp(result.perDatum[0])
    let error = result.standardErrors[0] * p
    #expect(abs(p - 0.103776874355) < 4 * error)
    // The variance of one sample.
    #expect(abs(error * error * 200_000 - 0.013451813515) < 3e-4)
    // p(x|z) is bounded, so its tail is light.
    #expect(result.tailShapes[0] < 0.1)
  }

  /// Var/p² per sample is (2/√3)^D − 1: exponential in the dimension.
  @Test(arguments: [(1, 0.1547), (10, 3.214)])
  func theCurseOfDimension(_ d: Int, _ expected: Double) throws {
    let samples = 400_000
    let x = Tensor(repeating: 0, shape: [1, d])
    let result = try estimate(copies(d), x, .naive, samples)
    let relative = pow(result.standardErrors[0], 2) * Double(samples)
    #expect(abs(relative - expected) < 0.05 * expected)
    // ESS = S / (1 + Var/p²).
    #expect(abs(result.effectiveSizes[0] / Double(samples) * (1 + expected) - 1) < 0.05)
  }

  @Test func thePosteriorIsThePerfectProposal() throws {
    let x = Tensor(shape: [2, 3], [1, 2, -1, 0, 0.5, 3])
    let model = try LinearGaussian(
      .isotropic, loadings: Tensor(shape: [3, 2], [1, 0, 2, 1, 0, -1]), mean: [0, 1, 0],
      variances: [0.5])
    let exact = try model.logProbability(x)
    #expect(abs(exact[0] + 4.446311549275) < 1e-12)
    let result = try estimate(model, x, .importance, 50)
    for (a, b) in zip(result.perDatum, exact) { #expect(abs(a - b) < 1e-12) }
    #expect(result.standardErrors == [0, 0] && result.tailShapes == [0, 0])
  }

  @Test(arguments: AnnealedImportance.Transition.allCases)
  func annealingSandwichesTheTruth(_ transition: AnnealedImportance.Transition) throws {
    let d = 10
    let model = try copies(d)
    let x = Tensor(shape: [20, d], (0..<(20 * d)).map { 2 * sin(Double($0)) })
    let exact = try model.logProbability(x)
    let result = try estimate(model, x, .ais, 40) {
      $0.temperatures = 150
      $0.transition = transition
      $0.bothBounds = true
    }
    for (row, value) in result.perDatum.enumerated() {
      #expect(abs(value - exact[row]) < 5 * result.standardErrors[row] + 1e-3)
    }
    let truth = exact.reduce(0, +) / 20
    guard let sandwich = result.sandwich else {
      Issue.record("both bounds were asked for")
      return
    }
    #expect(!sandwich.isSimulated)
    let (low, high) = (
      sandwich.lower.reduce(0, +) / 20, sandwich.upper.reduce(0, +) / 20
    )
    #expect(low < truth + 4 * result.standardError && truth < high + 4 * result.standardError)
    #expect(high - low < 0.1)
    // Naive Monte Carlo with as many evaluations is worse.
    let naive = try estimate(model, x, .naive, 6000)
    #expect(result.standardError < naive.standardError)
  }

  @Test func theGradientOfADecoderIsItsDifferenceQuotient() throws {
    let model = Autoencoder(.init(latent: 2, hidden: [6], activation: .tanh))
    let x = Tensor(shape: [3, 4], (0..<12).map { cos(Double($0)) })
    var options = TrainingOptions()
    (options.epochs, options.precision, options.seed) = (3, .float64, 1)
    try model.fit(x, options: options)
    let joint = AutoencoderJoint(model: model, data: x)
    var z = (0..<12).map { 0.3 * sin(Double($0)) }
    let (values, gradient) = try joint.likelihood(rows: [0, 2, 1], z: z, chains: 2, gradient: true)
    #expect(values.count == 6 && gradient.count == 12)
    for k in 0..<12 {
      let h = 1e-5
      z[k] += h
      let up = try joint.likelihood(rows: [0, 2, 1], z: z, chains: 2, gradient: false).values
      z[k] -= 2 * h
      let down = try joint.likelihood(rows: [0, 2, 1], z: z, chains: 2, gradient: false).values
      z[k] += h
      #expect(abs((up[k / 2] - down[k / 2]) / (2 * h) - gradient[k]) < 1e-6)
    }
  }

  @Test func estimatesOfAnAutoencoderAgree() throws {
    let model = Autoencoder(.init(latent: 1, hidden: [8]))
    let x = Tensor(shape: [60, 3], (0..<180).map { sin(Double($0 / 3)) * Double($0 % 3 - 1) })
    var options = TrainingOptions()
    (options.epochs, options.rate, options.seed) = (30, 1e-2, 1)
    try model.fit(x, options: options)
    let some = Tensor(shape: [5, 3], Array(x.values.prefix(15)))
    let importance = try estimate(model, some, .importance, 3000)
    let naive = try estimate(model, some, .naive, 30_000)
    let annealed = try estimate(model, some, .ais, 50) { $0.bothBounds = true }
    for row in 0..<5 {
      for other in [naive, annealed] {
        let error = hypot(importance.standardErrors[row], other.standardErrors[row])
        #expect(abs(importance.perDatum[row] - other.perDatum[row]) < 5 * error + 1e-3)
      }
    }
    #expect(annealed.sandwich?.isSimulated == true)
  }

  /// Quantiles of a generalised Pareto distribution have its shape.
  @Test(arguments: [-0.3, 0.2, 0.7, 1.2])
  func tailShapesAreFound(_ shape: Double) {
    let n = 4000
    let excesses = (0..<n).map { i in
      let p = (Double(i) + 0.5) / Double(n)
      return (pow(1 - p, -shape) - 1) / shape
    }
    #expect(abs(ParetoTail.fit(excesses) - shape) < 0.03)
  }

  @Test func weightSumsAreStableAndKeepTheirTail() {
    var sum = WeightSum(samples: 1000)
    var shifted = WeightSum(samples: 1000)
    var random = Philox(seed: 2)
    for value in random.normals(1000) {
      sum.add(2 * value)
      shifted.add(2 * value + 1e5)
    }
    #expect(abs(shifted.logMean - 1e5 - sum.logMean) < 1e-9)
    #expect(abs(shifted.effectiveSize - sum.effectiveSize) < 1e-6)
    #expect(abs(shifted.tailShape - sum.tailShape) < 1e-8)
    #expect(sum.tailShape > 0.4, "log-normal weights of σ = 2 have a heavy tail at this size")
    #expect(WeightSum(samples: 3).tailShape.isNaN)
  }
}
