// Indexing. Whatever a pair of brackets holds becomes, axis by axis, a list of offsets into the
// row-major storage; the elements of the result are the sums of one offset from each list. One
// mechanism thus serves numbers, ranges, index lists, masks, transposition, and assignment.

/// What is taken along an axis (or, for some cases, several).
public enum AxisSelection: Sendable, Equatable {
  /// One position, which drops the axis; negative ones count from the end.
  case index(Int)
  /// From `lower` to `upper`, which is included when `closed`, in steps. A missing bound is the
  /// end of the axis; negative ones count from the end. `x[-3..<0]` is the last three.
  case range(lower: Int?, upper: Int?, closed: Bool, step: Int)
  /// The whole axis.
  case all
  /// As many whole axes as there is room for; at most once.
  case ellipsis
  /// Positions in any order, repeated at will.
  case positions([Int])
  /// Positions in an array of any shape; its axes take the place of the one indexed.
  case gather([Int], shape: [Int])
  /// The positions that are true; as long as the axis.
  case mask([Bool])
  /// A mask over as many axes as its shape has; they become one.
  case maskOver([Bool], shape: [Int])

  /// An index tensor: a mask selects what is true, numbers are positions.
  public init(_ tensor: Tensor) throws {
    if case .mask(let mask) = tensor.storage {
      self = tensor.rank == 1 ? .mask(mask) : .maskOver(mask, shape: tensor.shape)
      return
    }
    let positions = try tensor.values.map { value in
      guard let position = Int(exactly: value) else {
        throw Failure(
          .selection, "\(NumberText.shortest(value)) is not an index",
          help: "indices are whole numbers; a comparison such as `x > 0` gives a mask")
      }
      return position
    }
    switch tensor.rank {
    case 0: self = .index(positions[0])
    case 1: self = .positions(positions)
    default: self = .gather(positions, shape: tensor.shape)
    }
  }

  /// How many axes of the tensor it stands for; nil for the ellipsis.
  fileprivate var axes: Int? {
    switch self {
    case .ellipsis: nil
    case .maskOver(_, let shape): shape.count
    default: 1
    }
  }
}

/// A selection made definite for one shape.
struct ResolvedSelection {
  /// For each list of the result, offsets into the storage.
  var offsets: [[Int]] = []
  /// The shape of what is selected.
  var shape: [Int] = []
  /// The number of elements selected.
  var count = 1

  init(_ selections: [AxisSelection], shape tensor: [Int]) throws {
    let expanded = try ResolvedSelection.expand(selections, rank: tensor.count, tensor)
    let strides = Shape.strides(tensor)
    var axis = 0
    for selection in expanded {
      guard axis < strides.count else {
        throw Failure(
          .selection, "a single bool selects along no axis", help: "a mask is `x > 0` of a tensor")
      }
      try append(selection, axis: axis, of: tensor, stride: strides[axis], strides)
      axis += selection.axes ?? 1
    }
    count = try Shape.count(shape)
  }

  /// The ellipsis and missing trailing axes written out.
  private static func expand(
    _ selections: [AxisSelection], rank: Int, _ tensor: [Int]
  ) throws -> [AxisSelection] {
    let used = selections.reduce(0) { $0 + ($1.axes ?? 0) }
    let ellipses = selections.filter { $0 == .ellipsis }.count
    guard ellipses <= 1 else {
      throw Failure(.selection, "`...` stands twice in one index", help: "use `:` for one axis")
    }
    guard used <= rank else {
      let axes = rank == 1 ? "1 axis" : "\(rank) axes"
      throw Failure(
        .selection,
        rank == 0
          ? "a number has no axes to index"
          : "\(used) indices for a tensor of \(axes) (shape \(Shape.text(tensor)))",
        help: rank == 0
          ? "leave the index out" : "give \(rank == 1 ? "1 index" : "at most \(rank) indices")")
    }
    let rest = [AxisSelection](repeating: .all, count: rank - used)
    guard let place = selections.firstIndex(of: .ellipsis) else { return selections + rest }
    return Array(selections[..<place]) + rest + Array(selections[(place + 1)...])
  }

  private mutating func append(
    _ selection: AxisSelection, axis: Int, of tensor: [Int], stride: Int, _ strides: [Int]
  ) throws {
    let length = tensor[axis]
    switch selection {
    case .index(let index):
      offsets.append([try Self.position(index, axis: axis, of: tensor) * stride])
    case .all, .ellipsis:
      offsets.append((0..<length).map { $0 * stride })
      shape.append(length)
    case .range(let lower, let upper, let closed, let step):
      let positions = try Self.positions(
        lower, upper, closed: closed, step: step, axis: axis, of: tensor)
      offsets.append(positions.map { $0 * stride })
      shape.append(positions.count)
    case .positions(let positions):
      offsets.append(
        try positions.map { try Self.position($0, axis: axis, of: tensor) * stride })
      shape.append(positions.count)
    case .gather(let positions, let target):
      offsets.append(
        try positions.map { try Self.position($0, axis: axis, of: tensor) * stride })
      shape += target
    case .mask(let mask):
      try append(mask, shape: [mask.count], axis: axis, of: tensor, strides)
    case .maskOver(let mask, let target):
      try append(mask, shape: target, axis: axis, of: tensor, strides)
    }
  }

