// The sets that parameters of a model live in, each with a smooth map from all of ℝⁿ onto it:
// training moves freely there, and no step can leave the set.
//
// No logarithm of a Jacobian is added: a mode is that of the density of the constrained value, so
// the maximum found does not depend on the map.

import Foundation
import LatentAutodiff
import LatentTensor

/// The type of a `param`.
public enum ParameterSpace: String, CaseIterable, Sendable {
  case real, positive, unit, simplex, cov, chol
  /// Whole numbers: they are given, not trained.
  case int

  /// The trailing axes that one value takes: a simplex is a vector, a covariance a matrix.
  public var rank: Int {
    switch self {
    case .real, .positive, .unit, .int: 0
    case .simplex: 1
    case .cov, .chol: 2
    }
  }

  /// What the values are, as in "must be …".
  public var phrase: String {
    switch self {
    case .real: "finite numbers"
    case .positive: "positive and finite"
    case .unit: "between 0 and 1"
    case .simplex: "from 0, with sum 1 along the last axis"
    case .cov: "symmetric positive definite matrices"
    case .chol: "lower triangular matrices with a positive diagonal"
    case .int: "whole numbers"
    }
  }

  /// - Throws: a failure L560 with the argument `type` when values of this type cannot have the
  ///   shape.
  public func check(shape: [Int]) throws {
    if let empty = shape.first(where: { $0 < 1 }) {
      throw Failure(
        "L560", "a parameter cannot have the size \(empty)", argument: "type",
        help: "sizes are whole numbers from 1")
    }
    guard shape.count >= rank else {
      throw Failure(
        "L560",
        rank == 1
          ? "`\(rawValue)` needs its length" : "`\(rawValue)` needs two equal sizes",
        argument: "type", help: rank == 1 ? "write `\(rawValue)[K]`" : "write `\(rawValue)[d, d]`")
    }
    if rank == 2, shape[shape.count - 1] != shape[shape.count - 2] {
      throw Failure(
        "L560", "the last two sizes of `\(rawValue)` must be equal, not \(Shape.text(shape))",
        argument: "type", help: "write `\(rawValue)[K, d, d]` for K matrices of d × d")
    }
  }

  // MARK: Free numbers

  /// The shape of the free numbers behind a value: one fewer along a simplex, the lower triangle
  /// row by row of a matrix.
  public func freeShape(_ shape: [Int]) -> [Int] {
    switch self {
    case .real, .positive, .unit, .int: return shape
    case .simplex: return shape.dropLast() + [max((shape.last ?? 1) - 1, 0)]
    case .cov, .chol:
      let n = shape.last ?? 1
      return shape.dropLast(2) + [n * (n + 1) / 2]
    }
  }

  /// How many numbers of a value are free to choose.
  public func freeCount(_ shape: [Int]) -> Int { freeShape(shape).reduce(1, *) }

  /// The value behind free numbers.
  ///
  /// positive eᵘ; unit 1/(1 + e⁻ᵘ); simplex the softmax of (u, 0), the last entry fixed; chol a
  /// triangle with the exponentials of u on its diagonal; cov L Lᵀ of that (log-Cholesky,
  /// Pinheiro & Bates 1996).
  public func value(of free: Symbol, shape: [Int]) -> Symbol {
    switch self {
    case .real, .int: return free
    case .positive: return free.exp()
    case .unit: return free.sigmoid()
    case .simplex:
      let zero = free.graph.constant(0).broadcast(to: shape.dropLast() + [1])
      let logits =
        freeShape(shape).contains(0) ? zero : Symbol.concatenated([free, zero]) ?? zero
      let top = logits.maximum(axis: -1, keep: true).detached()
      let weights = (logits - top).exp()
      return weights / weights.sum(axis: -1, keep: true)
    case .chol: return factor(of: free, shape: shape)
    case .cov:
      let factor = factor(of: free, shape: shape)
      let n = shape.last ?? 1
      if shape.count == 2 { return factor.product(factor.transposed()) }
      let matrices = shape.dropLast(2).reduce(1, *)
      let flat = factor.reshaped([matrices, n, n])
      // Σⱼ lᵢⱼ lₖⱼ, matrix by matrix.
      let sums = (0..<n).map { j in
        let column = flat.columns(j..<(j + 1))
        return column * column.reshaped([matrices, 1, n])
      }
      return sums.dropFirst().reduce(sums[0]) { $0 + $1 }.reshaped(shape)
    }
  }

