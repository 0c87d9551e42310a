// Operands: literals, texts with their interpolations, names, and `if`, which is an expression.

extension Parser {
  mutating func primary() throws(Abandoned) -> Expression {
    let span = current.span
    switch current.kind {
    case .name(let text):
      advance()
      return Expression(.name(text), span)
    case .number(let value):
      advance()
      return Expression(.number(value), span)
    case .text(let literal): return try text(literal)
    case .keyword(let keyword): return try word(keyword)
    case .symbol(.leftParenthesis): return try group()
    case .symbol(.leftBracket): return try array()
    case .symbol(.leftBrace): try misplacedBlock()
    default: try expectedExpression()
    }
  }

  private mutating func group() throws(Abandoned) -> Expression {
    let cover = try parenthesised()
    if at(.arrow) {
      reportHere(
        .unexpectedToken, "a function cannot be an operand here",
        helps: ["put it in parentheses: `(x => x + 1)`"])
      throw Abandoned()
    }
    return try operand(cover)
  }

  private mutating func word(_ keyword: Keyword) throws(Abandoned) -> Expression {
    let span = current.span
    switch keyword {
    case .true, .false:
      advance()
      return Expression(.bool(keyword == .true), span)
    case .nothing:
      advance()
      return Expression(.nothing, span)
    case .if: return try conditional()
    default: try expectedExpression()
    }
  }

  // MARK: - Texts

  private mutating func text(_ literal: TextLiteral) throws(Abandoned) -> Expression {
    let span = current.span
    var pieces: [TextPiece] = []
    for piece in literal.pieces {
      switch piece {
      case .literal(let text): pieces.append(.literal(text))
      case .interpolation(let tokens, let format, _):
        pieces.append(.interpolation(try interpolation(tokens), format: format))
      }
    }
    advance()
    return Expression(.text(pieces), span)
  }

  /// Parses the tokens of an interpolation, and comes back whatever happens in them.
  private mutating func interpolation(_ inner: [Token]) throws(Abandoned) -> Expression {
    let outer = (tokens, index, previousEnd, statementStart, openRangeStart, openers.count, depth)
    (tokens, index, statementStart, openRangeStart) = (inner, 0, 0, nil)
    let start = current.span
    openers.append(Opener(symbol: .leftParenthesis, span: start))
    skipNewlines()
    var value = Expression(.error, start)
    do {
      value = try expression()
      if !current.isEnd { unexpectedBehindStatement() }
    } catch {
      value = Expression(.error, start)
    }
    (tokens, index, previousEnd, statementStart, openRangeStart) =
      (outer.0, outer.1, outer.2, outer.3, outer.4)
    openers.removeLast(max(0, openers.count - outer.5))
    depth = outer.6
    return value
  }

  // MARK: - If

  /// if = "if" expr block [ "else" ( if | block ) ]
  private mutating func conditional() throws(Abandoned) -> Expression {
    // Read in a loop and joined from the end: a long chain of `else if` needs no deep stack.
    var branches: [(start: Int, condition: Expression, then: Block)] = []
    var otherwise: Conditional.Otherwise?
    repeat {
      branches.append(try branch())
      try grow()
      guard at(.else) else { break }
      advance()
      if !at(.if) { otherwise = .block(try block(of: "`else`")) }
    } while otherwise == nil
    var whole = Expression(.error, Span(previousEnd, previousEnd))
    for branch in branches.reversed() {
      let conditional = Conditional(
        condition: branch.condition, then: branch.then, otherwise: otherwise)
      whole = Expression(.conditional(conditional), Span(branch.start, previousEnd))
      otherwise = .conditional(whole)
    }
    return whole
  }

  private mutating func branch() throws(Abandoned) -> (
    start: Int, condition: Expression, then: Block
  ) {
    let start = advance().span.start
    let condition = try expression()
    return (start, condition, try block(of: "`if`"))
  }
}
