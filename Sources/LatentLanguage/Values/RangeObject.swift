// Ranges `a..<b`, `a...b`, with a step after `by`: not yet a vector, so that a loop over a
// million turns holds three numbers.

import LatentSyntax
import LatentTensor

/// The numbers `start`, `start + step`, … up to `end`.
public struct NumberRange: Sendable, Equatable {
  public let start: Double
  public let end: Double
  public let closed: Bool
  public let step: Double
  /// How many numbers there are.
  public let count: Int

  /// - Throws: L403 when a bound is not finite, the step is 0 or not finite, or there are more
  ///   numbers than can be counted exactly. A step whose sign leads away from `end` is empty.
  public init(from start: Double, to end: Double, closed: Bool, by step: Double = 1) throws {
    guard start.isFinite, end.isFinite else {
      throw Failure(
        "L403", "the bounds of a range must be finite",
        help: "a loop without an end is `while true { … }`")
    }
    guard step != 0, step.isFinite else {
      throw Failure(
        "L403", "the step of a range must be a finite number other than 0",
        help: "it counts down with a negative step: `3...1 by -1`")
    }
    // Rounding: `0...1 by 0.1` must hold eleven numbers although 10 · 0.1 may exceed 1 by an ulp.
    let turns = (end - start) / step
    let slack = abs(turns) * 4 * Double.ulpOfOne
    let whole = (turns + slack).rounded(.down)
    let reachesEnd = abs(turns - whole) <= slack
    let count = turns + slack < 0 ? 0 : (!closed && reachesEnd ? whole : whole + 1)
    guard let exact = Int(exactly: count), exact <= 1 << 53 else {
      throw Failure("L403", "the range has too many numbers", help: "choose a larger step")
    }
    self.start = start
    self.end = end
    self.closed = closed
    self.step = step
    self.count = exact
  }

  /// - Precondition: `position` is in `0..<count`.
  @inline(__always)
  public subscript(position: Int) -> Double { start + Double(position) * step }

  /// The numbers as a vector.
  /// - Throws: L403 when they would not fit into memory.
  public func tensor() throws -> Tensor {
    try checkLength()
    return Tensor((0..<count).map { self[$0] })
  }

  /// Throws L403 when there are too many numbers for a vector.
  func checkLength() throws {
    guard count <= 1 << 28 else {
      throw Failure(
        "L403", "a range of \(count) numbers is too long for a vector",
        help: "walk through it with `for`, or choose a larger step")
    }
  }

  public func contains(_ number: Double) -> Bool {
    let position = ((number - start) / step).rounded()
    guard let exact = Int(exactly: position), exact >= 0, exact < count else { return false }
    return self[exact] == number
  }
}

public final class RangeObject: Object {
  public let range: NumberRange

  public init(_ range: NumberRange) {
    self.range = range
    super.init(tag: .range)
  }

  public override var kind: String { "range" }
  public override var length: Int? { range.count }
  public override func element(_ position: Int) throws -> Value { .number(range[position]) }

  /// As the vector of its numbers is indexed.
  public override func index(_ items: [Subscript]) throws -> Value {
    try TensorObject(try range.tensor()).index(items)
  }

  public override var memberNames: [String] { ["start", "end", "step", "shape"] }

  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "start": .number(range.start)
    case "end": .number(range.end)
    case "step": .number(range.step)
    case "shape": .vector([Double(range.count)])
    default: nil
    }
  }

  public override func contains(_ value: Value) throws -> Bool? {
    value.asNumber.map(range.contains) ?? false
  }

  public override func isEqual(to other: Object) -> Bool {
    guard let other = (other as? RangeObject)?.range, other.count == range.count else {
      return false
    }
    return range.count == 0
      || (other.start == range.start && other[range.count - 1] == range[range.count - 1])
  }

  public override func display(_ style: DisplayStyle) -> String {
    let bounds =
      "\(range.start.displayText)\(range.closed ? "..." : "..<")\(range.end.displayText)"
    return range.step == 1 ? bounds : bounds + " by \(range.step.displayText)"
  }
}
