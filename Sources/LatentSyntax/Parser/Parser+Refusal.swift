// What the parser says when it meets something else than it needs, in the words of whoever wrote
// it: the false friends first, the plain expectation last.

extension Parser {
  /// No expression can start at the current token.
  mutating func expectedExpression() throws(Abandoned) -> Never {
    if index >= 2, let twice = doubledSign() {
      let (sign, span) = twice
      report(
        .foreignSyntax, "`\(sign)\(sign)` is not an operator", span,
        helps: ["in Latent this is written `x \(sign)= 1`"])
    } else if let keyword = current.keyword, keyword == .not {
      reportHere(
        .expectedExpression, "`not` binds looser than the operator before it",
        helps: ["put it in parentheses: `(not a)`"])
    } else if current.keyword == .else {
      reportHere(
        .expectedExpression, "`else` has no `if`",
        helps: ["write `if c { a } else { b }`"])
    } else if at(.bar) || at(.doubleBar) {
      strayBar()
    } else if let symbol = current.symbol, startsLine, InfixOperator(current) != nil {
      let isCommand = symbol == .percent && following.isName
      reportHere(
        .expectedExpression, "a line does not start with `\(symbol.rawValue)`",
        helps: [
          isCommand
            ? "`%command` is for the prompt and notebooks in Jupyter"
            : "the operator belongs at the end of the line above"
        ])
    } else if let keyword = current.keyword, Self.statementWords.contains(keyword) {
      reportHere(
        .expectedExpression, "`\(keyword.rawValue)` is a statement and has no value",
        helps: ["write it on a line of its own"])
    } else {
      reportHere(
        .expectedExpression, "an expression is expected, found \(found)",
        helps: expressionRemedy.map { [$0] } ?? [])
    }
    throw Abandoned()
  }

  /// What may have been meant by something that begins no expression.
  private var expressionRemedy: String? {
    switch current.symbol {
    case .star: return "nothing is spread: `f(xs)` takes the list, and lists are joined by `a + b`"
    case .through: return "nothing is spread: lists are joined by `a + b`"
    case .tilde: return "in Latent this is written `not a`"
    case .dot: return "a member stands behind its value: `x.shape`"
    default: return nil
    }
  }

  private static let statementWords: Set<Keyword> = [
    .break, .check, .continue, .for, .import, .return, .use, .while,
  ]

  /// `++` and `--` behind an operand.
  private func doubledSign() -> (String, Span)? {
    let (first, second) = (tokens[index - 2], tokens[index - 1])
    guard let symbol = first.symbol, symbol == .plus || symbol == .minus, second.is(symbol),
      first.span.end == second.span.start, index >= 3, tokens[index - 3].endsOperand
    else { return nil }
    return (symbol.rawValue, first.span.joined(second.span))
  }

  /// The statement is over, and something follows it on the line.
  mutating func unexpectedBehindStatement() {
    if current.isInvalid { return }
    if let symbol = current.symbol {
      unexpected(symbol)
    } else if at(.if) {
      reportHere(
        .foreignSyntax, "`if` does not stand behind its value",
        helps: ["in Latent this is written `if c { a } else { b }`"])
    } else if current.startsOperand {
      juxtaposition()
    } else if at(.for) {
      reportHere(
        .foreignSyntax, "a comprehension stands in brackets",
        helps: ["in Latent this is written `[f(x) for x in xs]`"])
    } else if at(.else) {
      reportHere(
        .unexpectedToken, "`else` has no `if`", helps: ["write `if c { a } else { b }`"])
    } else if at(.not) {
      reportHere(
        .missingOperator, "an operator is missing before `not`", helps: ["write `a and not b`"])
    } else {
      reportHere(.unexpectedToken, "\(found) cannot follow here")
    }
  }

