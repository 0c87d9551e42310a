// Texts as values: Unicode characters, immutable, indexed by character.

import LatentSyntax
import LatentTensor

public final class TextObject: Object {
  // Written only by ``extend(by:)`` and by the reader that settles it: nothing to check at run time.
  /// A text that was read between two extensions grows as a `String` from then on, so that reading
  /// it at every turn of a loop does not copy it at every turn.
  @exclusivity(unchecked) private var wasSettled = false
  @exclusivity(unchecked) private var settled: String
  /// The whole text as UTF-8 while it grows and nobody has read it.
  @exclusivity(unchecked) private var growing: Growth<UInt8>?
  private var claim: MemoryClaim?

  public init(_ text: String) {
    settled = text
    claim = .of(text.utf8.count)
    super.init(tag: .text)
  }

  /// An empty text that is about to grow.
  private init(growing bytes: consuming Growth<UInt8>) {
    settled = ""
    growing = .some(bytes)
    super.init(tag: .text)
  }

  public var text: String {
    if growing != nil { settle() }
    return settled
  }

  @inline(never)
  private func settle() {
    guard let bytes = growing.take() else { return }
    settled = String(decoding: bytes.elements, as: UTF8.self)
    wasSettled = true
  }

  fileprivate static func growing() -> TextObject { TextObject(growing: Growth()) }

  /// Joins another text to one that nobody has read.
  /// - Throws: L708 when it would get too long.
  @inline(__always)
  fileprivate func add(_ other: TextObject) throws {
    if !extend(by: other) { try Value.checkTextSize(.max) }
  }

  /// The longest text in bytes: a longer one is always a mistake, and several operations at once
  /// could not be stopped in time.
  static let longest = 1 << 28

  /// Below this a text grows as a `String`, which needs no memory of its own up to 15 bytes.
  private static let shortestGrowing = 64

  /// Joins another text to one that nobody else holds; false when it would get too long.
  func extend(by other: TextObject) -> Bool {
    var more = other.text
    return more.withUTF8 { extend(by: $0) }
  }

  /// The same for UTF-8.
  @inline(__always)
  func extend(by more: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let room = growing?.room, room >= more.count else { return extendFull(by: more) }
    growing?.append(contentsOf: more)
    return true
  }

  /// Extends a text that does not grow yet, or needs more memory for it.
  @inline(never)
  private func extendFull(by more: UnsafeBufferPointer<UInt8>) -> Bool {
    let count = (growing?.count ?? settled.utf8.count) + more.count
    guard count <= TextObject.longest else { return false }
    if growing == nil {
      guard !wasSettled, count >= TextObject.shortestGrowing else {
        settled += String(decoding: more, as: UTF8.self)
        claim = .renewed(claim, count)
        return true
      }
      settled.withUTF8 { growing = Growth($0, room: $0.count) }
      settled = ""
    }
    growing?.append(contentsOf: more)
    claim = .renewed(claim, count)
    return true
  }

  public override var kind: String { "text" }
  public override var printed: String { text }
  public override func display(_ style: DisplayStyle) -> String { text.quotedForDisplay }
  public override var length: Int? {
    if let count = growing?.elements.plainCount { return count }
    let bytes = text.utf8.withContiguousStorageIfAvailable(\.plainCount)
    return (bytes ?? nil) ?? text.count
  }

  public override func element(_ position: Int) throws -> Value {
    .text(String(text[text.index(text.startIndex, offsetBy: position)]))
  }

  public override func index(_ items: [Subscript]) throws -> Value { try index(at: items) }

  public override func setIndex(_ items: [Subscript], to value: Value) throws {
    throw Failure(
      "L404", "the characters of a text cannot be assigned",
      help: "make a new one: `replace(t, \"a\", \"b\")`, or `t[..<2] + \"x\" + t[3...]`")
  }

  public override func isEqual(to other: Object) -> Bool {
    (other as? TextObject).map { $0.text == text } ?? false
  }

  public override func contains(_ value: Value) throws -> Bool? {
    guard let part = value.asText else {
      throw Failure(
        "L401", "`in` looks for a text in a text, not for \(value.kindPhrase)",
        help: "write `text(x) in t`")
    }
    return part.isEmpty || text.contains(part)
  }
}

extension Value {
  /// What `print` writes of the elements of a sequence, with a separator between; nil for a value
  /// without elements.
  ///
  /// One text in UTF-8, written once: a `String` per number and per joint would cost thrice that.
  /// - Throws: L708 when it would get too long.
  public func joined(_ separator: String) throws -> Value? {
    let whole = TextObject.growing()
    let separator = TextObject(separator)
    if let list = object as? ListObject {
      // Looked at where they stand: passed to a closure, every item would be counted.
      let borrowing = Borrowing()
      try list.items.withUnsafeBufferPointer { items in
        for position in items.indices {
          if position > 0 { try whole.add(separator) }
          if let first = items.baseAddress, let text = borrowing?.text(at: first + position) {
            try text._withUnsafeGuaranteedRef { try whole.add($0) }
          } else {
            try whole.add(TextObject(items[position].printed))
          }
        }
      }
      return .object(whole)
    }
    var isFirst = true
    let hasElements = try forEachElement { element in
      if !isFirst { try whole.add(separator) }
      isFirst = false
      try whole.add(TextObject(element.printed))
      return true
    }
    return hasElements ? .object(whole) : nil
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// The number of characters when every byte is one: ASCII without the pair `\r\n`. Nil otherwise.
  fileprivate var plainCount: Int? {
    // Without a branch, so that the loop is one of vectors.
    var others: UInt8 = 0
    for byte in self { others |= (byte & 0x80) | (byte == 0x0D ? 1 : 0) }
    return others == 0 ? count : nil
  }
}

extension String {
  /// The text as a literal of the language that reads back to it.
  public var quotedForDisplay: String {
    var quoted = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case "\r": quoted += "\\r"
      case "{": quoted += "{{"
      case "}": quoted += "}}"
      case "\u{0}"..<" ", "\u{7F}":
        let digits = String(scalar.value, radix: 16, uppercase: true)
        quoted += "\\x" + (digits.count < 2 ? "0" : "") + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

extension Value {
  /// Throws L708 for a text longer than any may be.
  public static func checkTextSize(_ bytes: Int) throws {
    guard bytes <= TextObject.longest else {
      throw Failure("L708", "a text would be longer than \(TextObject.longest) bytes")
    }
  }
}

extension Int {
  /// `self + a * b`, or the largest number where that overflows.
  public func addingProduct(_ a: Int, _ b: Int) -> Int {
    let (product, tooLarge) = a.multipliedReportingOverflow(by: b)
    let (sum, overflow) = addingReportingOverflow(product)
    return tooLarge || overflow ? .max : sum
  }
}
