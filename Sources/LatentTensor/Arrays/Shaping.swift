// The same elements under another shape, and tensors put together or taken apart.
// Joining keeps the storage when all parts share it: images of bytes stay bytes.

extension Tensor {
  /// The same elements under another shape; one length may be −1 and is then worked out.
  public func reshape(_ target: [Int]) throws -> Tensor {
    var target = target
    let free = target.indices.filter { target[$0] == -1 }
    guard free.count <= 1 else {
      throw Failure(
        .shapes, "a shape with \(free.count) lengths of -1", argument: "shape",
        help: "one length may be left open with -1")
    }
    if let axis = free.first {
      target[axis] = 1
      let known = try Shape.count(target, argument: "shape")
      target[axis] = known == 0 ? 0 : count / known
      if try Shape.count(target) != count {
        target[axis] = -1
        throw doesNotFit(target)
      }
    } else if try Shape.count(target, argument: "shape") != count {
      throw doesNotFit(target)
    }
    return reshaped(target)
  }

  private func doesNotFit(_ target: [Int]) -> Failure {
    Failure(
      .shapes,
      "\(count) elements of shape \(Shape.text(shape)) do not fill the shape "
        + Shape.text(target), argument: "shape",
      help: "the product of the lengths must stay \(count); one of them may be -1")
  }

  /// All elements as a vector.
  public func flattened() -> Tensor { reshaped([count]) }

  /// Tensors joined along an existing axis.
  public static func concatenate(_ parts: [Tensor], axis: Int = 0) throws -> Tensor {
    guard let first = parts.first else {
      throw Failure(
        .empty, "nothing to join", argument: "xs", help: "give at least one tensor")
    }
    guard first.rank > 0 else {
      throw Failure(
        .shapes, "numbers have no axis to be joined along", argument: "xs",
        help: "`stack` makes a vector of numbers")
    }
    let axis = try Shape.axis(axis, of: first.shape)
    var shape = first.shape
    var length = 0
    for (position, part) in parts.enumerated() {
      var expected = first.shape
      if part.rank == expected.count { expected[axis] = part.shape[axis] }
      guard part.shape == expected else {
        throw Failure(
          .shapes,
          "part \(position) has shape \(Shape.text(part.shape)), part 0 "
            + "\(Shape.text(first.shape))", argument: "xs",
          help: "all lengths but that of axis \(axis) must agree")
      }
      length += part.shape[axis]
    }
    shape[axis] = length
    _ = try Shape.count(shape, argument: "xs")
    let outer = shape[..<axis].reduce(1, *)
    let inner = shape[(axis + 1)...].reduce(1, *)
    return join(parts, shape: shape, outer: outer, widths: parts.map { $0.shape[axis] * inner })
  }

  /// Rows of `widths[i]` elements of every part in turn, `outer` times.
  private static func join(
    _ parts: [Tensor], shape: [Int], outer: Int, widths: [Int]
  ) -> Tensor {
    func join<Element>(_ sources: [[Element]]) -> [Element] {
      var result: [Element] = []
      result.reserveCapacity(outer * widths.reduce(0, +))
      for block in 0..<outer {
        for (source, width) in Swift.zip(sources, widths) {
          result.append(contentsOf: source[(block * width)..<((block + 1) * width)])
        }
      }
      return result
    }
    if let bytes = commonBytes(parts) {
      return Tensor(shape: shape, storage: .bytes(join(bytes.values), scale: bytes.scale))
    }
    let masks = parts.compactMap { part -> [Bool]? in
      if case .mask(let mask) = part.storage { mask } else { nil }
    }
    if masks.count == parts.count { return Tensor(shape: shape, mask: join(masks)) }
    let floats = parts.compactMap { part -> [Float]? in
      if case .float32(let floats) = part.storage { floats } else { nil }
    }
    if floats.count == parts.count { return Tensor(shape: shape, floats: join(floats)) }
    return Tensor(shape: shape, join(parts.map(\.values)))
  }

  private static func commonBytes(_ parts: [Tensor]) -> (values: [[UInt8]], scale: Double)? {
    var scale: Double?
    var values: [[UInt8]] = []
    for part in parts {
      guard case .bytes(let bytes, let own) = part.storage, scale ?? own == own else { return nil }
      scale = own
      values.append(bytes)
    }
    return scale.map { (values, $0) }
  }

