// The orthogonal polynomials of families of numbers, by the coefficients of their recurrence: all
// that exact expectations of polynomials need.

import Foundation

/// One step of p_{k+1}(x) = (x − shift_k) p_k(x) − weight_k p_{k−1}(x), the recurrence of monic
/// polynomials that are orthogonal under a distribution; `weight` counts from k = 1.
struct Recurrence {
  var shift: Double
  var weight: Double

  init(shift: Double, weight: Double) {
    self.shift = shift
    self.weight = weight
  }

  /// Of an exponential family whose variance is a quadratic function of the mean (Morris 1982),
  /// with the slope of that function at the mean and half its second derivative.
  init(_ k: Double, mean: Double, variance: Double, slope: Double = 0, curvature: Double = 0) {
    self.init(shift: mean + k * slope, weight: k * variance * (1 + (k - 1) * curvature))
  }

  /// By the name of the family, the step k for the parameters of one event.
  static let table: [String: @Sendable (_ parameters: Numbers, _ k: Double) -> Recurrence] = [
    "normal": { p, k in Recurrence(k, mean: p[0], variance: p[1] * p[1]) },
    "gamma": { p, k in
      Recurrence(
        k, mean: p[0] / p[1], variance: p[0] / (p[1] * p[1]), slope: 2 / p[1], curvature: 1 / p[0])
    },
    "exponential": { p, k in
      Recurrence(k, mean: 1 / p[0], variance: 1 / (p[0] * p[0]), slope: 2 / p[0], curvature: 1)
    },
    "poisson": { p, k in Recurrence(k, mean: p[0], variance: p[0], slope: 1) },
    "negative_binomial": { p, k in
      let mean = p[0] * (1 - p[1]) / p[1]
      return Recurrence(
        k, mean: mean, variance: mean / p[1], slope: (2 - p[1]) / p[1], curvature: 1 / p[0])
    },
    // Continuous Hahn.
    "logistic": { p, k in
      let step = Double.pi * p[1] * k * k
      return Recurrence(shift: p[0], weight: step * step / (4 * k * k - 1))
    },
    // Legendre.
    "uniform": { p, k in
      let step = (p[1] - p[0]) * k
      return Recurrence(shift: 0.5 * (p[0] + p[1]), weight: step * step / (4 * (4 * k * k - 1)))
    },
    // Jacobi, on the unit interval.
    "beta": { p, k in
      let (a, b, s) = (p[0], p[1], p[0] + p[1])
      let t = 2 * k + s - 2
      let shift = k == 0 ? a / s : 0.5 + 0.5 * (a - b) * (s - 2) / (t * (t + 2))
      let first = a * b / (s * s * (s + 1))
      let rest = k * (k + a - 1) * (k + b - 1) * (k + s - 2) / (t * t * (t + 1) * (t - 1))
      return Recurrence(shift: shift, weight: k <= 1 ? first : rest)
    },
  ]
}
