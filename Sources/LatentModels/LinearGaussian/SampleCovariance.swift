// The mean and covariance of data: all that a linear Gaussian model learns from complete rows.
//
// With more columns than rows the covariance is kept as the centred rows, whose products cost less
// and whose Gram matrix has the same eigenvalues (20,000 genes of 100 patients need no 20,000²).

import CKernels
import Foundation
import LatentTensor

/// Moments of weighted rows, dividing by the total weight.
struct SampleCovariance: Sendable {
  enum Form: Sendable {
    case dense(Matrix)
    /// The centred rows over √N times √weight, so that S = RᵀR.
    case rows(Matrix)
  }

  /// Σ w.
  var weight: Double
  var mean: [Double]
  var form: Form

  var columns: Int { mean.count }

  /// Nil when the sum of a column is not a finite number. At least one weight must be positive.
  init?(finite x: Tensor, weights: [Double]?) throws {
    let (n, d) = (x.shape[0], x.shape[1])
    let weight = weights.map { $0.reduce(0, +) } ?? Double(n)
    self.weight = weight
    if n < d {
      let values = x.values
      var mean = [Double](repeating: 0, count: d)
      for i in 0..<n where weights?[i] != 0 {
        let share = (weights?[i] ?? 1) / weight
        for j in 0..<d { mean[j] += share * values[i * d + j] }
      }
      var rows = Matrix(zeros: n, d)
      for i in 0..<n where weights?[i] != 0 {
        let root = ((weights?[i] ?? 1) / weight).squareRoot()
        for j in 0..<d { rows[i, j] = root * (values[i * d + j] - mean[j]) }
      }
      guard mean.allSatisfy(\.isFinite) else { return nil }
      self.mean = mean
      form = .rows(rows)
      return
    }
    guard d <= 20_000 else {
      throw Failure(
        "L427", "the covariance of \(d) columns; at most 20000 are taken", argument: "data")
    }
    guard
      let (mean, scatter) = SampleCovariance.moments(x, weights: weights, total: weight),
      scatter.elements.allSatisfy(\.isFinite)
    else { return nil }
    self.mean = mean
    form = .dense(scatter)
  }

  init(weight: Double, mean: [Double], covariance: Matrix) {
    self.weight = weight
    self.mean = mean
    form = .dense(covariance)
  }

  /// Two passes over the data in place, whatever their element type, on all threads.
  private static func moments(
    _ x: Tensor, weights: [Double]?, total: Double
  ) -> (mean: [Double], covariance: Matrix)? {
    let (n, d) = (x.shape[0], x.shape[1])
    var mean = [Double](repeating: 0, count: d)
    var partial = [Double](repeating: 0, count: Int(CK_MOMENT_PARTS) * d)
    var block = [Double](repeating: 0, count: min(n, Int(CK_MOMENT_ROWS)) * d)
    var scatter = [Double](repeating: 0, count: d * d)
    func run(_ kind: ck_source_kind, _ scale: Double, _ source: UnsafeRawPointer?) {
      var job = ck_moments()
      job.source_kind = Int32(kind.rawValue)
      job.scale = scale
      job.source = source
      (job.rows, job.cols) = (Int64(n), Int64(d))
      func passes(_ weights: UnsafePointer<Double>?) {
        job.weights = weights
        partial.withUnsafeMutableBufferPointer {
          job.partial = $0.baseAddress
          ck_column_sums(&job)
        }
        for part in 0..<Int(CK_MOMENT_PARTS) {
          for j in 0..<d { mean[j] += partial[part * d + j] }
        }
        for j in 0..<d { mean[j] /= total }
        guard mean.allSatisfy(\.isFinite) else { return }
        mean.withUnsafeBufferPointer { mean in
          block.withUnsafeMutableBufferPointer { block in
            scatter.withUnsafeMutableBufferPointer { scatter in
              job.mean = mean.baseAddress
              job.block = block.baseAddress
              job.out = scatter.baseAddress
              ck_scatter(&job)
            }
          }
        }
      }
      if let weights {
        weights.withUnsafeBufferPointer { passes($0.baseAddress) }
      } else {
        passes(nil)
      }
    }
    switch x.storage {
    case .float64(let values):
      values.withUnsafeBytes { run(CK_SOURCE_FLOAT64, 1, $0.baseAddress) }
    case .float32(let values):
      values.withUnsafeBytes { run(CK_SOURCE_FLOAT32, 1, $0.baseAddress) }
    case .bytes(let values, let scale):
      values.withUnsafeBytes { run(CK_SOURCE_BYTES, scale, $0.baseAddress) }
    case .mask(let values):
      values.withUnsafeBytes { run(CK_SOURCE_BYTES, 1, $0.baseAddress) }
    }
    guard mean.allSatisfy(\.isFinite) else { return nil }
    // The kernel fills the upper triangle.
    for i in 0..<d {
      for j in 0...i {
        let value = scatter[j * d + i] / total
        scatter[i * d + j] = value
        scatter[j * d + i] = value
      }
    }
    return (mean, Matrix(d, d, scatter))
  }

  // MARK: What is asked of it

  var variances: [Double] {
    switch form {
    case .dense(let s): return s.diagonal
    case .rows(let r):
      var sums = [Double](repeating: 0, count: r.columns)
      for i in 0..<r.rows { for j in 0..<r.columns { sums[j] += r[i, j] * r[i, j] } }
      return sums
    }
  }

  /// S·B.
  func times(_ other: Matrix) -> Matrix {
    switch form {
    case .dense(let s): s.times(other)
    case .rows(let r): r.times(r.times(other), transposed: true)
    }
  }

  /// diag(f)·S·diag(f).
  func scaled(by factors: [Double]) -> SampleCovariance {
    var copy = self
    switch form {
    case .dense(let s):
      copy.form = .dense(s.scalingRows(by: factors).scalingColumns(by: factors))
    case .rows(let r): copy.form = .rows(r.scalingColumns(by: factors))
    }
    return copy
  }

  /// The largest eigenvalues, descending, and their vectors as columns; fewer than asked for when
  /// there are fewer rows.
  func leadingEigen(_ count: Int) throws -> (values: [Double], vectors: Matrix) {
    switch form {
    case .dense(let s): return try s.leadingEigen(count)
    case .rows(let r):
      let (values, left) = try r.times(r, with: true).leadingEigen(count)
      // R = U·D·Vᵀ: the vectors wanted are Rᵀ·u / √λ; those of λ = 0 contribute nothing.
      let top = values.first ?? 0
      let kept = values.prefix { $0 > top * 1e-14 }.count
      let scale = values.prefix(kept).map { 1 / $0.squareRoot() }
      let vectors = r.times(left.columns(0..<kept), transposed: true).scalingColumns(by: scale)
      return (Array(values.prefix(kept)), vectors)
    }
  }

  /// All eigenvalues, descending; those beyond the number of rows are 0.
  func spectrum() throws -> [Double] {
    switch form {
    case .dense(let s): return try s.spectrum().map { max($0, 0) }
    case .rows(let r):
      let values = try r.times(r, with: true).spectrum().map { max($0, 0) }
      return values + [Double](repeating: 0, count: columns - values.count)
    }
  }

  /// The whole matrix.
  var dense: Matrix {
    switch form {
    case .dense(let s): s
    case .rows(let r): r.times(r, transposed: true)
    }
  }
}
