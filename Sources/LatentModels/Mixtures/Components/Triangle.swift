// Lower triangular matrices packed by rows: element (i, j ≤ i) lies at i(i + 1)/2 + j. A covariance
// is kept as its Cholesky factor and a scatter matrix as its lower triangle, so that half of the
// numbers, and no inverse of a covariance, is ever formed.

import Foundation
import LatentTensor

/// Arithmetic of packed lower triangles of a size.
struct Triangle: Sendable {
  let size: Int

  var count: Int { size * (size + 1) / 2 }

  static func start(_ row: Int) -> Int { row * (row + 1) / 2 }

  func diagonal(_ elements: [Double]) -> [Double] {
    (0..<size).map { elements[Triangle.start($0) + $0] }
  }

  func diagonal(of values: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: count)
    for i in 0..<size { result[Triangle.start(i) + i] = values[i] }
    return result
  }

  /// Σ log Lᵢᵢ.
  func logDeterminant(_ factor: [Double]) -> Double {
    diagonal(factor).reduce(0) { $0 + log($1) }
  }

  /// The Cholesky factor of a symmetric matrix; nil unless it is positive definite.
  func cholesky(_ matrix: [Double]) -> [Double]? {
    var factor = matrix
    let isPositive = factor.withUnsafeMutableBufferPointer { l in
      for i in 0..<size {
        let row = Triangle.start(i)
        for j in 0...i {
          let other = Triangle.start(j)
          var sum = l[row + j]
          for k in 0..<j { sum -= l[row + k] * l[other + k] }
          if i == j {
            guard sum > 0, sum.isFinite else { return false }
            l[row + i] = sum.squareRoot()
          } else {
            l[row + j] = sum / l[other + j]
          }
        }
      }
      return true
    }
    return isPositive ? factor : nil
  }

  /// L⁻¹, row by row by forward substitution.
  func inverse(_ factor: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: count)
    result.withUnsafeMutableBufferPointer { r in
      factor.withUnsafeBufferPointer { l in
        for i in 0..<size {
          let row = Triangle.start(i)
          let pivot = l[row + i]
          r[row + i] = 1 / pivot
          // Row i of L·R = I: R(i, j) = −Σ_{j ≤ k < i} L(i, k) R(k, j) / L(i, i).
          for k in 0..<i {
            let factor = l[row + k]
            if factor == 0 { continue }
            let other = Triangle.start(k)
            for j in 0...k { r[row + j] -= factor * r[other + j] }
          }
          for j in 0..<i { r[row + j] /= pivot }
        }
      }
    }
    return result
  }

  /// The product of two lower triangles.
  func product(_ a: [Double], _ b: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: count)
    result.withUnsafeMutableBufferPointer { r in
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          for i in 0..<size {
            let row = Triangle.start(i)
            for k in 0...i {
              let factor = a[row + k]
              if factor == 0 { continue }
              let other = Triangle.start(k)
              for j in 0...k { r[row + j] += factor * b[other + j] }
            }
          }
        }
      }
    }
    return result
  }

  /// The lower triangle of L·Lᵀ.
  func square(_ factor: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: count)
    result.withUnsafeMutableBufferPointer { r in
      factor.withUnsafeBufferPointer { l in
        for i in 0..<size {
          for j in 0...i {
            let (row, other) = (Triangle.start(i), Triangle.start(j))
            var sum = 0.0
            for k in 0...j { sum += l[row + k] * l[other + k] }
            r[row + j] = sum
          }
        }
      }
    }
    return result
  }

  /// The lower triangle of A S Aᵀ for lower triangular A and symmetric S.
  func congruence(_ a: [Double], _ s: [Double]) -> [Double] {
    let n = size
    let full = unpacked(s)
    var half = [Double](repeating: 0, count: n * n)  // A·S
    var result = [Double](repeating: 0, count: count)
    half.withUnsafeMutableBufferPointer { h in
      full.withUnsafeBufferPointer { f in
        a.withUnsafeBufferPointer { a in
          for i in 0..<n {
            for k in 0...i {
              let factor = a[Triangle.start(i) + k]
              if factor == 0 { continue }
              for j in 0..<n { h[i * n + j] += factor * f[k * n + j] }
            }
          }
          result.withUnsafeMutableBufferPointer { r in
            for i in 0..<n {
              for j in 0...i {
                var sum = 0.0
                for k in 0...j { sum += h[i * n + k] * a[Triangle.start(j) + k] }
                r[Triangle.start(i) + j] = sum
              }
            }
          }
        }
      }
    }
    return result
  }

  /// The sum of the squares of all elements: tr(L Lᵀ).
  func sumOfSquares(_ elements: [Double]) -> Double { elements.reduce(0) { $0 + $1 * $1 } }

  /// The symmetric matrix, row by row.
  func unpacked(_ lower: [Double]) -> [Double] {
    var full = [Double](repeating: 0, count: size * size)
    for i in 0..<size {
      for j in 0...i {
        full[i * size + j] = lower[Triangle.start(i) + j]
        full[j * size + i] = lower[Triangle.start(i) + j]
      }
    }
    return full
  }

  /// The lower triangle of a matrix given row by row.
  func packed(_ full: [Double]) -> [Double] {
    (0..<size).flatMap { i in full[(i * size)...(i * size + i)] }
  }

  /// Rows and columns chosen from a symmetric matrix.
  func selecting(_ chosen: [Int], from lower: [Double]) -> [Double] {
    chosen.indices.flatMap { i in
      (0...i).map { j in
        let (row, column) = (max(chosen[i], chosen[j]), min(chosen[i], chosen[j]))
        return lower[Triangle.start(row) + column]
      }
    }
  }
}
