// The incomplete beta function, its inverse, and Student's t by it.

import Foundation
import LatentTensor

/// I_x(a, b), by the continued fraction of DLMF 8.17.22 on the side where it converges.
public enum BetaIntegral {
  public static func tails(_ a: Double, _ b: Double, _ x: Double) -> Family.Tails {
    tails(a, b, x, 1 - x)
  }

  /// The same with 1 − x given beside x, whose digits count near 1.
  static func tails(
    _ a: Double, _ b: Double, _ x: Double, _ complement: Double
  ) -> Family.Tails {
    if x.isNaN { return Family.Tails(lower: x) }
    if x <= 0 { return Family.Tails(lower: 0) }
    if complement <= 0 { return Family.Tails(lower: 1) }
    if x > (a + 1) / (a + b + 2) {
      let mirrored = tails(b, a, complement, x)
      return Family.Tails(lower: mirrored.upper, upper: mirrored.lower)
    }
    let lower = min(max(exp(logPower(a, b, x, complement)) * fraction(a, b, x) / a, 0), 1)
    return Family.Tails(lower: lower, upper: 1 - lower)
  }

  /// log xᵃ(1−x)ᵇ/B(a, b), by deviances where a and b are large enough for Stirling.
  static func logPower(_ a: Double, _ b: Double, _ x: Double, _ complement: Double) -> Double {
    let n = a + b
    if min(a, b) < 10 {
      let logX = x > 0.5 ? log1p(-complement) : log(x)
      let logRest = x > 0.5 ? log(complement) : log1p(-x)
      return a * logX + b * logRest - logBeta(a, b)
    }
    let correction =
      GammaIntegral.stirlingError(n) - GammaIntegral.stirlingError(a)
      - GammaIntegral.stirlingError(b)
    return correction - GammaIntegral.deviance(a, n * x) - GammaIntegral.deviance(b, n * complement)
      + 0.5 * log(a * b / (2 * .pi * n))
  }

  /// log B(a, b); Γ(a)/Γ(a + b) of a large pair by Stirling's errors, where the terms would cancel.
  static func logBeta(_ a: Double, _ b: Double) -> Double {
    let (small, large) = (min(a, b), max(a, b))
    if large < 10 {
      return SpecialFunction.lgamma(a) + SpecialFunction.lgamma(b)
        - SpecialFunction.lgamma(a + b)
    }
    let n = a + b
    // log Γ(n) = (n − ½) log n − n + ½ log 2π + δ(n)
    let ratio =
      GammaIntegral.stirlingError(large) - GammaIntegral.stirlingError(n) + small
      - small * log(n) + (large - 0.5) * log1p(-small / n)
    return SpecialFunction.lgamma(small) + ratio
  }

  private static func fraction(_ a: Double, _ b: Double, _ x: Double) -> Double {
    var c = 1.0
    var d = 1 / GammaIntegral.nonzero(1 - (a + b) * x / (a + 1))
    var result = d
    var m = 1.0
    while m < 1e7 {
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / GammaIntegral.nonzero(1 + even * d)
      c = GammaIntegral.nonzero(1 + even / c)
      result *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / GammaIntegral.nonzero(1 + odd * d)
      c = GammaIntegral.nonzero(1 + odd / c)
      let step = d * c
      result *= step
      if abs(step - 1) < 1e-16 { break }
      m += 1
    }
    return result
  }

  /// The x with I_x(a, b) = p.
  public static func quantile(_ a: Double, _ b: Double, _ p: Family.Tails) -> Double {
    let odds = oddsQuantile(a, b, p)
    return odds == .infinity ? 1 : odds / (1 + odds)
  }

  /// x/(1 − x) of the quantile: beta prime, on the whole positive line, where both ends of the
  /// unit interval keep their digits.
  static func oddsQuantile(_ a: Double, _ b: Double, _ p: Family.Tails) -> Double {
    if p.lower <= 0 { return 0 }
    if p.upper <= 0 { return .infinity }
    // The normal approximation of the log odds.
    let center = log(a / b)
    let width = (1 / a + 1 / b).squareRoot()
    var guess = exp(center + width * NormalIntegral.quantile(p))
    if a < 1, p.lower < 0.5 { guess = exp((log(p.lower * a) + logBeta(a, b)) / a) }
    if b < 1, p.upper < 0.5 { guess = exp(-(log(p.upper * b) + logBeta(a, b)) / b) }
    return MonotoneRoot.positive(
      p, guess: min(max(guess, 1e-300), 1e300),
      tails: { tails(a, b, $0 / (1 + $0), 1 / (1 + $0)) },
      logDensity: { logPower(a, b, $0 / (1 + $0), 1 / (1 + $0)) - log($0) })
  }

  // MARK: Student's t

  /// P(T > t) = ½ I_{ν/(ν+t²)}(ν/2, ½) for t > 0.
  static func studentTails(_ t: Double, df: Double) -> Family.Tails {
    if t.isNaN { return Family.Tails(lower: t) }
    let square = t * t
    guard square < .infinity else { return Family.Tails(lower: t < 0 ? 0 : 1) }
    let tail = 0.5 * tails(df / 2, 0.5, df / (df + square), square / (df + square)).lower
    return t < 0
      ? Family.Tails(lower: tail, upper: 1 - tail) : Family.Tails(lower: 1 - tail, upper: tail)
  }

  static func studentQuantile(_ p: Family.Tails, df: Double) -> Double {
    let tail = min(p.lower, p.upper)
    if tail <= 0 { return p.lower < p.upper ? -.infinity : .infinity }
    if p.lower == p.upper { return 0 }
    // t² = ν·odds of 1 − ν/(ν+t²), which is Beta(½, ν/2); its upper tail is 2·tail.
    let inner = p.lower < p.upper ? p.upper - p.lower : p.lower - p.upper
    let odds = oddsQuantile(0.5, df / 2, Family.Tails(lower: inner, upper: 2 * tail))
    let size = (df * odds).squareRoot()
    return p.lower < p.upper ? -size : size
  }
}
