// The incomplete gamma function and its inverse.
//
// Goals in this order: each tail with full relative precision, no wrong 0 or 1, speed. A power
// series serves below the mean and Legendre's continued fraction above it; both converge in about
// √a steps around the mean, where the tails are of order one.

import Foundation
import LatentTensor

/// P(a, x) = γ(a, x)/Γ(a), Q = 1 − P.
public enum GammaIntegral {
  public static func tails(_ a: Double, _ x: Double) -> Family.Tails {
    if x.isNaN { return Family.Tails(lower: x) }
    if x <= 0 { return Family.Tails(lower: 0) }
    if x == .infinity { return Family.Tails(lower: 1) }
    let factor = density(a, x)  // xᵃ e⁻ˣ / Γ(a + 1)
    if x < a + 1 {
      // Σ xⁿ / (a+1)…(a+n)
      var (term, sum, n) = (1.0, 1.0, a)
      while term > sum * 1e-17 {
        n += 1
        term *= x / n
        sum += term
      }
      let lower = min(factor * sum, 1)
      return Family.Tails(lower: lower, upper: 1 - lower)
    }
    // Lentz's method for Q = xᵃ e⁻ˣ/Γ(a) · 1/(x+1−a− 1(1−a)/(x+3−a− …)).
    var b = x + 1 - a
    var c = 1e300
    var d = 1 / b
    var fraction = d
    var i = 1.0
    while i < 1e7 {
      let an = -i * (i - a)
      b += 2
      d = 1 / nonzero(an * d + b)
      c = nonzero(b + an / c)
      let step = c * d
      fraction *= step
      if abs(step - 1) < 1e-16 { break }
      i += 1
    }
    let upper = min(factor * a * fraction, 1)
    return Family.Tails(lower: 1 - upper, upper: upper)
  }

  /// xᵃ e⁻ˣ / Γ(a + 1), the mass of a Poisson with rate x at a, without large cancelling terms:
  /// e^{−D} / √(2πa) · e^{−δ(a)} with Loader's deviance D and Stirling's error δ.
  static func density(_ a: Double, _ x: Double) -> Double {
    exp(logDensity(a, x))
  }

  static func logDensity(_ a: Double, _ x: Double) -> Double {
    if a == 0 { return -x }
    if x == 0 { return -.infinity }
    if a < 10 { return a * log(x) - x - SpecialFunction.lgamma(a + 1) }
    return -deviance(a, x) - stirlingError(a) - 0.5 * log(2 * .pi * a)
  }

  /// a log(a/x) + x − a ≥ 0 (Loader, "Fast and accurate computation of binomial probabilities",
  /// 2000): near a = x by the series in v = (a − x)/(a + x).
  static func deviance(_ a: Double, _ x: Double) -> Double {
    if a == 0 { return x }
    if abs(a - x) < 0.1 * (a + x) {
      let v = (a - x) / (a + x)
      var sum = (a - x) * v
      var term = 2 * a * v
      var j = 1.0
      while true {
        term *= v * v
        let next = sum + term / (2 * j + 1)
        if next == sum { return sum }
        sum = next
        j += 1
      }
    }
    return a * log(a / x) + x - a
  }

  /// log Γ(a + 1) − (a + ½) log a + a − ½ log 2π = 1/12a − 1/360a³ + …, a ≥ 10.
  static func stirlingError(_ a: Double) -> Double {
    if a < 10 {
      return SpecialFunction.lgamma(a + 1) - (a + 0.5) * log(a) + a - 0.5 * log(2 * .pi)
    }
    let z = 1 / (a * a)
    let tail = 1.0 / 1260 - z * (1.0 / 1680 - z * (1.0 / 1188 - z * (691.0 / 360_360 - z / 156)))
    return (1.0 / 12 - z * (1.0 / 360 - z * tail)) / a
  }

  /// The x with P(a, x) = p.
  public static func quantile(_ a: Double, _ p: Family.Tails) -> Double {
    if p.lower <= 0 { return 0 }
    if p.upper <= 0 { return .infinity }
    // Wilson and Hilferty (1931), or the leading term of P near 0.
    let z = NormalIntegral.quantile(p)
    let root = 1 - 1 / (9 * a) + z / (3 * a.squareRoot())
    var guess = a * root * root * root
    if root <= 0.1 || a < 0.5 {
      guess = exp((log(p.lower) + SpecialFunction.lgamma(a + 1)) / a)
    }
    return MonotoneRoot.positive(
      p, guess: guess, tails: { tails(a, $0) }, logDensity: { logDensity(a, $0) + log(a / $0) })
  }

  static func nonzero(_ x: Double) -> Double { abs(x) < 1e-300 ? 1e-300 : x }
}
