// Tensors made from a few numbers. Sizes come from the user, so all of them are checked.

extension Tensor {
  /// `value` everywhere.
  public static func full(_ shape: [Int], _ value: Double) throws -> Tensor {
    _ = try Shape.count(shape, argument: "shape")
    return Tensor(repeating: value, shape: shape)
  }

  public static func zeros(_ shape: [Int]) throws -> Tensor { try full(shape, 0) }

  public static func ones(_ shape: [Int]) throws -> Tensor { try full(shape, 1) }

  /// The identity matrix.
  public static func eye(_ size: Int) throws -> Tensor {
    var values = try full([size, size], 0).values
    for i in 0..<size { values[i * size + i] = 1 }
    return Tensor(shape: [size, size], values)
  }

  /// `start`, `start + step`, … below `stop` (above it for a negative step).
  ///
  /// Elements are `start + i·step`, so that errors do not add up; `stop` itself is left out even
  /// when rounding would let it in.
  public static func arange(_ start: Double, _ stop: Double, step: Double = 1) throws -> Tensor {
    guard step != 0, start.isFinite, stop.isFinite, step.isFinite else {
      throw Failure(
        .domain,
        "a range from \(NumberText.shortest(start)) to \(NumberText.shortest(stop)) in steps of "
          + NumberText.shortest(step), argument: step == 0 ? "step" : nil,
        help: "bounds are finite and the step is not 0")
    }
    let steps = ((stop - start) / step).rounded(.up)
    guard steps > 0 else { return Tensor([Double]()) }
    var count = try Shape.count([Int(exactly: steps) ?? Int.max])
    while count > 0, (start + Double(count - 1) * step - stop) * step >= 0 { count -= 1 }
    return Tensor((0..<count).map { start + Double($0) * step })
  }

  /// `count` numbers from `start` to `stop`, both included, in equal steps.
  public static func linspace(_ start: Double, _ stop: Double, _ count: Int) throws -> Tensor {
    let count = try Shape.count([count], argument: "n")
    guard count > 1 else { return Tensor([Double](repeating: start, count: count)) }
    let last = Double(count - 1)
    return Tensor(
      (0..<count).map { i in
        // Exact at both ends, and symmetric.
        let t = Double(i) / last
        return start == stop ? start : (1 - t) * start + t * stop
      })
  }

  /// The diagonal of a matrix as a vector, or a vector as the diagonal of a matrix.
  public func diag() throws -> Tensor {
    switch rank {
    case 1:
      let size = shape[0]
      var values = try Tensor.full([size, size], 0).values
      for i in 0..<size { values[i * size + i] = self[flat: i] }
      return Tensor(shape: [size, size], values)
    case 2:
      return Tensor((0..<Swift.min(shape[0], shape[1])).map { self[flat: $0 * (shape[1] + 1)] })
    default:
      throw Failure(
        .shapes, "`diag` of shape \(Shape.text(shape))", argument: "x",
        help: "it takes a matrix and gives its diagonal, or a vector and gives a matrix")
    }
  }

  /// The sum of the diagonal of a square matrix.
  public func trace() throws -> Tensor {
    guard rank == 2, shape[0] == shape[1] else {
      throw Failure(
        .shapes, "`trace` of shape \(Shape.text(shape))", argument: "a",
        help: "it takes a square matrix")
    }
    return try diag().sum()
  }

  /// Elements below `lower` raised to it, those above `upper` lowered to it; nan stays.
  public func clamped(_ lower: Double, _ upper: Double) throws -> Tensor {
    guard lower <= upper else {
      throw Failure(
        .domain,
        "no number lies between \(NumberText.shortest(lower)) and \(NumberText.shortest(upper))",
        argument: "low", help: "give the lower bound first")
    }
    return mapping { $0 < lower ? lower : $0 > upper ? upper : $0 }
  }
}
