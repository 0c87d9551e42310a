// Exact Bayesian learning: the figures of the lecture, the chain rule, batches, and the regression
// against brute-force conditioning of a joint normal.

import Foundation
import LatentDistributions
import LatentTensor
import Testing

@testable import LatentModels

private func model(
  _ family: Family, _ parameters: Double..., likelihood: BayesLikelihood
) throws -> BayesModel {
  try BayesModel(
    prior: try Distribution(family, parameters.map { Tensor($0) }), likelihood: likelihood)
}

private func column(_ values: [Double]) -> Tensor { Tensor(shape: [values.count, 1], values) }

extension Model {
  fileprivate func learn(_ x: Tensor, y: Tensor? = nil) throws {
    try fit(
      DataSet(x: x, others: y.map { [("y", $0)] } ?? []), FitRequest(), FitObserver())
  }

  fileprivate func logEvidence(of x: Tensor) throws -> Double {
    try evidence(x, by: .auto, samples: 1, seed: 0, shouldStop: { false }).total
  }
}

@Suite struct BayesTests {
  /// Beta(1, 1) and 7 of 10: Beta(8, 4), 1/1320.
  @Test func coins() throws {
    let data = column([1, 0, 1, 1, 0, 1, 1, 1, 0, 1])
    let m = try model(.beta, 1, 1, likelihood: .bernoulli)
    #expect(abs(try m.logEvidence(of: data) + log(1320)) < 1e-12)
    try m.learn(data)
    #expect(m.posterior.family?.parameters.map { $0.values[0] } == [8, 4])
    #expect(abs(m.logEvidence + log(1320)) < 1e-12)
    #expect(abs(try m.posterior.mode().values[0] - 0.7) < 1e-15)
    #expect(abs(try m.posterior.mode(in: .unconstrained).values[0] - 2.0 / 3) < 1e-15)
    #expect(abs(try m.predictive().mean().values[0] - 2.0 / 3) < 1e-15)

    // The count 7 of 10 has the binomial coefficient more: 1/11.
    let counts = try model(.beta, 1, 1, likelihood: .binomial(trials: 10))
    #expect(abs(try counts.logEvidence(of: column([7])) + log(11)) < 1e-12)
    try counts.learn(column([7]))
    #expect(counts.posterior.family?.parameters.map { $0.values[0] } == [8, 4])
  }

  /// N(0, 4), σ² = 1, x = 1, 2, 3.
  @Test func normalMean() throws {
    let m = try model(.normal, 0, 2, likelihood: .normal(sd: 1))
    try m.learn(column([1, 2, 3]))
    let p = try #require(m.posterior.family?.parameters.map { $0.values[0] })
    #expect(abs(p[0] - 24.0 / 13) < 1e-12)
    #expect(abs(p[1] * p[1] - 4.0 / 13) < 1e-12)
    #expect(abs(m.logEvidence + 5.500828739883) < 1e-12)
    // Brute force: x ~ N(0, I + 4·11ᵀ).
    let joint = try Distribution(
      .mvnormal, [Tensor([0, 0, 0]), Tensor(shape: [3, 3], [5, 4, 4, 4, 5, 4, 4, 4, 5])])
    #expect(abs(try joint.logProbability(Tensor([1, 2, 3])).values[0] - m.logEvidence) < 1e-12)
  }

  /// Gamma(2, 1) and 3, 1, 4: Gamma(10, 4), MAP 2.25 (2.5 in log coordinates).
  @Test func rates() throws {
    let m = try model(.gamma, 2, 1, likelihood: .poisson)
    try m.learn(column([3, 1, 4]))
    #expect(m.posterior.family?.parameters.map { $0.values[0] } == [10, 4])
    #expect(abs(m.logEvidence + 6.030929430693) < 1e-12)
    #expect(try m.posterior.mode().values == [2.25])
    #expect(try m.posterior.mode(in: .unconstrained).values == [2.5])
    // Waiting times: Γ(a + n)/Γ(a) bᵃ/(b + Σx)^{a+n}.
    let waiting = try model(.gamma, 2, 1, likelihood: .exponential)
    let expected = log(24.0) - 5 * log(5)  // Γ(5)/Γ(2) / 5⁵
    #expect(abs(try waiting.logEvidence(of: column([0.5, 1, 2.5])) - expected) < 1e-12)
  }

