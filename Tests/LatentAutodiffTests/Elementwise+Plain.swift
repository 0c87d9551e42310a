// The elementwise primitives written directly with libm, as an independent reference.

import Foundation

@testable import LatentAutodiff

extension Elementwise {
  func plain(_ x: [Double]) -> Double {
    let a = x[0]
    switch self {
    case .negate: return -a
    case .absolute: return abs(a)
    case .sign: return a > 0 ? 1 : a < 0 ? -1 : a
    case .square: return a * a
    case .squareRoot: return a.squareRoot()
    case .reciprocal: return 1 / a
    case .exp: return Foundation.exp(a)
    case .expm1: return Foundation.expm1(a)
    case .log: return Foundation.log(a)
    case .log1p: return Foundation.log1p(a)
    case .sin: return Foundation.sin(a)
    case .cos: return Foundation.cos(a)
    case .tanh: return Foundation.tanh(a)
    case .sigmoid: return 1 / (1 + Foundation.exp(-a))
    case .softplus: return a > 30 ? a + Foundation.exp(-a) : Foundation.log1p(Foundation.exp(a))
    case .relu: return a.isNaN ? a : max(a, 0)
    case .step: return a > 0 ? 1 : 0
    case .logGamma: return Foundation.lgamma(a)
    case .digamma:
      // The recurrence up to a + 1000 and the first terms of the asymptotic series there.
      let end = a + 1000
      let sum = (0..<1000).reduce(0.0) { $0 + 1 / (a + Double($1)) }
      return Foundation.log(end) - 0.5 / end - 1 / (12 * end * end) - sum
    case .trigamma:
      // Σ 1/(a + k)², its tail by the formula of Euler and Maclaurin.
      let end = a + 1000
      return (0..<1000).reduce(0.0) { $0 + 1 / ((a + Double($1)) * (a + Double($1))) }
        + 1 / end + 0.5 / (end * end) + 1 / (6 * end * end * end)
    case .erf: return Foundation.erf(a)
    case .floor: return a.rounded(.down)
    case .add: return a + x[1]
    case .subtract: return a - x[1]
    case .multiply: return a * x[1]
    case .divide: return a / x[1]
    case .power: return Foundation.pow(a, x[1])
    case .minimum: return a.isNaN || x[1].isNaN ? .nan : min(a, x[1])
    case .maximum: return a.isNaN || x[1].isNaN ? .nan : max(a, x[1])
    case .logGammaQuantile:
      // Bisection of Σ zⁿ e⁻ᶻ zᵃ/Γ(a + n + 1), all of whose terms are positive.
      var (low, high) = (-200.0, 6.0)
      for _ in 0..<200 {
        let middle = 0.5 * (low + high)
        if Elementwise.lowerGamma(a, middle) < x[1] { low = middle } else { high = middle }
      }
      return 0.5 * (low + high)
    case .logGammaQuantileSlope:
      // Implicitly, by central differences of P.
      let h = 1e-5
      let up = Elementwise.lowerGamma(a + h, x[1]) - Elementwise.lowerGamma(a - h, x[1])
      let across = Elementwise.lowerGamma(a, x[1] + h) - Elementwise.lowerGamma(a, x[1] - h)
      return -up / across
    case .less: return a < x[1] ? 1 : 0
    case .equal: return a == x[1] ? 1 : 0
    case .select: return a != 0 ? x[1] : x[2]
    }
  }

  /// Whether it has a derivative at all positive numbers.
  var isDifferentiableAnywhere: Bool {
    ![.trigamma, .logGammaQuantile, .logGammaQuantileSlope].contains(self)
  }

  /// P(a, eˣ) by its power series.
  private static func lowerGamma(_ a: Double, _ x: Double) -> Double {
    let z = Foundation.exp(x)
    let scale = Foundation.exp(a * x - z - Foundation.lgamma(a + 1))
    var (term, sum) = (1.0, 1.0)
    for n in 1..<2000 {
      term *= z / (a + Double(n))
      sum += term
    }
    return scale * sum
  }
}
