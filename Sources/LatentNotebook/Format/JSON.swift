// JSON as notebooks need it: the order of keys is kept, `true` is never `1`, and whole numbers
// stay whole. Foundation's bridge on Linux loses the second and its decoder the first.

/// A JSON value.
public enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  /// A number written without fraction and exponent that fits 64 bits.
  case integer(Int)
  case number(Double)
  case text(String)
  case array([JSON])
  case object(Object)

  /// Keys with their values, in the order they were written.
  public struct Object: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
      public var key: String
      public var value: JSON

      public init(_ key: String, _ value: JSON) {
        self.key = key
        self.value = value
      }
    }

    public var entries: [Entry]

    public init(_ entries: [Entry] = []) { self.entries = entries }

    /// The value of a key; of a repeated key the last one, as other readers have it.
    public subscript(key: String) -> JSON? {
      entries.last { $0.key == key }?.value
    }

    public var isEmpty: Bool { entries.isEmpty }
  }

  /// The text, when it is one.
  public var text: String? {
    if case .text(let text) = self { text } else { nil }
  }

  /// The number as a whole one, when it is.
  public var integer: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The texts of an array of texts.
  public var texts: [String]? {
    guard case .array(let items) = self else { return nil }
    let texts = items.compactMap(\.text)
    return texts.count == items.count ? texts : nil
  }
}

extension JSON: CustomStringConvertible {
  /// One line, without spaces, non-ASCII characters kept.
  public var description: String {
    switch self {
    case .null: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .integer(let value): return String(value)
    case .number(let value): return value.isFinite ? "\(value)" : "null"
    case .text(let text): return JSON.quoted(text)
    case .array(let items): return "[" + items.map(\.description).joined(separator: ",") + "]"
    case .object(let object):
      let entries = object.entries.map { JSON.quoted($0.key) + ":" + $0.value.description }
      return "{" + entries.joined(separator: ",") + "}"
    }
  }

  /// The text in quotes, with the escapes JSON demands and no others.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
