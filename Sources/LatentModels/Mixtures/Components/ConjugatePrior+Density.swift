// The prior's own log-density, which MAP by EM raises together with the likelihood.

import Foundation

extension ConjugatePrior {
  /// log p(μ, Σ) up to a constant.
  func logDensity(_ components: GaussianComponents) -> Double {
    let d = Double(components.columns)
    var sum = 0.0
    for k in 0..<components.count {
      let center = components.mean(k)
      let shift = zip(center, mean).map { $0 - $1 }
      if components.isDiagonal {
        let place = k * components.columns
        let variances = (0..<components.columns).map { j in
          components.factors[place + j] * components.factors[place + j]
        }
        for j in shift.indices {
          sum -= 0.5 * (log(variances[j]) + shrinkage * shift[j] * shift[j] / variances[j])
        }
        if components.family == .spherical {
          sum -= (degrees / 2 + 1) * log(variances[0]) + sphericalScale / (2 * variances[0])
        } else {
          for j in shift.indices {
            sum -=
              (degrees / 2 + 1) * log(variances[j]) + scale(column: j) / (2 * variances[j])
          }
        }
        continue
      }
      let root = components.factor(k)
      let inverse = triangle.inverse(root)
      let moved = shift.indices.map { i in
        (0...i).reduce(0) { $0 + inverse[Triangle.start(i) + $1] * shift[$1] }
      }
      sum -= triangle.logDeterminant(root) + 0.5 * shrinkage * triangle.sumOfSquares(moved)
      if components.family == .tied, k > 0 { continue }
      sum -= (degrees + d + 1) * triangle.logDeterminant(root)
      sum -= 0.5 * triangle.diagonal(triangle.congruence(inverse, scale)).reduce(0, +)
    }
    return sum
  }
}