  private mutating func unexpected(_ symbol: Symbol) {
    switch symbol {
    case .colon: colonBehindStatement()
    case .comma: commaBehindStatement()
    case .leftBrace: braceBehindStatement()
    case .define, .plusDefine, .minusDefine, .starDefine, .slashDefine:
      reportHere(
        .equalsSign, "`\(symbol.rawValue)` stands once in a statement",
        helps: ["write two assignments; equality is `==`"])
    case .bar, .doubleBar: strayBar()
    case .tilde where isInModel && tokens[statementStart].is(.param):
      reportHere(
        .unexpectedToken, "a parameter is not drawn",
        helps: ["its prior stands on a line of its own: `param mu`, then `p(mu) = normal(0, 1)`"])
    case .tilde:
      reportHere(
        .unexpectedToken, "`~` stands once in a statement", helps: ["a draw is `z ~ q(z|x)`"])
    case .arrow:
      reportHere(
        .unexpectedToken, "`=>` has parameters on its left",
        helps: [
          "a function is written `x => x + 1` or `(a, b) => a + b`, with a name `f(x) = x + 1`"
        ])
    case .upTo, .through:
      reportHere(
        .unexpectedToken, "ranges do not chain",
        helps: ["a step is written `0..<n by 2`"])
    case .caret:
      reportHere(
        .unexpectedToken, "`^` cannot follow here",
        helps: ["put what is raised in parentheses: `(log p(x))^2`"])
    default:
      if symbol.isCloser {
        strayCloserReport(symbol)
      } else if isInModel, tokens[statementStart].is(.param) {
        boundBehindType(symbol)
      } else if InfixOperator(current) != nil {
        reportHere(
          .unexpectedToken, "`\(symbol.rawValue)` binds tighter than the `|>` or range before it",
          helps: ["put what stands before it in parentheses: `(x |> f) \(symbol.rawValue) y`"])
      } else {
        reportHere(.unexpectedToken, "\(found) cannot follow here")
      }
    }
  }

  /// `param s: real<lower=0>` and `param pi: simplex(3)`.
  private mutating func boundBehindType(_ symbol: Symbol) {
    reportHere(
      .unexpectedToken, "`\(symbol.rawValue)` cannot follow the type of a parameter",
      helps: [
        symbol == .leftParenthesis
          ? "sizes stand in brackets: `simplex[3]`"
          : "bounds are types: `positive`, and `unit` for what lies between 0 and 1"
      ])
  }

  private mutating func colonBehindStatement() {
    let first = tokens[statementStart]
    if let foreign = foreignWord() {
      report(foreign)
      skippedIndentation = indentation(at: first.span.start)
    } else if following.isNewline || following.isEnd {
      let isCall = index > 0 && tokens[index - 1].is(.rightParenthesis)
      reportHere(
        .foreignSyntax, "a block does not start with `:`",
        helps: [
          "in Latent this is written "
            + (isCall ? "`f(x) = { … }`" : "`if c { … }`, with the block in braces")
        ])
      skippedIndentation = indentation(at: first.span.start)
    } else if index > 0, tokens[index - 1].is(.rightParenthesis), tokens[statementStart].isName,
      tokens[min(statementStart + 1, index)].is(.leftParenthesis)
    {
      reportHere(
        .foreignSyntax, "the body of a function does not follow `:`",
        helps: ["in Latent this is written `f(x) = x + 1`"])
    } else if index > statementStart + 1, tokens[index - 1].endsOperand {
      reportHere(
        .unexpectedToken, "a range has no colon",
        helps: ["in Latent this is written `1...10` (with the end) or `0..<n` (without it)"])
    } else {
      reportHere(
        .unexpectedToken, "`:` cannot follow here",
        helps: ["a value is assigned by `x = 3`; types stand only behind `param` in a model block"])
    }
  }

  private mutating func commaBehindStatement() {
    var position = index
    while !tokens[position].isNewline, !tokens[position].isEnd, !tokens[position].is(.define) {
      position += 1
    }
    if tokens[statementStart].is(.check) {
      reportHere(
        .foreignSyntax, "a check has no message",
        helps: ["in Latent this is written `check c`; what went wrong is told with both sides"])
      return
    }
    let isTarget = tokens[position].is(.define)
    if !isTarget, index > 0, case .number = tokens[index - 1].kind, case .number = following.kind {
      reportHere(
        .parenthesisedList, "values side by side are no list",
        helps: ["a fraction is written with a point, `1.2`, and a list `[1, 2]`"])
      return
    }
    reportHere(
      .parenthesisedList, "values side by side are no list",
      helps: [
        isTarget
          ? "in Latent this is written `(a, b) = v`"
          : "in Latent this is written `[a, b]`; statements are separated by `;`"
      ])
  }

  private mutating func braceBehindStatement() {
    if let foreign = foreignWord() {
      report(foreign)
      return
    }
    reportHere(
      .unexpectedToken, "a block cannot follow an expression",
      helps: [
        "a function is defined by `f(x) = { … }`, a model by `model name { … }`; "
          + "a function as argument is `f(x => { … })`"
      ])
  }

