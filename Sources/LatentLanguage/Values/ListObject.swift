// Lists: values of any kinds in order.

import LatentSyntax
import LatentTensor

public final class ListObject: Object {
  // Loops read it at every turn; no access to it calls back into the language.
  @exclusivity(unchecked)
  public internal(set) var items: [Value]
  private var nesting: Int
  private var claim: MemoryClaim?

  public convenience init(_ items: [Value]) { self.init(items, nesting: 1 + items.deepest) }

  init(_ items: [Value], nesting: Int) {
    self.items = items
    self.nesting = nesting
    claim = .of(items.count * MemoryLayout<Value>.stride)
    super.init(tag: .list)
  }

  public override var kind: String { "list" }
  public override var depth: Int { nesting }
  public override var length: Int? { items.count }
  public override func element(_ position: Int) throws -> Value { items[position] }
  public override func copyForWriting() -> Object { ListObject(items) }

  public override func index(_ items: [Subscript]) throws -> Value { try index(at: items) }

  public override func setIndex(_ items: [Subscript], to value: Value) throws {
    try assign(value, at: items)
  }

  /// Writes one item of a list that nobody else holds.
  func set(_ position: Int, to value: Value) throws {
    try checkNesting([value])
    items[position] = value
    nesting = max(nesting, 1 + value.depth)
  }

  /// Joins another list to one that nobody else holds; false when the program's memory has no room
  /// for it.
  func extend(by other: ListObject) -> Bool {
    let more = other.items.count * MemoryLayout<Value>.stride
    guard more < MemoryClaim.threshold || more <= MemoryAccount.current?.room ?? .max else {
      return false
    }
    items += other.items
    nesting = max(nesting, other.nesting)
    claim = .renewed(claim, items.count * MemoryLayout<Value>.stride)
    return true
  }

  /// Appends one item to a list that nobody else holds; false when the result might be a tensor.
  func append(_ item: Value) -> Bool {
    guard let first = items.first, !(first.mayStack && item.mayStack),
      item.depth < maximumNesting
    else { return false }
    items.append(item)
    nesting = max(nesting, 1 + item.depth)
    claim = .renewed(claim, items.count * MemoryLayout<Value>.stride)
    return true
  }

  func take(_ position: Int) -> Value {
    let value = items[position]
    items[position] = .nothing
    return value
  }

  public override func isEqual(to other: Object) -> Bool {
    guard let other = other as? ListObject, other.items.count == items.count else { return false }
    return zip(items, other.items).allSatisfy { $0.isSame(as: $1) }
  }

  public override func contains(_ value: Value) throws -> Bool? {
    items.contains { $0.isSame(as: value) }
  }

  public override func display(_ style: DisplayStyle) -> String {
    if items.isEmpty { return "[]" }
    if style.levels <= 0 { return "[…]" }
    return "[" + displayed(items.prefix(style.items).map { $0.display(style.inner) }, style) + "]"
  }

  private func displayed(_ texts: [String], _ style: DisplayStyle) -> String {
    let rest = items.count - texts.count
    let all = rest > 0 ? texts + ["… \(rest) more"] : texts
    let line = all.joined(separator: ", ")
    if line.count + 2 <= style.width, !line.contains("\n") { return line }
    return all.map { $0.replacingLineEnds(with: "\n ") }.joined(separator: ",\n ")
  }
}

/// Containers may not nest deeper than this: every walk over a value (comparison, display, its
/// destruction) recurses, and the stack must hold it.
public let maximumNesting = 1000

func checkNesting(_ items: some Sequence<Value>) throws {
  try checkNesting(deepest: items.deepest)
}

func checkNesting(deepest: Int) throws {
  if deepest >= maximumNesting {
    throw Failure(
      "L708", "the value is nested more than \(maximumNesting) levels deep",
      help: "keep long chains in a flat list")
  }
}

extension Value {
  /// Whether it can be an element or a row of a tensor; kinds of the library may be.
  fileprivate var mayStack: Bool {
    switch self {
    case .number: true
    case .object(let object): object.tag == .tensor || object.tag == .other
    default: false
    }
  }
}

extension Value {
  /// Whether what starts with it is a list: a text, a bool, `nothing`.
  var mayStartList: Bool {
    if case .number = self { return false }
    return !mayBeComposed
  }

  /// Whether it can hold other values, or stand for numbers that are not known yet.
  var mayBeComposed: Bool {
    guard case .object(let object) = self else { return false }
    return object.tag != .text && object.tag != .range
  }
}

extension Sequence<Value> {
  var deepest: Int { reduce(0) { Swift.max($0, $1.depth) } }
}

extension String {
  func replacingLineEnds(with end: String) -> String {
    split(separator: "\n", omittingEmptySubsequences: false).joined(separator: end)
  }
}
