// Texts: `"…"` on one line, `"""…"""` over several, escapes, and `{…}` interpolations, which are
// lexed as expressions so that they may hold texts of their own.

extension Lexer {
  /// What a text is made of before the indentation of a block is known.
  private enum Fragment {
    case literal(String)
    case lineEnd
    /// Spaces and tabs at the start of a line of a block.
    case indentation(String)
    case value(TextLiteral.Piece)
  }

  mutating func text() {
    let start = position
    let quotes: [UInt8] = Array(repeating: UInt8(ascii: "\""), count: 3)
    let isBlock = matches(quotes)
    position += isBlock ? 3 : 1
    guard textDepth < Self.textLimit else {
      report(
        .textTooDeep, "texts nest more than \(Self.textLimit) deep", Span(start, position),
        help: "give the inner text a name first")
      position = lineEnd(from: position)
      add(.invalid, Span(start, position))
      return
    }
    textDepth += 1
    let fragments = isBlock ? block(from: start, closedBy: quotes) : line(from: start)
    textDepth -= 1
    let pieces = Self.pieces(isBlock ? Self.dedented(fragments) : fragments)
    add(.text(TextLiteral(pieces)), Span(start, position))
  }

  private mutating func line(from start: Int) -> [Fragment] {
    var fragments: [Fragment] = []
    while true {
      guard position < bytes.count, bytes[position] != UInt8(ascii: "\n") else {
        report(
          .unterminatedText, "the text has no end on its line", Span(start, position),
          help: "close it with `\"`; a text over several lines stands between `\"\"\"`")
        return fragments
      }
      if bytes[position] == UInt8(ascii: "\"") {
        position += 1
        return fragments
      }
      fragment(into: &fragments, inBlock: false)
    }
  }

  private mutating func block(from start: Int, closedBy quotes: [UInt8]) -> [Fragment] {
    var fragments: [Fragment] = []
    while position < bytes.count {
      if matches(quotes) {
        position += 3
        return fragments
      }
      let isReturn =
        bytes[position] == UInt8(ascii: "\r") && position + 1 < bytes.count
        && bytes[position + 1] == UInt8(ascii: "\n")
      guard isReturn || bytes[position] == UInt8(ascii: "\n") else {
        fragment(into: &fragments, inBlock: true)
        continue
      }
      position += isReturn ? 2 : 1
      fragments.append(.lineEnd)
      let indentation = position
      while position < bytes.count, [0x20, 0x09].contains(bytes[position]) { position += 1 }
      fragments.append(.indentation(String(source.text(in: Span(indentation, position)))))
    }
    report(
      .unterminatedText, "the text has no end", Span(start, min(start + 3, bytes.count)),
      help: "close it with `\"\"\"`", atEnd: true)
    return fragments
  }

  /// Reads one piece: an escape, a brace, an interpolation, or a run of plain characters.
  private mutating func fragment(into fragments: inout [Fragment], inBlock: Bool) {
    switch bytes[position] {
    case UInt8(ascii: "\\"):
      fragments.append(.literal(escape()))
    case UInt8(ascii: "{") where matches([UInt8(ascii: "{"), UInt8(ascii: "{")]):
      position += 2
      fragments.append(.literal("{"))
    case UInt8(ascii: "}"):
      let isDouble = matches([UInt8(ascii: "}"), UInt8(ascii: "}")])
      if !isDouble {
        report(
          .badInterpolation, "`}` closes nothing in this text", Span(position, position + 1),
          help: "a brace in a text is written `}}`")
      }
      position += isDouble ? 2 : 1
      fragments.append(.literal("}"))
    case UInt8(ascii: "{"):
      interpolation(into: &fragments, inBlock: inBlock)
    default:
      let start = position
      let special: [UInt8] = Array("\\{}\"\n\r".utf8)
      repeat { position += 1 } while position < bytes.count && !special.contains(bytes[position])
      fragments.append(.literal(String(source.text(in: Span(start, position)))))
    }
  }

  private mutating func interpolation(into fragments: inout [Fragment], inBlock: Bool) {
    let start = position
    position += 1
    let earlier = findings.count
    let tokens = lexInterpolation(inBlock: inBlock)
    guard position < bytes.count, bytes[position] != UInt8(ascii: "\n") else {
      // The closing quote was read as the start of a text inside the braces: not worth saying.
      let said = findings[earlier...].filter {
        $0.diagnostic.code != DiagnosticCode.unterminatedText.rawValue
      }
      findings.replaceSubrange(earlier..., with: said)
      report(
        .badInterpolation, "the `{` in this text has no `}`", Span(start, start + 1),
        help: "close it, or write `{{` for a brace", atEnd: inBlock)
      return
    }
    var format: TextFormat?
    if bytes[position] == UInt8(ascii: ":") { format = self.format() }
    guard position < bytes.count, bytes[position] == UInt8(ascii: "}") else { return }
    position += 1
    let span = Span(start, position)
    if tokens.count == 1 {
      report(
        .badInterpolation, "`{…}` in a text holds an expression", span,
        help: "write it there, `\"{x}\"`, or `{{` and `}}` for braces")
      return
    }
    fragments.append(.value(.interpolation(tokens, format: format, span)))
  }

