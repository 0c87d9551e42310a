// Distribution functions of counts and their inverses.

import Foundation

/// P(X ≤ x) of families on 0, 1, …
enum CountIntegral {
  typealias Tails = Family.Tails

  static func poissonTails(_ x: Double, _ rate: Double) -> Tails {
    guard x >= 0 else { return x.isNaN ? Tails(lower: x) : Tails(lower: 0) }
    if x == .infinity { return Tails(lower: 1) }
    let gamma = GammaIntegral.tails(x.rounded(.down) + 1, rate)
    return Tails(lower: gamma.upper, upper: gamma.lower)
  }

  /// P(X ≤ k) = I_{1−p}(n − k, k + 1).
  static func binomialTails(_ x: Double, _ n: Double, _ yes: Double, _ no: Double) -> Tails {
    guard x >= 0 else { return x.isNaN ? Tails(lower: x) : Tails(lower: 0) }
    let k = x.rounded(.down)
    if k >= n { return Tails(lower: 1) }
    return BetaIntegral.tails(n - k, k + 1, no, yes)
  }

  /// P(X ≤ k) = I_p(n, k + 1).
  static func negativeBinomialTails(_ x: Double, _ n: Double, _ p: Double) -> Tails {
    guard x >= 0 else { return x.isNaN ? Tails(lower: x) : Tails(lower: 0) }
    if x == .infinity { return Tails(lower: 1) }
    return BetaIntegral.tails(n, x.rounded(.down) + 1, p, 1 - p)
  }

  /// By summing the shorter side; nan beyond a million terms.
  static func betaBinomialTails(_ x: Double, _ n: Double, _ a: Double, _ b: Double) -> Tails {
    guard x >= 0 else { return x.isNaN ? Tails(lower: x) : Tails(lower: 0) }
    let k = x.rounded(.down)
    if k >= n { return Tails(lower: 1) }
    guard n <= 1e6 else { return Tails(lower: .nan) }
    func sum(_ from: Double, _ to: Double) -> Double {
      stride(from: from, through: to, by: 1).reduce(0) {
        $0 + exp(CountSum.logBetaBinomial($1, n, a, b))
      }
    }
    let (lower, upper) = (sum(0, k), sum(k + 1, n))
    return lower < upper
      ? Tails(lower: lower, upper: 1 - lower) : Tails(lower: 1 - upper, upper: upper)
  }

  static func levelTails(_ x: Double, _ loc: Double, _ scale: Double, _ levels: Double) -> Tails {
    let top = levels - 1
    guard x >= 0 else { return x.isNaN ? Tails(lower: x) : Tails(lower: 0) }
    let level = (x * top + 1e-9).rounded(.down)
    if level >= top { return Tails(lower: 1) }
    let z = ((level + 0.5) / top - loc) / scale
    return Tails(lower: 1 / (1 + exp(-z)), upper: 1 / (1 + exp(z)))
  }

  /// The masses of all levels of a discretized logistic, by the difference of the smaller tails.
  static func levelMasses(_ loc: Double, _ scale: Double, _ levels: Double) -> [Double] {
    guard levels <= 1e6 else { return [] }
    let top = levels - 1
    var below = Tails(lower: 0, upper: 1)
    return (0..<Int(levels)).map { level in
      let here = levelTails(Double(level) / top, loc, scale, levels)
      defer { below = here }
      return here.lower < 0.5 ? here.lower - below.lower : below.upper - here.upper
    }
  }

  /// The least k with P(X ≤ k) ≥ p: by doubling steps from a first guess, then by halving.
  static func quantile(
    _ p: Tails, from guess: Double, upTo n: Double, _ tails: (Double) -> Tails
  ) -> Double {
    if p.upper <= 0 { return n }
    func reaches(_ k: Double) -> Bool {
      let here = tails(k)
      // Rounding of an integral must not move a quantile that is hit exactly.
      return p.lower <= p.upper
        ? here.lower >= p.lower * (1 - 1e-14) : here.upper <= p.upper * (1 + 1e-14)
    }
    if reaches(0) { return 0 }
    var low = 0.0  // does not reach
    var high = min(max(guess.rounded(), 1), n)
    var step = 1.0
    while !reaches(high) {
      low = high
      high = min(high + step, n)
      step *= 2
      if low == high || high > 0x1p53 { return high }
    }
    while high - low > 1 {
      let middle = ((low + high) / 2).rounded(.down)
      if reaches(middle) { high = middle } else { low = middle }
    }
    return high
  }
}
