// Families of vectors and matrices, and compositions, against SciPy 1.17.1 and enumeration.

import Foundation
import LatentAutodiff
import LatentTensor
import Testing

@testable import LatentDistributions

private let scale = Tensor(shape: [3, 3], [2, 0.5, 0.2, 0.5, 1, 0.3, 0.2, 0.3, 1.5])
private let center = Tensor([0.5, -1, 2])
private let point = Tensor([1, 0.25, 1.5])
private let probabilities = Tensor([0.2, 0.3, 0.5])
private let alpha = Tensor([0.8, 2, 3.5])

private func isClose(_ a: Tensor, _ b: [Double], _ tolerance: Double = 1e-12) -> Bool {
  a.count == b.count && zip(a.values, b).allSatisfy { isClose($0, $1, tolerance) }
}

@Suite struct ArrayFamilyTests {
  @Test func normalsOfVectorsByAllParameters() throws {
    let precision = try scale.inverse()
    let forms = [
      try Distribution(.mvnormal, [center, scale]),
      try Distribution(.mvnormalByFactor, [center, try scale.cholesky()]),
      try Distribution(.mvnormalByPrecision, [center, precision]),
    ]
    for d in forms {
      #expect(isClose(try d.logProbability(point).values[0], -4.263185337032743))
      #expect(isClose(try #require(try d.entropy()), 4.707911503361345))
      #expect(isClose(try d.variance(), [2, 1, 1.5]))
      #expect(isClose(try d.mean(), center.values))
    }
    // The same on symbols, without LAPACK.
    for (family, matrix) in [(Family.mvnormal, scale), (.mvnormalByPrecision, precision)] {
      let value = try evaluate([center, matrix, point]) {
        family.logProbability([$0[0], $0[1]], $0[2])
      }
      #expect(isClose(value.values[0], -4.263185337032743))
      let variance = try evaluate([center, matrix]) { family.variance($0) }
      #expect(isClose(variance, [2, 1, 1.5]))
    }
  }

  @Test func studentOfVectors() throws {
    let d = try Distribution(.mvStudentT, [Tensor(4.5), center, scale])
    #expect(isClose(try d.logProbability(point).values[0], -4.504572119054556))
    #expect(isClose(try #require(try d.entropy()), 5.349828921440048))
    #expect(isClose(try d.variance(), [3.6, 1.8, 2.7]))
  }

  @Test func dirichletAndCounts() throws {
    let d = try Distribution(.dirichlet, [alpha])
    #expect(isClose(try d.logProbability(probabilities).values[0], 1.3393564356388703))
    #expect(isClose(try #require(try d.entropy()), -1.5229896751348218))
    #expect(
      isClose(try d.variance(), [0.01518618609290495, 0.02968209099976876, 0.03382377811601556]))
    #expect(try d.logProbability(Tensor([0.5, 0.5, 0.5])).values == [-.infinity])