  /// Reads `:` and the format up to `}`.
  private mutating func format() -> TextFormat? {
    let start = position + 1
    position = start
    let ends = Array("}\"\n".utf8)
    while position < bytes.count, !ends.contains(bytes[position]) { position += 1 }
    let span = Span(start, position)
    guard position < bytes.count, bytes[position] == UInt8(ascii: "}") else {
      report(
        .badInterpolation, "the format in this text has no `}`", span,
        help: "write a value with its format as `{x:.3}`")
      return nil
    }
    if let format = TextFormat(String(source.text(in: span))) { return format }
    report(
      .badFormat, "`\(source.text(in: span))` is not a format", Span(start - 1, position),
      help: "an optional width up to 999, then `.3` (significant digits), `.2f`, `.1e` or `.0%`"
        + " with at most 99 digits")
    return nil
  }

  private func lineEnd(from offset: Int) -> Int {
    var end = offset
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
    return end
  }

  // MARK: - Escapes

  private static let escapes: [Unicode.Scalar: String] = [
    "n": "\n", "t": "\t", "r": "\r", "\"": "\"", "\\": "\\",
  ]

  /// How many hexadecimal digits follow `\x`, `\u` and `\U`.
  private static let digits: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]

  private mutating func escape() -> String {
    let start = position
    let (letter, length) = scalar(at: position + 1)
    if position + 1 >= bytes.count || letter == "\n" {
      position += 1
      badEscape(start, "nothing follows the `\\`")
      return ""
    }
    position += 1 + length
    if let plain = Self.escapes[letter] { return plain }
    guard let count = Self.digits[letter] else {
      badEscape(start, "`\\\(letter)` is not an escape")
      return ""
    }
    let brace = letter == "u" && position < bytes.count && bytes[position] == UInt8(ascii: "{")
    if brace { position += 1 }
    let digits = position
    while position < bytes.count, position - digits < (brace ? 8 : count),
      Unicode.Scalar(bytes[position]).properties.isASCIIHexDigit
    {
      position += 1
    }
    let spelling = source.text(in: Span(digits, position))
    let isClosed = !brace || position < bytes.count && bytes[position] == UInt8(ascii: "}")
    if brace, isClosed { position += 1 }
    guard isClosed, brace ? !spelling.isEmpty : spelling.utf8.count == count else {
      let shape = brace ? "`\\u{…}` with 1 to 8" : "`\\\(letter)` with \(count)"
      badEscape(start, "the escape is written \(shape) hexadecimal digits")
      return ""
    }
    guard let value = UInt32(spelling, radix: 16), let scalar = Unicode.Scalar(value) else {
      badEscape(start, "U+\(spelling) is not a character")
      return ""
    }
    return String(scalar)
  }

  private mutating func badEscape(_ start: Int, _ message: String) {
    report(
      .badEscape, message, Span(start, position),
      help: #"the escapes are \n \t \r \" \\ \xNN \uNNNN \UNNNNNNNN \u{N…}; a brace is {{ or }}"#)
  }

  // MARK: - Blocks

  /// Drops the first line end and the indentation all lines have in common: that of the line
  /// with the closing quotes counts, that of blank lines does not.
  private static func dedented(_ fragments: [Fragment]) -> [Fragment] {
    var common: String?
    for (offset, fragment) in fragments.enumerated() {
      guard case .indentation(let spaces) = fragment else { continue }
      if offset + 1 < fragments.count, case .lineEnd = fragments[offset + 1] { continue }
      common = common.map { sharedPrefix($0, spaces) } ?? spaces
    }
    let width = common?.utf8.count ?? 0
    var result = fragments.map { fragment -> Fragment in
      guard case .indentation(let spaces) = fragment else { return fragment }
      return .literal(String(spaces.dropFirst(width)))
    }
    if case .lineEnd? = result.first { result.removeFirst() }
    return result
  }

  private static func sharedPrefix(_ a: String, _ b: String) -> String {
    String(zip(a, b).prefix { $0.0 == $0.1 }.map(\.0))
  }

  private static func pieces(_ fragments: [Fragment]) -> [TextLiteral.Piece] {
    var pieces: [TextLiteral.Piece] = []
    var literal = ""
    for fragment in fragments {
      switch fragment {
      case .literal(let text), .indentation(let text): literal += text
      case .lineEnd: literal += "\n"
      case .value(let piece):
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        literal = ""
        pieces.append(piece)
      }
    }
    if !literal.isEmpty { pieces.append(.literal(literal)) }
    return pieces
  }
}

extension TextFormat {
  /// Reads `[width] [.N | .Nf | .Ne | .N%]`; nil when it is written otherwise.
  public init?(_ spelling: String) {
    let parts = spelling.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first else { return nil }
    var width: Int?
    if !first.isEmpty {
      guard let number = Self.count(first, atMost: 999) else { return nil }
      width = number
    }
    guard parts.count == 2 else {
      guard width != nil else { return nil }
      self.init(width: width, style: nil)
      return
    }
    let letter = parts[1].last.flatMap { "fe%".contains($0) ? $0 : nil }
    let digits = letter == nil ? parts[1] : parts[1].dropLast()
    guard let count = Self.count(digits, atMost: 99) else { return nil }
    let style: Style? =
      switch letter {
      case "f": .fixed(count)
      case "e": .exponent(count)
      case "%": .percent(count)
      default: count > 0 ? .significant(count) : nil
      }
    guard let style else { return nil }
    self.init(width: width, style: style)
  }

  private static func count(_ digits: Substring, atMost limit: Int) -> Int? {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int(digits), number <= limit
    else { return nil }
    return number
  }
}
