// A value that stands for a node of a graph: what traced code computes with instead of numbers.

public struct Symbol {
  public let graph: Graph
  public let id: Int

  public var shape: [Int] { graph.nodes[id].shape }

  // MARK: Arithmetic, with right-aligned broadcasting

  public static func + (a: Symbol, b: Symbol) -> Symbol { a.graph.elementwise(.add, [a, b]) }
  public static func - (a: Symbol, b: Symbol) -> Symbol { a.graph.elementwise(.subtract, [a, b]) }
  public static func * (a: Symbol, b: Symbol) -> Symbol { a.graph.elementwise(.multiply, [a, b]) }
  public static func / (a: Symbol, b: Symbol) -> Symbol { a.graph.elementwise(.divide, [a, b]) }
  public static prefix func - (a: Symbol) -> Symbol { a.graph.elementwise(.negate, [a]) }

  public static func + (a: Symbol, b: Double) -> Symbol { a + a.graph.constant(b) }
  public static func - (a: Symbol, b: Double) -> Symbol { a - a.graph.constant(b) }
  public static func * (a: Symbol, b: Double) -> Symbol { a * a.graph.constant(b) }
  public static func / (a: Symbol, b: Double) -> Symbol { a / a.graph.constant(b) }
  public static func + (a: Double, b: Symbol) -> Symbol { b.graph.constant(a) + b }
  public static func - (a: Double, b: Symbol) -> Symbol { b.graph.constant(a) - b }
  public static func * (a: Double, b: Symbol) -> Symbol { b.graph.constant(a) * b }
  public static func / (a: Double, b: Symbol) -> Symbol { b.graph.constant(a) / b }

  public func applying(_ operation: Elementwise) -> Symbol {
    graph.elementwise(operation, [self])
  }

  public func applying(_ operation: Elementwise, _ other: Symbol) -> Symbol {
    graph.elementwise(operation, [self, other])
  }

  /// Where this is not 0 the first value, elsewhere the second.
  public func select(_ yes: Symbol, _ no: Symbol) -> Symbol {
    graph.elementwise(.select, [self, yes, no])
  }

  public func exp() -> Symbol { applying(.exp) }
  public func log() -> Symbol { applying(.log) }
  public func tanh() -> Symbol { applying(.tanh) }
  public func sigmoid() -> Symbol { applying(.sigmoid) }
  public func softplus() -> Symbol { applying(.softplus) }
  public func relu() -> Symbol { applying(.relu) }
  public func square() -> Symbol { applying(.square) }
  public func squareRoot() -> Symbol { applying(.squareRoot) }

  /// The value, through which no derivative passes.
  public func detached() -> Symbol { graph.insert(.stopGradient, [id], shape: shape) }

  /// The value, through which a derivative must not be asked for: a gradient that would pass here
  /// is refused with this reason instead of being silently zero.
  public func undifferentiable(_ reason: String) -> Symbol {
    graph.insert(.undifferentiable(reason), [id], shape: shape)
  }

  // MARK: Reductions

  /// Sum along an axis (negative: from the end), which is dropped unless `keep`.
  public func sum(axis: Int, keep: Bool = false) -> Symbol {
    reduced(.sum, axis: axis, keep: keep)
  }

  public func maximum(axis: Int, keep: Bool = false) -> Symbol {
    reduced(.maximum, axis: axis, keep: keep)
  }

  /// Sum of all elements, a scalar.
  public func sum() -> Symbol {
    var result = self
    while result.shape.count > 0 { result = result.sum(axis: -1) }
    return result
  }

  public func mean(axis: Int) -> Symbol {
    guard let place = position(of: axis) else { return sum(axis: axis) }
    return sum(axis: axis) / Double(shape[place])
  }

  /// Mean of all elements, a scalar.
  public func mean() -> Symbol { sum() / Double(shape.reduce(1, *)) }

  /// log Σ exp along an axis, which is dropped; the maximum is subtracted first.
  public func logSumExp(axis: Int) -> Symbol {
    let top = maximum(axis: axis, keep: true).detached()
    let total = (self - top).exp().sum(axis: axis, keep: true).log() + top
    return total.dropping(axis: axis)
  }

  private func position(of axis: Int) -> Int? {
    let place = axis < 0 ? axis + shape.count : axis
    return shape.indices.contains(place) ? place : nil
  }