  /// Dirichlet(1, 1, 1) and counts 2, 3, 5.
  @Test func kinds() throws {
    let m = try BayesModel(
      prior: try Distribution(.dirichlet, [Tensor([1, 1, 1])]), likelihood: .categorical)
    try m.learn(column([0, 0, 1, 1, 1, 2, 2, 2, 2, 2]))
    #expect(m.posterior.family?.parameters.map(\.values) == [[3, 4, 6]])
    #expect(abs(m.logEvidence + 12.021668922532) < 1e-12)
    let counts = try BayesModel(
      prior: try Distribution(.dirichlet, [Tensor([1, 1, 1])]), likelihood: .multinomial)
    // 10!/(2! 3! 5!) = 2520 orders.
    let evidence = try counts.logEvidence(of: Tensor(shape: [1, 3], [2, 3, 5]))
    #expect(abs(evidence - m.logEvidence - log(2520)) < 1e-12)
  }

  /// m₀ = 0, κ = 1, a = 2, b = 2; x = 1, 2, 3.
  @Test func normalWithVariance() throws {
    let m = try model(.normalInverseGamma, 0, 1, 2, 2, likelihood: .normalUnknownVariance)
    try m.learn(column([1, 2, 3]))
    let p = try #require(m.posterior.family?.parameters.map { $0.values[0] })
    #expect(zip(p, [1.5, 4, 3.5, 4.5]).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(abs(m.logEvidence + 6.126965705423) < 1e-12)

    // In one dimension IW(ν, ψ) = IG(ν/2, ψ/2).
    let wishart = try BayesModel(
      prior: try Distribution(
        .normalInverseWishart,
        [Tensor([0]), Tensor(1), Tensor(4), Tensor(shape: [1, 1], [4])]),
      likelihood: .mvnormal)
    #expect(abs(try wishart.logEvidence(of: column([1, 2, 3])) - m.logEvidence) < 1e-12)
  }

  /// The closed form Γ_d(ν'/2)/Γ_d(ν/2) |Ψ|^{ν/2}/|Ψ'|^{ν'/2} (κ/κ')^{d/2} π^{−nd/2}.
  @Test func normalsOfVectors() throws {
    let data = Tensor(shape: [4, 2], [1, 0.5, 2, -1, 0, 0.3, 1.5, 2])
    let scale = Tensor(shape: [2, 2], [2, 0.3, 0.3, 1])
    let m = try BayesModel(
      prior: try Distribution(
        .normalInverseWishart, [Tensor([0, 0]), Tensor(0.5), Tensor(5), scale]),
      likelihood: .mvnormal)
    try m.learn(data)
    let p = try #require(m.posterior.family?.parameters)
    func multi(_ x: Double) -> Double {
      0.5 * log(Double.pi) + SpecialFunction.lgamma(x) + SpecialFunction.lgamma(x - 0.5)
    }
    let closed =
      multi(4.5) - multi(2.5) + 2.5 * (try scale.logDeterminant().values[0])
      - 4.5 * (try p[3].logDeterminant().values[0]) + log(0.5 / 4.5) - 4 * log(Double.pi)
    #expect(abs(m.logEvidence - closed) < 1e-12)
    #expect(p[1].values == [4.5] && p[2].values == [9])
    #expect(abs(p[0].values[0] - 4.5 / 4.5) < 1e-14)
  }

