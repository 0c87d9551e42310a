// How a node's values lie in memory: slices, reshapes and broadcasts cost nothing because they are
// only another way to read a buffer.

/// A strided reading of a buffer, in elements.
struct View: Hashable {
  enum Storage: Hashable {
    /// A buffer of the program's arena, by number.
    case buffer(Int)
    /// The model's flat parameter buffer.
    case parameters
    /// A constant, by its place among the program's constants.
    case constant(Int)
  }

  var storage: Storage
  var offset: Int
  var shape: [Int]
  var strides: [Int]

  /// Row-major without gaps.
  init(_ storage: Storage, offset: Int = 0, contiguous shape: [Int]) {
    self.storage = storage
    self.offset = offset
    self.shape = shape
    strides = View.contiguousStrides(shape)
  }

  static func contiguousStrides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    return strides
  }

  var count: Int { shape.reduce(1, *) }

  var isContiguous: Bool {
    var expected = 1
    for axis in shape.indices.reversed() where shape[axis] != 1 {
      if strides[axis] != expected { return false }
      expected *= shape[axis]
    }
    return true
  }

  func reshaped(_ newShape: [Int]) -> View? {
    if isContiguous {
      var view = self
      view.shape = newShape
      view.strides = View.contiguousStrides(newShape)
      return view
    }
    // Axes of length 1 may come and go anywhere.
    let kept = zip(shape, strides).filter { $0.0 != 1 }
    guard kept.map(\.0) == newShape.filter({ $0 != 1 }) else { return nil }
    var view = self
    var rest = kept.map(\.1)[...]
    view.shape = newShape
    view.strides = newShape.map { $0 == 1 ? 0 : rest.removeFirst() }
    return view
  }

  func columns(from start: Int, count: Int) -> View {
    var view = self
    view.offset += start * (strides.last ?? 1)
    if let last = shape.indices.last { view.shape[last] = count }
    return view
  }

  func broadcast(to target: [Int]) -> View {
    var view = self
    let extra = target.count - shape.count
    view.strides =
      [Int](repeating: 0, count: extra)
      + zip(zip(shape, strides), target.dropFirst(extra)).map { $0.0 == $1 ? $0.1 : 0 }
    view.shape = target
    return view
  }

  /// The part at a place along an axis, which is gone.
  func slice(_ axis: Int, at place: Int) -> View {
    var view = self
    view.offset += place * strides[axis]
    view.shape.remove(at: axis)
    view.strides.remove(at: axis)
    return view
  }

  /// Whether its axes collapse into the three of a kernel.
  var isOuterRowsColumns: Bool { strides(over: Space(shape)) != nil }

  func transposed() -> View {
    guard shape.count >= 2 else { return self }
    var view = self
    view.shape.swapAt(shape.count - 2, shape.count - 1)
    view.strides.swapAt(shape.count - 2, shape.count - 1)
    return view
  }

  /// Strides over an iteration space of outer × rows × columns; nil where the leading axes do not
  /// collapse into one.
  func strides(over space: Space) -> (outer: Int, row: Int, column: Int)? {
    let rank = shape.count
    func stride(_ axis: Int) -> Int { shape[axis] == 1 ? 0 : strides[axis] }
    guard rank > 0 else { return (0, 0, 0) }
    let column = space.columns == 1 ? 0 : stride(rank - 1)
    guard rank > 1 else { return (0, 0, column) }
    // `rows` is the longest run of axes before the last that reads as one axis here and in every
    // other view of the space; with `outer` beyond it. See Space for how it is chosen.
    func merged(_ axes: Range<Int>) -> Int? {
      let real = axes.filter { shape[$0] != 1 }
      guard let last = real.last else { return 0 }
      for (a, b) in zip(real, real.dropFirst()) where strides[a] != strides[b] * shape[b] {
        return nil
      }
      return strides[last]
    }
    guard let outer = merged(0..<space.split), let row = merged(space.split..<(rank - 1)) else {
      return nil
    }
    return (outer, row, column)
  }
}

/// The iteration space of elementwise work: a shape read as outer × rows × columns.
struct Space: Hashable {
  var shape: [Int]
  /// The axes before this one form `outer`, the others but the last `rows`.
  var split: Int

  init(_ shape: [Int]) {
    self.shape = shape
    split = shape.count > 2 ? shape.count - 2 : 0
  }

  var columns: Int { shape.last ?? 1 }
  var rows: Int { shape.dropLast().dropFirst(split).reduce(1, *) }
  var outer: Int { shape.prefix(split).reduce(1, *) }
}
