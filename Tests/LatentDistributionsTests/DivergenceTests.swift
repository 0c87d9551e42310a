// Closed divergences against sums, integrals and draws.

import Foundation
import LatentTensor
import Testing

@testable import LatentDistributions

@Suite struct DivergenceTests {
  /// E_q[log q − log p] = ∫₀¹ … dp over the quantiles of q, by the tanh-sinh rule, which reaches into
  /// both tails.
  private func integral(_ q: Distribution, _ p: Distribution) throws -> Double {
    let h = 1.0 / 64
    var nodes: [(weight: Double, x: Double)] = []
    let (family, parameters) = try #require(q.family)
    let quantile = try #require(family.quantile)
    let numbers = Numbers(parameters.map(\.values))
    for k in -230...230 {
      let t = Double(k) * h
      let s = Double.pi / 2 * sinh(t)
      let lower = 1 / (1 + exp(-2 * s))
      let upper = 1 / (1 + exp(2 * s))
      let weight = h * Double.pi / 2 * cosh(t) / (cosh(s) * cosh(s)) / 2
      guard lower > 1e-290, upper > 1e-290 else { continue }
      nodes.append((weight, quantile(numbers, Family.Tails(lower: lower, upper: upper))))
    }
    let x = Tensor(nodes.map(\.x))
    let (a, b) = (try q.logProbability(x).values, try p.logProbability(x).values)
    return nodes.indices.reduce(0) { sum, place in
      // Quantiles that round to an end of the support carry no weight.
      let term = a[place] - b[place]
      return term.isFinite ? sum + nodes[place].weight * term : sum
    }
  }

  @Test func closedFormsAreIntegrals() throws {
    let pairs: [(Distribution, Distribution)] = [
      (try .init(.normal, 0.3, 0.7), try .init(.normal, -0.5, 1.4)),
      (try .init(.logNormal, 0.3, 0.7), try .init(.logNormal, -0.5, 1.4)),
      (try .init(.gamma, 2.5, 1.5), try .init(.gamma, 1.2, 0.8)),
      (try .init(.gamma, 2.5, 1.5), try .init(.exponential, 0.8)),
      (try .init(.exponential, 0.8), try .init(.gamma, 2.5, 1.5)),
      (try .init(.inverseGamma, 2.5, 1.5), try .init(.inverseGamma, 1.2, 0.8)),
      (try .init(.beta, 2.5, 1.5), try .init(.beta, 1.2, 3)),
      (try .init(.uniform, 0, 2), try .init(.normal, 0.5, 1.5)),
    ]
    for (q, p) in pairs {
      let closed = try #require(try q.divergence(from: p))
      let numeric = try integral(q, p)
      #expect(isClose(closed, numeric, 1e-9), "\(q.name) \(p.name): \(closed), \(numeric)")
    }
    // The kinks of these densities cost the rule its digits.
    let (q, p) = (try Distribution(.laplace, 0.3, 0.7), try Distribution(.laplace, -0.5, 1.4))
    let closed = try #require(try q.divergence(from: p))
    #expect(isClose(closed, try integral(q, p), 2e-4))
    #expect(isClose(closed, log(2) + 0.8 / 1.4 + 0.5 * exp(-0.8 / 0.7) - 1))
  }

  @Test func closedFormsAreSums() throws {
    let probabilities = Tensor([0.2, 0.3, 0.5])
    let other = Tensor([0.6, 0.3, 0.1])
    let pairs: [(Distribution, Distribution)] = [
      (try .init(.bernoulliByLogits, 0.4), try .init(.bernoulli, 0.9)),
      (try .init(.binomial, 6, 0.3), try .init(.binomial, 6, 0.6)),
      (try .init(.binomial, 4, 0.3), try .init(.binomial, 6, 0.6)),
      (try .init(.categorical, [probabilities]), try .init(.categorical, [other])),
      (
        try .init(.multinomial, [Tensor(4), probabilities]),
        try .init(.multinomial, [Tensor(4), other])
      ),
      (try .init(.binomial, 6, 0.3), try .init(.poisson, 2)),
    ]
    for (q, p) in pairs {
      let list = try #require(try q.enumeration())
      let logs = try p.logProbability(list.values).values
      let sum = zip(list.masses, logs).reduce(0) {
        $1.0 > 0 ? $0 + $1.0 * (log($1.0) - $1.1) : $0
      }
      let closed = try #require(try q.divergence(from: p))
      #expect(isClose(closed, sum), "\(q.name) \(p.name): \(closed), \(sum)")
    }
    let poisson = try #require(
      try Distribution(.poisson, 3).divergence(from: Distribution(.poisson, 5)))
    #expect(isClose(poisson, 2 + 3 * log(0.6)))
    #expect(
      try Distribution(.binomial, 6, 0.3).divergence(from: .init(.binomial, 4, 0.3))
        == .infinity)
  }

  /// Within 4.5 standard errors of 40 000 draws.
  @Test func closedFormsOfArraysAreExpectations() throws {
    let a = Tensor(shape: [2, 2], [2, 0.5, 0.5, 1])
    let b = Tensor(shape: [2, 2], [1, -0.2, -0.2, 1.5])
    let (m, n) = (Tensor([1, -1]), Tensor([0.5, 0]))
    let pairs: [(Distribution, Distribution)] = [
      (try .init(.mvnormal, [m, a]), try .init(.mvnormal, [n, b])),
      (try .init(.mvnormalByPrecision, [m, a]), try .init(.mvnormal, [n, b])),
      (
        try .init(.dirichlet, [Tensor([1.5, 2, 3])]), try .init(.dirichlet, [Tensor([1, 1, 1])])
      ),
      (
        try .init(.inverseWishart, [Tensor(9), a]), try .init(.inverseWishart, [Tensor(7), b])
      ),
      (
        try .init(.normalInverseGamma, 1, 2, 5, 3), try .init(.normalInverseGamma, 0, 1, 3, 2)
      ),
      (
        try .init(.normalInverseWishart, [m, Tensor(2), Tensor(9), a]),
        try .init(.normalInverseWishart, [n, Tensor(1), Tensor(7), b])
      ),
    ]
    for (q, p) in pairs {
      let draws = try q.sample(40_000, seed: 8)
      let (logQ, logP) = (try q.logProbability(draws), try p.logProbability(draws))
      let terms = zip(logQ.values, logP.values).map { $0 - $1 }
      let mean = terms.reduce(0, +) / Double(terms.count)
      let variance = terms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(terms.count)
      let error = (variance / Double(terms.count)).squareRoot()
      let closed = try #require(try q.divergence(from: p))
      #expect(abs(closed - mean) < 4.5 * error, "\(q.name): \(closed), \(mean) ± \(error)")
      #expect(abs(try #require(try q.divergence(from: q))) < 1e-12, "\(q.name)")
    }
  }

  @Test func copiesAndFailures() throws {
    let (q, p) = (try Distribution(.normal, 1, 1), try Distribution(.normal, 0, 1))
    #expect(try q.independent(3).divergence(from: p.independent(3)) == 1.5)
    #expect(try q.divergence(from: Distribution(.laplace, 0, 1)) == nil)
    let wide = try Distribution(.mvnormal, [Tensor([0, 0, 0]), Tensor.eye(3)])
    let narrow = try Distribution(.mvnormal, [Tensor([0, 0]), Tensor.eye(2)])
    #expect(throws: Failure.self) { try wide.divergence(from: narrow) }
  }
}
