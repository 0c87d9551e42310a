// Texts as values: Unicode characters, immutable, indexed by character.

import LatentSyntax
import LatentTensor

public final class TextObject: Object {
  // Written only by ``extend(by:)``, which reads another object: nothing to check at run time.
  @exclusivity(unchecked)
  public private(set) var text: String
  private var claim: MemoryClaim?

  public init(_ text: String) {
    self.text = text
    claim = .of(text.utf8.count)
    super.init(tag: .text)
  }

  /// The longest text in bytes: a longer one is always a mistake, and several operations at once
  /// could not be stopped in time.
  static let longest = 1 << 28

  /// Joins another text to one that nobody else holds; false when it would get too long.
  func extend(by other: TextObject) -> Bool {
    guard text.utf8.count + other.text.utf8.count <= TextObject.longest else { return false }
    text += other.text
    claim = .renewed(claim, text.utf8.count)
    return true
  }

  public override var kind: String { "text" }
  public override var printed: String { text }
  public override func display(_ style: DisplayStyle) -> String { text.quotedForDisplay }
  public override var length: Int? { text.count }

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
