// The values of a comprehension or of `map` on their way into one value: as long as all of them
// are numbers, they are kept as the vector they will be.

import LatentTensor

/// Collects values by the rule of bracket literals (``Value/collected(_:)``).
public struct Collector {
  private var numbers: [Double] = []
  private var values: [Value] = []
  /// Whether a value may hold others, stack to a tensor, or stand for numbers not known yet.
  private var isComposed = false

  public init() {}

  @inline(__always)
  public mutating func append(_ value: consuming Value) {
    if case .number(let number) = value, values.isEmpty {
      numbers.append(number)
    } else {
      appendGeneral(value)
    }
  }

  @inline(never)
  private mutating func appendGeneral(_ value: consuming Value) {
    if !isComposed { look(at: value) }
    if !numbers.isEmpty {
      values = numbers.map(Value.number)
      numbers = []
    }
    values.append(value)
  }

  /// Not inlined: as a parameter the value is borrowed, and looking at it counts no references.
  @inline(never)
  private mutating func look(at value: Value) {
    isComposed = value.mayBeComposed
  }

  /// A vector when there are only numbers, else a tensor of one axis more or a list.
  public func value() throws -> Value {
    if !numbers.isEmpty { return .vector(numbers) }
    // A list of texts and numbers is seldom asked anything: most lists of texts are long.
    if !isComposed, let first = values.first, first.mayStartList {
      return .object(ListObject(values, nesting: 1))
    }
    return try .collected(values)
  }
}
