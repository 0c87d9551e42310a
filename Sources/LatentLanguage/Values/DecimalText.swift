// Numbers with a given number of digits, rounded as C does it: correctly, to even when exact.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

enum DecimalText {
  /// So many significant digits and no zeros after them, an exponent only for very large and very
  /// small numbers: `0.123`, `1.23e-5`, `123000`.
  static func general(_ number: Double, digits: Int) -> String {
    let rounded = formatted(number, "%.\(digits - 1)e")
    return Double(rounded)?.displayText ?? rounded
  }

  static func fixed(_ number: Double, places: Int) -> String { formatted(number, "%.\(places)f") }

  static func exponent(_ number: Double, places: Int) -> String {
    tidy(formatted(number, "%.\(places)e"))
  }

  /// `1.2e-07` as `1.2e-7`.
  private static func tidy(_ text: String) -> String {
    guard let mark = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: mark)...])
    else { return text }
    return "\(text[..<mark])e\(exponent)"
  }

  private static func formatted(_ number: Double, _ format: String) -> String {
    // The longest: 309 digits before the point and 100 after it.
    var buffer = [CChar](repeating: 0, count: 512)
    let length = withVaList([number]) { vsnprintf(&buffer, buffer.count, format, $0) }
    return String(decoding: buffer.prefix(max(0, Int(length))).map(UInt8.init), as: UTF8.self)
  }
}
