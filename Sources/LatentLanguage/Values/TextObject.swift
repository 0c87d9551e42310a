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
  @exclusivity(unchecked) private var growing = Growth<UInt8>()
  /// Whether the settled text is plain, once somebody has asked.
  @exclusivity(unchecked) private var plainness: Bool?
  private var claim: MemoryClaim?

  public init(_ text: String) {
    settled = text
    claim = .of(text.utf8.count)
    super.init(tag: .text)
  }

  public var text: String {
    if growing.hasBegun { settle() }
    return settled
  }

  @inline(never)
  private func settle() {
    settled = String(decoding: growing.elements, as: UTF8.self)
    growing.end()
    wasSettled = true
  }

  /// An empty text that is about to grow.
  fileprivate static func growing() -> TextObject {
    let text = TextObject("")
    text.growing.begin(UnsafeBufferPointer(start: nil, count: 0))
    return text
  }

  /// Joins what `print` writes of a value to a text that nobody has read.
  /// - Throws: L708 when it would get too long.
  fileprivate func add(_ value: Value) throws {
    if !value.withPrinted({ extend(by: $0) }) { try Value.checkTextSize(.max) }
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
    guard growing.hasBegun, growing.room >= more.count else { return extendFull(by: more) }
    growing.append(contentsOf: more)
    return true
  }

  /// The same for a short text.
  @inline(__always)
  func extend(by more: ShortText) -> Bool {
    guard growing.hasBegun, growing.room >= ShortText.capacity else {
      return more.withUTF8 { extendFull(by: $0) }
    }
    growing.append(more)
    return true
  }

  /// Extends a text that does not grow yet, or needs more memory for it.
  @inline(never)
  private func extendFull(by more: UnsafeBufferPointer<UInt8>) -> Bool {
    let count = (growing.hasBegun ? growing.count : settled.utf8.count) + more.count
    guard count <= TextObject.longest else { return false }
    if !growing.hasBegun {
      guard !wasSettled, count >= TextObject.shortestGrowing else {
        settled += String(decoding: more, as: UTF8.self)
        if plainness == true, !more.isPlain { plainness = false }
        claim = .renewed(claim, count)
        return true
      }
      var start = settled
      start.withUTF8 { growing.begin($0) }
      settled = ""
      plainness = nil
    }
    growing.append(contentsOf: more)
    claim = .renewed(claim, count)
    return true
  }

  public override var kind: String { "text" }
  public override var printed: String { text }
  public override func display(_ style: DisplayStyle) -> String { text.quotedForDisplay }
  public override var length: Int? {
    if growing.hasBegun, growing.elements.isPlain { return growing.count }
    return isPlain ? text.utf8.count : text.count
  }

  /// Whether every byte is a character: then characters are found by their position.
  private var isPlain: Bool {
    if let known = plainness { return known }
    var text = text
    let isPlain = text.withUTF8(\.isPlain)
    plainness = isPlain
    return isPlain
  }

  public override func element(_ position: Int) throws -> Value {
    guard isPlain else {
      return .text(String(text[text.index(text.startIndex, offsetBy: position)]))
    }
    var text = text
    return text.withUTF8 { .character($0[position]) }
  }

  public override func index(_ items: [Subscript]) throws -> Value {
    isPlain ? try plainIndex(at: items) : try index(at: items)
  }

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
    return part.isEmpty || text.holds(part)
  }
}

extension Value {
  /// What `print` writes of the elements of a sequence, with a separator between; nil for a value
  /// without elements.
  ///
  /// One text in UTF-8, written once: a `String` per number and per joint would cost thrice that.
  /// - Throws: L708 when it would get too long.
  public func joined(_ separator: String) throws -> Value? {
    var separator = separator
    let whole = TextObject.growing()
    let hasElements = try separator.withUTF8 { try join($0, into: whole) }
    return hasElements ? .object(whole) : nil
  }

  private func join(
    _ separator: UnsafeBufferPointer<UInt8>, into whole: TextObject
  ) throws -> Bool {
    func separate() throws {
      if !whole.extend(by: separator) { try Value.checkTextSize(.max) }
    }
    if case .object(let list as ListObject) = self {
      // Looked at where they stand: passed to a closure, every item would be counted.
      let borrowing = Borrowing()
      try list.items.withUnsafeBufferPointer { items in
        guard let first = items.baseAddress else { return }
        for position in items.indices {
          if position > 0 { try separate() }
          if case .short(let text) = first[position] {
            if !whole.extend(by: text) { try Value.checkTextSize(.max) }
          } else if let text = borrowing?.text(at: first + position) {
            let fits = text._withUnsafeGuaranteedRef { whole.extend(by: $0) }
            if !fits { try Value.checkTextSize(.max) }
          } else {
            try whole.add(items[position])
          }
        }
      }
      return true
    }
    var isFirst = true
    return try forEachElement { element in
      if !isFirst { try separate() }
      isFirst = false
      try whole.add(element)
      return true
    }
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
