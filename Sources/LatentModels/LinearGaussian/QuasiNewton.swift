// Minimisation of a smooth function over a box from below: limited-memory BFGS (Nocedal & Wright,
// "Numerical optimization", 2006, algorithm 7.4) on the coordinates that are free, with steps
// projected onto the box.

import Foundation

/// A minimum found from values and gradients.
struct QuasiNewton {
  var lowerBounds: [Double]
  var iterations = 500
  /// On the largest component of the projected gradient.
  var tolerance = 1e-10
  var shouldStop: () -> Bool = { false }
  /// Pairs of steps that stand for the Hessian.
  private let memory = 12

  init(lowerBounds: [Double]) { self.lowerBounds = lowerBounds }

  struct Result {
    var point: [Double]
    var value: Double
    var gradient: [Double]
    var evaluations: Int
    var converged: Bool
  }

  func minimum(
    from start: [Double], _ function: ([Double]) throws -> (value: Double, gradient: [Double])
  ) rethrows -> Result {
    var x = zip(start, lowerBounds).map(max)
    var (value, gradient) = try function(x)
    var evaluations = 1
    var pairs: [(s: [Double], y: [Double], rho: Double)] = []
    var flat = 0
    for _ in 0..<iterations {
      let free = x.indices.map { x[$0] > lowerBounds[$0] || gradient[$0] < 0 }
      let projected = zip(gradient, free).map { $1 ? $0 : 0 }
      if (projected.map { abs($0) }.max() ?? 0) < tolerance || flat >= 3 {
        return Result(
          point: x, value: value, gradient: gradient, evaluations: evaluations, converged: true)
      }
      if shouldStop() { break }
      var direction = self.direction(projected, pairs).enumerated().map { free[$0] ? -$1 : 0 }
      var slope = dot(direction, projected)
      if !(slope < 0) {
        pairs = []
        direction = projected.map { -$0 }
        slope = dot(direction, projected)
      }
      // A step of at most 2 keeps logarithms of scales from leaping.
      var length = min(1, 2 / (direction.map { abs($0) }.max() ?? 1))
      var accepted = false
      for _ in 0..<40 {
        let candidate = x.indices.map { max(x[$0] + length * direction[$0], lowerBounds[$0]) }
        let next = try function(candidate)
        evaluations += 1
        let change = dot(zip(candidate, x).map { $0 - $1 }, projected)
        if next.value.isFinite, next.value <= value + 1e-4 * change + 1e-15 * abs(value) {
          let s = zip(candidate, x).map { $0 - $1 }
          let y = zip(next.gradient, gradient).map { $0 - $1 }
          let curvature = dot(s, y)
          if curvature > 1e-12 * dot(y, y) {
            pairs.append((s, y, 1 / curvature))
            if pairs.count > memory { pairs.removeFirst() }
          }
          flat = value - next.value <= 1e-15 * abs(value) ? flat + 1 : 0
          (x, value, gradient) = (candidate, next.value, next.gradient)
          accepted = true
          break
        }
        length /= 2
      }
      if !accepted {
        // No descent along the model's direction: once more from the gradient, then rounding rules.
        if pairs.isEmpty { flat = 3 } else { pairs = [] }
      }
    }
    return Result(
      point: x, value: value, gradient: gradient, evaluations: evaluations, converged: false)
  }

  /// H·g by the two loops.
  private func direction(
    _ gradient: [Double], _ pairs: [(s: [Double], y: [Double], rho: Double)]
  ) -> [Double] {
    var r = gradient
    var factors: [Double] = []
    for pair in pairs.reversed() {
      let factor = pair.rho * dot(pair.s, r)
      factors.append(factor)
      for i in r.indices { r[i] -= factor * pair.y[i] }
    }
    if let last = pairs.last {
      let scale = 1 / (last.rho * dot(last.y, last.y))
      for i in r.indices { r[i] *= scale }
    }
    for (pair, factor) in zip(pairs, factors.reversed()) {
      let correction = factor - pair.rho * dot(pair.y, r)
      for i in r.indices { r[i] += correction * pair.s[i] }
    }
    return r
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in a.indices { sum += a[i] * b[i] }
    return sum
  }
}
