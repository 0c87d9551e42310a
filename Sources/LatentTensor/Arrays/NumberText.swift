// Numbers as the language writes them.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Text of numbers.
public enum NumberText {
  /// The shortest text that reads back as the same number: `6`, `0.1`, `1e-6`, `nan`, `-inf`.
  public static func shortest(_ x: Double) -> String {
    if x.isNaN { return "nan" }
    if x.isInfinite { return x < 0 ? "-inf" : "inf" }
    if abs(x) < 1e14, let whole = Int(exactly: x) {
      return whole == 0 && x.sign == .minus ? "-0" : digits(whole)
    }
    if abs(x) < 1e15, let whole = Int(exactly: x) { return whole.description }
    return tidy("\(x)")
  }

  /// A whole number of at most 14 digits: with its sign it fits into a text without memory of its
  /// own.
  private static func digits(_ whole: Int) -> String {
    String(unsafeUninitializedCapacity: 15) { buffer in
      var rest = whole.magnitude
      var start = 15
      repeat {
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
        start -= 1
        buffer[start] = UInt8(truncatingIfNeeded: 48 + digit)
        rest = quotient
      } while rest > 0 && start > 1
      if whole < 0 {
        start -= 1
        buffer[start] = 45
      }
      for position in start..<15 { buffer[position - start] = buffer[position] }
      return 15 - start
    }
  }

  /// The shortest text of the float32 nearest: what a network's 0.1 is meant to say.
  public static func shortest(_ x: Float) -> String {
    abs(x) < 1e7 && x == x.rounded()
      ? shortest(Double(x)) : x.isFinite ? tidy("\(x)") : shortest(Double(x))
  }

  /// Rounded to so many significant digits, for summaries that need not read back.
  public static func rounded(_ x: Double, digits: Int = 6) -> String {
    guard x.isFinite, x != 0 else { return shortest(x) }
    let magnitude = Int(log10(abs(x)).rounded(.down))
    let places = digits - 1 - magnitude
    guard abs(places) < 300 else { return shortest(x) }
    // Dividing by a power of ten is correctly rounded for small ones; multiplying by 1e-5 is not.
    let scale = pow(10, Double(abs(places)))
    let value = places >= 0 ? (x * scale).rounded() / scale : (x / scale).rounded() * scale
    return shortest(value)
  }

  /// Swift's `1e-06` and `1.0e+16` without what a reader does not need.
  private static func tidy(_ text: String) -> String {
    var text = text
    return text.withUTF8 { bytes in
      let end = bytes.firstIndex(of: UInt8(ascii: "e")) ?? bytes.endIndex
      var mantissa = bytes[..<end]
      if mantissa.last == UInt8(ascii: "0"), mantissa.dropLast().last == UInt8(ascii: ".") {
        mantissa = mantissa.dropLast(2)
      }
      let whole = String(decoding: mantissa, as: UTF8.self)
      guard end < bytes.endIndex else { return whole }
      var exponent = bytes[(end + 1)...]
      let isNegative = exponent.first == UInt8(ascii: "-")
      if isNegative || exponent.first == UInt8(ascii: "+") { exponent.removeFirst() }
      while exponent.count > 1, exponent.first == UInt8(ascii: "0") { exponent.removeFirst() }
      return whole + (isNegative ? "e-" : "e") + String(decoding: exponent, as: UTF8.self)
    }
  }
}
