// What the language does with tensors and a graph has no primitive for, made of primitives.

import LatentAutodiff
import LatentTensor

extension Symbol {
  var count: Int { shape.reduce(1, *) }

  /// All elements as a vector.
  var flat: Symbol { reshaped([count]) }

  /// The position of every element in row-major order, counted from `first`. What an operation
  /// that only moves elements does to these is what it does to the elements.
  func places(from first: Int = 0) -> Tensor {
    Tensor(shape: shape, (first..<(first + count)).map(Double.init))
  }

  /// The elements at positions, with 0 where a position is none.
  func collecting(_ places: Tensor, from first: Int = 0) -> Symbol {
    collecting(
      places.values.map { place in
        let position = Int(place) - first
        return position < 0 ? nil : position
      }, shape: places.shape)
  }

  /// The axes in another order.
  func permuted(_ order: [Int]) throws -> Symbol { collecting(try places().permuted(order)) }

  /// Runs `body` with an axis as the last one and puts that back in its place.
  func withLast(_ axis: Int, _ body: (Symbol) -> Symbol) throws -> Symbol {
    var order = Array(shape.indices)
    order.append(order.remove(at: axis))
    let inverse = shape.indices.map { order.firstIndex(of: $0) ?? $0 }
    return try body(try permuted(order)).permuted(inverse)
  }

  // MARK: Element by element

  static func tangent(_ x: Symbol) -> Symbol { x.applying(.sin) / x.applying(.cos) }

  static func ceiling(_ x: Symbol) -> Symbol { -((-x).applying(.floor)) }

  /// The nearest whole numbers, ties to the even one.
  static func rounded(_ x: Symbol) -> Symbol {
    let below = x.applying(.floor)
    let rest = x - below
    let half = x.graph.constant(0.5)
    let isOdd = below - 2 * (below * 0.5).applying(.floor)
    return below + half.applying(.less, rest) + rest.applying(.equal, half) * isOdd
  }

  static func isNaN(_ x: Symbol) -> Symbol { 1 - x.applying(.equal, x) }

  static func isFinite(_ x: Symbol) -> Symbol { (x - x).applying(.equal, x.graph.constant(0)) }

  // MARK: Along the last axis

  /// The products, halves by halves, so that zeros need no special case in the derivative.
  func product() -> Symbol {
    var (result, rest): (Symbol, Symbol?) = (self, nil)
    while let length = result.shape.last, length > 1 {
      let half = length / 2
      if length % 2 == 1 {
        let odd = result.columns((length - 1)..<length)
        rest = rest.map { $0 * odd } ?? odd
      }
      result = result.columns(0..<half) * result.columns(half..<(2 * half))
    }
    guard result.shape.last == 1 else {
      return graph.constant(1).broadcast(to: shape.dropLast() + [1])
    }
    return rest.map { result * $0 } ?? result
  }

  /// Running sums: every element plus the one 1, 2, 4, … places before it.
  func cumulativeSum() -> Symbol {
    guard let length = shape.last else { return self }
    var (result, distance) = (self, 1)
    let leading = shape.dropLast()
    while distance < length {
      let zeros = graph.constant(0).broadcast(to: leading + [distance])
      let earlier = Symbol.concatenated([zeros, result.columns(0..<(length - distance))])
      result = earlier.map { result + $0 } ?? result
      distance *= 2
    }
    return result
  }

  // MARK: Along any axis, which stays with length 1

  static func total(_ x: Symbol, axis: Int) -> Symbol { x.sum(axis: axis, keep: true) }

  static func average(_ x: Symbol, axis: Int) -> Symbol {
    x.sum(axis: axis, keep: true) / Double(x.shape[axis])
  }

  static func product(_ x: Symbol, axis: Int) throws -> Symbol {
    try x.withLast(axis) { $0.product() }
  }

  static func norm(_ x: Symbol, axis: Int) -> Symbol {
    x.square().sum(axis: axis, keep: true).squareRoot()
  }

  static func logSumExp(_ x: Symbol, axis: Int) -> Symbol {
    var kept = x.shape
    kept[axis] = 1
    return x.logSumExp(axis: axis).reshaped(kept)
  }

  static func logMeanExp(_ x: Symbol, axis: Int) -> Symbol {
    logSumExp(x, axis: axis) - x.graph.constant(Double(x.shape[axis])).log()
  }

  /// The mean squared deviation, Σ(x − x̄)² / (n − correction).
  func variance(axis: Int, correction: Double) -> Symbol {
    let deviations = self - sum(axis: axis, keep: true) / Double(shape[axis])
    return deviations.square().sum(axis: axis, keep: true) / (Double(shape[axis]) - correction)
  }

  /// The weights of the elements along an axis.
  func softmax(axis: Int) -> Symbol {
    let weights = (self - maximum(axis: axis, keep: true).detached()).exp()
    return weights / weights.sum(axis: axis, keep: true)
  }

  // MARK: Products

  /// The matrix product as `@` has it: vectors are rows on the left and columns on the right, axes
  /// before the last two are batches.
  func matrixProduct(_ other: Symbol) throws -> Symbol {
    let left = shape.count == 1 ? [1] + shape : shape
    let right = other.shape.count == 1 ? other.shape + [1] : other.shape
    let (leftBatch, rightBatch) = (Array(left.dropLast(2)), Array(right.dropLast(2)))
    guard left.count >= 2, right.count >= 2, left.last == right[right.count - 2] else {
      // Whatever is wrong, the product of plain tensors says it.
      _ = try Tensor(repeating: 0, shape: shape).matrixProduct(
        Tensor(repeating: 0, shape: other.shape))
      return graph.constant(.nan)
    }
    let batch = try Shape.broadcast(leftBatch, rightBatch)
    let target =
      batch + left.dropLast().suffix(shape.count == 1 ? 0 : 1)
      + right.suffix(other.shape.count == 1 ? 0 : 1)
    if right.count == 2 {
      return reshaped(left).product(other.reshaped(right)).reshaped(target)
    }
    let a = matrices(left)
    let b = other.matrices(right)
    let first = try Tensor.places(of: leftBatch).broadcast(to: batch)
    let second = try Tensor.places(of: rightBatch).broadcast(to: batch)
    let products = zip(first.values, second.values).map { a[Int($0)].product(b[Int($1)]).flat }
    return Symbol.concatenated(products)?.reshaped(target)
      ?? graph.constant(0).broadcast(to: target)
  }

  /// The matrices that the last two axes are.
  private func matrices(_ full: [Int]) -> [Symbol] {
    let size = full.suffix(2).reduce(1, *)
    let number = full.dropLast(2).reduce(1, *)
    return (0..<number).map { matrix in
      let start = matrix * size
      return collecting((start..<(start + size)).map { $0 }, shape: Array(full.suffix(2)))
    }
  }
}

extension Tensor {
  /// The positions of the elements of a shape in row-major order.
  fileprivate static func places(of shape: [Int]) -> Tensor {
    Tensor(shape: shape, (0..<shape.reduce(1, *)).map(Double.init))
  }
}