  /// Tensors of one shape put side by side along a new axis.
  public static func stack(_ parts: [Tensor], axis: Int = 0) throws -> Tensor {
    guard let first = parts.first else {
      throw Failure(
        .empty, "nothing to stack", argument: "xs", help: "give at least one number or tensor")
    }
    if let odd = parts.firstIndex(where: { $0.shape != first.shape }) {
      throw Failure(
        .shapes,
        "part \(odd) has shape \(Shape.text(parts[odd].shape)), part 0 "
          + "\(Shape.text(first.shape))", argument: "xs",
        help: "`stack` needs equal shapes; `concat` joins along an axis there is")
    }
    let axis = try Shape.axis(axis, of: first.shape + [1])
    var shape = first.shape
    shape.insert(1, at: axis)
    return try concatenate(parts.map { $0.reshaped(shape) }, axis: axis)
  }

  /// Equal parts along an axis, the last one by default.
  public func split(_ parts: Int, axis: Int = -1) throws -> [Tensor] {
    guard rank > 0 else {
      throw Failure(
        .shapes, "a number cannot be split", argument: "x", help: "give a vector or a tensor")
    }
    let axis = try Shape.axis(axis, of: shape)
    let length = shape[axis]
    guard parts > 0, length % parts == 0 else {
      throw Failure(
        .shapes, "axis \(axis) of length \(length) does not split into \(parts) equal parts",
        argument: "parts", help: "cut it at places of your own: `x[..., ..<n]` and `x[..., n...]`")
    }
    let width = length / parts
    let before = [AxisSelection](repeating: .all, count: axis)
    return try (0..<parts).map { part in
      try selecting(
        before + [
          .range(lower: part * width, upper: (part + 1) * width, closed: false, step: 1)
        ])
    }
  }

  /// `times` copies one after another along an axis (of a number: a vector).
  public func repeated(_ times: Int, axis: Int = 0) throws -> Tensor {
    guard times >= 0 else {
      throw Failure(
        .domain, "\(times) copies", argument: "times", help: "the number is an integer from 0")
    }
    let source = rank == 0 ? reshaped([1]) : self
    let axis = try Shape.axis(axis, of: source.shape)
    var shape = source.shape
    let (length, overflow) = shape[axis].multipliedReportingOverflow(by: times)
    shape[axis] = overflow ? Int.max : length
    _ = try Shape.count(shape, argument: "times")
    if shape[axis] == 0 || count == 0 { return Tensor(shape: shape, [Double]()) }
    return try source.selecting(
      [AxisSelection](repeating: .all, count: axis)
        + [.positions((0..<length).map { $0 % source.shape[axis] })])
  }

  /// A table of all pairs: element (i, j) is `f(a[i], b[j])`.
  ///
  /// For vectors the elements are numbers, for matrices rows; `f` may return a tensor of any one
  /// shape, whose axes follow.
  public static func pairwise(
    _ a: Tensor, _ b: Tensor, _ function: (Tensor, Tensor) throws -> Tensor
  ) throws -> Tensor {
    guard a.rank > 0, b.rank > 0 else {
      throw Failure(
        .shapes, "`pairwise` takes two vectors, or two matrices for pairs of rows",
        argument: a.rank == 0 ? "a" : "b",
        help: "`flatten(x)` makes a vector, `reshape(x, [n, -1])` a matrix")
    }
    let (n, m) = (a.shape[0], b.shape[0])
    if try Shape.count([n, m], argument: "b") == 0 { return Tensor(shape: [n, m], [Double]()) }
    let left = try (0..<n).map { try a.row($0) }
    let right = try (0..<m).map { try b.row($0) }
    var elements: [Double] = []
    var shape: [Int]?
    for (i, x) in left.enumerated() {
      for (j, y) in right.enumerated() {
        let result = try function(x, y)
        if shape == nil {
          elements.reserveCapacity(try Shape.count([n, m] + result.shape, argument: "f"))
        }
        guard result.shape == shape ?? result.shape else {
          throw Failure(
            .shapes,
            "the function gave shape \(Shape.text(result.shape)) for the pair (\(i), \(j)) and "
              + "\(Shape.text(shape ?? [])) before", argument: "f",
            help: "it must give the same shape for every pair")
        }
        shape = result.shape
        if result.isScalar { elements.append(result[flat: 0]) } else { elements += result.values }
      }
    }
    return Tensor(shape: [n, m] + (shape ?? []), elements)
  }
}