  private mutating func append(
    _ mask: [Bool], shape target: [Int], axis: Int, of tensor: [Int], _ strides: [Int]
  ) throws {
    let covered = Array(tensor[axis..<(axis + target.count)])
    guard covered == target else {
      let place =
        target.count == 1
        ? "axis \(axis) of length \(covered[0])" : "axes of shape \(Shape.text(covered))"
      throw Failure(
        .selection,
        target.count == 1
          ? "a mask of \(target[0]) elements for \(place)"
          : "a mask of shape \(Shape.text(target)) for \(place)",
        help: "compare what is indexed: `x[x > 0]`")
    }
    // The covered axes are contiguous among themselves: one stride, that of the last, walks them.
    guard let last = target.indices.last else {
      offsets.append(mask == [true] ? [0] : [])
      shape.append(offsets[offsets.count - 1].count)
      return
    }
    let stride = strides[axis + last]
    let chosen = mask.indices.filter { mask[$0] }.map { $0 * stride }
    offsets.append(chosen)
    shape.append(chosen.count)
  }

  private static func position(_ index: Int, axis: Int, of tensor: [Int]) throws -> Int {
    let length = tensor[axis]
    guard index >= -length, index < length else {
      let place = tensor.count == 1 ? "a vector" : "axis \(axis)"
      throw Failure(
        .index, "index \(index) is outside \(place) of length \(length)",
        help: length == 0
          ? "there are no elements" : "indices are 0...\(length - 1), or -1 for the last")
    }
    return index < 0 ? index + length : index
  }

  /// The positions of a range along an axis.
  private static func positions(
    _ lower: Int?, _ upper: Int?, closed: Bool, step: Int, axis: Int, of tensor: [Int]
  ) throws -> [Int] {
    let length = tensor[axis]
    guard step != 0 else {
      throw Failure(.domain, "a range in steps of 0 never ends", help: "give a step other than 0")
    }
    func bound(_ value: Int, through limit: Int) throws -> Int {
      guard value >= -length, value <= limit else {
        let place = tensor.count == 1 ? "a vector" : "axis \(axis)"
        throw Failure(
          .index, "the range ends at \(value), outside \(place) of length \(length)",
          help: "`min(i, len(x))` cuts a range at the end")
      }
      return value < 0 ? value + length : value
    }
    if step > 0 {
      let first = try lower.map { try bound($0, through: length) } ?? 0
      guard let upper else { return Array(stride(from: first, to: length, by: step)) }
      if closed {
        // `n...n - 1` is the empty range at the end.
        let last = upper == -1 && length == 0 ? -1 : try bound(upper, through: length - 1)
        return Array(stride(from: first, through: last, by: step))
      }
      if upper == 0, let lower, lower < 0 {
        return Array(stride(from: first, to: length, by: step))
      }
      return Array(stride(from: first, to: try bound(upper, through: length), by: step))
    }
    let first = try lower.map { try bound($0, through: length - 1) } ?? (length - 1)
    guard let upper else { return Array(stride(from: first, through: 0, by: step)) }
    let last = try bound(upper, through: length - 1)
    return Array(
      closed
        ? stride(from: first, through: last, by: step).map { $0 }
        : stride(from: first, to: last, by: step).map { $0 })
  }
}

extension Tensor {
  /// The elements that `selections` name, one selection an axis from the left; missing ones take
  /// whole axes. Storage is kept: rows of bytes are bytes.
  ///
  /// Several lists of positions select every combination (`x[[0, 1], [2, 3]]` is 2 × 2).
  public func selecting(_ selections: [AxisSelection]) throws -> Tensor {
    let resolved = try ResolvedSelection(selections, shape: shape)
    return gathering(resolved.offsets, shape: resolved.shape)
  }

  /// A row, without the cost of a general selection.
  public func row(_ index: Int) throws -> Tensor { try selecting([.index(index)]) }

  /// Elements at the sums of offsets, in order.
  func gathering(_ offsets: [[Int]], shape target: [Int]) -> Tensor {
    switch storage {
    case .float64(let values):
      Tensor(shape: target, storage: .float64(gather(values, offsets)))
    case .float32(let values):
      Tensor(shape: target, storage: .float32(gather(values, offsets)))
    case .bytes(let values, let scale):
      Tensor(shape: target, storage: .bytes(gather(values, offsets), scale: scale))
    case .mask(let values):
      Tensor(shape: target, storage: .mask(gather(values, offsets)))
    }
  }

  private func gather<Element>(_ source: [Element], _ offsets: [[Int]]) -> [Element] {
    var result: [Element] = []
    result.reserveCapacity(offsets.reduce(1) { $0 * $1.count })
    Tensor.forEachRun(offsets) { start, run in
      switch run {
      case .contiguous(let count): result.append(contentsOf: source[start..<(start + count)])
      case .scattered(let last): for offset in last { result.append(source[start + offset]) }
      }
    }
    return result
  }

  /// The elements of one combination of outer offsets.
  enum Run {
    case contiguous(Int)
    case scattered([Int])
  }

  /// Walks the combinations of all offsets but the innermost, which is passed as a run. Inner
  /// axes taken whole are merged, so that selecting rows copies rows.
  static func forEachRun(_ offsets: [[Int]], _ body: (Int, Run) -> Void) {
    if offsets.contains(where: \.isEmpty) { return }
    var outer = offsets
    var width = 1
    while let last = outer.last, isProgression(last, by: width) {
      width *= last.count
      outer.removeLast()
    }
    var base = 0
    if width > 1, let last = outer.last, last.count == 1 {
      // A single offset, as of `x[3]`, is a displacement.
      base = last[0]
      outer.removeLast()
    }
    var run = Run.contiguous(width)
    if width == 1, let last = outer.popLast() { run = .scattered(last) }
    var index = [Int](repeating: 0, count: outer.count)
    while true {
      var start = base
      for axis in outer.indices { start += outer[axis][index[axis]] }
      body(start, run)
      var axis = outer.count - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < outer[axis].count { break }
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  private static func isProgression(_ offsets: [Int], by width: Int) -> Bool {
    offsets.indices.allSatisfy { offsets[$0] == $0 * width }
  }
}
