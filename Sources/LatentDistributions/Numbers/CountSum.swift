// Masses of counts on numbers, and entropies as sums of them.

import Foundation
import LatentTensor

enum CountSum {
  /// x log λ − λ − log x!, by Loader's deviance.
  static func logPoisson(_ x: Double, _ rate: Double) -> Double {
    GammaIntegral.logDensity(x, rate)
  }

  static func logBinomial(_ x: Double, _ n: Double, _ yes: Double, _ no: Double) -> Double {
    if x < 0 || x > n { return -.infinity }
    if yes == 0 { return x == 0 ? 0 : -.infinity }
    if no == 0 { return x == n ? 0 : -.infinity }
    let ways = -log(n + 1) - BetaIntegral.logBeta(x + 1, n - x + 1)
    return ways + x * log(yes) + (n - x) * log(no)
  }

  static func logNegativeBinomial(_ x: Double, _ n: Double, _ p: Double) -> Double {
    let ways = x == 0 ? 0 : -log(x) - BetaIntegral.logBeta(x, n)
    return ways + n * log(p) + (x == 0 ? 0 : x * log1p(-p))
  }

  static func logBetaBinomial(_ x: Double, _ n: Double, _ a: Double, _ b: Double) -> Double {
    -log(n + 1) - BetaIntegral.logBeta(x + 1, n - x + 1) + BetaIntegral.logBeta(x + a, n - x + b)
      - BetaIntegral.logBeta(a, b)
  }

  /// −Σ p log p over 0 … n, from the middle outwards until the terms vanish on both sides.
  static func entropy(
    upTo n: Double, around center: Double, _ logMass: (Double) -> Double
  ) throws -> Double {
    var sum = 0.0
    let start = min(max(center.rounded(.down), 0), n)
    func add(_ k: Double) throws -> Double {
      let log = logMass(k)
      let term = log == -.infinity ? 0 : -exp(log) * log
      sum += term
      return term
    }
    for direction in [1.0, -1.0] {
      var k = direction > 0 ? start : start - 1
      var peak = 0.0
      while k >= 0 && k <= n {
        let term = try add(k)
        peak = max(peak, term)
        // Masses fall away on both sides of the mode, which is near the mean.
        if abs(k - start) > 30, term < peak, term < 1e-18 * sum { break }
        k += direction
        guard abs(k - start) < 2e7 else {
          throw Failure(
            "L522", "the entropy is a sum of more than 20 million terms", argument: "d",
            help: "estimate it: `-mean(log_prob(d, sample(d, 10000)))`")
        }
      }
    }
    return sum
  }

  static func entropy(ofMasses masses: [Double]) -> Double {
    masses.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
  }

  /// −log n! − n Σ p log p + Σ_i E log X_i!, with binomial X_i.
  static func multinomialEntropy(_ n: Double, _ p: [Double]) throws -> Double {
    guard n <= 1e6 else {
      throw Failure(
        "L522", "the entropy is a sum of more than a million terms", argument: "d",
        help: "estimate it: `-mean(log_prob(d, sample(d, 10000)))`")
    }
    let values = (0...Int(n)).map(Double.init)
    var sum = -SpecialFunction.lgamma(n + 1) + n * entropy(ofMasses: p)
    for probability in p where probability > 0 {
      for x in values {
        sum += exp(logBinomial(x, n, probability, 1 - probability)) * SpecialFunction.lgamma(x + 1)
      }
    }
    return sum
  }
}
