// Arithmetic and comparison element by element, with the broadcasting of `Shape.broadcast`.
//
// Each operation is written once as a function of two numbers and specialised into the three
// loops below: equal shapes, one side a scalar, and the general case of rows with strides.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The binary operators of arithmetic.
public enum Arithmetic: String, CaseIterable, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case remainder = "%"
  case power = "^"

  @inlinable
  public func callAsFunction(_ a: Double, _ b: Double) -> Double {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .remainder: Arithmetic.modulo(a, b)
    case .power: pow(a, b)
    }
  }

  /// `a − b·⌊a/b⌋`: the sign is that of the divisor, so `-1 % 3` is 2 and angles wrap as expected.
  @inlinable
  public static func modulo(_ a: Double, _ b: Double) -> Double {
    let rest = fmod(a, b)
    if rest == 0 { return copysign(0, b) }
    return (rest < 0) != (b < 0) ? rest + b : rest
  }
}

/// The comparison operators; on tensors they give masks.
public enum Comparison: String, CaseIterable, Sendable {
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="

  @inlinable
  public func callAsFunction(_ a: Double, _ b: Double) -> Bool {
    switch self {
    case .equal: a == b
    case .notEqual: a != b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    }
  }
}

/// The connectives of masks.
public enum Connective: String, Sendable {
  case and, or
}

extension Tensor {
  /// `a op b` element by element, as float64.
  public static func elementwise(
    _ operation: Arithmetic, _ a: Tensor, _ b: Tensor
  ) throws -> Tensor {
    switch operation {
    case .add: try zip(a, b) { $0 + $1 }
    case .subtract: try zip(a, b) { $0 - $1 }
    case .multiply: try zip(a, b) { $0 * $1 }
    case .divide: try zip(a, b) { $0 / $1 }
    case .remainder: try zip(a, b) { Arithmetic.modulo($0, $1) }
    case .power:
      // Squares are most of all powers, and `pow` costs twenty times a product.
      if b.isScalar, b[flat: 0] == 2 {
        a.mapping { $0 * $0 }
      } else {
        try zip(a, b) { pow($0, $1) }
      }
    }
  }

  /// A mask of `a op b`, element by element.
  public static func compare(
    _ operation: Comparison, _ a: Tensor, _ b: Tensor
  ) throws -> Tensor {
    switch operation {
    case .equal: try mask(a, b) { $0 == $1 }
    case .notEqual: try mask(a, b) { $0 != $1 }
    case .less: try mask(a, b) { $0 < $1 }
    case .lessOrEqual: try mask(a, b) { $0 <= $1 }
    case .greater: try mask(a, b) { $0 > $1 }
    case .greaterOrEqual: try mask(a, b) { $0 >= $1 }
    }
  }

  /// `and` or `or` of two masks; a number counts as true when it is not 0.
  public static func combine(
    _ connective: Connective, _ a: Tensor, _ b: Tensor
  ) throws -> Tensor {
    switch connective {
    case .and: try mask(a, b) { $0 != 0 && $1 != 0 }
    case .or: try mask(a, b) { $0 != 0 || $1 != 0 }
    }
  }

  /// `not` of a mask.
  public func negatedMask() -> Tensor { mask { $0 == 0 } }

  /// A function of every element.
  @inlinable
  public func mapping(_ function: (Double) throws -> Double) rethrows -> Tensor {
    Tensor(shape: shape, try values.map(function))
  }

  /// A predicate of every element.
  @inlinable
  public func mask(_ predicate: (Double) throws -> Bool) rethrows -> Tensor {
    Tensor(shape: shape, mask: try values.map(predicate))
  }

  /// A function of two tensors, element by element, broadcast.
  @inlinable
  public static func zip(
    _ a: Tensor, _ b: Tensor, _ function: (Double, Double) throws -> Double
  ) throws -> Tensor {
    let shape = try Shape.broadcast(a.shape, b.shape)
    return Tensor(shape: shape, try zipElements(a, b, shape, function))
  }

