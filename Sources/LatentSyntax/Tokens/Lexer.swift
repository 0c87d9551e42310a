// Text to tokens. Newlines that end no statement for lexical reasons (an operator before, `|>`
// behind) are dropped here; those inside `(` and `[` are the parser's, which knows its brackets
// even where one is missing.

/// What the lexer makes of a source: tokens that end in `.end`, help texts, and its findings.
public struct LexedSource: Sendable {
  public var tokens: [Token]
  /// `##` lines, by the offset of the token they stand above.
  public var documentation: [Int: String]
  var findings: [Finding]
  /// The lines on which a bracket is still open at the end, each once.
  var openLines: Int
  public var diagnostics: [Diagnostic] { findings.map(\.diagnostic) }
}

/// A diagnostic, and whether more input could mend it.
struct Finding: Sendable {
  var diagnostic: Diagnostic
  var atEnd: Bool
}

/// Splits a source into tokens; a mistake becomes a diagnostic and an `.invalid` token.
public func lex(_ source: Source) -> LexedSource {
  var lexer = Lexer(source)
  return lexer.run()
}

struct Lexer {
  /// How far texts may nest inside the interpolations of texts.
  static let textLimit = 16

  let source: Source
  let bytes: [UInt8]
  var position = 0
  var tokens: [Token] = []
  var findings: [Finding] = []
  /// The open brackets of the expression being read, with the lines they stand on.
  var brackets: [(symbol: Symbol, line: Int)] = []
  var textDepth = 0

  private var documentation: [Int: String] = [:]
  private var documentationLines: [String] = []
  private var pendingNewline: Int?
  private var lineHasContent = false

  init(_ source: Source) {
    self.source = source
    bytes = source.bytes
  }

  /// What a run of tokens belongs to; inside a text it ends at `}` or `:`.
  enum Region { case program, interpolationOnLine, interpolationInBlock }

  mutating func run() -> LexedSource {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    lexTokens(in: .program)
    tokens.append(Token(.end, Span(bytes.count, bytes.count)))
    return LexedSource(
      tokens: tokens, documentation: documentation, findings: findings,
      openLines: Set(brackets.map(\.line)).count)
  }

  // MARK: - The loop

