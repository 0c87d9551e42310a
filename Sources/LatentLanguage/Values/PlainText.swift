// Plain text: ASCII without the pair `\r\n`, so that every byte is one character. Most texts of a
// program are, and then characters are found by their position, and parts by their bytes, without
// asking of every two bytes whether they belong together.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension UnsafeBufferPointer<UInt8> {
  /// Whether every byte is a character of its own.
  var isPlain: Bool {
    // Without a branch, so that the loop is one of vectors.
    var others: UInt8 = 0
    for byte in self { others |= (byte & 0x80) | (byte == 0x0D ? 1 : 0) }
    return others == 0
  }

  /// Where a part begins for the first time at or after a position; nil when it does not. An empty
  /// part is nowhere.
  func position(of part: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    guard let base = baseAddress, let first = part.first, let other = part.baseAddress else {
      return nil
    }
    var position = start
    while position <= count - part.count {
      guard let found = memchr(base + position, Int32(first), count - part.count - position + 1)
      else { return nil }
      position = UnsafeRawPointer(found) - UnsafeRawPointer(base)
      if memcmp(base + position, other, part.count) == 0 { return position }
      position += 1
    }
    return nil
  }
}

extension Value {
  /// The text of bytes that are UTF-8.
  static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> Value {
    if let short = ShortText(bytes) {
      .short(short)
    } else {
      .object(TextObject(String(decoding: bytes, as: UTF8.self)))
    }
  }

  /// The text of one byte of plain text.
  static func character(_ byte: UInt8) -> Value {
    if let short = ShortText(byte) { .short(short) } else { .object(TextObject("\0")) }
  }
}

extension String {
  /// What `body` makes of this text and a part to be looked for in it, when both are plain; nil
  /// when they are not, and characters must be compared.
  private func plainly<Result>(
    _ part: String, _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result? {
    var (text, part) = (self, part)
    return text.withUTF8 { text in
      part.withUTF8 { part in text.isPlain && part.isPlain ? body(text, part) : nil }
    }
  }

  /// Whether a part that is not empty stands in the text.
  func holds(_ part: String) -> Bool {
    plainly(part) { $0.position(of: $1, from: 0) != nil } ?? contains(part)
  }

  /// The parts of the text between the occurrences of a separator that is not empty.
  public func parts(separatedBy separator: String) -> [Value] {
    let plain = plainly(separator) { text, separator in
      var parts: [Value] = []
      var start = 0
      while let end = text.position(of: separator, from: start) {
        parts.append(.text(UnsafeBufferPointer(rebasing: text[start..<end])))
        start = end + separator.count
      }
      return parts + [.text(UnsafeBufferPointer(rebasing: text[start...]))]
    }
    return plain
      ?? split(separator: separator, omittingEmptySubsequences: false).map { .text(String($0)) }
  }

  /// The text with every occurrence of a part that is not empty replaced.
  public func replacingAll(_ part: String, with new: String) -> String {
    let plain = plainly(part) { text, part in
      var result: [UInt8] = []
      result.reserveCapacity(text.count)
      var start = 0
      while let end = text.position(of: part, from: start) {
        result += text[start..<end]
        result += new.utf8
        start = end + part.count
      }
      result += text[start...]
      return String(decoding: result, as: UTF8.self)
    }
    return plain ?? replacing(part, with: new)
  }

  /// Visits the characters as texts until `body` returns false.
  func forEachCharacter(_ body: (Value) throws -> Bool) rethrows {
    var text = self
    let isDone = try text.withUTF8 { bytes in
      guard bytes.isPlain else { return false }
      for byte in bytes where try !body(.character(byte)) { break }
      return true
    }
    if isDone { return }
    for character in self where try !body(.text(String(character))) { return }
  }
}