  /// A predicate of two tensors, element by element, broadcast.
  @inlinable
  public static func mask(
    _ a: Tensor, _ b: Tensor, _ predicate: (Double, Double) throws -> Bool
  ) throws -> Tensor {
    let shape = try Shape.broadcast(a.shape, b.shape)
    return Tensor(shape: shape, mask: try zipElements(a, b, shape, predicate))
  }

  @inlinable @inline(__always)
  static func zipElements<Element>(
    _ a: Tensor, _ b: Tensor, _ shape: [Int], _ function: (Double, Double) throws -> Element
  ) rethrows -> [Element] {
    let (left, right) = (a.values, b.values)
    if a.shape == b.shape {
      return try left.indices.map { try function(left[$0], right[$0]) }
    }
    if right.count == 1 {
      let y = right[0]
      return try left.map { try function($0, y) }
    }
    if left.count == 1 {
      let x = left[0]
      return try right.map { try function(x, $0) }
    }
    var result: [Element] = []
    result.reserveCapacity(max(left.count, right.count))
    try Tensor.forEachRow(of: shape, a.shape, b.shape) { row in
      for i in 0..<row.length {
        result.append(
          try function(left[row.left + i * row.leftStride], right[row.right + i * row.rightStride]))
      }
    }
    return result
  }

  /// A run of the last axis of a broadcast result, with where the operands' elements lie.
  @usableFromInline
  struct BroadcastRow {
    @usableFromInline var left: Int, right: Int
    @usableFromInline var leftStride: Int, rightStride: Int, length: Int
  }

  /// Walks a broadcast result row by row, in order.
  @usableFromInline
  static func forEachRow(
    of shape: [Int], _ a: [Int], _ b: [Int], _ body: (BroadcastRow) throws -> Void
  ) rethrows {
    guard let length = shape.last, !shape.contains(0) else { return }
    let leftStrides = Shape.strides(a, along: shape)
    let rightStrides = Shape.strides(b, along: shape)
    let last = shape.count - 1
    var index = [Int](repeating: 0, count: last)
    var row = BroadcastRow(
      left: 0, right: 0, leftStride: leftStrides[last], rightStride: rightStrides[last],
      length: length)
    while true {
      try body(row)
      var axis = last - 1
      while axis >= 0 {
        index[axis] += 1
        row.left += leftStrides[axis]
        row.right += rightStrides[axis]
        if index[axis] < shape[axis] { break }
        row.left -= leftStrides[axis] * shape[axis]
        row.right -= rightStrides[axis] * shape[axis]
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  /// The elements of a tensor repeated to a shape it broadcasts to.
  public func broadcast(to target: [Int], argument: String? = nil) throws -> Tensor {
    if shape == target { return self }
    let result = try Shape.broadcast(shape, target)
    guard result == target else {
      throw Failure(
        .broadcast, "a tensor of shape \(Shape.text(shape)) does not fit \(Shape.text(target))",
        argument: argument, help: "axes of length 1 and missing first ones are repeated, no others")
    }
    _ = try Shape.count(target, argument: argument)
    let own = values
    if own.count == 1 { return Tensor(repeating: own[0], shape: target) }
    var elements: [Double] = []
    elements.reserveCapacity(target.reduce(1, *))
    Tensor.forEachRow(of: target, shape, target) { row in
      for i in 0..<row.length { elements.append(own[row.left + i * row.leftStride]) }
    }
    return Tensor(shape: target, elements)
  }

  /// `condition ? a : b`, element by element; the three are broadcast together.
  public static func choose(
    _ condition: Tensor, _ a: Tensor, _ b: Tensor
  ) throws -> Tensor {
    let shape = try Shape.broadcast(condition.shape, try Shape.broadcast(a.shape, b.shape))
    let chosen = try condition.broadcast(to: shape).values
    let (yes, no) = (try a.broadcast(to: shape), try b.broadcast(to: shape))
    if yes.isMask, no.isMask {
      return Tensor(
        shape: shape, mask: chosen.indices.map { (chosen[$0] != 0 ? yes : no)[flat: $0] != 0 })
    }
    let (left, right) = (yes.values, no.values)
    return Tensor(shape: shape, chosen.indices.map { chosen[$0] != 0 ? left[$0] : right[$0] })
  }
}
