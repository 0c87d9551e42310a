// Getting back on the road after a mistake: one report, then the next statement boundary at the
// same bracket depth, so that the rest of the cell is still read and checked.

extension Parser {
  /// Skips to the end of the statement that began with `base` brackets open.
  ///
  /// A line that looks like a new statement ends it even inside `(` and `[`: a missing closer
  /// must not swallow the program.
  mutating func synchronise(to base: Int) {
    var open = openers.dropFirst(base).map(\.symbol)
    openers.removeLast(max(0, openers.count - base))
    let isInBlock = openers.last?.symbol == .leftBrace
    // A newline inside brackets was stepped over; it may be the boundary.
    while index > statementStart, index > 0, tokens[index - 1].isNewline { index -= 1 }
    loop: while !tokens[index].isEnd {
      let token = tokens[index]
      switch token.kind {
      case .newline:
        if isBoundary(open) { break loop }
      case .symbol(.semicolon) where open.isEmpty: break loop
      case .symbol(let symbol) where symbol.closer != nil: open.append(symbol)
      case .symbol(let symbol) where symbol.isCloser:
        if let match = open.lastIndex(where: { $0.closer == symbol }) {
          open.removeSubrange(match...)
        } else if symbol == .rightBrace, isInBlock {
          break loop
        }
      default: break
      }
      previousEnd = token.span.end
      index += 1
    }
    skipIndentedLines()
  }

  /// Whether the newline at the current token ends the statement that is being skipped.
  private func isBoundary(_ open: [Symbol]) -> Bool {
    guard let innermost = open.last else { return true }
    return innermost != .leftBrace && looksLikeStatement(at: index + 1, in: innermost)
  }

  /// Whether a line starts with what starts a statement and cannot stand inside brackets.
  func looksLikeStatement(at start: Int, in bracket: Symbol) -> Bool {
    guard start < tokens.count else { return true }
    let next = tokens[min(start + 1, tokens.count - 1)]
    switch tokens[start].kind {
    case .end: return true
    case .keyword(.for): return bracket != .leftBracket
    case .keyword(let keyword):
      return [.while, .use, .import, .check, .return, .break, .continue].contains(keyword)
    case .name:
      if AssignmentOperator(next) != nil || next.is(.tilde) { return true }
      if tokens[start].is(.model) || tokens[start].is(.param) || tokens[start].is(.shared) {
        return next.isName
      }
      return next.is(.leftParenthesis) && definesAfterParenthesis(at: start + 1)
    default: return false
    }
  }

  /// Whether the parenthesis at `start` closes on its line and `=` follows it.
  private func definesAfterParenthesis(at start: Int) -> Bool {
    var depth = 0
    var position = start
    while position + 1 < tokens.count, !tokens[position].isNewline {
      if tokens[position].is(.leftParenthesis) { depth += 1 }
      if tokens[position].is(.rightParenthesis) {
        depth -= 1
        if depth == 0 { return tokens[position + 1].is(.define) }
      }
      position += 1
    }
    return false
  }

  /// After the head of a block in the style of Python, its lines are skipped too.
  private mutating func skipIndentedLines() {
    guard let indentation = skippedIndentation else { return }
    skippedIndentation = nil
    while tokens[index].isNewline, index + 1 < tokens.count {
      let next = tokens[index + 1]
      let isBranch = next.is(.else) || Self.isWord(next, ["elif", "except", "finally"])
      guard !next.isEnd, isBranch || self.indentation(at: next.span.start) > indentation else {
        return
      }
      repeat { index += 1 } while !tokens[index].isNewline && !tokens[index].isEnd
      previousEnd = tokens[index - 1].span.end
    }
  }

  static func isWord(_ token: Token, _ words: Set<String>) -> Bool {
    if case .name(let text) = token.kind { words.contains(text) } else { false }
  }

  /// The number of bytes before the first token of the line that holds `offset`.
  func indentation(at offset: Int) -> Int {
    let start = source.lineStarts[source.lineIndex(at: offset)]
    return source.bytes[start...].prefix { $0 == 0x20 || $0 == 0x09 }.count
  }

  // MARK: - Lists

  /// Something stands in a list where `,` or the closer was expected: reports it.
  ///
  /// - Returns: whether the list goes on (with an element or its closer); else it has ended, its
  ///   closer inserted or another taken for it.
  mutating func mend(_ opener: Opener) throws(Abandoned) -> Bool {
    let closer = opener.symbol.closer?.rawValue ?? ")"
    let opened = [(opener.span, "opened here")]
    if current.isEnd || startsLine && looksLikeStatement(at: index, in: opener.symbol) {
      let isEnd = current.isEnd && current.span.start >= source.bytes.count
      report(
        .missingCloser, "this `\(opener.symbol.rawValue)` is not closed",
        Span(previousEnd, previousEnd), label: "`\(closer)` is missing", secondary: opened,
        atEnd: isEnd)
      insertCloser()
      return false
    }
    if let symbol = current.symbol, symbol.isCloser {
      reportHere(
        .wrongCloser, "`\(symbol.rawValue)` does not close `\(opener.symbol.rawValue)`",
        secondary: opened, helps: ["write `\(closer)`"])
      let isAnothers = openers.dropLast().contains { $0.symbol.closer == symbol }
      if isAnothers { insertCloser() } else { close() }
      return false
    }
    if at(.define), opener.symbol == .leftParenthesis {
      reportHere(
        .equalsSign, "`=` does not stand inside parentheses",
        helps: [equalsRemedy])
      advance()
      _ = try expression()
      return take(.comma) || at(.rightParenthesis) ? true : try mend(opener)
    }
    try refuseInList(opener)
    return true
  }

