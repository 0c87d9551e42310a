// Model blocks: their head, their clauses, and the types of parameters.

extension Parser {
  /// model = "model" NAME [ "(" [ params ] ")" ] "{" [ clause { END clause } [ END ] ] "}"
  mutating func model() throws(Abandoned) -> Statement.Kind {
    advance()
    let name = try name("a model")
    let parameters = at(.leftParenthesis) ? try parameterList() : []
    if at(.define) {
      reportHere(
        .expectedBlock, "a model block has no `=`",
        helps: ["in Latent this is written `model \(name.text) { … }`"])
      advance()
    }
    if !at(.leftBrace) { try mendBlock(of: "`model`") }
    try descend()
    defer { depth -= 1 }
    let outer = isInModel
    isInModel = true
    defer { isInModel = outer }
    let opener = open(.leftBrace)
    let clauses = sequence { parser in
      parser.clause()
    } isClosed: { _ in
    }
    closeBlock(opener)
    return .model(ModelBlock(name: name, parameters: parameters, clauses: clauses))
  }

  private mutating func clause() -> ModelBlock.Clause {
    let base = openers.count
    let outer = (depth, isInModel)
    let start = current.span
    let documentation = documentation[start.start]
    var kind: ModelBlock.Clause.Kind
    do {
      kind = try clauseKind()
    } catch {
      synchronise(to: base)
      (depth, isInModel) = outer
      kind = .error
    }
    return ModelBlock.Clause(
      kind, Span(start.start, max(previousEnd, start.start)), documentation: documentation)
  }

  /// clause = "param" NAME [ ":" type ] [ "=" expr ] | [ "shared" ] define | assign
  private mutating func clauseKind() throws(Abandoned) -> ModelBlock.Clause.Kind {
    let start = current.span
    if at(.param), following.isName { return try parameterClause() }
    let isShared = at(.shared) && following.isName
    if isShared { advance() }
    if let keyword = current.keyword, ![.if, .true, .false, .nothing, .not].contains(keyword) {
      throw notAClause(start)
    }
    switch try simple() {
    case .define(let definition): return .define(definition, shared: isShared)
    case .assign(let target, let operation, let value) where !isShared:
      return .assign(target, operation, value)
    case .error: return .error
    case .draw:
      report(
        .modelClause, "`~` draws a value, and a model block draws none",
        Span(start.start, previousEnd),
        helps: ["in Latent this is written `p(z) = …`: a density is defined with `=`"])
      return .error
    default:
      // What follows says better what is wrong than the lone expression does.
      let isAlone = current.isNewline || current.isEnd || at(.semicolon) || at(.rightBrace)
      if isAlone { throw notAClause(Span(start.start, previousEnd)) }
      return .error
    }
  }

  private mutating func notAClause(_ span: Span) -> Abandoned {
    report(
      .modelClause, "this cannot stand in a model block", span,
      helps: ["a model block holds `param`, `p(x|z) = …`, `f(x) = …` and `a = …`"])
    return Abandoned()
  }

  private mutating func parameterClause() throws(Abandoned) -> ModelBlock.Clause.Kind {
    advance()
    let name = try name("a parameter")
    var type: ModelBlock.ParameterType?
    var value: Expression?
    if at(.colon) {
      advance()
      type = try parameterType()
    }
    if at(.define) {
      advance()
      value = try expression()
    }
    return .parameter(name, type: type, value: value)
  }

  /// type = NAME [ "[" expr { "," expr } "]" ]
  private mutating func parameterType() throws(Abandoned) -> ModelBlock.ParameterType {
    let name = try name("the type of a parameter")
    guard at(.leftBracket) else {
      return ModelBlock.ParameterType(name: name, dimensions: [], span: name.span)
    }
    let opener = open(.leftBracket)
    var dimensions: [Expression] = []
    var isOpen = true
    while isOpen {
      dimensions.append(try expression())
      if at(.comma) {
        advance()
      } else if at(.rightBracket) {
        close()
        isOpen = false
      } else {
        isOpen = try mend(opener)
      }
    }
    return ModelBlock.ParameterType(
      name: name, dimensions: dimensions, span: Span(name.span.start, previousEnd))
  }
}
