// Expressions: functions, the climber over the precedence table, prefix operators, trailers.
// The functions are kept small: their frames lie on the stack once for every level of nesting.

extension Parser {
  /// expr = ( NAME | "(" [ params ] ")" ) "=>" body | or
  mutating func expression() throws(Abandoned) -> Expression {
    try descend()
    let outerHeight = height
    height = 0
    defer {
      depth -= 1
      height = max(height, outerHeight)
    }
    if startsFunction { return try nameFunction() }
    guard at(.leftParenthesis) else { return try climb(.or) }
    let start = index
    return try finish(try parenthesised(), from: start)
  }

  /// Goes on behind a parenthesis: `=>` makes it parameters, anything else an operand.
  mutating func finish(
    _ cover: Cover, from start: Int? = nil
  ) throws(Abandoned) -> Expression {
    if at(.arrow) { return try function(parameters(cover), from: cover.span) }
    return try climb(.or, first: operand(cover), from: start)
  }

  // The tests of recursive functions are functions of their own: what they compare would lie in
  // the frame all the way down.
  private var startsFunction: Bool { current.isName && following.is(.arrow) }
  private var startsSign: Bool { at(.minus) || at(.plus) }
  private var startsLogarithm: Bool { at(.log) && following.isName }

  private mutating func nameFunction() throws(Abandoned) -> Expression {
    let name = try name("a parameter")
    return try function([Parameter(name, fallback: nil)], from: name.span)
  }

  private mutating func function(
    _ parameters: [Parameter], from start: Span
  ) throws(Abandoned) -> Expression {
    advance()
    let body = try body()
    try grow()
    return Expression(.function(parameters, body), Span(start.start, previousEnd))
  }

  /// body = block | expr
  mutating func body() throws(Abandoned) -> Body {
    at(.leftBrace) ? .block(try block(of: "the function")) : .expression(try expression())
  }

  // MARK: - Operators

  /// Parses operators that bind at least as tightly as `minimum`.
  ///
  /// `first` is the leftmost operand where a caller had to read it to know what it is, and `start`
  /// the index of its first token.
  mutating func climb(
    _ minimum: Precedence, first: Expression? = nil, from start: Int? = nil
  ) throws(Abandoned) -> Expression {
    let outerHeight = height
    // What a caller read already keeps its height.
    if first == nil { height = 0 }
    let start = start ?? index
    var left = try leftmost(minimum, first)
    var ceiling = Precedence.unary
    while let infix = try infixOperator(), infix.precedence >= minimum, infix.precedence <= ceiling
    {
      if case .range = infix, openRangeStart == start, openEnds() {
        openRangeFound = true
        break
      }
      ceiling = infix.precedence
      // Ranges do not chain.
      if ceiling == .range { ceiling = .pipe }
      left = try extend(left, infix)
      try grow()
    }
    height = max(height, outerHeight)
    return left
  }

  private mutating func leftmost(
    _ minimum: Precedence, _ first: Expression?
  ) throws(Abandoned) -> Expression {
    if first == nil, minimum <= .not, at(.not) { return try negation() }
    return try unary(first)
  }

  private mutating func negation() throws(Abandoned) -> Expression {
    try descend()
    defer { depth -= 1 }
    let start = advance().span
    let operand = try climb(.not)
    try grow()
    return Expression(.not(operand), start.joined(operand.span))
  }

  /// The operator at the current token, after mending `not in` and `||`.
  private mutating func infixOperator() throws(Abandoned) -> InfixOperator? {
    if at(.not), following.is(.in) {
      let span = current.span.joined(following.span)
      report(
        .foreignSyntax, "`not in` is not an operator", span,
        helps: ["in Latent this is written `not (a in b)`"])
      advance()
    }
    return InfixOperator(current)
  }

  private mutating func extend(
    _ left: Expression, _ infix: InfixOperator
  ) throws(Abandoned) -> Expression {
    switch infix {
    case .comparison: return try comparison(left)
    case .range(let closed): return try range(left, closed: closed)
    case .pipe:
      advance()
      let stage = try postfix()
      return Expression(.pipe(left, stage), left.span.joined(stage.span))
    case .or, .and, .binary:
      let place = advance().span
      let right = try climb(infix.precedence.tighter)
      return Expression(
        Self.join(infix, left, right, place), left.span.joined(right.span))
    }
  }

  private static func join(
    _ infix: InfixOperator, _ left: Expression, _ right: Expression, _ place: Span
  ) -> Expression.Kind {
    switch infix {
    case .or: .or(left, right)
    case .and: .and(left, right)
    case .binary(let binary): .binary(binary, left, right, operator: place)
    case .comparison, .range, .pipe: .error
    }
  }

