// Statements and blocks: sequences, the words that open a statement, and the simple statement,
// an expression that `=` or `~` may turn into the head of something else.

extension Parser {
  /// program = [ sequence ] EOF
  mutating func program() -> [Statement] {
    sequence { parser in
      parser.statement()
    } isClosed: { statement in
      statement.endsWithSemicolon = true
    }
  }

  /// sequence = statement { END statement } [ END ], up to the `}` of the block or the end.
  ///
  /// Serves model blocks too, whose elements are clauses; `isClosed` notes a `;` behind one.
  mutating func sequence<Element>(
    _ element: (inout Parser) -> Element, isClosed: (inout Element) -> Void
  ) -> [Element] {
    var elements: [Element] = []
    let base = openers.count
    while !current.isEnd, !(at(.rightBrace) && base > 0) {
      let start = index
      if at(.semicolon) {
        emptyStatement()
      } else if current.symbol?.isCloser == true {
        strayCloser()
      } else {
        statementStart = index
        elements.append(element(&self))
        endOfStatement(from: base)
        if tokens[index > 0 ? index - 1 : 0].is(.semicolon), !elements.isEmpty {
          isClosed(&elements[elements.count - 1])
        }
      }
      if current.isNewline { advance() }
      // Whatever went wrong, every turn moves on.
      if index == start { advance() }
    }
    return elements
  }

  /// END = NEWLINE | ";" [ NEWLINE ]
  private mutating func endOfStatement(from base: Int) {
    if at(.semicolon) {
      advance()
      return
    }
    guard !current.isNewline, !current.isEnd, !(at(.rightBrace) && base > 0) else { return }
    unexpectedBehindStatement()
    synchronise(to: base)
    if at(.semicolon) { advance() }
  }

  mutating func statement() -> Statement {
    let base = openers.count
    let outer = (depth, openRangeStart, statementStart)
    let start = current.span.start
    let documentation = documentation[start]
    openRangeStart = nil
    defer { (openRangeStart, statementStart) = (outer.1, outer.2) }
    var kind: Statement.Kind
    do {
      kind = try statementKind()
    } catch {
      synchronise(to: base)
      depth = outer.0
      kind = .error
    }
    return Statement(kind, Span(start, max(previousEnd, start)), documentation: documentation)
  }

  private mutating func statementKind() throws(Abandoned) -> Statement.Kind {
    switch current.kind {
    case .keyword(let keyword): return try keywordStatement(keyword)
    case .name where at(.model) && following.isName: return try model()
    case .symbol(.plus), .symbol(.minus): signAtLineStart()
    default: break
    }
    return try simple()
  }

  private mutating func keywordStatement(_ keyword: Keyword) throws(Abandoned) -> Statement.Kind {
    if AssignmentOperator(following) != nil { _ = try name("a value") }
    switch keyword {
    case .check: return try check()
    case .for: return try forLoop()
    case .while: return try whileLoop()
    case .use:
      advance()
      return .use(try expression())
    case .import: return try importFile()
    case .return:
      advance()
      let isEmpty =
        current.isNewline || current.isEnd || at(.semicolon) || at(.rightBrace)
      return .return(isEmpty ? nil : try expression())
    case .break:
      advance()
      return .break
    case .continue:
      advance()
      return .continue
    default: return try simple()
    }
  }

  // MARK: - Simple statements

  /// define | assign | draw | expr
  mutating func simple() throws(Abandoned) -> Statement.Kind {
    guard at(.leftParenthesis) else { return try simple(from: try expression()) }
    let outerHeight = height
    height = 0
    defer { height = max(height, outerHeight) }
    let cover = try parenthesised()
    if cover.grouped == nil, isWriting {
      return try write(to: try names(cover))
    }
    return try simple(from: try finish(cover))
  }

  private mutating func simple(from left: Expression) throws(Abandoned) -> Statement.Kind {
    if let call = head(left) { return try define(call, left.span) }
    return isWriting ? try write(to: try target(left)) : .expression(left)
  }

  /// The call that `=` turns into the head of a definition.
  private func head(_ left: Expression) -> Call? {
    guard at(.define), case .call(let call) = left.kind, !startsWithParenthesis(left.span) else {
      return nil
    }
    return call
  }

  private var isWriting: Bool { at(.tilde) || AssignmentOperator(current) != nil }

  private mutating func write(to target: Target) throws(Abandoned) -> Statement.Kind {
    let assignment = AssignmentOperator(current)
    advance()
    let value = try expression()
    return assignment.map { .assign(target, $0, value) } ?? .draw(target, value)
  }

  // MARK: - Words

  /// check = "check" expr [ "within" expr | "fails" [ TEXT ] ]
  private mutating func check() throws(Abandoned) -> Statement.Kind {
    advance()
    let subject = try expression()
    if at(.within) {
      advance()
      return .check(Check(subject: subject, mode: .within(try expression())))
    }
    guard at(.fails) else { return .check(Check(subject: subject, mode: .holds)) }
    advance()
    guard case .text = current.kind else {
      return .check(Check(subject: subject, mode: .fails(nil)))
    }
    return .check(Check(subject: subject, mode: .fails(try plainText("`fails`").text)))
  }

  private mutating func importFile() throws(Abandoned) -> Statement.Kind {
    advance()
    let path = try plainText("`import`")
    return .import(path.text, path.span)
  }

  /// A text without interpolations.
  private mutating func plainText(
    _ word: String
  ) throws(Abandoned) -> (text: String, span: Span) {
    guard case .text(let literal) = current.kind else {
      reportHere(
        .expectedText, "\(word) needs a text, found \(found)",
        helps: ["in Latent this is written `import \"file.lvm\"`; the library needs no import"])
      throw Abandoned()
    }
    var text = ""
    for piece in literal.pieces {
      switch piece {
      case .literal(let part): text += part
      case .interpolation(_, _, let span):
        report(
          .expectedText, "the text behind \(word) has no interpolations", span,
          helps: ["write braces as `{{` and `}}`"])
      }
    }
    return (text, advance().span)
  }

  private mutating func forLoop() throws(Abandoned) -> Statement.Kind {
    advance()
    let targets = try loopTargets()
    try expectIn()
    let values = try expression()
    return .for(targets, in: values, try block(of: "`for`"))
  }

  private mutating func whileLoop() throws(Abandoned) -> Statement.Kind {
    advance()
    let condition = try expression()
    return .while(condition, try block(of: "`while`"))
  }

  // MARK: - Blocks

  /// block = "{" [ sequence ] "}"
  mutating func block(of owner: String) throws(Abandoned) -> Block {
    if !at(.leftBrace) { try mendBlock(of: owner) }
    try descend()
    defer { depth -= 1 }
    try refuseRecordInBraces()
    let outer = (isInModel, height)
    isInModel = false
    defer { isInModel = outer.0 }
    let opener = open(.leftBrace)
    let statements = sequence { parser in
      parser.statement()
    } isClosed: { statement in
      statement.endsWithSemicolon = true
    }
    closeBlock(opener)
    height = max(height, outer.1)
    return Block(statements, Span(opener.span.start, previousEnd))
  }

  mutating func closeBlock(_ opener: Opener) {
    if at(.rightBrace) {
      close()
      return
    }
    reportHere(
      .missingCloser, "this `{` is not closed", secondary: [(opener.span, "opened here")],
      helps: ["add `}`"])
    insertCloser()
  }
}