  /// Reads tokens to the end of the region and stops before what ends it.
  mutating func lexTokens(in region: Region) {
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\n"):
        if region == .interpolationOnLine { return }
        newline()
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), 0x0C:
        position += 1
      case UInt8(ascii: "#"):
        comment(in: region)
      case UInt8(ascii: "}") where region != .program && brackets.isEmpty,
        UInt8(ascii: ":") where region != .program && brackets.isEmpty:
        return
      case UInt8(ascii: "\""):
        text()
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        number()
      case UInt8(ascii: ".") where isDigit(position + 1):
        number()
      default:
        lexWord()
      }
    }
  }

  private mutating func lexWord() {
    let (scalar, length) = scalar(at: position)
    if Self.startsName(scalar) {
      name()
    } else if scalar == "'" {
      quote()
    } else if operatorOrBracket() {
      return
    } else if scalar.properties.generalCategory == .spaceSeparator {
      position += length
    } else {
      unexpected(scalar, length)
    }
  }

  private mutating func newline() {
    if !lineHasContent { documentationLines = [] }
    lineHasContent = false
    if pendingNewline == nil { pendingNewline = position }
    position += 1
  }

  private mutating func comment(in region: Region) {
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
    guard region == .program, !lineHasContent else { return }
    lineHasContent = true
    let line = source.text(in: Span(start, position))
    if line.hasPrefix("##"), !line.hasPrefix("###") {
      var help = line.dropFirst(2)
      if help.hasPrefix(" ") { help = help.dropFirst() }
      while let last = help.last, last.isWhitespace { help = help.dropLast() }
      documentationLines.append(String(help))
    } else {
      documentationLines = []
    }
  }

  /// Adds a token, and before it the newline that was pending, if that one ends a statement.
  mutating func add(_ kind: Token.Kind, _ span: Span) {
    let token = Token(kind, span)
    if let newline = pendingNewline {
      if let last = tokens.last, !continues(last), !joinsLineAbove(token) {
        tokens.append(Token(.newline, Span(newline, newline + 1)))
      }
      pendingNewline = nil
    }
    if !documentationLines.isEmpty, textDepth == 0 {
      documentation[span.start] = documentationLines.joined(separator: "\n")
      documentationLines = []
    }
    lineHasContent = true
    tokens.append(token)
  }

  private func continues(_ token: Token) -> Bool {
    switch token.kind {
    case .symbol(let symbol): symbol.continuesLine
    case .keyword(let keyword): keyword.continuesLine
    default: false
    }
  }

  private func joinsLineAbove(_ token: Token) -> Bool {
    switch token.kind {
    case .symbol(.pipe): true
    case .symbol(.dot):
      token.span.end < bytes.count && Self.startsName(scalar(at: token.span.end).scalar)
    case .keyword(let keyword): keyword.joinsLineAbove
    default: false
    }
  }

  /// Reads an expression inside a text up to its `}` or `:` with tokens of its own.
  mutating func lexInterpolation(inBlock: Bool) -> [Token] {
    let outer = (tokens, brackets, pendingNewline)
    (tokens, brackets, pendingNewline) = ([], [], nil)
    lexTokens(in: inBlock ? .interpolationInBlock : .interpolationOnLine)
    var inner = tokens
    (tokens, brackets, pendingNewline) = outer
    inner.append(Token(.end, Span(position, min(position + 1, bytes.count))))
    return inner
  }

  // MARK: - Words

  private mutating func name() {
    let start = position
    while position < bytes.count {
      let (scalar, length) = scalar(at: position)
      guard Self.continuesName(scalar) else { break }
      position += length
    }
    let span = Span(start, position)
    // String equality and hashing are canonical equivalence, so that names written in NFC and
    // NFD are one name without a conversion.
    let text = String(source.text(in: span))
    add(Keyword(rawValue: text).map(Token.Kind.keyword) ?? .name(text), span)
  }

  /// `'` touches the operand it transposes; anywhere else it was meant to begin a text.
  private mutating func quote() {
    if let last = tokens.last, last.endsOperand, last.span.end == position {
      add(.symbol(.quote), Span(position, position + 1))
      position += 1
      return
    }
    let start = position
    var end = position + 1
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n"), bytes[end] != UInt8(ascii: "'") {
      end += 1
    }
    let closed = end < bytes.count && bytes[end] == UInt8(ascii: "'")
    let content = source.text(in: Span(start + 1, end))
    position = closed ? end + 1 : start + 1
    let written = closed && !content.contains("\"") ? "`\"\(content)\"`" : "`\"text\"`"
    report(
      .singleQuotes, "texts have double quotes", Span(start, position),
      help: "in Latent this is written \(written); `'` right behind an operand transposes")
    if closed {
      add(.text(TextLiteral([.literal(String(content))])), Span(start, position))
    } else {
      add(.invalid, Span(start, position))
    }
  }

  private mutating func operatorOrBracket() -> Bool {
    let first = bytes[position]
    let native = Symbol.byFirstByte[first]?.first { matches($0.bytes) }
    let foreign = FalseFriend.symbolsByFirstByte[first]?.first { friend in
      matches(friend.bytes) && (!friend.beforeSpace || isSpace(position + friend.bytes.count))
    }
    if let foreign, foreign.bytes.count > native?.bytes.count ?? 0 {
      let span = Span(position, position + foreign.bytes.count)
      position = span.end
      report(.foreignSymbol, "`\(foreign.spelling)` is not Latent", span, help: foreign.remedy)
      add(foreign.replacement ?? .invalid, span)
      return true
    }
    guard let native else { return false }
    let span = Span(position, position + native.bytes.count)
    position = span.end
    add(.symbol(native.symbol), span)
    if native.symbol.closer != nil {
      brackets.append((native.symbol, source.lineIndex(at: span.start)))
    } else if native.symbol.isCloser, let last = brackets.last,
      last.symbol.closer == native.symbol
    {
      brackets.removeLast()
    }
    return true
  }

  private mutating func unexpected(_ scalar: Unicode.Scalar, _ length: Int) {
    let span = Span(position, position + length)
    position = span.end
    let code = String(scalar.value, radix: 16, uppercase: true)
    let padded = String(repeating: "0", count: max(0, 4 - code.count)) + code
    let visible = scalar.properties.generalCategory != .control ? "`\(scalar)` (U+\(padded))" : ""
    report(
      .unexpectedCharacter,
      "\(visible.isEmpty ? "the control character U+\(padded)" : visible) cannot stand here", span,
      help: "characters outside the language belong into texts and comments")
    add(.invalid, span)
  }

  // MARK: - Characters

  static func startsName(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || scalar.properties.isXIDStart
  }

  static func continuesName(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isXIDContinue
  }

  func isDigit(_ offset: Int) -> Bool {
    offset < bytes.count && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset])
  }

  private func isSpace(_ offset: Int) -> Bool {
    offset >= bytes.count || [0x20, 0x09, 0x0A, 0x0D].contains(bytes[offset])
  }

  func matches(_ spelling: [UInt8]) -> Bool {
    guard position + spelling.count <= bytes.count else { return false }
    for (offset, byte) in spelling.enumerated() where bytes[position + offset] != byte {
      return false
    }
    return true
  }

  /// Decodes the scalar at an offset; the bytes are a Swift string's, hence valid UTF-8.
  func scalar(at offset: Int) -> (scalar: Unicode.Scalar, length: Int) {
    guard offset < bytes.count else { return ("\u{0}", 1) }
    let lead = bytes[offset]
    let length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    guard length > 1 else { return (Unicode.Scalar(lead), 1) }
    var value = UInt32(lead) & (0x7F >> UInt32(length))
    for following in bytes[(offset + 1)..<min(offset + length, bytes.count)] {
      value = value << 6 | UInt32(following & 0x3F)
    }
    return (Unicode.Scalar(value) ?? "\u{FFFD}", length)
  }

  mutating func report(
    _ code: DiagnosticCode, _ message: String, _ span: Span, label: String = "",
    help: String? = nil, atEnd: Bool = false
  ) {
    let diagnostic = Diagnostic(
      code.rawValue, message, at: .init(source, span, label), helps: help.map { [$0] } ?? [])
    findings.append(Finding(diagnostic: diagnostic, atEnd: atEnd))
  }
}
