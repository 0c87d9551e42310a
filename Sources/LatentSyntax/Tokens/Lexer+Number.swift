// Numbers: `12 1_000 0.5 .5 1e-6`, but not `5.`, so that `1...n` stays a range.

extension Lexer {
  mutating func number() {
    let start = position
    digits()
    if position < bytes.count, bytes[position] == UInt8(ascii: "."), isDigit(position + 1) {
      position += 1
      digits()
    }
    exponent()
    let span = Span(start, position)
    let spelling = source.text(in: span).filter { $0 != "_" }
    let value = Double(spelling.hasPrefix(".") ? "0" + spelling : spelling)
    if let problem = problem(after: start) {
      report(.malformedNumber, problem.message, problem.span, help: problem.help)
    } else if value.map(\.isInfinite) ?? true {
      report(
        .numberTooLarge, "the number is larger than any number of Latent", span,
        help: "the largest is about 1.8e308; infinity is written `inf`")
    }
    add(.number(value ?? .infinity), span)
  }

  /// Digits with single underscores between them.
  private mutating func digits() {
    while isDigit(position)
      || (position < bytes.count && bytes[position] == UInt8(ascii: "_")
        && isDigit(position + 1) && position > 0 && isDigit(position - 1))
    {
      position += 1
    }
  }

  private mutating func exponent() {
    guard position < bytes.count, [UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[position])
    else { return }
    var digit = position + 1
    if digit < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[digit]) {
      digit += 1
    }
    guard isDigit(digit) else { return }
    position = digit
    digits()
  }

  /// What is wrong with the number that ends here; skips what it runs into.
  private mutating func problem(after start: Int) -> (message: String, span: Span, help: String)? {
    let number = source.text(in: Span(start, position))
    if position < bytes.count, bytes[position] == UInt8(ascii: "."),
      position + 1 >= bytes.count || bytes[position + 1] != UInt8(ascii: "."),
      !Self.startsName(scalar(at: position + 1).scalar)
    {
      position += 1
      return (
        "a number ends in a digit", Span(start, position), "write `\(number).0` or `\(number)`"
      )
    }
    guard Self.startsName(scalar(at: position).scalar) else { return nil }
    let rest = position
    while position < bytes.count, Self.continuesName(scalar(at: position).scalar) {
      position += scalar(at: position).length
    }
    let word = source.text(in: Span(rest, position))
    let span = Span(start, position)
    if word.hasPrefix("_") {
      return ("an underscore stands between two digits", span, "write a number as `1_000_000`")
    }
    if word == "e" || word == "E" {
      return ("the exponent has no digits", span, "write a number as `1e-6`")
    }
    if number == "0", word.hasPrefix("x") || word.hasPrefix("b") || word.hasPrefix("o") {
      return ("numbers are decimal", span, "write the number in base ten")
    }
    if ["L", "l", "f", "F", "u", "U", "d", "n"].contains(word) {
      return ("a number has no suffix", span, "write `\(number)`, or `\(number) * \(word)`")
    }
    if word == "j" || word == "i" {
      return ("numbers are real", span, "write `\(number) * \(word)` for a product")
    }
    return ("the number `\(number)` runs into `\(word)`", span, "write `\(number) * \(word)`")
  }
}
