// The part of JSON that headers of data files use: objects, texts and lists of whole numbers. The
// reader asks for what must come next, so that nothing nests deeper than the reader does.

import LatentTensor

/// A cursor over the bytes of a JSON text.
struct JSONText {
  let path: String
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>, path: String) {
    rest = bytes
    self.path = path
  }

  func malformed(_ what: String) -> Failure {
    Failure(.format, "the header of `\(path)` is malformed: \(what)")
  }

  /// `{"name": …}`; `field` reads the value after each name.
  mutating func object(_ field: (String, inout JSONText) throws -> Void) throws {
    try expect("{")
    if take("}") { return }
    repeat {
      let name = try string()
      try expect(":")
      try field(name, &self)
    } while take(",")
    try expect("}")
  }

  /// A list of numbers from 0.
  mutating func integers() throws -> [Int] {
    try expect("[")
    if take("]") { return [] }
    var numbers: [Int] = []
    repeat {
      skipSpace()
      let digits = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }
      guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
        throw malformed("a number is expected")
      }
      rest = rest.dropFirst(digits.count)
      numbers.append(number)
    } while take(",")
    try expect("]")
    return numbers
  }

  mutating func string() throws -> String {
    try expect("\"")
    var text: [UInt16] = []
    var plain: [UInt8] = []
    func flush() {
      text += Array(String(decoding: plain, as: UTF8.self).utf16)
      plain = []
    }
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""):
        flush()
        return String(decoding: text, as: UTF16.self)
      case UInt8(ascii: "\\"):
        flush()
        text.append(try escape())
      default: plain.append(byte)
      }
    }
    throw malformed("a text is not closed")
  }

  /// The code unit that a backslash introduces.
  private mutating func escape() throws -> UInt16 {
    let kinds: [UInt8: UInt16] = [
      UInt8(ascii: "n"): 10, UInt8(ascii: "t"): 9, UInt8(ascii: "r"): 13, UInt8(ascii: "b"): 8,
      UInt8(ascii: "f"): 12, UInt8(ascii: "/"): 47, UInt8(ascii: "\\"): 92,
      UInt8(ascii: "\""): 34,
    ]
    guard let kind = rest.popFirst() else { throw malformed("a text is not closed") }
    if let unit = kinds[kind] { return unit }
    let digits = rest.prefix(4)
    guard kind == UInt8(ascii: "u"), digits.count == 4,
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw malformed("an unknown escape") }
    rest = rest.dropFirst(4)
    return unit
  }

  /// Only spaces may follow, with which writers pad.
  mutating func end() throws {
    skipSpace()
    if !rest.isEmpty { throw malformed("it goes on after its last brace") }
  }

  private mutating func skipSpace() {
    rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
  }

  private mutating func take(_ sign: Unicode.Scalar) -> Bool {
    skipSpace()
    guard let first = rest.first, first == UInt8(ascii: sign) else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func expect(_ sign: Unicode.Scalar) throws {
    guard take(sign) else { throw malformed("`\(sign)` is expected") }
  }

  /// A text as JSON writes it.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
