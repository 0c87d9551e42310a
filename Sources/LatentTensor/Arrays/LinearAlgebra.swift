// Factorisations and what follows from them, by LAPACK.
//
// LAPACK is column-major. Symmetric matrices do not notice; the others are transposed on the way
// in and out. Signs of eigenvectors and singular vectors are a library's whim, so they are fixed:
// the largest component of each is positive.

import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The codes of failed factorisations, with what each of them means.
public enum LinearAlgebraFailure: String, CaseIterable, Sendable {
  case singular = "L620"
  case notPositiveDefinite = "L621"
  case notSymmetric = "L622"
  case notFinite = "L623"
  case noConvergence = "L624"
  case noLibrary = "L625"

  /// One line for the reference.
  public var meaning: String {
    switch self {
    case .singular: "the matrix is singular"
    case .notPositiveDefinite: "the matrix is not positive definite"
    case .notSymmetric: "the matrix is not symmetric"
    case .notFinite: "the matrix holds nan or inf"
    case .noConvergence: "the factorisation did not converge"
    case .noLibrary: "no LAPACK is installed"
    }
  }
}

extension Tensor {
  /// The lower triangular L with positive diagonal and A = L·Lᵀ; leading axes are batches.
  ///
  /// - Throws: `L622` unless A is symmetric, `L621` unless it is positive definite.
  public func cholesky() throws -> Tensor {
    try eachMatrix { matrix in
      let n = try matrix.requireSymmetric()
      var factor = matrix.values
      var (size, info) = (Int32(n), Int32(0))
      // The upper triangle of a column-major matrix is the lower one of ours.
      try library(ck_blas().pointee.dpotrf)("U", &size, &factor, &size, &info, 1)
      guard info == 0 else {
        throw failure(
          .notPositiveDefinite,
          "the matrix is not positive definite: its leading \(info) × \(info) part is not",
          help: "covariances need d + 1 points or a ridge such as `a + 1e-6 * eye(\(n))`")
      }
      for i in 0..<n { for j in (i + 1)..<Swift.max(n, i + 1) { factor[i * n + j] = 0 } }
      return Tensor(shape: [n, n], factor)
    }
  }

  /// The X with A·X = B, for a vector or a matrix B.
  ///
  /// - Throws: `L620` when A is singular to working precision.
  public func solving(_ right: Tensor) throws -> Tensor {
    let n = try requireSquare()
    guard rank == 2, right.rank == 1 || right.rank == 2, right.shape[0] == n else {
      throw Failure(
        .shapes,
        "a system of shape \(Shape.text(shape)) and a right side of shape "
          + Shape.text(right.shape), argument: "b",
        help: "the right side has \(n) rows")
    }
    try right.requireFinite("b")
    let columns = right.rank == 2 ? right.shape[1] : 1
    try requireRoom(columns, n)
    if n == 0 || columns == 0 { return Tensor(shape: right.shape, right.values) }
    var factor = transposed().values
    var solution = right.rank == 2 ? right.transposed().values : right.values
    var pivots = [Int32](repeating: 0, count: n)
    var (size, count, info) = (Int32(n), Int32(clamping: columns), Int32(0))
    try library(ck_blas().pointee.dgesv)(
      &size, &count, &factor, &size, &pivots, &solution, &size, &info)
    // A pivot that is all rounding, measured against its column, is a zero pivot.
    let columnSizes = try mapping { abs($0) }.maximum(axis: 0)
    let zeroPivot = (0..<n).first { i in
      abs(factor[i * (n + 1)]) <= columnSizes[flat: i] * Double(n) * .ulpOfOne
    }
    if let zeroPivot {
      throw failure(
        .singular,
        "the matrix is singular to working precision: column \(zeroPivot) depends on those before",
        help: "leave dependent columns out, or add a ridge such as `1e-6 * eye(\(n))`")
    }
    if right.rank == 1 { return Tensor(shape: [n], solution) }
    return Tensor(shape: [columns, n], solution).transposed()
  }

  /// The inverse; leading axes are batches. To solve systems, `solving` is faster and more exact.
  public func inverse() throws -> Tensor {
    try eachMatrix { try $0.solving(try Tensor.eye(try $0.requireSquare())) }
  }

