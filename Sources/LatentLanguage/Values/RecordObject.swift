// Records: named fields in the order in which they were written.

import LatentSyntax
import LatentTensor
import OrderedCollections

public final class RecordObject: Object {
  public internal(set) var fields: OrderedDictionary<String, Value>
  private var nesting: Int
  private var claim: MemoryClaim?
  private static let bytesPerField = 4 * MemoryLayout<Value>.stride

  public init(_ fields: OrderedDictionary<String, Value>) {
    self.fields = fields
    nesting = 1 + fields.values.deepest
    claim = .of(fields.count * Self.bytesPerField)
    super.init(tag: .record)
  }

  public convenience init(_ fields: [(String, Value)]) {
    self.init(OrderedDictionary(fields, uniquingKeysWith: { $1 }))
  }

  public override var kind: String { "record" }
  public override var depth: Int { nesting }
  public override var length: Int? { fields.count }
  public override var memberNames: [String] { Array(fields.keys) }
  public override func member(_ name: String) throws -> Value? { fields[name] }

  public override func element(_ position: Int) throws -> Value {
    throw Failure(
      "L410", "a record has no order to walk through",
      help: "walk through `keys(r)` or `values(r)`, or `zip(keys(r), values(r))` for both")
  }

  public override func index(_ items: [Subscript]) throws -> Value {
    let name = try fieldName(items)
    guard let value = fields[name] else {
      throw Failure(
        "L407", "the record has no field `\(name)`",
        help: nearest(to: name, among: fields.keys).map { "the nearest field is `\($0)`" }
          ?? "its fields are \(fields.keys.prefix(8).map { "`\($0)`" }.joined(separator: ", "))")
    }
    return value
  }

  public override func setIndex(_ items: [Subscript], to value: Value) throws {
    _ = try setMember(try fieldName(items), to: value)
  }

  private func fieldName(_ items: [Subscript]) throws -> String {
    guard items.count == 1, case .value(let value) = items[0], let name = value.asText else {
      throw Failure(
        "L404", "a record is indexed by the name of a field", help: "write `r[\"name\"]`")
    }
    return name
  }

  public override func copyForWriting() -> Object { RecordObject(fields) }

  public override func setMember(_ name: String, to value: Value) throws -> Bool {
    try checkNesting(CollectionOfOne(value))
    fields[name] = value
    // A record grows in place; its claim follows by doubling.
    let bytes = fields.count * Self.bytesPerField
    if bytes >= MemoryClaim.threshold, bytes / 2 >= claim?.bytes ?? 0 { claim = .of(bytes) }
    nesting = max(nesting, 1 + value.depth)
    return true
  }

  func take(_ name: String) -> Value? {
    guard let value = fields[name] else { return nil }
    fields[name] = .nothing
    return value
  }

  /// Two records are equal when they have the same fields with the same values, in any order.
  public override func isEqual(to other: Object) -> Bool {
    guard let other = other as? RecordObject, other.fields.count == fields.count else {
      return false
    }
    return fields.allSatisfy { name, value in
      other.fields[name].map { value.isSame(as: $0) } ?? false
    }
  }

  public override func contains(_ value: Value) throws -> Bool? {
    value.asText.map { fields[$0] != nil } ?? false
  }

  public override func display(_ style: DisplayStyle) -> String {
    if style.levels <= 0 { return "(…)" }
    var texts = fields.prefix(style.items).map { name, value in
      "\(name.asFieldName): \(value.display(style.inner))"
    }
    if fields.count > style.items { texts.append("… \(fields.count - style.items) more") }
    let line = texts.joined(separator: ", ")
    if line.count + 2 <= style.width, !line.contains("\n") { return "(\(line))" }
    return "(" + texts.map { $0.replacingLineEnds(with: "\n ") }.joined(separator: ",\n ") + ")"
  }
}

extension String {
  /// A name as it stands, anything else (a column called `sepal length`) in quotes.
  fileprivate var asFieldName: String {
    let isName = allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } && first?.isNumber == false
    return isName ? self : quotedForDisplay
  }
}