  /// How what was meant by `=` in parentheses is written, in the words of the program.
  private var equalsRemedy: String {
    if tokens[statementStart].is(.for) { return "in Latent this is written `for i in 0..<n { … }`" }
    guard index > 0, case .name(let name) = tokens[index - 1].kind, following.startsOperand else {
      return "a named argument is written `f(a: 1)`; equality is `==`"
    }
    let value = source.text(in: following.span)
    return "a named argument is written `\(name): \(value)`; equality is `==`"
  }

  private mutating func refuseInList(_ opener: Opener) throws(Abandoned) {
    let isArray = opener.symbol == .leftBracket
    if current.startsOperand || at(.leftBrace) {
      if at(.leftBrace) {
        unexpectedBehindStatement()
        throw Abandoned()
      }
      juxtaposition()
      return
    }
    if at(.semicolon), isArray {
      reportHere(
        .foreignSyntax, "the rows of a matrix are not separated by `;`",
        helps: ["in Latent this is written `[[1, 2], [3, 4]]`"])
      advance()
      return
    }
    if at(.colon), !isArray {
      reportHere(
        .unexpectedToken, "the name of an argument is a plain name",
        helps: ["write `f(a: 1)`; a record is written `(a: 1, b: 2)`"])
    } else if at(.colon) {
      reportHere(
        .slice, "a range has no colon", helps: ["in Latent this is written `0..<n` or `1...n`"])
    } else if at(.for) {
      reportHere(
        .foreignSyntax, "a comprehension stands in brackets",
        helps: ["in Latent this is written `[f(x) for x in xs]`"])
    } else if at(.bar) || at(.doubleBar) {
      strayBar()
    } else if at(.else), isArray {
      reportHere(
        .foreignSyntax, "the `if` of a comprehension chooses elements and has no `else`",
        helps: ["in Latent this is written `[if c { a } else { b } for x in xs]`"])
    } else if current.isInvalid {
      advance()
      if current.startsOperand { return }
    } else {
      let closer = opener.symbol.closer?.rawValue ?? ")"
      reportHere(
        .unexpectedToken, "`,` or `\(closer)` is expected, found \(found)",
        secondary: [(opener.span, "opened here")])
    }
    throw Abandoned()
  }

  // MARK: - Blocks

  /// Something stands where `{` was expected: reports it and goes to the `{`, or gives up.
  mutating func mendBlock(of owner: String) throws(Abandoned) {
    let remedy = Self.blockRemedies[owner] ?? "in Latent this is written `f(x) = { … }`"
    if at(.colon) {
      let foreign = foreignWord()
      skippedIndentation = indentation(at: current.span.start)
      if let foreign {
        report(foreign)
      } else {
        reportHere(.foreignSyntax, "a block does not start with `:`", helps: [remedy])
      }
      throw Abandoned()
    }
    if at(.define) {
      reportHere(
        .equalsSign, "`=` defines, and nothing is defined here", helps: ["equality is `==`"])
    } else if current.isNewline, following.is(.leftBrace) {
      report(
        .expectedBlock, "the `{` of a block stands on the line of its head", following.span,
        helps: ["move it to the end of the line above"])
      advance()
      return
    } else if let foreign = foreignWord() {
      report(foreign)
    } else {
      reportHere(
        .expectedBlock, "\(owner) needs a block `{ … }`, found \(found)", helps: [remedy])
    }
    // The block may follow on the line: then it is read and only the head is wrong.
    var position = index
    while !tokens[position].isEnd, !tokens[position].isNewline, !tokens[position].is(.leftBrace) {
      position += 1
    }
    guard tokens[position].is(.leftBrace) else { throw Abandoned() }
    index = position
  }

  private static let blockRemedies = [
    "`if`": "in Latent this is written `if c { a } else { b }`",
    "`else`": "in Latent this is written `if c { a } else { b }`",
    "`for`": "in Latent this is written `for x in xs { … }`",
    "`while`": "in Latent this is written `while c { … }`",
    "`model`": "in Latent this is written `model name(K) { … }`",
  ]

  /// `{` where an operand is expected.
  mutating func misplacedBlock() throws(Abandoned) -> Never {
    if !recordInBraces() {
      let isEmpty = following.is(.rightBrace)
      reportHere(
        isEmpty ? .foreignSyntax : .expectedExpression, "a block `{ … }` is no value",
        helps: [
          isEmpty
            ? "in Latent this is written `[]` for a list; a record has fields: `(a: 1)`"
            : "a list is written `[1, 2]`, a record `(a: 1, b: 2)`, a function `f(x) = { … }`"
        ])
    }
    throw Abandoned()
  }

  /// A record written with the braces of JSON where a block may stand.
  mutating func refuseRecordInBraces() throws(Abandoned) {
    if recordInBraces() { throw Abandoned() }
  }

  private mutating func recordInBraces() -> Bool {
    guard at(.leftBrace), index + 2 < tokens.count, tokens[index + 2].is(.colon) else {
      return false
    }
    switch tokens[index + 1].kind {
    case .text, .name, .number: break
    default: return false
    }
    reportHere(
      .foreignSyntax, "a record does not stand in braces",
      helps: ["in Latent this is written `(a: 1, b: 2)`, with plain names"])
    return true
  }
}
