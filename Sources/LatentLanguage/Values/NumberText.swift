// How numbers are written: the shortest text that reads back to the same number.

extension Double {
  /// `6`, `0.1`, `1e-7`, `1.5e20`, `inf`, `nan`.
  public var displayText: String {
    if isNaN { return "nan" }
    if isInfinite { return self < 0 ? "-inf" : "inf" }
    if let whole = Int(exactly: self), abs(whole) < 1_000_000_000_000_000 {
      return whole == 0 && sign == .minus ? "-0" : String(whole)
    }
    var text = description
    guard let mark = text.firstIndex(of: "e") else {
      if text.hasSuffix(".0") { text.removeLast(2) }
      return text
    }
    // Swift writes 1e-07 and 1e+20; the zero and the plus say nothing.
    var mantissa = text[..<mark]
    if mantissa.hasSuffix(".0") { mantissa = mantissa.dropLast(2) }
    let exponent = Int(text[text.index(after: mark)...]) ?? 0
    return "\(mantissa)e\(exponent)"
  }
}
