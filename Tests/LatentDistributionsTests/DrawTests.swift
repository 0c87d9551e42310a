// Draws follow their distributions: Kolmogorov and Smirnov for densities, χ² for counts, moments
// for vectors; and they are the same for one seed.

import Foundation
import LatentTensor
import Testing

@testable import LatentDistributions

@Suite struct DrawTests {
  /// √n·D at p = 1e-3 is 1.95.
  @Test func densitiesByKolmogorovAndSmirnov() throws {
    let cases: [Distribution] = [
      try Distribution(.gamma, 0.05, 1), try Distribution(.gamma, 0.7, 2),
      try Distribution(.gamma, 1, 1), try Distribution(.gamma, 33, 0.1),
      try Distribution(.inverseGamma, 2.5, 3), try Distribution(.beta, 0.3, 0.4),
      try Distribution(.beta, 5, 2), try Distribution(.studentT, 1.5, 1, 2),
      try Distribution(.studentT, 30, 0, 1), try Distribution(.laplace, 1, 2),
      try Distribution(.logistic, -1, 0.5), try Distribution(.logNormal, 0.3, 0.8),
      try Distribution(.lomax, 2.5, 3),
      try .mixture(
        weights: Tensor([0.3, 0.7]),
        components: [try Distribution(.normal, -1, 1), try Distribution(.gamma, 2, 1)]),
    ]
    for d in cases {
      let n = 20_000
      let draws = try d.sample(n, seed: 5).values.sorted()
      let cdf = try d.cumulative(Tensor(draws)).values
      let distance = cdf.enumerated().map { place, p in
        max(abs(p - Double(place) / Double(n)), abs(p - Double(place + 1) / Double(n)))
      }.max()
      #expect((distance ?? 1) < 1.95 / Double(n).squareRoot(), "\(d.name)")
    }
  }

  @Test func countsByChiSquare() throws {
    let cases: [Distribution] = [
      try Distribution(.poisson, 0.2), try Distribution(.poisson, 9.5),
      try Distribution(.poisson, 10), try Distribution(.poisson, 60),
      try Distribution(.binomial, 7, 0.4), try Distribution(.binomial, 100, 0.1),
      try Distribution(.binomial, 100, 0.85), try Distribution(.binomial, 1000, 0.5),
      try Distribution(.negativeBinomial, 2.5, 0.3), try Distribution(.betaBinomial, 20, 2, 3),
      try Distribution(.categorical, [Tensor([0.1, 0, 0.6, 0.3])]),
      try Distribution(.discretizedLogistic, 0.5, 0.3, 8),
    ]
    for d in cases {
      let n = 20_000
      let draws = try d.sample(n, seed: 9).values
      var counts: [Double: Double] = [:]
      for x in draws { counts[x, default: 0] += 1 }
      let values = counts.keys.sorted()
      let masses = try d.logProbability(Tensor(values)).values.map { exp($0) }
      #expect(masses.allSatisfy { $0 > 0 }, "\(d.name) drew what has no probability")
      // Cells of at least ten expected draws; what is left makes one more.
      var (statistic, cells, seen, mass) = (0.0, 0.0, 0.0, 0.0)
      for (value, p) in zip(values, masses) where p * Double(n) >= 10 {
        let expected = p * Double(n)
        let count = counts[value] ?? 0
        statistic += (count - expected) * (count - expected) / expected
        (cells, seen, mass) = (cells + 1, seen + count, mass + p)
      }
      let rest = (1 - mass) * Double(n)
      if rest >= 5 {
        statistic += (Double(n) - seen - rest) * (Double(n) - seen - rest) / rest
        cells += 1
      }
      let p = GammaIntegral.tails((cells - 1) / 2, statistic / 2).upper
      #expect(p > 1e-3, "\(d.name) χ² \(statistic) of \(cells) cells")
    }
  }

  /// Means of 20 000 draws lie within 4.5 standard errors, element by element; second moments
  /// follow where the mean of squares does.
  @Test func arraysByTheirMoments() throws {
    let scale = Tensor(shape: [2, 2], [2, 0.5, 0.5, 1])
    let mean = Tensor([1, -1])
    let cases: [Distribution] = [
      try Distribution(.mvnormal, [mean, scale]),
      try Distribution(.mvnormalByPrecision, [mean, scale]),
      try Distribution(.mvStudentT, [Tensor(6), mean, scale]),
      try Distribution(.dirichlet, [Tensor([0.4, 1, 3])]),
      try Distribution(.multinomial, [Tensor(12), Tensor([0.2, 0.3, 0.5])]),
      try Distribution(.dirichletMultinomial, [Tensor(12), Tensor([0.4, 1, 3])]),
      try Distribution(.inverseWishart, [Tensor(9), scale]),
      try Distribution(.normalInverseGamma, 1, 2, 5, 3),
      try Distribution(.normalInverseWishart, [mean, Tensor(2), Tensor(9), scale]),
    ]
    for d in cases {
      let n = 20_000
      let size = d.shape.reduce(1, *)
      let draws = try d.sample(n, seed: 21).values
      let (means, variances) = (try d.mean().values, try d.variance().values)
      for element in 0..<size {
        let own = (0..<n).map { draws[$0 * size + element] }
        let average = own.reduce(0, +) / Double(n)
        let error = (variances[element] / Double(n)).squareRoot()
        #expect(abs(average - means[element]) < 4.5 * error, "\(d.name) element \(element)")
        let squares = own.map { ($0 - means[element]) * ($0 - means[element]) }
        let spread = squares.reduce(0, +) / Double(n)
        let fourth = squares.reduce(0) { $0 + ($1 - spread) * ($1 - spread) } / Double(n)
        let spreadError = (fourth / Double(n)).squareRoot()
        #expect(
          abs(spread - variances[element]) < 5 * spreadError, "\(d.name) variance of \(element)")
      }
    }
  }

  /// The entropy is minus the mean of log p, whatever the density's form.
  @Test func entropiesOfArraysAreExpectations() throws {
    let scale = Tensor(shape: [2, 2], [2, 0.5, 0.5, 1])
    let cases: [Distribution] = [
      try Distribution(.inverseWishart, [Tensor(9), scale]),
      try Distribution(.normalInverseGamma, 1, 2, 5, 3),
      try Distribution(.normalInverseWishart, [Tensor([1, -1]), Tensor(2), Tensor(9), scale]),
      try Distribution(.mvStudentT, [Tensor(6), Tensor([1, -1]), scale]),
    ]
    for d in cases {
      let logs = try d.logProbability(try d.sample(20_000, seed: 2)).values.map { -$0 }
      let mean = logs.reduce(0, +) / Double(logs.count)
      let variance = logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(logs.count)
      let error = (variance / Double(logs.count)).squareRoot()
      #expect(abs(mean - (try #require(try d.entropy()))) < 4.5 * error, "\(d.name)")
    }
  }

  @Test func drawsAreThoseOfTheirSeed() throws {
    let d = try Distribution(.gamma, 0.5, 1)
    let many = try d.sample(10, seed: 4).values
    #expect(try d.sample(10, seed: 4).values == many)
    #expect(try d.sample(10, seed: 5).values != many)
    // A draw does not depend on how many others are made.
    #expect(try d.sample(3, seed: 4).values == Array(many[..<3]))
    #expect(try d.sample(nil, seed: 4).shape == [])
    #expect(try d.sample(0, seed: 4).shape == [0])
  }
}