    let m = try Distribution(.multinomial, [Tensor(7), probabilities])
    #expect(isClose(try m.logProbability(Tensor([1, 2, 4])).values[0], -2.136011893168231))
    #expect(isClose(try #require(try m.entropy()), 2.9582089408327272))
    #expect(try m.logProbability(Tensor([1, 2, 3])).values == [-.infinity])
    let logits = probabilities.mapping { log($0) + 3 }
    let byLogits = try Distribution(.multinomialByLogits, [Tensor(7), logits])
    #expect(
      isClose(try byLogits.logProbability(Tensor([1, 2, 4])).values[0], -2.136011893168231))

    let dm = try Distribution(.dirichletMultinomial, [Tensor(7), alpha])
    #expect(isClose(try dm.logProbability(Tensor([1, 2, 4])).values[0], -2.8852728773628247))
    #expect(
      isClose(try dm.variance(), [1.4138339252494505, 2.7634026720784717, 3.1489937426010486]))
  }

  @Test func covarianceMatrices() throws {
    let x = Tensor(shape: [3, 3], [1.5, 0.2, 0.1, 0.2, 0.8, 0.3, 0.1, 0.3, 1.1])
    let d = try Distribution(.inverseWishart, [Tensor(7.5), scale])
    #expect(isClose(try d.logProbability(x).values[0], -11.775002398445517))
    // The mean of −log p over draws is −3.847 ± 0.018; SciPy's `invwishart.entropy` gives −1.073.
    #expect(isClose(try #require(try d.entropy()), -3.845541079747777))
    #expect(isClose(try d.mean(), scale.values.map { $0 / 3.5 }))
    #expect(isClose(try d.variance().values[1], 0.10128495842781557))
    #expect(isClose(try d.variance().values[0], 0.43537414965986393))
    let indefinite = Tensor(shape: [3, 3], [1, 2, 0, 2, 1, 0, 0, 0, 1])
    #expect(try d.logProbability(indefinite).values == [-.infinity])

    let joint = try Distribution(
      .normalInverseWishart, [center, Tensor(2), Tensor(7.5), scale])
    let draw = try Tensor.concatenate([point.reshaped([1, 3]), x])
    #expect(isClose(try joint.logProbability(draw).values[0], -16.494297362316605))
    let pair = try Distribution(.normalInverseGamma, 1, 2.5, 3, 2)
    #expect(isClose(try pair.logProbability(Tensor([0.3, 1.7])).values[0], -2.999090641809824))
  }

  /// scipy.special.expit differences of logistic(.6, .2) on five levels.
  @Test func levels() throws {
    let d = try Distribution(.discretizedLogistic, 0.6, 0.2, 5)
    let expected = [
      -2.4639394654749385, -1.832669166810665, -1.251328736652895, -1.320591252006228,
      -1.6004126516016481,
    ]
    let x = Tensor([0, 0.25, 0.5, 0.75, 1])
    #expect(isClose(try d.logProbability(x), expected))
    #expect(isClose(try d.mean().values[0], 0.5851049476868077))
    #expect(isClose(try #require(try d.entropy()), 1.5364683394540761))
    #expect(try d.logProbability(Tensor(0.3)).values == [-.infinity])
    // A level far from `loc` keeps its digits: log e^{−(loc − 1/510)/s} (1 − e^{−(1/255)/s}).
    let far = try Distribution(.discretizedLogistic, 1000, 1, 256)
    let mass = try far.logProbability(Tensor(1.0 / 255)).values[0]
    let closed = -(1000 - 1.5 / 255) + log(-expm1(-1.0 / 255))
    #expect(isClose(mass, closed))
  }

  /// MODELS §3.7.
  @Test func mixtures() throws {
    let m = try Distribution.mixture(
      weights: Tensor([0.3, 0.7]),
      components: [try Distribution(.normal, -1, 1), try Distribution(.normal, 2, 0.5)])
    #expect(abs(try m.logProbability(Tensor(0.5)).values[0] + 3.099763307221) < 1e-12)
    #expect(isClose(try m.mean().values[0], 1.1))
    // E x² − (E x)² = .3 (1 + 1) + .7 (.25 + 4) − 1.21
    #expect(isClose(try m.variance().values[0], 2.365))
    let p = try m.cumulative(Tensor(0.5)).values[0]
    #expect(isClose(try m.quantile(Tensor(p)).values[0], 0.5))
    #expect(try m.logProbability(Tensor(1e200)).values == [-.infinity])
    let coins = try Distribution.mixture(
      weights: Tensor([0.25, 0.75]),
      components: [try Distribution(.bernoulli, 0), try Distribution(.bernoulli, 1)])
    let entropy: Double = -0.25 * log(0.25) - 0.75 * log(0.75)
    #expect(isClose(try #require(try coins.entropy()), entropy))
    #expect(try coins.quantile(Tensor([0.2, 0.25, 0.3])).values == [0, 0, 1])
    let vectors = try Distribution.mixture(
      weights: Tensor([0.5, 0.5]),
      components: [
        try Distribution(.mvnormal, [center, scale]), try Distribution(.mvnormal, [center, scale]),
      ])
    let rows = try vectors.logProbability(Tensor.stack([point, point]))
    #expect(isClose(rows, [-4.263185337032743, -4.263185337032743]))
  }

  @Test func copies() throws {
    let d = try Distribution(.gamma, 2, 3).independent(4)
    let x = Tensor([0.1, 0.5, 1, 2])
    let each = try Distribution(.gamma, 2, 3).logProbability(x).values.reduce(0, +)
    #expect(isClose(try d.logProbability(x).values[0], each))
    #expect(try d.mean().shape == [4])
    let rows = try Distribution(.normal, [Tensor([1, 2, 3]), Tensor(1)]).independent(2)
    #expect(rows.shape == [2, 3])
    #expect(try rows.logProbability(Tensor(repeating: 0, shape: [5, 2, 3])).shape == [5])
  }

  @Test func enumerationsSumToOne() throws {
    let finite: [Distribution] = [
      try Distribution(.binomial, 9, 0.3), try Distribution(.betaBinomial, 9, 0.4, 2),
      try Distribution(.categorical, [probabilities]),
      try Distribution(.multinomial, [Tensor(5), probabilities]),
      try Distribution(.dirichletMultinomial, [Tensor(5), alpha]),
      try Distribution(.discretizedLogistic, 0.2, 0.05, 256),
      try Distribution(.bernoulli, 0.3).independent(6),
      try Distribution(.binomialByLogits, 4, -0.7),
    ]
    for d in finite {
      let list = try #require(try d.enumeration())
      #expect(isClose(list.masses.reduce(0, +), 1, 1e-13), "\(d.name)")
      // The moments are those of the sum.
      let size = d.shape.reduce(1, *)
      let (mean, variance) = (try d.mean().values, try d.variance().values)
      for element in 0..<size {
        let values = list.masses.indices.map { list.values[flat: $0 * size + element] }
        let first = zip(values, list.masses).reduce(0) { $0 + $1.0 * $1.1 }
        let second = zip(values, list.masses).reduce(0) {
          $0 + ($1.0 - first) * ($1.0 - first) * $1.1
        }
        #expect(isClose(mean[element], first), "\(d.name)")
        #expect(isClose(variance[element], second), "\(d.name)")
      }
      if let entropy = try d.entropy() {
        let sum = list.masses.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
        #expect(isClose(entropy, sum), "\(d.name)")
      }
    }
  }

  @Test func badParametersAreNamedWithTheirPlace() throws {
    func message(_ make: () throws -> Distribution) -> String {
      do {
        _ = try make()
        return ""
      } catch { return "\(error)" }
    }
    let bad = Tensor(shape: [2, 2], [1, 2, 2, 1])
    let skew = Tensor(shape: [2, 2], [1, 0.5, 0.2, 1])
    let zero = Tensor([0, 0])
    #expect(
      message { try Distribution(.mvnormal, [zero, bad]) }.contains("leading 2 × 2"))
    #expect(message { try Distribution(.mvnormal, [zero, skew]) }.contains("(1, 0) is 0.2"))
    #expect(message { try Distribution(.mvnormalByFactor, [zero, skew]) }.contains("[0, 1]"))
    #expect(message { try Distribution(.categorical, [Tensor([0.5, 0.6])]) }.contains("1.1"))
    #expect(
      message { try Distribution(.normal, [zero, Tensor([1, -1])]) }.contains("element [1]"))
    #expect(message { try Distribution(.inverseWishart, [Tensor(1), bad]) } != "")
    #expect(
      message { try Distribution(.inverseWishart, [Tensor(1), Tensor.eye(3)]) }
        .contains("above 2"))
    #expect(message { try Distribution(.binomial, 2.5, 0.5) }.contains("whole"))
  }
}