  /// The determinant; leading axes are batches.
  public func determinant() throws -> Tensor {
    try eachMatrix { matrix in
      let (sign, pivots) = try matrix.signAndPivots()
      return Tensor(sign * pivots.reduce(1, *))
    }
  }

  /// log det, without overflow: nan where the determinant is negative, −inf where it is 0.
  public func logDeterminant() throws -> Tensor {
    try eachMatrix { matrix in
      let (sign, pivots) = try matrix.signAndPivots()
      if pivots.contains(0) { return Tensor(-.infinity) }
      if sign < 0 { return Tensor(.nan) }
      return try Tensor(pivots).mapping { log($0) }.sum()
    }
  }

  /// The sign of the determinant and the sizes of the pivots, whose product is its size.
  private func signAndPivots() throws -> (sign: Double, pivots: [Double]) {
    let n = try requireSquare()
    if n == 0 { return (1, []) }
    var factor = values
    var pivots = [Int32](repeating: 0, count: n)
    var (size, info) = (Int32(n), Int32(0))
    try library(ck_blas().pointee.dgetrf)(&size, &size, &factor, &size, &pivots, &info)
    var sign = 1.0
    let diagonal = (0..<n).map { i in
      if Int(pivots[i]) != i + 1 { sign = -sign }
      let pivot = factor[i * (n + 1)]
      if pivot < 0 { sign = -sign }
      return abs(pivot)
    }
    return (sign, diagonal)
  }

  /// Eigenvalues in ascending order and orthonormal eigenvectors as columns of a symmetric matrix.
  public func symmetricEigen() throws -> (values: Tensor, vectors: Tensor) {
    guard rank == 2 else { throw notAMatrix() }
    let n = try requireSymmetric()
    if n == 0 { return (Tensor([Double]()), Tensor(shape: [0, 0], [Double]())) }
    var vectors = values
    var eigenvalues = [Double](repeating: 0, count: n)
    var (size, info, lwork, liwork) = (Int32(n), Int32(0), Int32(-1), Int32(-1))
    var (work, iwork) = ([0.0], [Int32(0)])
    let dsyevd = try library(ck_blas().pointee.dsyevd)
    // The first call asks how much room the second one wants.
    for _ in 0..<2 {
      dsyevd(
        "V", "U", &size, &vectors, &size, &eigenvalues, &work, &lwork, &iwork, &liwork, &info, 1,
        1)
      if lwork > 0 { break }
      (lwork, liwork) = (Int32(work[0]), iwork[0])
      work = [Double](repeating: 0, count: Int(lwork))
      iwork = [Int32](repeating: 0, count: Int(liwork))
    }
    guard info == 0 else { throw failure(.noConvergence, "the eigenvalues did not converge") }
    // Column-major columns are our rows.
    let rows = Tensor(shape: [n, n], vectors)
    let signs = try rows.signsOfLargest()
    return (
      Tensor(eigenvalues), try Tensor.elementwise(.multiply, rows, signs).transposed()
    )
  }

  /// The thin decomposition A = U·diag(s)·Vᵀ with s ≥ 0 descending.
  public func singularValues() throws -> (u: Tensor, s: Tensor, v: Tensor) {
    guard rank == 2 else { throw notAMatrix() }
    try requireFinite("a")
    let (m, n) = (shape[0], shape[1])
    let k = Swift.min(m, n)
    try requireRoom(Swift.max(m, n), k)
    if k == 0 {
      return (
        try Tensor.zeros([m, 0]), Tensor([Double]()), try Tensor.zeros([n, 0])
      )
    }
    // Column-major our A is Aᵀ = V·diag(s)·Uᵀ: what LAPACK calls U is our V.
    var matrix = values
    var s = [Double](repeating: 0, count: k)
    var left = [Double](repeating: 0, count: n * k)
    var right = [Double](repeating: 0, count: k * m)
    var (rows, columns, size, info, lwork) = (Int32(n), Int32(m), Int32(k), Int32(0), Int32(-1))
    var work = [0.0]
    var iwork = [Int32](repeating: 0, count: 8 * k)
    let dgesdd = try library(ck_blas().pointee.dgesdd)
    for _ in 0..<2 {
      dgesdd(
        "S", &rows, &columns, &matrix, &rows, &s, &left, &rows, &right, &size, &work, &lwork,
        &iwork, &info, 1)
      if lwork > 0 { break }
      lwork = Int32(work[0])
      work = [Double](repeating: 0, count: Int(lwork))
    }
    guard info == 0 else { throw failure(.noConvergence, "the singular values did not converge") }
    let vectors = Tensor(shape: [k, n], left)
    let signs = try vectors.signsOfLargest()
    let v = try Tensor.elementwise(.multiply, vectors, signs).transposed()
    // `right` is k × m in columns, hence m × k in rows.
    let u = try Tensor.elementwise(
      .multiply, Tensor(shape: [m, k], right), signs.reshaped([1, k]))
    return (u, Tensor(s), v)
  }

