// Resolving expressions.

import LatentSyntax

extension Resolver {
  /// Resolves an operand: a place where `return`, `break` and `continue` make no sense.
  func operand(_ expression: Expression) {
    let outer = context
    context.allowsReturn = false
    context.allowsBreak = false
    self.expression(expression)
    context = outer
  }

  func expression(_ expression: Expression) {
    nested(at: expression.span) { resolve(expression) }
  }

  private func resolve(_ expression: Expression) {
    switch expression.kind {
    case .number, .bool, .nothing, .error: break
    case .name(let name): read(name, at: expression.span)
    case .function(let parameters, let body):
      function(parameters, body, key: expression.span, boundTo: nil)
    case .comprehension(let comprehension): self.comprehension(comprehension, expression.span)
    case .call(let call): self.call(call, piped: nil, expression.span)
    case .pipe(let value, let stage): pipe(value, stage, expression.span)
    case .logarithm(let value):
      read("log", at: Span(expression.span.start, expression.span.start + 3))
      operand(value)
    case .conditional(let conditional): self.conditional(conditional)
    case .binary: spine(expression)
    case .and(let left, let right), .or(let left, let right):
      operand(left)
      branch { operand(right) }
    case .comparison(let first, let links):
      operand(first)
      for (position, link) in links.enumerated() {
        if position == 0 { operand(link.operand) } else { branch { operand(link.operand) } }
      }
    case .record(let fields):
      duplicates(among: fields.map(\.name), "field")
      for field in fields { operand(field.value) }
    default: for inner in expression.operands { operand(inner) }
    }
  }

  /// A chain `a + b - c …` leans to the left as deeply as it is long, so it is walked, not
  /// recursed into.
  private func spine(_ expression: Expression) {
    var rights: [Expression] = []
    var left = expression
    while case .binary(_, let next, let right, _) = left.kind {
      rights.append(right)
      left = next
    }
    operand(left)
    for right in rights.reversed() { operand(right) }
  }

  /// Resolves code that may not run: what it assigns is not assigned for sure.
  func branch(_ body: () -> Void) {
    let before = scope.assigned
    body()
    scope.assigned = before
  }

  func conditional(_ conditional: Conditional) {
    operand(conditional.condition)
    let before = scope.assigned
    statements(conditional.then.statements)
    let afterThen = scope.assigned
    scope.assigned = before
    switch conditional.otherwise {
    case .block(let block): statements(block.statements)
    case .conditional(let next): expression(next)
    case nil: break
    }
    scope.assigned.formIntersection(afterThen)
  }

  func duplicates(among names: [Name], _ what: String) {
    var seen: [String: Name] = [:]
    for name in names {
      if let first = seen[name.text] {
        var diagnostic = Diagnostic(
          "L308", "the \(what) `\(name.text)` appears twice", at: label(name.span))
        diagnostic.secondary = [label(first.span, "first here")]
        diagnostic.helps = ["give each its own name"]
        diagnostics.append(diagnostic)
      }
      seen[name.text] = name
    }
  }

  // MARK: Functions and comprehensions

  /// Resolves a function in its own scope.
  func function(
    _ parameters: [LatentSyntax.Parameter], _ body: Body, key: Span, boundTo: Variable?,
    subjects: Set<String> = []
  ) {
    duplicates(among: parameters.map(\.name), "parameter")
    let inner = FunctionScope(parent: scope)
    inner.boundTo = boundTo
    inner.subjects = subjects
    resolution.functions[key] = inner
    let (outerScope, outerContext) = (scope, context)
    scope = inner
    context = Context(isInFunction: true)
    for parameter in parameters {
      newVariable(parameter.name.text, parameter.name.span)?.isParameter = true
    }
    // A default belongs to the function, as its body does: so do the names that it binds.
    let fallbacks = parameters.compactMap(\.fallback)
    switch body {
    case .expression(let expression):
      declareLocals(Declarations(fallbacks + [expression]))
      defaults(of: parameters)
      self.expression(expression)
    case .block(let block):
      declareLocals(Declarations(fallbacks, block.statements))
      defaults(of: parameters)
      statements(block.statements)
    }
    scope = outerScope
    context = outerContext
  }