  private func reduced(_ reduction: Reduction, axis: Int, keep: Bool) -> Symbol {
    guard let place = position(of: axis) else {
      return graph.fail("axis \(axis) of a tensor of shape \(shape)")
    }
    var result = self
    var reducedShape = shape
    reducedShape[place] = 1
    if case .broadcast = graph.nodes[id].operation,
      let value = graph.constantValue(graph.nodes[id].inputs[0])
    {
      let folded = reduction == .sum ? value * Double(shape[place]) : value
      result = graph.constant(folded).broadcast(to: reducedShape)
    } else if shape[place] != 1 {
      result = graph.insert(.reduce(reduction, axis: place), [id], shape: reducedShape)
    }
    return keep ? result : result.dropping(axis: axis)
  }

  private func dropping(axis: Int) -> Symbol {
    guard let place = position(of: axis) else { return self }
    var smaller = shape
    smaller.remove(at: place)
    return reshaped(smaller)
  }

  // MARK: Shapes

  public func reshaped(_ newShape: [Int]) -> Symbol {
    guard Graph.elementCount(newShape) == Graph.elementCount(shape) else {
      return graph.fail("a tensor of shape \(shape) cannot take the shape \(newShape)")
    }
    if newShape == shape { return self }
    if case .reshape = graph.nodes[id].operation {
      return Symbol(graph: graph, id: graph.nodes[id].inputs[0]).reshaped(newShape)
    }
    return graph.insert(.reshape, [id], shape: newShape)
  }

  /// Columns of the last axis.
  public func columns(_ range: Range<Int>) -> Symbol {
    guard let width = shape.last, range.lowerBound >= 0, range.upperBound <= width else {
      return graph.fail("columns \(range) of a tensor of shape \(shape)")
    }
    if range.count == width { return self }
    return graph.insert(
      .slice(start: range.lowerBound, count: range.count), [id],
      shape: shape.dropLast() + [range.count])
  }

  /// The value under a larger shape.
  public func broadcast(to target: [Int]) -> Symbol {
    if shape == target { return self }
    guard graph.broadcast([shape, target]) == target else {
      return graph.fail("a tensor of shape \(shape) cannot be broadcast to \(target)")
    }
    return graph.insert(.broadcast, [id], shape: target)
  }

  func padded(start: Int, total: Int) -> Symbol {
    graph.insert(.pad(start: start, total: total), [id], shape: shape.dropLast() + [total])
  }

  public func transposed() -> Symbol {
    guard shape.count == 2 else { return graph.fail("transposing a tensor of shape \(shape)") }
    if case .transpose = graph.nodes[id].operation {
      return Symbol(graph: graph, id: graph.nodes[id].inputs[0])
    }
    return graph.insert(.transpose, [id], shape: [shape[1], shape[0]])
  }

  /// The product with a matrix. Leading axes of the left operand count as rows.
  public func product(_ other: Symbol) -> Symbol {
    guard let inner = shape.last, other.shape.count == 2, other.shape[0] == inner else {
      return graph.fail("a product of shapes \(shape) and \(other.shape)")
    }
    let rows = shape.dropLast().reduce(1, *)
    let flat = reshaped([rows, inner])
    let (left, transposeLeft) = flat.untransposed
    let (right, transposeRight) = other.untransposed
    let result = graph.insert(
      .product(transposeLeft: transposeLeft, transposeRight: transposeRight), [left, right],
      shape: [rows, other.shape[1]])
    return result.reshaped(shape.dropLast() + [other.shape[1]])
  }

  /// The node below a transpose, and whether there was one: products read either way.
  private var untransposed: (Int, Bool) {
    if case .transpose = graph.nodes[id].operation { return (graph.nodes[id].inputs[0], true) }
    return (id, false)
  }

  /// Sums over the axes along which `target` was broadcast to this shape.
  func summed(to target: [Int]) -> Symbol {
    if shape == target { return self }
    var result = self
    let extra = shape.count - target.count
    if extra > 0 {
      // All leading axes at once: one pass instead of one per axis.
      let leading = shape.prefix(extra).reduce(1, *)
      result = result.reshaped([leading] + shape.dropFirst(extra)).sum(axis: 0)
    }
    for (axis, length) in target.enumerated() where length == 1 && result.shape[axis] != 1 {
      result = result.sum(axis: axis, keep: true)
    }
    return result
  }
}
