// Reductions to one number per lane: of all elements, or along an axis.
//
// Sums are pairwise: the error grows with log n instead of n, at the cost of a plain loop, since
// blocks of 128 are added up directly. Variances are centred in two passes, and the sum of the
// deviations, zero but for rounding, corrects the rest (Chan, Golub & LeVeque 1983, eq. 1.7).

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Sums and moments of a contiguous run of numbers.
public enum Summation {
  /// Pairwise sum of `term(x)` over a buffer.
  @inlinable
  public static func sum(
    _ elements: UnsafeBufferPointer<Double>, _ term: (Double) -> Double
  ) -> Double {
    if elements.count <= 128 {
      // Four accumulators: a single one would wait four cycles for every addition.
      var (a, b, c, d) = (0.0, 0.0, 0.0, 0.0)
      var i = 0
      while i + 4 <= elements.count {
        a += term(elements[i])
        b += term(elements[i + 1])
        c += term(elements[i + 2])
        d += term(elements[i + 3])
        i += 4
      }
      while i < elements.count {
        a += term(elements[i])
        i += 1
      }
      return (a + b) + (c + d)
    }
    let half = elements.count / 2
    return sum(UnsafeBufferPointer(rebasing: elements[..<half]), term)
      + sum(UnsafeBufferPointer(rebasing: elements[half...]), term)
  }

  @inlinable
  public static func sum(_ elements: UnsafeBufferPointer<Double>) -> Double {
    sum(elements) { $0 }
  }

  public static func variance(
    _ elements: UnsafeBufferPointer<Double>, correction: Double = 0
  ) -> Double {
    let n = Double(elements.count)
    let mean = sum(elements) / n
    let squares = sum(elements) { ($0 - mean) * ($0 - mean) }
    let residue = sum(elements) { $0 - mean }
    return (squares - residue * residue / n) / (n - correction)
  }

  /// log Σ exp(x), without overflow: the largest term is taken out.
  public static func logSumExp(_ elements: UnsafeBufferPointer<Double>) -> Double {
    var largest = -Double.infinity
    for x in elements {
      if x.isNaN { return x }
      largest = max(largest, x)
    }
    guard largest.isFinite else { return largest }
    return largest + log(sum(elements) { exp($0 - largest) })
  }

  /// √Σx², scaled by the largest element when the squares leave the range of numbers.
  public static func norm(_ elements: UnsafeBufferPointer<Double>) -> Double {
    let squares = sum(elements) { $0 * $0 }
    if squares.isFinite, squares > 1e-280 { return squares.squareRoot() }
    var largest = 0.0
    for x in elements {
      if x.isNaN { return x }
      largest = max(largest, abs(x))
    }
    guard largest > 0, largest.isFinite else { return largest }
    return largest * sum(elements) { ($0 / largest) * ($0 / largest) }.squareRoot()
  }
}

extension Tensor {
  /// The sum; 0 for no elements.
  public func sum(axis: Int? = nil, keep: Bool = false) throws -> Tensor {
    try reduced(axis: axis, keep: keep) { Summation.sum(UnsafeBufferPointer($0)) }
  }

  /// The product; 1 for no elements.
  public func prod(axis: Int? = nil, keep: Bool = false) throws -> Tensor {
    try reduced(axis: axis, keep: keep) { $0.reduce(1, *) }
  }

  public func mean(axis: Int? = nil, keep: Bool = false) throws -> Tensor {
    try requireElements("mean", axis: axis)
    return try reduced(axis: axis, keep: keep) {
      Summation.sum(UnsafeBufferPointer($0)) / Double($0.count)
    }
  }

  /// Mean squared deviation, Σ(x − x̄)² / (n − correction).
  public func variance(
    axis: Int? = nil, keep: Bool = false, correction: Double = 0
  ) throws -> Tensor {
    let layout = try LaneLayout(self, axis: axis, keep: keep)
    try requireElements("var", axis: axis)
    guard correction < Double(layout.length) || layout.outer * layout.inner == 0 else {
      throw Failure(
        .domain,
        "a variance of \(layout.length) numbers cannot divide by n − "
          + NumberText.shortest(correction), argument: "correction",
        help: "the correction must be below the number of elements")
    }
    return try reduced(axis: axis, keep: keep) {
      Summation.variance(UnsafeBufferPointer($0), correction: correction)
    }
  }