  /// Resolves what stands in for arguments, which is evaluated only where they are left out, in
  /// order: until then the parameters from there on may have no value.
  func defaults(of parameters: [LatentSyntax.Parameter]) {
    let optional = parameters.filter { $0.fallback != nil }
    scope.waiting = Set(
      optional.compactMap { scope.find($0.name.text) }.map { ObjectIdentifier($0) })
    for parameter in optional {
      if let fallback = parameter.fallback { branch { operand(fallback) } }
      if let variable = scope.find(parameter.name.text) {
        scope.waiting.remove(ObjectIdentifier(variable))
      }
    }
  }

  private func comprehension(_ comprehension: Comprehension, _ span: Span) {
    operand(comprehension.source)
    duplicates(among: comprehension.targets, "name")
    scope.layers.append([:])
    let first = scope.variables.count
    scope.loopDepth += 1
    let before = scope.assigned
    for target in comprehension.targets {
      newVariable(target.text, target.span)?.isParameter = true
    }
    let condition = comprehension.condition.map { [$0] } ?? []
    declareLocals(Declarations(condition + [comprehension.body]))
    condition.forEach(operand)
    operand(comprehension.body)
    resolution.comprehensions[span] = Array(scope.variables[first...])
    scope.assigned = before
    scope.loopDepth -= 1
    scope.layers.removeLast()
  }

  // MARK: Calls

  private func pipe(_ value: Expression, _ stage: Expression, _ span: Span) {
    operand(value)
    if case .call(let call) = stage.kind {
      self.call(call, piped: value, stage.span)
    } else {
      operand(stage)
      let site = CallSite(
        source: source, span: span, argumentSpans: [value.span], argumentNames: [nil], bar: nil)
      checkArguments(of: stage, site)
    }
  }

  private func call(_ call: Call, piped: Expression?, _ span: Span) {
    if passesNames(call) {
      naming(call, piped: piped, span)
      return
    }
    operand(call.callee)
    for argument in call.arguments { operand(argument.value) }
    checkArguments(
      of: call.callee, CallSite(source: source, call: call, piped: piped?.span, span: span))
  }

  /// Checks the names and the number of the arguments when it is known what is called.
  func checkArguments(of callee: Expression, _ site: CallSite) {
    if case .function(let parameters, _) = callee.kind {
      check(Signature(name: nil, parameters), site)
      return
    }
    guard case .name = callee.kind, let binding = resolution.names[callee.span.start]
    else { return }
    if let signature = signature(of: binding) { check(signature, site) }
  }

  private func check(_ signature: Signature, _ site: CallSite) {
    do {
      _ = try signature.plan(for: site)
    } catch let diagnostic as Diagnostic {
      diagnostics.append(diagnostic)
    } catch {
      assertionFailure("\(error)")
    }
  }

  private func signature(of binding: Binding) -> Signature? {
    switch binding {
    case .local(let variable), .captured(_, let variable):
      if let definition = variable.definition { return definition }
      guard variable.isGlobal, scope.layers[0][variable.name] !== variable else { return nil }
      return globalSignature(variable.slot)
    case .global(let slot, let name):
      // A name this cell assigns may hold anything by the time the function is called.
      guard let variable = topLevel.layers[0][name] else { return globalSignature(slot) }
      return variable.definition
    }
  }

  var topLevel: FunctionScope {
    var place = scope
    while let parent = place.parent { place = parent }
    return place
  }

  private func globalSignature(_ slot: Int) -> Signature? {
    guard globals.isSet(slot), case .object(let object) = globals.values[slot],
      let function = object as? FunctionObject
    else { return nil }
    return Signature(function)
  }
}

extension CallSite {
  convenience init(source: Source, call: Call, piped: Span?, span: Span) {
    let first = piped.map { [$0] } ?? []
    var bar = call.bar
    if piped != nil { bar?.position += 1 }
    self.init(
      source: source, span: span, argumentSpans: first + call.arguments.map(\.value.span),
      argumentNames: first.map { _ in nil } + call.arguments.map(\.name), bar: bar)
  }
}
