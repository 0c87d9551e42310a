// From expression to head: what was parsed as a call becomes a definition, what was parsed as an
// index or a list becomes a target, without reading anything twice.

extension Parser {
  /// define = NAME "(" [ params ] [ "|" NAME { "," NAME } ] ")" "=" body
  mutating func define(_ call: Call, _ head: Span) throws(Abandoned) -> Statement.Kind {
    let definition = try self.head(call, head)
    return try complete(definition)
  }

  /// Reads the body behind a head; apart from it, so that its frame is small.
  private mutating func complete(_ definition: Definition) throws(Abandoned) -> Statement.Kind {
    advance()
    var definition = definition
    definition.body = try body()
    return .define(definition)
  }

  /// A definition with everything but its body.
  private mutating func head(_ call: Call, _ head: Span) throws(Abandoned) -> Definition {
    guard case .name(let text) = call.callee.kind, !startsWithParenthesis(call.callee.span) else {
      report(
        .badDefinition, "a definition starts with a plain name", call.callee.span,
        helps: ["a function is defined by `f(x) = …`"])
      throw Abandoned()
    }
    let count = call.bar?.position ?? call.arguments.count
    let split = min(count, call.arguments.count)
    let parameters = try call.arguments[..<split].map { argument throws(Abandoned) in
      try parameter(argument)
    }
    let givens = try givens(call, from: split)
    if let comma = commaBefore(head.end) {
      report(
        .badDefinition, "parameters do not end in a comma", comma, helps: ["take the `,` away"])
    }
    return Definition(
      name: Name(text, call.callee.span), parameters: parameters, givens: givens,
      body: .expression(Expression(.error, head)), headSpan: head)
  }

  private mutating func givens(_ call: Call, from split: Int) throws(Abandoned) -> [Name]? {
    guard let bar = call.bar else { return nil }
    if bar.kind == .divergence {
      report(
        .badDefinition, "`||` stands only in the call of a divergence", bar.span,
        helps: ["a density is defined by `p(x|z) = …`"])
      throw Abandoned()
    }
    if !isInModel {
      report(
        .givensOutsideModel, "a density is defined in a model block", bar.span,
        helps: ["write `model name { p(x|z) = … }`; a function has no `|`"])
    }
    return try call.arguments[split...].map { argument throws(Abandoned) in
      let parameter = try parameter(argument)
      if let fallback = parameter.fallback {
        report(
          .badDefinition, "what stands behind `|` has no default", fallback.span,
          helps: ["write the name alone"])
      }
      return parameter.name
    }
  }

  /// param = NAME [ ":" expr ]
  private mutating func parameter(_ argument: Argument) throws(Abandoned) -> Parameter {
    if let name = argument.name { return Parameter(name, fallback: argument.value) }
    if case .name(let text) = argument.value.kind, !startsWithParenthesis(argument.value.span) {
      return Parameter(Name(text, argument.value.span), fallback: nil)
    }
    if case .error = argument.value.kind { throw Abandoned() }
    report(
      .badDefinition, "a parameter is a name", argument.value.span,
      helps: ["write `f(x) = …`, with a default `f(x: 1) = …`; places are assigned by `x[0] = …`"])
    throw Abandoned()
  }

  /// What stands in parentheses before `=>`, or behind the name of a model.
  mutating func parameters(_ cover: Cover) throws(Abandoned) -> [Parameter] {
    if let bar = cover.items.bar {
      report(
        .badDefinition, "a function has no `|`", bar.span, helps: ["write `(x, z) => …`"])
      throw Abandoned()
    }
    if let comma = cover.items.trailingComma {
      report(
        .badDefinition, "parameters do not end in a comma", comma, helps: ["take the `,` away"])
    }
    return try cover.items.arguments.map { argument throws(Abandoned) in
      try parameter(argument)
    }
  }

  /// params in parentheses, read on their own.
  mutating func parameterList() throws(Abandoned) -> [Parameter] {
    try parameters(try parenthesised())
  }

  // MARK: - Targets

  /// target = NAME { index | "." NAME }
  mutating func target(_ left: Expression) throws(Abandoned) -> Target {
    var steps: [Target.Step] = []
    var rest = left
    while true {
      if startsWithParenthesis(rest.span) { throw notATarget(left) }
      switch rest.kind {
      case .name(let text):
        return .place(Name(text, rest.span), steps.reversed())
      case .index(let base, let items):
        steps.append(.index(items, Span(base.span.end, rest.span.end)))
        rest = base
      case .member(let base, let name):
        steps.append(.member(name))
        rest = base
      default: throw notATarget(left)
      }
    }
  }

  private mutating func notATarget(_ left: Expression) -> Abandoned {
    let isDraw = at(.tilde)
    var helps = ["a name, a place in it (`x[0]`, `r.field`) or `(a, b)` takes a value"]
    switch left.kind {
    case .call where isDraw:
      helps = [
        "`~` draws a value: `z ~ q(z|x)`; a density is defined by `p(x|z) = …` in a model block"
      ]
    case .comparison where !isDraw: helps = ["equality is `==`; `a == b` compares"]
    case .array:
      helps = ["in Latent this is written `(a, b) = v`"]
    default: break
    }
    let verb = isDraw ? "drawn into" : "assigned to"
    report(.notATarget, "this cannot be \(verb)", left.span, helps: helps)
    return Abandoned()
  }

  /// names = "(" NAME "," NAME { "," NAME } ")"
  mutating func names(_ cover: Cover) throws(Abandoned) -> Target {
    var names: [Name] = []
    for argument in cover.items.arguments {
      guard argument.name == nil, case .name(let text) = argument.value.kind,
        !startsWithParenthesis(argument.value.span)
      else {
        report(
          .notATarget, "a list of targets holds plain names", argument.value.span,
          helps: ["write `(a, b) = v`; a record gives its fields by name"])
        throw Abandoned()
      }
      names.append(Name(text, argument.value.span))
    }
    if let bar = cover.items.bar {
      report(.barOutsideCall, "a list of targets has no `|`", bar.span)
      throw Abandoned()
    }
    guard names.count >= 2, cover.items.trailingComma == nil else {
      report(
        .notATarget, "a list of targets holds at least two names and ends in no comma",
        cover.span, helps: ["write `(a, b) = v`, or `a = v[0]`"])
      throw Abandoned()
    }
    return .names(names, cover.span)
  }

  /// Parentheses leave no node; an expression inside them carries their span.
  func startsWithParenthesis(_ span: Span) -> Bool {
    span.start < source.bytes.count && source.bytes[span.start] == UInt8(ascii: "(")
  }

  /// The comma that stands right before a closing parenthesis ending at `end`.
  private func commaBefore(_ end: Int) -> Span? {
    var position = index - 1
    while position >= 0, tokens[position].span.end > end { position -= 1 }
    guard position > 0, tokens[position].is(.rightParenthesis) else { return nil }
    position -= 1
    while position > 0, tokens[position].isNewline { position -= 1 }
    return tokens[position].is(.comma) ? tokens[position].span : nil
  }
}