  /// `|` or `||` outside the parentheses of a call.
  mutating func strayBar() {
    let isInCall = openers.last?.symbol == .leftParenthesis
    if isInCall, index > 0, tokens[index - 1].is(.comma) || tokens[index - 1].is(.leftParenthesis) {
      reportHere(
        .barOutsideCall, "\(found) does not begin an argument",
        helps: ["a function is written `x => x + 1`"])
      return
    }
    reportHere(
      .barOutsideCall,
      "\(found) stands only \(isInCall ? "once " : "")in the parentheses of a call",
      helps: [
        startsLine || index == statementStart
          ? "in Latent this is written `abs(x)`; a density is `p(x|z)`"
          : "in Latent this is written `a or b`; a density is `p(x|z)`"
      ])
  }

  /// Two operands side by side.
  mutating func juxtaposition() {
    if case .text = current.kind, index > 0,
      tokens[index - 1].span.end == current.span.start,
      case .name(let prefix) = tokens[index - 1].kind
    {
      report(
        .foreignSyntax, "a text has no prefix `\(prefix)`", tokens[index - 1].span,
        helps: ["in Latent this is written `\"text {x}\"`: every text holds expressions in braces"])
    } else if let foreign = foreignWord() {
      report(foreign)
    } else {
      reportHere(
        .missingOperator, "an operator or a comma is missing before \(found)",
        helps: [juxtapositionRemedy])
    }
  }

  /// What may have been meant by two operands side by side.
  private var juxtapositionRemedy: String {
    if openers.last?.symbol == .leftBracket {
      return "in Latent this is written `[1, 2]`, and a matrix `[[1, 2], [3, 4]]`"
    }
    if at(.within) { return "`within` belongs to a check: `check a == b within 1e-6`" }
    guard index > 0, case .name(let name) = tokens[index - 1].kind,
      source.lineIndex(at: current.span.start) == source.lineIndex(at: max(current.span.end - 1, 0))
    else { return "write what joins the two: `a + b`, `f(a)`, `[a, b]`" }
    let argument = source.text(in: current.span)
    return "a call is written `\(name)(\(argument))`; two values are joined by an operator"
  }

  /// A word of another language, where it stands, and what Latent writes instead.
  struct ForeignWord {
    var word: String
    var span: Span
    var remedy: String
  }

  /// The word of another language at the mistake, right before it, at the head of its statement,
  /// or, when it opens a function, anywhere between.
  func foreignWord() -> ForeignWord? {
    let start = min(statementStart, index)
    var suspects = [index, max(index - 1, start), start]
    suspects += (start..<index).filter {
      Self.isWord(tokens[$0], ["function", "lambda", "fn", "func"])
    }
    for suspect in suspects {
      guard case .name(let word) = tokens[suspect].kind,
        !FalseFriend.isNameToo(word) || suspect < index && isForeign(suspect),
        !(isInModel && (word == "param" || word == "shared")),
        let remedy = FalseFriend.remedy(forWord: word)
      else { continue }
      return ForeignWord(word: word, span: tokens[suspect].span, remedy: remedy)
    }
    return nil
  }

  /// Whether a word that may be a name as well stands where a name cannot: before an operand, or
  /// right before the mistake.
  private func isForeign(_ suspect: Int) -> Bool {
    suspect == index - 1 || tokens[suspect + 1].startsOperand
  }

  mutating func report(_ foreign: ForeignWord) {
    if FalseFriend.isNameToo(foreign.word) {
      reportHere(
        .foreignSyntax, "\(found) cannot follow `\(foreign.word)`", helps: [foreign.remedy])
    } else {
      report(
        .foreignSyntax, "`\(foreign.word)` is not a word of Latent", foreign.span,
        helps: [foreign.remedy])
    }
  }

  // MARK: - Between statements

  /// A `;` that ends nothing.
  mutating func emptyStatement() {
    reportHere(
      .emptyStatement, "this `;` ends no statement",
      helps: ["one `;` behind a statement is enough"])
    while at(.semicolon) { advance() }
  }

  mutating func strayCloser() {
    if let symbol = current.symbol { strayCloserReport(symbol) }
    advance()
  }

  private mutating func strayCloserReport(_ symbol: Symbol) {
    reportHere(
      .wrongCloser, "`\(symbol.rawValue)` closes nothing", helps: ["take it away"])
  }

  /// A line that starts with a sign and a space continues the line above, was the intention.
  mutating func signAtLineStart() {
    guard startsLine, current.span.end < following.span.start else { return }
    reportHere(
      .operatorStartsLine, "a line does not start with \(found) and a space",
      helps: ["the operator belongs at the end of the line above; a sign touches its operand"])
  }
}
