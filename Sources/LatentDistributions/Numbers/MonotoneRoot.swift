// Inverting distribution functions: Newton's steps on the logarithm of the smaller tail, kept in a
// bracket that halves when they fail.

import Foundation

enum MonotoneRoot {
  /// The positive x whose tails are `p`, searched on a logarithmic scale.
  static func positive(
    _ p: Family.Tails, guess: Double, tails: (Double) -> Family.Tails,
    logDensity: (Double) -> Double
  ) -> Double {
    let isLower = p.lower <= p.upper
    let target = log(isLower ? p.lower : p.upper)
    var (low, high) = (0.0, Double.infinity)
    var x = guess.isFinite && guess > 0 ? guess : guess == 0 ? 1e-300 : 1
    for _ in 0..<400 {
      let now = tails(x)
      let value = isLower ? now.lower : now.upper
      // Below the root the lower tail is too small, and the upper too large.
      let isBelow = isLower ? value < p.lower : value > p.upper
      if isBelow { low = x } else { high = x }
      // d log F / d log x = x f/F.
      let slope = x * exp(logDensity(x)) / value * (isLower ? 1 : -1)
      var step = (target - log(value)) / slope
      // Far from the root the tail may be 0, or the step wild.
      if !step.isFinite { step = isBelow ? 1 : -1 }
      var next = x * exp(min(max(step, -50), 50))
      if !(next > low && next < high) {
        next =
          high == .infinity ? x * 16 : low == 0 ? x / 16 : (low * high).squareRoot()
        if low > 0, high < .infinity, high / low < 1 + 1e-8 { next = 0.5 * (low + high) }
      }
      if next == x || abs(next - x) <= 1e-16 * x { return next }
      if low > 0, high <= low.nextUp { return next }
      x = next
    }
    return x
  }
}
