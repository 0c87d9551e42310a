// How values are shown and how they compare as wholes.

import LatentSyntax
import LatentTensor

extension Value {
  /// What the prompt shows: a literal of the language wherever the kind has one.
  public func display(_ style: DisplayStyle = DisplayStyle()) -> String {
    switch self {
    case .nothing: "nothing"
    case .bool(let flag): flag ? "true" : "false"
    case .number(let number): number.displayText
    case .short(let text): text.string.quotedForDisplay
    case .object(let object): object.display(style)
    }
  }

  /// What `print(value)` and `"{value}"` write: as ``display(_:)``, but texts without quotes.
  public var printed: String {
    switch self {
    case .short(let text): text.string
    case .object(let object): object.printed
    default: display()
    }
  }

  /// The same as UTF-8, for as long as `body` runs.
  func withPrinted<Result>(
    _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
  ) rethrows -> Result {
    switch self {
    case .short(let text): return try text.withUTF8(body)
    case .number(let number):
      if let short = ShortText(number) { return try short.withUTF8(body) }
    default: break
    }
    var text = printed
    return try text.withUTF8(body)
  }

  /// Whole-value equality: the `==` of lists and records, and of items inside them. A NaN equals
  /// nothing; a bool equals the number it is in arithmetic.
  public func isSame(as other: Value) -> Bool {
    switch (self, other) {
    case (.nothing, .nothing): return true
    case (.bool(let a), .bool(let b)): return a == b
    case (.number(let a), .number(let b)): return a == b
    case (.short(let a), .short(let b)): return a.isSame(as: b)
    case (.short(let a), .object(let b as TextObject)),
      (.object(let b as TextObject), .short(let a)):
      return a.string == b.text
    case (.number(let a), .bool(let b)), (.bool(let b), .number(let a)): return a == (b ? 1 : 0)
    case (.object(let a), .object(let b)):
      if a.isEqual(to: b) { return true }
      if let stand = a.standIn { return stand.isSame(as: other) }
      if let stand = b.standIn { return isSame(as: stand) }
      return false
    case (.object(let object), _):
      return object.standIn.map { $0.isSame(as: other) } ?? false
    case (_, .object(let object)):
      return object.standIn.map { isSame(as: $0) } ?? false
    default: return false
    }
  }

  /// The elements a `for` loop visits; nil for values that have none. A text's are its
  /// characters.
  public func elements() throws -> [Value]? {
    if let list = asList { return list }
    guard let length else { return nil }
    guard length <= 1 << 26 else {
      throw Failure("L403", "\(length) elements are too many for a list")
    }
    var elements: [Value] = []
    elements.reserveCapacity(length)
    try forEachElement { element in
      elements.append(element)
      return true
    }
    return elements
  }

  /// Visits the elements one by one, without a list of them, until `body` returns false.
  /// - Returns: Whether the value has elements at all.
  @discardableResult
  public func forEachElement(_ body: (Value) throws -> Bool) throws -> Bool {
    if case .short(let text) = self {
      try text.string.forEachCharacter(body)
      return true
    }
    guard case .object(let object) = self else { return false }
    switch object {
    case let list as ListObject:
      for item in list.items where try !body(item) { return true }
    case let range as RangeObject:
      let range = range.range
      for position in 0..<range.count where try !body(.number(range[position])) { return true }
    case let text as TextObject:
      try text.text.forEachCharacter(body)
    default:
      guard let length = object.length else { return false }
      for position in 0..<length where try !body(try object.element(position)) { return true }
    }
    return true
  }

  /// The rule of bracket literals, comprehensions, `map`, `filter` and `append`: numbers make a
  /// vector, tensors of equal shape one tensor with an axis more, anything else a list.
  public static func collected(_ items: [Value]) throws -> Value {
    if let tensor = try stacked(items) { return .object(TensorObject(tensor)) }
    if let symbolic = items.first(where: \.isSymbolic)?.object,
      let value = try symbolic.collected(items)
    {
      return value
    }
    let deepest = items.deepest
    try checkNesting(deepest: deepest)
    return .object(ListObject(items, nesting: deepest + 1))
  }

  private static func stacked(_ items: [Value]) throws -> Tensor? {
    switch items.first {
    case .number:
      var numbers: [Double] = []
      numbers.reserveCapacity(items.count)
      for item in items {
        guard case .number(let number) = item else { return nil }
        numbers.append(number)
      }
      return Tensor(numbers)
    case .object(let first as TensorObject):
      let shape = first.tensor.shape
      var isMask = true
      for item in items {
        guard let tensor = (item.object as? TensorObject)?.tensor, tensor.shape == shape else {
          return nil
        }
        isMask = isMask && tensor.isMask
      }
      let tensors = items.compactMap { ($0.object as? TensorObject)?.tensor }
      // Asked before, not after: `x = [x, x]` doubles at every turn.
      let full = [items.count] + shape
      let size = try Shape.count(full)
      var values: [Double] = []
      values.reserveCapacity(size)
      for tensor in tensors { values += tensor.values }
      return isMask
        ? Tensor(shape: full, mask: values.map { $0 != 0 }) : Tensor(shape: full, values)
    default: return nil
    }
  }
}
