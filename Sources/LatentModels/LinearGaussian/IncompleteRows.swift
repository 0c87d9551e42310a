// Rows with missing entries, gathered by which columns were seen, so that rows with the same gaps
// share one posterior covariance.

import Foundation
import LatentTensor

/// Data with NaN for what is missing.
struct IncompleteRows: FactorData {
  struct Pattern: Sendable {
    /// The columns that were seen.
    var columns: [Int]
    /// The places of the rows in the data.
    var places: [Int]
    /// Rows × seen columns, as they are.
    var rows: Matrix
    var weights: [Double]
  }

  var patterns: [Pattern]
  /// Means and variances of each column over the rows where it was seen.
  var mean: [Double]
  let variances: [Double]
  /// Σ w over rows of which something was seen.
  var weight: Double

  init(_ x: Tensor, weights: [Double]? = nil) {
    let (n, d) = (x.shape[0], x.shape[1])
    let values = x.values
    var groups: [[Bool]: [Int]] = [:]
    var order: [[Bool]] = []
    for i in 0..<n where (weights?[i] ?? 1) > 0 {
      let seen = (0..<d).map { !values[i * d + $0].isNaN }
      if groups[seen] == nil { order.append(seen) }
      groups[seen, default: []].append(i)
    }
    var (sums, totals) = ([Double](repeating: 0, count: d), [Double](repeating: 0, count: d))
    patterns = order.map { seen in
      let columns = (0..<d).filter { seen[$0] }
      let places = groups[seen] ?? []
      let share = places.map { weights?[$0] ?? 1 }
      for (i, w) in zip(places, share) {
        for j in columns {
          sums[j] += w * values[i * d + j]
          totals[j] += w
        }
      }
      return Pattern(
        columns: columns, places: places,
        rows: Matrix(
          places.count, columns.count, places.flatMap { i in columns.map { values[i * d + $0] } }),
        weights: share)
    }
    let mean = zip(sums, totals).map { $1 > 0 ? $0 / $1 : .nan }
    var squares = [Double](repeating: 0, count: d)
    for pattern in patterns {
      for (i, w) in pattern.weights.enumerated() {
        for (c, j) in pattern.columns.enumerated() {
          squares[j] += w * pow(pattern.rows[i, c] - mean[j], 2)
        }
      }
    }
    self.mean = mean
    variances = zip(squares, totals).map { $1 > 0 ? $0 / $1 : .nan }
    weight = patterns.filter { !$0.columns.isEmpty }.reduce(0) { $0 + $1.weights.reduce(0, +) }
  }

  func expectation(_ factors: GaussianFactors) throws -> Expectation {
    let (d, q) = (factors.columns, factors.latent)
    var result = Expectation(
      logLikelihood: 0, codes: [Matrix](repeating: Matrix(zeros: q + 1, q + 1), count: d),
      cross: Matrix(zeros: d, q + 1), squares: [Double](repeating: 0, count: d),
      weights: [Double](repeating: 0, count: d), divergence: 0, origin: mean)
    for pattern in patterns where !pattern.columns.isEmpty {
      let part = factors.restricted(to: pattern.columns)
      let inference = try part.inference()
      let (codes, densities) = part.posteriorMeans(pattern.rows, inference)
      let total = pattern.weights.reduce(0, +)
      var moments = Matrix(zeros: q + 1, q + 1)
      for (i, w) in pattern.weights.enumerated() {
        result.logLikelihood += w * densities[i]
        for a in 0..<q {
          for b in 0..<q { moments[a, b] += w * codes[i, a] * codes[i, b] }
          moments[a, q] += w * codes[i, a]
        }
      }
      for a in 0..<q {
        moments[q, a] = moments[a, q]
        for b in 0..<q { moments[a, b] += total * inference.covariance[a, b] }
      }
      moments[q, q] = total
      result.divergence +=
        (0..<q).reduce(0) { $0 + moments[$1, $1] }
        + total * (inference.precision.logDeterminant - Double(q))
      for (c, j) in pattern.columns.enumerated() {
        for place in moments.elements.indices {
          result.codes[j].elements[place] += moments.elements[place]
        }
        result.weights[j] += total
        for (i, w) in pattern.weights.enumerated() {
          let value = w * (pattern.rows[i, c] - mean[j])
          result.squares[j] += value * (pattern.rows[i, c] - mean[j])
          for k in 0..<q { result.cross[j, k] += value * codes[i, k] }
          result.cross[j, q] += value
        }
      }
    }
    return result
  }
}
