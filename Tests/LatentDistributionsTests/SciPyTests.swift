// Densities, distribution functions, quantiles, moments and entropies against SciPy.

import Foundation
import LatentTensor
import Testing

@testable import LatentDistributions

/// |a − b| relative to b, which is absolute below 1.
func isClose(_ a: Double, _ b: Double, _ tolerance: Double = 1e-12) -> Bool {
  a == b || a.isNaN && b.isNaN || abs(a - b) <= tolerance * max(abs(b), 1)
}

/// The same without the floor: tails keep their digits however small.
func isRelativelyClose(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
  a == b || abs(a - b) <= tolerance * abs(b)
}

@Suite struct SciPyTests {
  private func make(_ row: SciPyRow) throws -> Distribution {
    let family = try #require(Family.named(row.name).first)
    return try Distribution(family, row.parameters.map { Tensor($0) })
  }

  @Test(arguments: SciPyRow.all) func densities(_ row: SciPyRow) throws {
    let logs = try make(row).logProbability(Tensor(row.x)).values
    for (place, expected) in row.log.enumerated() {
      #expect(isClose(logs[place], expected), "\(row.name) at \(row.x[place])")
    }
  }

  @Test(arguments: SciPyRow.all) func distributionFunctions(_ row: SciPyRow) throws {
    let d = try make(row)
    let lower = try d.cumulative(Tensor(row.x)).values
    let upper = try d.cumulative(Tensor(row.x), upper: true).values
    for place in row.x.indices {
      let (a, b) = (row.lower[place], row.upper[place])
      #expect(
        isRelativelyClose(lower[place], a, 1e-12), "\(row.name) \(lower[place]) \(a)")
      #expect(
        isRelativelyClose(upper[place], b, 1e-12), "\(row.name) \(upper[place]) \(b)")
    }
  }

  @Test(arguments: SciPyRow.all) func quantiles(_ row: SciPyRow) throws {
    let d = try make(row)
    let p = d.isDiscrete ? SciPyRow.countProbabilities : SciPyRow.probabilities
    let quantiles = try d.quantile(Tensor(p)).values
    for (place, expected) in row.quantiles.enumerated() {
      #expect(
        isRelativelyClose(quantiles[place], expected, 2e-12),
        "\(row.name) at \(p[place]): \(quantiles[place]), \(expected)")
    }
  }

  @Test(arguments: SciPyRow.all) func momentsAndEntropies(_ row: SciPyRow) throws {
    let d = try make(row)
    let (mean, variance) = (try d.mean().values[0], try d.variance().values[0])
    // SciPy calls the moments of a Cauchy infinite; they are not defined.
    if !(row.name == "student_t" && row.parameters[0] == 1) {
      #expect(isClose(mean, row.mean), "\(row.name) mean \(mean) \(row.mean)")
      #expect(
        isRelativelyClose(variance, row.variance, 1e-12),
        "\(row.name) variance \(variance) \(row.variance)")
    } else {
      #expect(mean.isNaN && variance.isNaN)
    }
    // SciPy sums the entropies of counts to about 1e-10.
    let entropy = try #require(try d.entropy())
    #expect(
      isClose(entropy, row.entropy, d.isDiscrete ? 1e-9 : 1e-12),
      "\(row.name) entropy \(entropy) \(row.entropy)")
  }
}
