// Assignment to a part of a tensor: `v[0, 3] = nan`, `x[mask] = 0`, `x[:, 0] = column`.

extension Tensor {
  /// Writes `value`, broadcast to what is selected, in place.
  ///
  /// A mask stays a mask when masks are written into it; any other storage becomes float64.
  public mutating func replace(_ selections: [AxisSelection], with value: Tensor) throws {
    let resolved = try ResolvedSelection(selections, shape: shape)
    let source = try value.broadcastForAssignment(to: resolved.shape)
    let shape = self.shape
    if case .mask(var elements) = storage, case .mask(let new) = source.storage {
      self = Tensor([])  // so that `elements` has one owner and is written in place
      Tensor.scatter(new, into: &elements, resolved.offsets)
      self = Tensor(shape: shape, mask: elements)
      return
    }
    var elements = values
    self = Tensor([])
    Tensor.scatter(source.values, into: &elements, resolved.offsets)
    self = Tensor(shape: shape, elements)
  }

  /// A copy with a part replaced.
  public func replacing(_ selections: [AxisSelection], with value: Tensor) throws -> Tensor {
    var copy = self
    try copy.replace(selections, with: value)
    return copy
  }

  private static func scatter<Element>(
    _ source: [Element], into target: inout [Element], _ offsets: [[Int]]
  ) {
    let repeated = source.count == 1
    var next = 0
    func take() -> Element {
      defer { next += 1 }
      return source[repeated ? 0 : next]
    }
    forEachRun(offsets) { start, run in
      switch run {
      case .contiguous(let count): for i in 0..<count { target[start + i] = take() }
      case .scattered(let last): for offset in last { target[start + offset] = take() }
      }
    }
  }

  /// The right side of an assignment repeated to the shape of the left; one number goes anywhere.
  private func broadcastForAssignment(to target: [Int]) throws -> Tensor {
    if shape == target || count == 1 { return self }
    var own = shape
    while own.count > target.count, own.first == 1 { own.removeFirst() }
    let fits =
      own.count <= target.count
      && own.reversed().enumerated().allSatisfy { distance, length in
        length == 1 || length == target[target.count - 1 - distance]
      }
    guard fits else {
      throw Failure(
        .broadcast,
        "a value of shape \(Shape.text(shape)) does not fit the selected part of shape "
          + Shape.text(target),
        help: "give a number for all of it, or a value of that shape")
    }
    if isMask {
      let whole = try reshaped(own).broadcast(to: target)
      return Tensor(shape: target, mask: whole.values.map { $0 != 0 })
    }
    return try reshaped(own).broadcast(to: target)
  }
}