  /// The triangle whose rows are the free numbers, exponentials on the diagonal.
  private func factor(of free: Symbol, shape: [Int]) -> Symbol {
    let n = shape.last ?? 1
    let matrices = shape.dropLast(2).reduce(1, *)
    let size = n * (n + 1) / 2
    var (below, diagonal): ([Int?], [Int?]) = ([], [])
    for matrix in 0..<matrices {
      for row in 0..<n {
        for column in 0..<n {
          let place = matrix * size + row * (row + 1) / 2 + column
          below.append(column < row ? place : nil)
          diagonal.append(column == row ? place : nil)
        }
      }
    }
    let isDiagonal = (0..<n).flatMap { row in (0..<n).map { $0 == row } }
    let exponentials = free.exp()
    guard isDiagonal.count > 1 else { return exponentials.reshaped(shape) }
    return free.collecting(below, shape: shape) + exponentials.collecting(diagonal, shape: shape)
  }

  /// The free numbers of a value.
  /// - Throws: a failure L560 with the argument `value` when the value is not of the type.
  public func free(of value: Tensor, name: String) throws -> Tensor {
    let shape = value.shape
    let numbers = value.values
    func refuse(_ phrase: String) -> Failure {
      Failure(
        "L560", "`\(name)` is \(rawValue), so its values must be \(self.phrase), \(phrase)",
        argument: "value",
        help: "start it within its type, or leave the value out: the start is drawn then")
    }
    if let wrong = numbers.first(where: { !$0.isFinite }) { throw refuse("not \(wrong)") }
    switch self {
    case .real: return value
    case .int:
      if let wrong = numbers.first(where: { $0 != $0.rounded() }) { throw refuse("not \(wrong)") }
      return value
    case .positive:
      if let wrong = numbers.first(where: { $0 <= 0 }) { throw refuse("not \(wrong)") }
      return Tensor(shape: shape, numbers.map { log($0) })
    case .unit:
      if let wrong = numbers.first(where: { $0 <= 0 || $0 >= 1 }) {
        throw refuse("not \(wrong); 0 and 1 themselves cannot be a start")
      }
      return Tensor(shape: shape, numbers.map { log($0 / (1 - $0)) })
    case .simplex:
      let n = shape.last ?? 1
      var free: [Double] = []
      for start in stride(from: 0, to: numbers.count, by: max(n, 1)) {
        let row = numbers[start..<(start + n)]
        let sum = row.reduce(0, +)
        if abs(sum - 1) > 1e-6 { throw refuse("but their sum is \(sum)") }
        if let wrong = row.first(where: { $0 <= 0 }) {
          throw refuse("not \(wrong); 0 itself cannot be a start")
        }
        let last = log(numbers[start + n - 1])
        free += row.dropLast().map { log($0) - last }
      }
      return Tensor(shape: freeShape(shape), free)
    case .cov, .chol:
      let n = shape.last ?? 1
      var factors = value
      if self == .cov {
        do { factors = try value.cholesky() } catch { throw refuse("and these are not") }
      }
      let elements = factors.values
      var free: [Double] = []
      for start in stride(from: 0, to: elements.count, by: max(n * n, 1)) {
        for row in 0..<n {
          for column in 0..<n {
            let element = elements[start + row * n + column]
            if column > row, element != 0 { throw refuse("but there is \(element) above") }
            if column == row, element <= 0 { throw refuse("but there is \(element) on it") }
            if column < row { free.append(element) }
            if column == row { free.append(log(element)) }
          }
        }
      }
      return Tensor(shape: freeShape(shape), free)
    }
  }

  /// A small draw of free numbers to start from: normal, of standard deviation 0.1, so that equal
  /// parts of a model start apart and everything else near the middle of its type.
  public func start(_ shape: [Int], _ random: inout Philox) -> Tensor {
    let free = freeShape(shape)
    return Tensor(shape: free, random.normals(free.reduce(1, *)).map { 0.1 * $0 })
  }
}