  private mutating func comparison(_ left: Expression) throws(Abandoned) -> Expression {
    var links: [ComparisonLink] = []
    while case .comparison(let comparison)? = try infixOperator() {
      let place = advance().span
      links.append(
        ComparisonLink(comparison, span: place, operand: try climb(.compare.tighter)))
    }
    return Expression(.comparison(left, links), Span(left.span.start, previousEnd))
  }

  /// range = sum [ ( "..<" | "..." ) sum [ "by" sum ] ]
  private mutating func range(
    _ left: Expression, closed: Bool
  ) throws(Abandoned) -> Expression {
    advance()
    let right = try climb(.sum)
    var step: Expression?
    if at(.by) {
      advance()
      step = try climb(.sum)
    }
    let end = step?.span ?? right.span
    return Expression(.range(left, right, closed: closed, by: step), left.span.joined(end))
  }

  /// In an index, `a...` may stand without an end.
  private func openEnds() -> Bool {
    at(.through) && (following.is(.comma) || following.is(.rightBracket))
  }

  // MARK: - Prefix operators and powers

  /// unary = ( "-" | "+" ) unary | "log" NAME { trailer } | power
  mutating func unary(_ first: Expression? = nil) throws(Abandoned) -> Expression {
    guard first == nil else { return try power(first) }
    if startsSign { return try signed() }
    if startsLogarithm { return try logarithm() }
    return try power(nil)
  }

  private mutating func signed() throws(Abandoned) -> Expression {
    try descend()
    defer { depth -= 1 }
    let sign: UnaryOperator = at(.minus) ? .minus : .plus
    let start = advance().span
    let operand = try unary()
    try grow()
    return Expression(.unary(sign, operand), start.joined(operand.span))
  }

  private mutating func logarithm() throws(Abandoned) -> Expression {
    let start = advance().span
    let subject = try name("a density")
    let operand = try postfix(Expression(.name(subject.text), subject.span))
    try grow()
    return Expression(.logarithm(operand), start.joined(operand.span))
  }

  /// power = postfix [ "^" unary ]
  private mutating func power(_ first: Expression?) throws(Abandoned) -> Expression {
    let base = try postfix(first)
    return at(.caret) ? try raised(base) : base
  }

  private mutating func raised(_ base: Expression) throws(Abandoned) -> Expression {
    try descend()
    defer { depth -= 1 }
    let place = advance().span
    let exponent = try unary()
    try grow()
    return Expression(
      .binary(.power, base, exponent, operator: place), base.span.joined(exponent.span))
  }

  // MARK: - Trailers

  /// postfix = primary { trailer }
  mutating func postfix(_ first: Expression? = nil) throws(Abandoned) -> Expression {
    let outerHeight = height
    if first == nil { height = 0 }
    var operand: Expression
    if let first { operand = first } else { operand = try primary() }
    try grow()
    while let next = try trailer(operand) {
      operand = next
      try grow()
    }
    height = max(height, outerHeight)
    return operand
  }

  private mutating func trailer(_ operand: Expression) throws(Abandoned) -> Expression? {
    switch current.symbol {
    case .leftParenthesis: return try call(operand)
    case .leftBracket: return try index(operand)
    case .dot: return try member(operand)
    case .quote:
      let end = advance().span
      return Expression(.transpose(operand), operand.span.joined(end))
    default: return nil
    }
  }

  private mutating func call(_ callee: Expression) throws(Abandoned) -> Expression {
    let items = try items()
    let call = Call(callee: callee, arguments: items.arguments, bar: items.bar)
    return Expression(.call(call), Span(callee.span.start, previousEnd))
  }

  private mutating func index(_ operand: Expression) throws(Abandoned) -> Expression {
    let items = try indexItems()
    return Expression(.index(operand, items), Span(operand.span.start, previousEnd))
  }

  private mutating func member(_ operand: Expression) throws(Abandoned) -> Expression {
    advance()
    let member = try name("a member")
    return Expression(.member(operand, member), operand.span.joined(member.span))
  }

  /// A name at the current token; reserved words get their own message.
  mutating func name(_ role: String) throws(Abandoned) -> Name {
    if case .name(let text) = current.kind {
      let span = advance().span
      return Name(text, span)
    }
    if current.keyword != nil {
      reportHere(
        .reservedWord, "\(found) is reserved and cannot name \(role)",
        helps: ["choose another name"])
    } else {
      reportHere(
        .expectedName, "\(role) needs a name, found \(found)",
        helps: role == "a member" ? ["a member is written `x.shape`"] : [])
    }
    throw Abandoned()
  }
}
