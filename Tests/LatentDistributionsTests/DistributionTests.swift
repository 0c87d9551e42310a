// Densities, moments, draws and divergences against closed forms computed here and by SciPy.

import Foundation
import LatentTensor
import Testing

@testable import LatentDistributions

private func make(_ family: Family, _ parameters: Double...) throws -> Distribution {
  try Distribution(family, parameters.map { Tensor($0) })
}

/// A regular grid with the weights of the trapezoid rule.
private func grid(_ range: ClosedRange<Double>) -> (points: [Double], weights: [Double]) {
  let n = 20_000
  let h = (range.upperBound - range.lowerBound) / Double(n)
  let points = (0...n).map { range.lowerBound + Double($0) * h }
  return (points, points.indices.map { $0 == 0 || $0 == n ? h / 2 : h })
}

@Suite struct DistributionTests {
  /// scipy.stats: norm(2, 3), bernoulli(.3), uniform(-1, 3), expon(rate 2).
  @Test func logDensitiesAgreeWithSciPy() throws {
    let x = Tensor([0, 1])
    let expected: [(Distribution, [Double])] = [
      (try make(.normal, 2, 3), [-2.2397730440950046, -2.073106377428338]),
      (try make(.bernoulli, 0.3), [-0.35667494393873245, -1.203972804325936]),
      (try make(.uniform, -1, 3), [-1.3862943611198906, -1.3862943611198906]),
      (try make(.exponential, 2), [0.6931471805599453, -1.3068528194400546]),
    ]
    for (distribution, values) in expected {
      for (a, b) in zip(try distribution.logProbability(x).values, values) {
        #expect(abs(a - b) < 1e-14, "\(distribution.name)")
      }
    }
    #expect(try make(.uniform, 0, 1).logProbability(Tensor(2)).values == [-.infinity])
    #expect(try make(.exponential, 1).logProbability(Tensor(-1)).values == [-.infinity])
    #expect(try make(.bernoulli, 1).logProbability(Tensor(1)).values == [0])
    #expect(try make(.bernoulli, 0.5).logProbability(Tensor(0.5)).values == [-.infinity])
  }

  @Test func momentsAndEntropyAreThoseOfTheDensity() throws {
    let cases: [(Distribution, ClosedRange<Double>)] = [
      (try make(.normal, 0.5, 1.5), -20...20), (try make(.uniform, -1, 2), -1...2),
      (try make(.exponential, 1.5), 0...40),
    ]
    for (d, range) in cases {
      let (points, weights) = grid(range)
      let logs = try d.logProbability(Tensor(points)).values
      func expectation(_ f: (Int) -> Double) -> Double {
        points.indices.reduce(0) { sum, i in
          logs[i] == -.infinity ? sum : sum + weights[i] * exp(logs[i]) * f(i)
        }
      }
      let mean = expectation { points[$0] }
      #expect(abs(expectation { _ in 1 } - 1) < 1e-5)
      #expect(abs(try d.mean().values[0] - mean) < 1e-4)
      let variance = expectation { pow(points[$0] - mean, 2) }
      let entropy = expectation { -logs[$0] }
      #expect(abs(try d.variance().values[0] - variance) < 1e-4)
      #expect(abs((try d.entropy() ?? .nan) - entropy) < 1e-4)
    }
    let b = try make(.bernoulli, 0.2)
    #expect(abs((try b.entropy() ?? .nan) - 0.5004024235381879) < 1e-14)
    #expect(try make(.bernoulli, 0).entropy() == 0)
  }

  @Test func drawsFollowTheirDistribution() throws {
    let cumulative: [(Distribution, (Double) -> Double)] = [
      (try make(.normal, 2, 3), { 0.5 * erfc(-($0 - 2) / (3 * 2.0.squareRoot())) }),
      (try make(.uniform, -1, 3), { ($0 + 1) / 4 }),
      (try make(.exponential, 2), { 1 - exp(-2 * $0) }),
    ]
    for (d, cdf) in cumulative {
      let n = 20_000
      let draws = try d.sample(n, seed: 11).values.sorted()
      let distance = draws.enumerated().map { i, x -> Double in
        let (below, above) = (Double(i) / Double(n), Double(i + 1) / Double(n))
        return max(abs(cdf(x) - below), abs(cdf(x) - above))
      }.max()
      // The Kolmogorov–Smirnov statistic at p = 1e-3 is 1.95/√n.
      #expect((distance ?? 1) < 1.95 / Double(n).squareRoot(), "\(d.name)")
    }
    let coins = try make(.bernoulli, 0.3).sample(20_000, seed: 3).values
    let frequency = coins.reduce(0, +) / 20_000
    #expect(abs(frequency - 0.3) < 4 * (0.21 / 20_000).squareRoot())
  }

  /// MODELS §3.11: KL(N((.5,−1), diag(e^.2, e^−1)) ‖ N(0, I)), KL(N(2, σ = e³) ‖ N(0, 1)), and the
  /// negative log-density of N(2, σ = e³) at 2.
  @Test func divergencesOfNormals() throws {
    let q = try Distribution(.normal, [Tensor([0.5, -1]), Tensor([exp(0.1), exp(-0.5)])])
    let p = try Distribution(.normal, [Tensor([0, 0]), Tensor([1, 1])])
    #expect(abs((try q.divergence(from: p) ?? .nan) - 0.819641) < 5e-7)
    let wide = try make(.normal, 2, exp(3))
    #expect(abs((try wide.divergence(from: make(.normal, 0, 1)) ?? .nan) - 200.2144) < 5e-5)
    #expect(abs(-(try wide.logProbability(Tensor(2)).values[0]) - 3.9189) < 5e-5)
  }

  @Test func divergencesAreExpectations() throws {
    let pairs: [(Distribution, Distribution, ClosedRange<Double>)] = [
      (try make(.normal, 0.3, 0.7), try make(.normal, -0.5, 1.4), -10...10),
      (try make(.uniform, 0, 1), try make(.uniform, -1, 3), 0...1),
      (try make(.exponential, 3), try make(.exponential, 1), 0...15),
    ]
    for (q, p, range) in pairs {
      let (points, weights) = grid(range)
      let lq = try q.logProbability(Tensor(points)).values
      let lp = try p.logProbability(Tensor(points)).values
      let expected = points.indices.reduce(0.0) { sum, i in
        sum + weights[i] * exp(lq[i]) * (lq[i] - lp[i])
      }
      #expect(abs((try q.divergence(from: p) ?? .nan) - expected) < 1e-5)
    }
    #expect(try make(.uniform, 0, 2).divergence(from: make(.uniform, 0, 1)) == .infinity)
    #expect(try make(.normal, 0, 1).divergence(from: make(.uniform, 0, 1)) == nil)
    let b = try make(.bernoulli, 0.25).divergence(from: make(.bernoulli, 0.5)) ?? .nan
    let expected: Double = 0.25 * log(0.5) + 0.75 * log(1.5)
    #expect(abs(b - expected) < 1e-15)
  }

  @Test func parametersAreChecked() {
    #expect(throws: Failure.self) { try make(.normal, 0, -1) }
    #expect(throws: Failure.self) { try make(.normal, .nan, 1) }
    #expect(throws: Failure.self) { try make(.bernoulli, 1.5) }
    #expect(throws: Failure.self) { try make(.uniform, 2, 1) }
    #expect(throws: Failure.self) {
      try Distribution(.normal, [Tensor([1, 2, 3]), Tensor([1, 2])])
    }
  }
}
