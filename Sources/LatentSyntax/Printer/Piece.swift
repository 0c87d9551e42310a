// What the printer works on: tokens that know the comments and line breaks before them, and what
// they are to their neighbours.

/// A comment between two tokens, without the spaces at its end.
struct Comment {
  var text: String
  /// Nothing but spaces stands before it on its line.
  var isOnOwnLine: Bool
  var startsAtMargin: Bool
  /// An empty line stands before it.
  var followsBlank: Bool

  /// Whether tools read this comment by its place: cell markers, options, outputs, rules.
  var isMark: Bool {
    ["# %%", "#|", "#>", "# ---"].contains { text.hasPrefix($0) }
  }
}

/// A token as the printer sees it.
struct Piece {
  /// What a token is to its neighbours.
  enum Role {
    case operand, sign, infix, tightInfix, word, bar, comma, colon, semicolon, dot, quote
    case opener, closer, end
  }

  var role: Role
  var token: Token
  var text: String
  /// The comments between the token before and this one.
  var comments: [Comment] = []
  /// A line ends between the token before and this one.
  var startsLine = false
  /// An empty line stands right before it, or before the comments right above it.
  var followsBlank = false
  /// The end of the line before it ended a statement.
  var startsStatement = false

  /// Whether an operand can end here, so that `(` and `[` behind it belong to it.
  var endsOperand: Bool { role == .operand || role == .closer || role == .quote }

  /// Whether a statement that begins here has a condition and blocks.
  var opensControl: Bool { token.is(.if) || token.is(.for) || token.is(.while) }

  /// The columns up to the first line end of the text.
  var width: Int {
    guard let end = text.utf8.firstIndex(of: 0x0A) else { return Self.width(text) }
    return Self.width(text[..<end])
  }

  var isMultiline: Bool { text.utf8.contains(0x0A) }

  static func width(_ text: some StringProtocol) -> Int {
    text.utf8.allSatisfy { $0 < 0x80 }
      ? text.utf8.count : text.reduce(0) { $0 + DisplayWidth.of($1) }
  }
}

extension Piece.Role {
  /// - Parameters:
  ///   - behindOperand: Whether the token before ends an operand of the same statement.
  ///   - next: The token behind, for the words that are words only before a name.
  init(_ token: Token, behindOperand: Bool, startsStatement: Bool, next: Token?) {
    switch token.kind {
    case .number, .text: self = .operand
    case .name(let name):
      let word = ContextualWord(rawValue: name)
      let isBeforeName = next?.isName ?? false
      switch word {
      case .log where isBeforeName && !behindOperand: self = .word
      case .model, .param, .shared: self = startsStatement && isBeforeName ? .word : .operand
      default: self = behindOperand ? .word : .operand
      }
    case .keyword(let keyword):
      self = [.true, .false, .nothing].contains(keyword) ? .operand : .word
    case .symbol(let symbol): self = Self.of(symbol, behindOperand: behindOperand)
    case .newline, .end, .invalid: self = .end
    }
  }

  private static func of(_ symbol: Symbol, behindOperand: Bool) -> Self {
    switch symbol {
    case .plus, .minus: behindOperand ? .infix : .sign
    case .caret, .upTo, .through: .tightInfix
    case .bar: .bar
    case .comma: .comma
    case .colon: .colon
    case .semicolon: .semicolon
    case .dot: .dot
    case .quote: .quote
    case .leftParenthesis, .leftBracket, .leftBrace: .opener
    case .rightParenthesis, .rightBracket, .rightBrace: .closer
    default: .infix
    }
  }
}
