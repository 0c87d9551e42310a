// The matrix product `@`, of vectors, matrices and batches of matrices, and transposition.

extension Tensor {
  /// The matrix product over the last axis of the left and the last but one of the right operand.
  ///
  /// A vector stands as a row on the left and as a column on the right, and that axis is dropped
  /// from the result: `(k,) @ (k,)` is a number, `(n, k) @ (k,)` a vector. Leading axes are
  /// batches and follow the broadcasting rule.
  public func matrixProduct(_ other: Tensor) throws -> Tensor {
    guard rank > 0, other.rank > 0 else {
      throw Failure(
        .shapes, "`@` multiplies vectors and matrices, and one side is a number",
        help: "write `*` for a product by a number")
    }
    let left = rank == 1 ? [1] + shape : shape
    let right = other.rank == 1 ? other.shape + [1] : other.shape
    let (n, k) = (left[left.count - 2], left[left.count - 1])
    let (inner, m) = (right[right.count - 2], right[right.count - 1])
    guard k == inner else {
      var helps: [String] = []
      if other.rank >= 2, m == k { helps.append("the right side transposed fits: `a @ b'`") }
      if rank >= 2, n == inner { helps.append("the left side transposed fits: `a' @ b`") }
      if helps.isEmpty {
        helps.append("the left side must have as many columns as the right side has rows")
      }
      throw Failure(
        .shapes,
        "cannot multiply shapes \(Shape.text(shape)) and \(Shape.text(other.shape)): "
          + "\(k) columns meet \(inner) rows", helps: helps)
    }
    let batch = try Shape.broadcast(Array(left.dropLast(2)), Array(right.dropLast(2)))
    let batches = try Shape.count(batch)
    _ = try Shape.count(batch + [n, m])
    let (a, b) = (values, other.values)
    let starts = Tensor.batchStarts(
      batch, Array(left.dropLast(2)), Array(right.dropLast(2)), count: batches)
    let result: [Double]
    if starts.count == 1, a.count == n * k, b.count == k * m {
      result = Tensor.multiply(a, b, n, k, m)
    } else {
      result = starts.flatMap { start in
        Tensor.multiply(
          Array(a[(start.0 * n * k)..<((start.0 + 1) * n * k)]),
          Array(b[(start.1 * k * m)..<((start.1 + 1) * k * m)]), n, k, m)
      }
    }
    var resultShape = batch
    if rank > 1 { resultShape.append(n) }
    if other.rank > 1 { resultShape.append(m) }
    return Tensor(shape: resultShape, result)
  }

  /// For every batch the numbers of the matrices it multiplies.
  private static func batchStarts(
    _ batch: [Int], _ left: [Int], _ right: [Int], count: Int
  ) -> [(Int, Int)] {
    if batch.isEmpty { return [(0, 0)] }
    var starts: [(Int, Int)] = []
    starts.reserveCapacity(count)
    forEachRow(of: batch, left, right) { row in
      for i in 0..<row.length {
        starts.append((row.left + i * row.leftStride, row.right + i * row.rightStride))
      }
    }
    return starts
  }

  /// A·B for row-major A (n × k) and B (k × m).
  ///
  /// Small products stay here: loading the library takes longer than a thousand of them. The inner
  /// loop runs along rows of B and of the result, which are contiguous.
  private static func multiply(
    _ a: [Double], _ b: [Double], _ n: Int, _ k: Int, _ m: Int
  ) -> [Double] {
    if n * m > 1024 || k > 256 { return BLAS.product(a, b, rows: n, inner: k, columns: m) }
    var c = [Double](repeating: 0, count: n * m)
    for i in 0..<n {
      for p in 0..<k {
        let factor = a[i * k + p]
        for j in 0..<m { c[i * m + j] += factor * b[p * m + j] }
      }
    }
    return c
  }

  /// The last two axes exchanged; a vector or a number stays as it is.
  public func transposed() -> Tensor {
    guard rank >= 2 else { return self }
    var order = Array(0..<rank)
    order.swapAt(rank - 2, rank - 1)
    return permute(order)
  }

  /// The axes in another order: axis `order[i]` becomes axis `i`. Storage is kept.
  public func permuted(_ order: [Int]) throws -> Tensor {
    let axes = try order.map { try Shape.axis($0, of: shape, argument: "axes") }
    guard axes.sorted() == Array(0..<rank) else {
      throw Failure(
        .axis,
        "[\(order.map(String.init).joined(separator: ", "))] is not an order of the "
          + "\(rank) axes of shape \(Shape.text(shape))", argument: "axes",
        help: "name every axis once")
    }
    return permute(axes)
  }

  private func permute(_ order: [Int]) -> Tensor {
    let strides = Shape.strides(shape)
    let target = order.map { shape[$0] }
    return gathering(
      order.map { axis in (0..<shape[axis]).map { $0 * strides[axis] } }, shape: target)
  }
}