  /// The square root of `variance`.
  public func standardDeviation(
    axis: Int? = nil, keep: Bool = false, correction: Double = 0
  ) throws -> Tensor {
    try variance(axis: axis, keep: keep, correction: correction).mapping { $0.squareRoot() }
  }

  /// The smallest element; nan if there is one.
  public func minimum(axis: Int? = nil, keep: Bool = false) throws -> Tensor {
    try requireElements("min", axis: axis)
    return try reduced(axis: axis, keep: keep) { $0[Tensor.extremum($0, <)] }
  }

  /// The largest element; nan if there is one.
  public func maximum(axis: Int? = nil, keep: Bool = false) throws -> Tensor {
    try requireElements("max", axis: axis)
    return try reduced(axis: axis, keep: keep) { $0[Tensor.extremum($0, >)] }
  }

  /// The position of the first smallest element, in row-major order if no axis is given.
  public func argmin(axis: Int? = nil, keep: Bool = false) throws -> Tensor {
    try requireElements("argmin", axis: axis)
    return try reduced(axis: axis, keep: keep) { Double(Tensor.extremum($0, <)) }
  }

  /// The position of the first largest element, in row-major order if no axis is given.
  public func argmax(axis: Int? = nil, keep: Bool = false) throws -> Tensor {
    try requireElements("argmax", axis: axis)
    return try reduced(axis: axis, keep: keep) { Double(Tensor.extremum($0, >)) }
  }

  /// The position of the first element that none comes before, or of the first nan.
  private static func extremum(
    _ elements: UnsafeMutableBufferPointer<Double>, _ comesBefore: (Double, Double) -> Bool
  ) -> Int {
    var best = 0
    for (position, element) in elements.enumerated() {
      if element.isNaN { return position }
      if comesBefore(element, elements[best]) { best = position }
    }
    return best
  }

  /// Whether any element is not 0.
  public func any(axis: Int? = nil, keep: Bool = false) throws -> Tensor {
    try reduced(axis: axis, keep: keep) { $0.contains { $0 != 0 } ? 1 : 0 }
      .mask { $0 != 0 }
  }

  /// Whether no element is 0.
  public func all(axis: Int? = nil, keep: Bool = false) throws -> Tensor {
    try reduced(axis: axis, keep: keep) { $0.contains(0) ? 0 : 1 }.mask { $0 != 0 }
  }

  /// The Euclidean norm √Σx².
  public func norm(axis: Int? = nil, keep: Bool = false) throws -> Tensor {
    try reduced(axis: axis, keep: keep) { Summation.norm(UnsafeBufferPointer($0)) }
  }

  /// log Σ exp(x); −inf for no elements.
  public func logSumExp(axis: Int? = nil, keep: Bool = false) throws -> Tensor {
    try reduced(axis: axis, keep: keep) { Summation.logSumExp(UnsafeBufferPointer($0)) }
  }

  /// log of the mean of exp(x).
  public func logMeanExp(axis: Int? = nil, keep: Bool = false) throws -> Tensor {
    try requireElements("logmeanexp", axis: axis)
    return try reduced(axis: axis, keep: keep) {
      Summation.logSumExp(UnsafeBufferPointer($0)) - log(Double($0.count))
    }
  }

  /// exp(x) / Σ exp(x) along an axis, the last one by default.
  public func softmax(axis: Int = -1) throws -> Tensor {
    if isScalar { return Tensor(1) }
    return try transformed(axis: axis) { lane in
      guard let largest = lane.max() else { return }
      for i in lane.indices { lane[i] = exp(lane[i] - largest) }
      // Dividing by the sum keeps rows at 1 within rounding where |x| is large; exp(x − lse) does
      // not.
      let total = Summation.sum(UnsafeBufferPointer(lane))
      for i in lane.indices { lane[i] /= total }
    }
  }

  /// Running sums along an axis; of all elements as one vector if none is given.
  public func cumulativeSum(axis: Int? = nil) throws -> Tensor {
    guard let axis else { return try flattened().cumulativeSum(axis: 0) }
    return try transformed(axis: axis) { lane in
      // Neumaier's compensation carries the rounding errors along.
      var (total, carry) = (0.0, 0.0)
      for i in lane.indices {
        let x = lane[i]
        let next = total + x
        if next.isFinite { carry += abs(total) >= abs(x) ? (total - next) + x : (x - next) + total }
        total = next
        lane[i] = total + carry
      }
    }
  }
}
