// Texts of a few bytes, which stand in the value itself: most texts of a program are numbers,
// names, characters, separators, and an object for each of them would cost more than all else that
// is done with it.

import LatentTensor

/// A text of at most eight bytes of UTF-8, none of them zero.
///
/// The first byte is the lowest of a word whose other bytes are zero; that no byte of the text is
/// zero tells how long it is.
public struct ShortText: BitwiseCopyable, Sendable {
  let word: UInt64

  static let capacity = MemoryLayout<UInt64>.size

  static let empty = ShortText(word: 0)

  @inline(__always)
  private init(word: UInt64) { self.word = word }

  /// The length in bytes.
  @inline(__always)
  var count: Int { ShortText.capacity - word.leadingZeroBitCount / 8 }

  /// The number of characters.
  var length: Int { withUTF8 { $0.isPlain ? $0.count : string.count } }

  private var isASCII: Bool { word & 0x8080_8080_8080_8080 == 0 }

  // MARK: Making

  /// Nil for a longer text, and for one with a zero byte.
  init?(_ text: String) {
    guard text.utf8.count <= ShortText.capacity else { return nil }
    var word: UInt64 = 0
    var shift: UInt64 = 0
    for byte in text.utf8 {
      guard byte != 0 else { return nil }
      word |= UInt64(byte) << shift
      shift += 8
    }
    self.init(word: word)
  }

  /// The same for bytes that are UTF-8.
  init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard bytes.count <= ShortText.capacity else { return nil }
    var word: UInt64 = 0
    for byte in bytes.reversed() {
      guard byte != 0 else { return nil }
      word = word << 8 | UInt64(byte)
    }
    self.init(word: word)
  }

  /// One character of ASCII; nil for zero.
  @inline(__always)
  init?(_ character: UInt8) {
    guard character != 0, character < 0x80 else { return nil }
    self.init(word: UInt64(character))
  }

  /// The text of a whole number of at most seven digits (``NumberText/shortest(_:)-(Double)``); nil
  /// for other numbers.
  init?(_ number: Double) {
    let size = number.magnitude
    guard size < 1e7 else { return nil }
    var rest = UInt32(size)
    guard Double(rest) == size, rest != 0 || number.sign == .plus else { return nil }
    var word: UInt64 = 0
    repeat {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      word = word << 8 | UInt64(digit + 48)
      rest = quotient
    } while rest > 0
    self.init(word: number < 0 ? word << 8 | 45 : word)
  }

  // MARK: Reading

  var string: String {
    withUTF8 { String(decoding: $0, as: UTF8.self) }
  }

  @inline(__always)
  func withUTF8<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
    try withUnsafeBytes(of: word.littleEndian) { bytes in
      try body(
        UnsafeBufferPointer(rebasing: bytes.assumingMemoryBound(to: UInt8.self)[..<count]))
    }
  }

  // MARK: Comparing

  /// As texts compare: letters that are written in two ways are the same letter.
  func isSame(as other: ShortText) -> Bool {
    if word == other.word { return true }
    return !(isASCII && other.isASCII) && string == other.string
  }

  /// The order of texts.
  func precedes(_ other: ShortText) -> Bool {
    guard isASCII, other.isASCII else { return string < other.string }
    return word.byteSwapped < other.word.byteSwapped
  }

  /// The joint of both, when it is short too.
  func joined(_ other: ShortText) -> ShortText? {
    let length = count
    guard length + other.count <= ShortText.capacity else { return nil }
    // A shift by all bits is none in a processor, and nothing in Swift: it gives 0, as it must.
    return ShortText(word: word | other.word << UInt64(8 * length))
  }
}