  @Test func batchesAndTheChainRule() throws {
    let cases: [(BayesModel, [Double])] = [
      (try model(.beta, 0.5, 2, likelihood: .bernoulli), [1, 0, 0, 1, 1]),
      (try model(.gamma, 2, 3, likelihood: .poisson), [3, 0, 7, 1, 2]),
      (try model(.gamma, 2, 3, likelihood: .exponential), [3, 0.1, 7, 1, 2]),
      (try model(.normal, 1, 3, likelihood: .normal(sd: 2)), [3, 0.1, -7, 1, 2]),
      (
        try model(.normalInverseGamma, 0, 1, 2, 3, likelihood: .normalUnknownVariance),
        [3, 0.1, -7, 1, 2]
      ),
    ]
    for (first, data) in cases {
      let whole = try #require(first.copied() as? BayesModel)
      try whole.learn(column(data))
      try first.learn(column(Array(data[..<2])))
      // log p(x) of the next datum by the present posterior.
      let next = try first.logProbability(column([data[2]]))
      #expect(
        abs(try first.predictive().logProbability(Tensor(data[2])).values[0] - next[0]) < 1e-12)
      try first.learn(column(Array(data[2...])))
      let (a, b) = (first.parameterValues, whole.parameterValues)
      #expect(zip(a, b).allSatisfy { $0.value.values == $1.value.values })
      #expect(abs(first.logEvidence - whole.logEvidence) < 1e-12)
      // Exchangeable: the order does not matter.
      let reversed = try #require(cases.first { $0.0 === first }).1.reversed()
      let fresh = try BayesModel(prior: first.prior, likelihood: whole.likelihood)
      #expect(abs(try fresh.logEvidence(of: column(Array(reversed))) - whole.logEvidence) < 1e-12)
    }
  }

  @Test func refusals() throws {
    #expect(throws: Failure.self) { try model(.beta, 1, 1, likelihood: .poisson) }
    #expect(throws: Failure.self) {
      try model(.normal, 0, 1, likelihood: .normalUnknownVariance)
    }
    let m = try model(.beta, 1, 1, likelihood: .bernoulli)
    let failure = #expect(throws: Failure.self) { try m.learn(column([1, 0, 0.5])) }
    #expect(failure?.code == "L524")
    // A refused fit leaves the posterior alone.
    #expect(m.count == 0 && m.posterior.family?.parameters.map { $0.values[0] } == [1, 1])
  }

  /// With known noise y ~ N(mean·X1, σ²I + sd²·XXᵀ), and the posterior is that of the joint normal.
  @Test func regressionWithKnownNoise() throws {
    let x = column([1, 2, 4])
    let y = Tensor([1.5, 1.9, 4.2])
    let m = BayesianRegression(prior: .knownNoise(mean: 0.2, sd: 2, noise: 0.5))
    try m.learn(x, y: y)
    var covariance = [Double]()
    for a in [1.0, 2, 4] {
      for b in [1.0, 2, 4] { covariance.append(4 * (1 + a * b) + (a == b ? 0.25 : 0)) }
    }
    let center = [1.0, 2, 4].map { 0.2 + 0.2 * $0 }
    let joint = try Distribution(
      .mvnormal, [Tensor(center), Tensor(shape: [3, 3], covariance)])
    #expect(abs(try joint.logProbability(y).values[0] - m.logEvidence) < 1e-11)
    // Two batches are as good as one.
    let halves = BayesianRegression(prior: .knownNoise(mean: 0.2, sd: 2, noise: 0.5))
    try halves.learn(column([1]), y: Tensor([1.5]))
    try halves.learn(column([2, 4]), y: Tensor([1.9, 4.2]))
    #expect(abs(halves.logEvidence - m.logEvidence) < 1e-11)
    // p(y₃ | y₁, y₂) is the predictive of the third row.
    let two = BayesianRegression(prior: .knownNoise(mean: 0.2, sd: 2, noise: 0.5))
    try two.learn(column([1, 2]), y: Tensor([1.5, 1.9]))
    let step = try two.predictive(column([4])).logProbability(Tensor([4.2])).values[0]
    #expect(abs(two.logEvidence + step - m.logEvidence) < 1e-11)
  }

  @Test func regressionWithUnknownNoise() throws {
    let prior = BayesianRegression.Prior.unknownNoise(m: 0, kappa: 0.5, a: 2, b: 1)
    let m = BayesianRegression(prior: prior)
    try m.learn(column([1, 2, 4, 3]), y: Tensor([1.5, 1.9, 4.2, 2.9]))
    // Chain rule: Σ log p(yᵢ | y_{<i}) of Student predictions.
    let chain = BayesianRegression(prior: prior)
    var total = 0.0
    for (x, y) in [(1.0, 1.5), (2, 1.9), (4, 4.2), (3, 2.9)] {
      if chain.isFitted {
        total += try chain.predictive(column([x])).logProbability(Tensor([y])).values[0]
        try chain.learn(column([x]), y: Tensor([y]))
      } else {
        try chain.learn(column([x]), y: Tensor([y]))
        total = chain.logEvidence
      }
    }
    #expect(abs(total - m.logEvidence) < 1e-11)
    #expect(abs(chain.logEvidence - m.logEvidence) < 1e-11)
    // y = Xb + ε with σ² integrated out: a Student's t of the data.
    let design = Tensor(shape: [4, 2], [1, 1, 1, 2, 1, 4, 1, 3])
    let gram = try design.matrixProduct(design.transposed())
    let scale = try Tensor.elementwise(.add, Tensor.eye(4), gram.mapping { $0 / 0.5 })
    let joint = try Distribution(
      .mvStudentT,
      [Tensor(4), Tensor([0, 0, 0, 0]), scale.mapping { $0 * 0.5 }])
    let direct = try joint.logProbability(Tensor([1.5, 1.9, 4.2, 2.9])).values[0]
    #expect(abs(direct - m.logEvidence) < 1e-11)
    let weights = try m.posterior()
    #expect(try weights.mean().values == m.parameterValues[0].value.values)
    let noise = try #require(try m.noise())
    #expect(try noise.mean().values[0] > 0)
  }
}
