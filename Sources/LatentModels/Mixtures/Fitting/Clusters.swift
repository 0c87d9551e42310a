// A first guess at finite latent variables of any model: which rows lie together.

import Foundation
import LatentTensor

/// Rows gathered about centres by one run of k-means on standardised columns.
public struct Clusters {
  /// The cluster of each row, from 0.
  public let labels: [Int]

  /// - Parameters:
  ///   - x: rows × columns, finite.
  ///   - seed: of the first centres; other seeds give other clusters.
  /// - Throws: `L530` where there are fewer distinct rows than clusters.
  public init(_ x: Tensor, count: Int, seed: UInt64) throws {
    let rows = x.shape.first ?? 0
    let columns = x.shape.dropFirst().reduce(1, *)
    var values = x.values
    for column in 0..<columns {
      let own = (0..<rows).map { values[$0 * columns + column] }
      let mean = own.reduce(0, +) / Double(max(rows, 1))
      let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(rows, 1))
      let scale = variance > 0 ? variance.squareRoot() : 1
      for row in 0..<rows { values[row * columns + column] = (own[row] - mean) / scale }
    }
    let data = MixtureData(values, rows: rows, columns: columns)
    var random = Philox(seed: seed, stream: 0xC105)
    let centers = try KMeans(
      data, components: count, scale: try DataScale(data, withCovariance: false), random: &random
    ).centers
    labels = (0..<rows).map { row in
      let distances = (0..<count).map { k in
        (0..<columns).reduce(0.0) { sum, column in
          let gap = values[row * columns + column] - centers[k * columns + column]
          return sum + gap * gap
        }
      }
      return distances.indices.min { distances[$0] < distances[$1] } ?? 0
    }
  }
}
