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

  static func fixed(_ number: Double, places: Int) -> String {
    scaled(number, places: places) ?? formatted(number, "%.\(places)f")
  }

  /// The powers of ten that are exact and leave room for digits before the point.
  private static let scales = (0...15).map { pow(10.0, Double($0)) }

  /// The same by whole numbers, when so many digits fit into one; nil otherwise.
  private static func scaled(_ number: Double, places: Int) -> String? {
    guard scales.indices.contains(places) else { return nil }
    let (size, scale) = (number.magnitude, scales[places])
    let product = size * scale
    guard product < 0x1p52 else { return nil }
    var rounded = product.rounded(.toNearestOrEven)
    // The product itself is rounded. Only where that made it a half can its error decide.
    if (product - rounded).magnitude == 0.5 {
      let error = (-product).addingProduct(size, scale)
      if error > 0, rounded < product { rounded += 1 }
      if error < 0, rounded > product { rounded -= 1 }
    }
    return digits(UInt64(rounded), places: places, isNegative: number.sign == .minus)
  }

  private static func digits(_ whole: UInt64, places: Int, isNegative: Bool) -> String {
    // At most 16 digits, or 15 places and a digit before them; a point and a sign.
    let capacity = 20
    return String(unsafeUninitializedCapacity: capacity) { buffer in
      var (rest, start, written) = (whole, capacity, 0)
      func put(_ byte: UInt8) {
        start -= 1
        buffer[start] = byte
      }
      repeat {
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
        put(UInt8(truncatingIfNeeded: 48 + digit))
        rest = quotient
        written += 1
        if written == places { put(UInt8(ascii: ".")) }
      } while rest > 0 || written <= places
      if isNegative { put(UInt8(ascii: "-")) }
      for position in start..<capacity { buffer[position - start] = buffer[position] }
      return capacity - start
    }
  }

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
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
      let length = withVaList([number]) {
        vsnprintf(buffer.baseAddress, buffer.count, format, $0)
      }
      let bytes = UnsafeRawBufferPointer(buffer).prefix(max(0, min(Int(length), buffer.count)))
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}