  /// ±1 for every row, the sign of its largest component, as a column.
  private func signsOfLargest() throws -> Tensor {
    let places = try mapping { abs($0) }.argmax(axis: 1)
    return Tensor(
      shape: [shape[0], 1],
      (0..<shape[0]).map { row in
        self[flat: row * shape[1] + Int(places[flat: row])] < 0 ? -1 : 1.0
      })
  }

  // MARK: - Requirements

  /// Applies `body` to the matrices of a batch and stacks the results.
  private func eachMatrix(_ body: (Tensor) throws -> Tensor) throws -> Tensor {
    guard rank >= 2 else { throw notAMatrix() }
    if rank == 2 { return try body(self) }
    _ = try Shape.count(shape)  // limits the depth
    guard shape[0] > 0 else { return self }
    return try Tensor.stack((0..<shape[0]).map { try row($0).eachMatrix(body) })
  }

  private func notAMatrix() -> Failure {
    Failure(
      .shapes, "a matrix is needed, and the shape is \(Shape.text(shape))", argument: "a",
      help: "`reshape(x, [-1, 1])` makes one column of a vector, `reshape(x, [1, -1])` one row")
  }

  private func requireSquare() throws -> Int {
    guard rank == 2, shape[0] == shape[1] else {
      throw Failure(
        .shapes, "a square matrix is needed, and the shape is \(Shape.text(shape))",
        argument: "a", help: "take as many rows as columns: `a[..<n, ..<n]`")
    }
    try requireFinite("a")
    try requireRoom(shape[0], shape[0])
    return shape[0]
  }

  private func requireSymmetric() throws -> Int {
    let n = try requireSquare()
    let elements = values
    let scale = elements.reduce(0) { Swift.max($0, abs($1)) }
    for i in 0..<n {
      for j in 0..<i where abs(elements[i * n + j] - elements[j * n + i]) > 1e-8 * scale {
        throw failure(
          .notSymmetric,
          "the matrix is not symmetric: element (\(i), \(j)) is "
            + "\(NumberText.shortest(elements[i * n + j])), (\(j), \(i)) is "
            + NumberText.shortest(elements[j * n + i]),
          help: "make it so by `(a + a') / 2`")
      }
    }
    return n
  }

  private func requireFinite(_ argument: String) throws {
    guard let place = values.firstIndex(where: { !$0.isFinite }) else { return }
    throw Failure(
      LinearAlgebraFailure.notFinite.rawValue,
      "element \(place) of the matrix is \(NumberText.shortest(self[flat: place]))",
      argument: argument,
      help: "leave out what is not finite: `a[all(isfinite(a), axis: 1)]` are the finite rows")
  }

  /// LAPACK counts its work space in 32 bits.
  private func requireRoom(_ n: Int, _ k: Int) throws {
    guard n <= 1 << 30, k <= 20_000 else {
      throw Failure(
        .tooLarge, "a factorisation of a matrix of shape \(Shape.text(shape))", argument: "a")
    }
  }

  private func failure(
    _ kind: LinearAlgebraFailure, _ message: String, help: String? = nil
  ) -> Failure {
    Failure(kind.rawValue, message, argument: "a", helps: help.map { [$0] } ?? [])
  }

  private func library<Function>(_ function: Function?) throws -> Function {
    guard let function else {
      throw failure(
        .noLibrary, "no LAPACK was found on this machine",
        help: "install it: apt-get install libopenblas0-pthread")
    }
    return function
  }
}
