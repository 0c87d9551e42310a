// Rotation of loadings to a simple structure: each column of W with few large entries.

import Foundation
import LatentTensor

/// The rotation that maximises the variance of the squared loadings within columns (Kaiser, "The
/// varimax criterion for analytic rotation in factor analysis", 1958), by turning two columns at a
/// time through the angle that is best for them.
///
/// - Parameters:
///   - loadings: rows × factors.
///   - normalize: Kaiser's: every row weighs the same, whatever its length.
/// - Returns: the turned loadings and the orthogonal R with turned = loadings · R.
public func varimax(
  _ loadings: Matrix, normalize: Bool = true
) -> (loadings: Matrix, rotation: Matrix) {
  let (d, q) = (loadings.rows, loadings.columns)
  let lengths = (0..<d).map { i in
    loadings.row(i).reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
  var turned = loadings
  if normalize { turned = turned.scalingRows(by: lengths.map { $0 > 0 ? 1 / $0 : 1 }) }
  var rotation = Matrix(identity: q)
  func turn(_ matrix: inout Matrix, _ a: Int, _ b: Int, _ angle: Double) {
    let (c, s) = (cos(angle), sin(angle))
    for i in 0..<matrix.rows {
      let (x, y) = (matrix[i, a], matrix[i, b])
      matrix[i, a] = c * x + s * y
      matrix[i, b] = c * y - s * x
    }
  }
  for _ in 0..<500 {
    var largest = 0.0
    for a in 0..<q {
      for b in (a + 1)..<max(q, a + 1) {
        // With u = x² − y² and v = 2xy, the criterion of the pair is a cosine of four times the
        // angle.
        var (u, v, uu, uv) = (0.0, 0.0, 0.0, 0.0)
        for i in 0..<d {
          let (x, y) = (turned[i, a], turned[i, b])
          let (p, r) = (x * x - y * y, 2 * x * y)
          u += p
          v += r
          uu += p * p - r * r
          uv += 2 * p * r
        }
        let n = Double(max(d, 1))
        let angle = atan2(uv - 2 * u * v / n, uu - (u * u - v * v) / n) / 4
        turn(&turned, a, b, angle)
        turn(&rotation, a, b, angle)
        largest = max(largest, abs(angle))
      }
    }
    if largest < 1e-12 { break }
  }
  if normalize { turned = turned.scalingRows(by: lengths.map { $0 > 0 ? $0 : 1 }) }
  // The longest factor first, the largest entry of each positive.
  let sizes = (0..<q).map { k in (0..<d).reduce(0) { $0 + turned[$1, k] * turned[$1, k] } }
  let order = (0..<q).sorted { (sizes[$0], $1) > (sizes[$1], $0) }
  let signs = order.map { k in
    ((0..<d).map { turned[$0, k] }.max { abs($0) < abs($1) } ?? 1) < 0 ? -1.0 : 1
  }
  func arranged(_ m: Matrix) -> Matrix {
    Matrix(
      m.rows, q, (0..<m.rows).flatMap { i in order.indices.map { m[i, order[$0]] * signs[$0] } })
  }
  return (arranged(turned), arranged(rotation))
}
