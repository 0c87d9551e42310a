// Which tokens touch, and where a statement may go on in the next line.

extension Printer {
  /// Whether a space stands between two neighbours on a line.
  static func isSpaced(_ previous: Piece, _ next: Piece, _ container: Container) -> Bool {
    switch (previous.role, next.role) {
    case (.opener, _), (_, .closer): return false
    case (_, .comma), (_, .semicolon), (_, .quote), (_, .dot), (.dot, _), (.sign, _): return false
    case (_, .colon): return previous.role == .comma
    case (.tightInfix, _): return next.role == .word
    case (_, .tightInfix): return !previous.endsOperand
    case (_, .bar), (.bar, _): return !container.hasTightBar
    case (_, .opener): return next.token.is(.leftBrace) || !previous.endsOperand
    default: return true
    }
  }

  /// Whether a line end that its author put inside a statement stays there.
  static func goesOn(_ previous: Piece, _ next: Piece, _ container: Container) -> Bool {
    if next.token.is(.leftBrace) || next.role == .comma || next.role == .colon { return false }
    if [.infix, .bar, .dot].contains(next.role) || [.infix, .bar].contains(previous.role) {
      return previous.role != .dot
    }
    let words: [Keyword] = [.and, .or, .not, .in]
    if let word = previous.token.keyword, words.contains(word) { return true }
    guard let word = next.token.keyword else { return false }
    return word == .and || word == .or
      || container.bracket == .leftBracket && (word == .for || word == .if)
  }
}
