// The words of the language, as data: keywords, symbols, and what each does to a line end.
// The grammar file, the highlighters and the parser all take their lists from here.

/// A word of a program with its place.
public struct Token: Sendable {
  public indirect enum Kind: Sendable {
    case number(Double)
    case text(TextLiteral)
    case name(String)
    case keyword(Keyword)
    case symbol(Symbol)
    /// The end of a line that ends a statement, unless a `(` or `[` is open.
    case newline
    /// The end of the input, or of the expression inside an interpolation.
    case end
    /// Something the lexer has reported already.
    case invalid
  }

  public var kind: Kind
  public var span: Span

  public init(_ kind: Kind, _ span: Span) {
    self.kind = kind
    self.span = span
  }
}

/// The pieces of a text; an interpolation holds the tokens of its expression.
public struct TextLiteral: Sendable {
  public enum Piece: Sendable {
    case literal(String)
    /// The tokens end in `.end`, whose place is the `:` or `}` behind the expression.
    case interpolation([Token], format: TextFormat?, Span)
  }
  public var pieces: [Piece]

  public init(_ pieces: [Piece]) { self.pieces = pieces }
}

/// Words that are never names.
public enum Keyword: String, Sendable, CaseIterable {
  case and, `break`, check, `continue`, `else`, `false`, `for`, `if`, `import`, `in`, not
  case nothing, or, `return`, `true`, use, `while`

  /// At the end of a line: the statement goes on.
  var continuesLine: Bool { [.and, .or, .not, .in].contains(self) }
  /// At the start of a line: it belongs to the statement above.
  var joinsLineAbove: Bool { [.and, .or, .else].contains(self) }
}

/// Words with a meaning in one place of the grammar, and names everywhere else.
public enum ContextualWord: String, Sendable, CaseIterable {
  case by, fails, log, model, param, shared, within
}

/// Operators and punctuation; the lexer takes the longest that fits.
public enum Symbol: String, Sendable, CaseIterable {
  case plus = "+"
  case minus = "-"
  case star = "*"
  case slash = "/"
  case percent = "%"
  case at = "@"
  case caret = "^"
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case define = "="
  case plusDefine = "+="
  case minusDefine = "-="
  case starDefine = "*="
  case slashDefine = "/="
  case tilde = "~"
  case arrow = "=>"
  case pipe = "|>"
  case bar = "|"
  case doubleBar = "||"
  case upTo = "..<"
  case through = "..."
  case dot = "."
  case comma = ","
  case colon = ":"
  case semicolon = ";"
  case quote = "'"
  case leftParenthesis = "("
  case rightParenthesis = ")"
  case leftBracket = "["
  case rightBracket = "]"
  case leftBrace = "{"
  case rightBrace = "}"

  /// At the end of a line: the statement goes on.
  var continuesLine: Bool {
    switch self {
    case .quote, .dot, .colon, .semicolon, .rightParenthesis, .rightBracket, .rightBrace: false
    default: true
    }
  }

  /// The bracket that closes this one.
  public var closer: Symbol? {
    switch self {
    case .leftParenthesis: .rightParenthesis
    case .leftBracket: .rightBracket
    case .leftBrace: .rightBrace
    default: nil
    }
  }

  public var isCloser: Bool {
    self == .rightParenthesis || self == .rightBracket || self == .rightBrace
  }

  /// Spellings by their first byte, the longest first.
  static let byFirstByte: [UInt8: [(bytes: [UInt8], symbol: Symbol)]] =
    Dictionary(grouping: allCases.map { (bytes: Array($0.rawValue.utf8), symbol: $0) }) {
      $0.bytes.first ?? 0
    }
    .mapValues { $0.sorted { $0.bytes.count > $1.bytes.count } }
}

extension Token {
  func `is`(_ symbol: Symbol) -> Bool {
    if case .symbol(symbol) = kind { true } else { false }
  }

  func `is`(_ keyword: Keyword) -> Bool {
    if case .keyword(keyword) = kind { true } else { false }
  }

  func `is`(_ word: ContextualWord) -> Bool {
    if case .name(word.rawValue) = kind { true } else { false }
  }

  var isName: Bool { if case .name = kind { true } else { false } }
  var isNewline: Bool { if case .newline = kind { true } else { false } }
  var isEnd: Bool { if case .end = kind { true } else { false } }
  var isInvalid: Bool { if case .invalid = kind { true } else { false } }

  var symbol: Symbol? { if case .symbol(let symbol) = kind { symbol } else { nil } }
  var keyword: Keyword? { if case .keyword(let keyword) = kind { keyword } else { nil } }

  /// Whether an operand can end here, so that a `'` right behind it transposes.
  var endsOperand: Bool {
    switch kind {
    case .number, .text, .name: true
    case .keyword(let keyword): [.true, .false, .nothing].contains(keyword)
    case .symbol(let symbol): symbol.isCloser || symbol == .quote
    case .newline, .end, .invalid: false
    }
  }

  /// Whether an operand can start here (brackets aside, which continue the operand before).
  var startsOperand: Bool {
    switch kind {
    case .number, .text, .name: true
    case .keyword(let keyword): [.true, .false, .nothing, .if].contains(keyword)
    case .symbol, .newline, .end, .invalid: false
    }
  }
}
