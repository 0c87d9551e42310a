// Reads one JSON value from the middle of a line, as the `key=JSON` pairs of a cell marker demand:
// the reader says where the value ends instead of insisting on the end of the text.

/// A reader over UTF-8 bytes that stops after a value.
struct JSONReader {
  private let bytes: ArraySlice<UInt8>
  private(set) var offset: Int

  /// Deeper nesting is refused: the reader recurses, and its input comes from files.
  private static let deepest = 128

  init(_ bytes: ArraySlice<UInt8>, from offset: Int) {
    self.bytes = bytes
    self.offset = offset
  }

  /// The value that a text is as a whole, spaces around it aside; nil if it is not JSON.
  static func value(of text: some StringProtocol) -> JSON? {
    let bytes = Array(text.utf8)
    var reader = JSONReader(bytes[...], from: 0)
    guard let value = reader.value() else { return nil }
    reader.skipSpace()
    return reader.peek == nil ? value : nil
  }

  /// The value at the present place, after spaces; nil where there is none.
  mutating func value() -> JSON? { value(depth: 0) }

  private var peek: UInt8? { bytes.indices.contains(offset) ? bytes[offset] : nil }

  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: byte) else { return false }
    offset += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { offset += 1 }
  }

  private mutating func value(depth: Int) -> JSON? {
    guard depth < Self.deepest else { return nil }
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return object(depth: depth)
    case UInt8(ascii: "["): return array(depth: depth)
    case UInt8(ascii: "\""): return text().map(JSON.text)
    case UInt8(ascii: "t"): return word("true", .bool(true))
    case UInt8(ascii: "f"): return word("false", .bool(false))
    case UInt8(ascii: "n"): return word("null", .null)
    default: return number()
    }
  }

  private mutating func word(_ word: String, _ value: JSON) -> JSON? {
    guard bytes[offset...].starts(with: word.utf8) else { return nil }
    offset += word.utf8.count
    return value
  }

  private mutating func array(depth: Int) -> JSON? {
    guard take("[") else { return nil }
    var items: [JSON] = []
    skipSpace()
    if take("]") { return .array(items) }
    repeat {
      guard let item = value(depth: depth + 1) else { return nil }
      items.append(item)
      skipSpace()
    } while take(",")
    return take("]") ? .array(items) : nil
  }

  private mutating func object(depth: Int) -> JSON? {
    guard take("{") else { return nil }
    var entries: [JSON.Object.Entry] = []
    skipSpace()
    if take("}") { return .object(JSON.Object()) }
    repeat {
      skipSpace()
      guard let key = text() else { return nil }
      skipSpace()
      guard take(":"), let value = value(depth: depth + 1) else { return nil }
      entries.append(JSON.Object.Entry(key, value))
      skipSpace()
    } while take(",")
    return take("}") ? .object(JSON.Object(entries)) : nil
  }

  /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
  private mutating func number() -> JSON? {
    let start = offset
    _ = take("-")
    let whole = digits()
    guard whole > 0, whole == 1 || bytes[offset - whole] != UInt8(ascii: "0") else { return nil }
    var isWhole = true
    if take(".") {
      isWhole = false
      guard digits() > 0 else { return nil }
    }
    if take("e") || take("E") {
      isWhole = false
      _ = take("+") || take("-")
      guard digits() > 0 else { return nil }
    }
    let literal = String(decoding: bytes[start..<offset], as: UTF8.self)
    if isWhole, let integer = Int(literal) { return .integer(integer) }
    return Double(literal).map(JSON.number)
  }

  private mutating func digits() -> Int {
    let start = offset
    while let byte = peek, (0x30...0x39).contains(byte) { offset += 1 }
    return offset - start
  }

  private mutating func text() -> String? {
    guard take("\"") else { return nil }
    var content: [UInt8] = []
    while let byte = peek {
      offset += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: content, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let scalar = escape() else { return nil }
        content.append(contentsOf: String(Character(scalar)).utf8)
      case 0..<0x20: return nil
      default: content.append(byte)
      }
    }
    return nil
  }

  private static let escapes: [UInt8: Unicode.Scalar] = [
    UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/",
    UInt8(ascii: "b"): "\u{8}", UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n",
    UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
  ]

  /// What follows a backslash. Half a surrogate pair becomes U+FFFD, as a lone one means nothing.
  private mutating func escape() -> Unicode.Scalar? {
    guard let byte = peek else { return nil }
    offset += 1
    if byte != UInt8(ascii: "u") { return Self.escapes[byte] }
    guard let first = hex4() else { return nil }
    guard (0xD800...0xDBFF).contains(first) else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
    let afterFirst = offset
    guard take("\\"), take("u"), let second = hex4(), (0xDC00...0xDFFF).contains(second) else {
      offset = afterFirst
      return "\u{FFFD}"
    }
    return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
  }

  private mutating func hex4() -> UInt32? {
    guard bytes.endIndex - offset >= 4 else { return nil }
    let digits = String(decoding: bytes[offset..<offset + 4], as: UTF8.self)
    guard digits.utf8.count == 4, !digits.hasPrefix("+"), !digits.hasPrefix("-") else { return nil }
    offset += 4
    return UInt32(digits, radix: 16)
  }
}
