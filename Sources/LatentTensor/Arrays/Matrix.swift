// Matrices of the classical models: float64, row-major, with the products and factorisations EM
// needs. `Tensor` is what the language sees; this is what numerical code of our own computes with,
// so sizes are the caller's to get right.

import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A dense matrix.
public struct Matrix: Sendable, Equatable {
  public let rows: Int
  public let columns: Int
  /// Row by row.
  public var elements: [Double]

  public init(_ rows: Int, _ columns: Int, _ elements: [Double]) {
    precondition(elements.count == rows * columns, "\(rows) × \(columns)")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  public init(zeros rows: Int, _ columns: Int) {
    self.init(rows, columns, [Double](repeating: 0, count: rows * columns))
  }

  public init(identity size: Int) {
    self.init(zeros: size, size)
    for i in 0..<size { self[i, i] = 1 }
  }

  public subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  public func row(_ row: Int) -> ArraySlice<Double> {
    elements[(row * columns)..<((row + 1) * columns)]
  }

  public var tensor: Tensor { Tensor(shape: [rows, columns], elements) }
  public var diagonal: [Double] { (0..<Swift.min(rows, columns)).map { self[$0, $0] } }
  public var trace: Double { diagonal.reduce(0, +) }

  public var transposed: Matrix {
    var result = Matrix(zeros: columns, rows)
    for i in 0..<rows { for j in 0..<columns { result[j, i] = self[i, j] } }
    return result
  }

  /// The columns in a range.
  public func columns(_ range: Range<Int>) -> Matrix {
    Matrix(
      rows, range.count,
      (0..<rows).flatMap {
        Array(row($0)[($0 * columns + range.lowerBound)..<($0 * columns + range.upperBound)])
      })
  }

  /// Row i times factor i.
  public func scalingRows(by factors: [Double]) -> Matrix {
    var result = self
    for i in 0..<rows { for j in 0..<columns { result[i, j] *= factors[i] } }
    return result
  }

  /// Column j times factor j.
  public func scalingColumns(by factors: [Double]) -> Matrix {
    var result = self
    for i in 0..<rows { for j in 0..<columns { result[i, j] *= factors[j] } }
    return result
  }

  public static func + (a: Matrix, b: Matrix) -> Matrix {
    Matrix(a.rows, a.columns, zip(a.elements, b.elements).map { $0 + $1 })
  }

  public static func - (a: Matrix, b: Matrix) -> Matrix {
    Matrix(a.rows, a.columns, zip(a.elements, b.elements).map { $0 - $1 })
  }

  public static func * (a: Matrix, b: Double) -> Matrix {
    Matrix(a.rows, a.columns, a.elements.map { $0 * b })
  }

  /// A·B, of either factor the transpose where asked.
  public func times(
    _ other: Matrix, transposed left: Bool = false, with right: Bool = false
  ) -> Matrix {
    let (m, k) = left ? (columns, rows) : (rows, columns)
    let (inner, n) = right ? (other.columns, other.rows) : (other.rows, other.columns)
    precondition(k == inner, "\(rows) × \(columns) times \(other.rows) × \(other.columns)")
    guard m > 0, n > 0, k > 0 else { return Matrix(zeros: m, n) }
    // Small products stay here: the library's overhead is that of a thousand multiplications.
    guard m * n * k > 4096, let dgemm = ck_blas().pointee.dgemm else {
      return smallProduct(other, left, right, m, k, n)
    }
    var result = Matrix(zeros: m, n)
    // Row-major C = A·B is column-major Cᵀ = Bᵀ·Aᵀ.
    var (width, height, depth) = (Int32(clamping: n), Int32(clamping: m), Int32(clamping: k))
    var (stride, otherStride) = (Int32(clamping: columns), Int32(clamping: other.columns))
    var (one, zero) = (1.0, 0.0)
    result.elements.withUnsafeMutableBufferPointer { c in
      elements.withUnsafeBufferPointer { a in
        other.elements.withUnsafeBufferPointer { b in
          dgemm(
            right ? "T" : "N", left ? "T" : "N", &width, &height, &depth, &one, b.baseAddress,
            &otherStride, a.baseAddress, &stride, &zero, c.baseAddress, &width, 1, 1)
        }
      }
    }
    return result
  }

  private func smallProduct(
    _ other: Matrix, _ left: Bool, _ right: Bool, _ m: Int, _ k: Int, _ n: Int
  ) -> Matrix {
    var result = Matrix(zeros: m, n)
    for i in 0..<m {
      for p in 0..<k {
        let factor = left ? self[p, i] : self[i, p]
        for j in 0..<n { result[i, j] += factor * (right ? other[j, p] : other[p, j]) }
      }
    }
    return result
  }

  // MARK: Eigenvalues

  /// The largest `count` eigenvalues of this symmetric matrix, descending, with their orthonormal
  /// vectors as columns (of each the largest component positive).
  public func leadingEigen(_ count: Int) throws -> (values: [Double], vectors: Matrix) {
    let n = rows
    let count = Swift.min(count, n)
    guard count > 0 else { return ([], Matrix(zeros: n, 0)) }
    let (values, vectors) = try eigenRange(n - count + 1, n, vectors: true)
    var result = Matrix(zeros: n, count)
    for k in 0..<count {
      let column = vectors[((count - 1 - k) * n)..<((count - k) * n)]
      let top = column.max { abs($0) < abs($1) } ?? 1
      for (i, value) in column.enumerated() { result[i, k] = top < 0 ? -value : value }
    }
    return (values.reversed(), result)
  }

  /// All eigenvalues of this symmetric matrix, descending.
  public func spectrum() throws -> [Double] {
    rows == 0 ? [] : try eigenRange(1, rows, vectors: false).values.reversed()
  }

  /// By dsyevr: only the tridiagonal form costs n³, what is asked for by range costs little more.
  private func eigenRange(
    _ first: Int, _ last: Int, vectors: Bool
  ) throws -> (values: [Double], vectors: [Double]) {
    guard let dsyevr = ck_blas().pointee.dsyevr else {
      throw Failure(
        LinearAlgebraFailure.noLibrary.rawValue, "no LAPACK was found on this machine",
        help: "install it: apt-get install libopenblas0-pthread")
    }
    guard rows <= 20_000 else {
      throw Failure(
        .tooLarge, "the eigenvalues of a matrix of \(rows) rows; at most 20000 are taken")
    }
    let count = last - first + 1
    var (n, found, info) = (Int32(rows), Int32(0), Int32(0))
    var (low, high) = (Int32(first), Int32(last))
    var (lower, upper, tolerance) = (0.0, 0.0, 0.0)
    var matrix = elements
    var values = [Double](repeating: 0, count: rows)
    var columns = [Double](repeating: 0, count: vectors ? rows * count : 1)
    var support = [Int32](repeating: 0, count: 2 * Swift.max(count, 1))
    var (work, integers) = ([0.0], [Int32(0)])
    var (room, integerRoom) = (Int32(-1), Int32(-1))
    for _ in 0..<2 {
      dsyevr(
        vectors ? "V" : "N", count == rows ? "A" : "I", "U", &n, &matrix, &n, &lower, &upper,
        &low, &high, &tolerance, &found, &values, &columns, &n, &support, &work, &room,
        &integers, &integerRoom, &info, 1, 1, 1)
      if room > 0 { break }
      (room, integerRoom) = (Int32(work[0]), integers[0])
      work = [Double](repeating: 0, count: Int(room))
      integers = [Int32](repeating: 0, count: Int(integerRoom))
    }
    guard info == 0, Int(found) == count, values.prefix(count).allSatisfy(\.isFinite) else {
      throw Failure(
        LinearAlgebraFailure.noConvergence.rawValue, "the eigenvalues did not converge")
    }
    return (Array(values.prefix(count)), columns)
  }
}
