// Resolving model blocks, the terms `p(x|z)` that name densities, and `use`.

import LatentSyntax

extension Resolver {
  /// Resolves a block as the function it is: called with the block's parameters, it goes through
  /// the clauses in order and returns a model.
  func model(_ block: ModelBlock) {
    let outline = BlockOutline(block)
    check(outline, block)
    duplicates(among: block.parameters.map(\.name), "parameter")
    let inner = FunctionScope(parent: scope)
    resolution.functions[block.name.span] = inner
    resolution.blocks[block.name.span] = outline
    let (outerScope, outerContext) = (scope, context)
    scope = inner
    context = Context(isInFunction: false)
    context.allowsReturn = false
    for parameter in block.parameters {
      newVariable(parameter.name.text, parameter.name.span)?.isParameter = true
    }
    declareLocals(Declarations(block.parameters.compactMap(\.fallback)))
    defaults(of: block.parameters)
    // Families have their values before the first clause, as parameters have.
    for family in outline.families where scope.find(family) == nil {
      let variable = newVariable(family, block.name.span)
      variable?.isParameter = true
      variable?.isFamily = true
    }
    inner.modelVariables = outline.variables(besides: Set(block.parameters.map(\.name.text)))
    declareLocals(Declarations(block.dimensions, block.statements))
    for clause in block.clauses { nested(at: clause.span) { resolve(clause) } }
    // The function finds itself there: the model needs it to run the clauses again.
    inner.selfSlot = inner.slotCount
    inner.slotCount += 1
    scope = outerScope
    context = outerContext
  }

  private func resolve(_ clause: ModelBlock.Clause) {
    switch clause.kind {
    case .parameter(let name, let type, let value):
      if let type { check(type) }
      type?.dimensions.forEach(operand)
      if let value { operand(value) }
      write(name)
    case .define(let definition, let isShared):
      guard isShared || BlockOutline.isDensity(definition) else { return define(definition) }
      function(
        (definition.givens ?? []).map { LatentSyntax.Parameter($0, fallback: nil) },
        definition.body, key: definition.headSpan, boundTo: nil,
        subjects: Set(definition.parameters.map(\.name.text)))
    case .assign(let target, let operation, let value): assign(target, operation, value)
    case .error: break
    }
  }

  // MARK: What a block must not say

  private func check(_ outline: BlockOutline, _ block: ModelBlock) {
    for name in outline.parameters where BlockOutline.reserved.contains(name.text) {
      report(
        "L551", "a parameter cannot be called `\(name.text)`", name.span,
        help: ["theta", "phi"].contains(name.text)
          ? "`m.\(name.text)` are all parameters of \(name.text == "theta" ? "p" : "q") together"
          : "`m.\(name.text)` means something else; choose another name")
    }
    duplicates(among: outline.parameters, "parameter")
    var own: [String: Name] = [:]
    for name in block.parameters.map(\.name) + outline.locals { own[name.text] = name }
    for density in outline.densities { check(density, own, outline) }
    checkDefinedOnce(outline)
    for family in outline.families {
      // A density given itself names its variable twice, which is said already.
      guard let circle = outline.circle(in: family), circle.count > 1, let first = circle.first
      else { continue }
      var diagnostic = Diagnostic(
        "L553",
        "the densities \(circle.map { "`\($0.title)`" }.joined(separator: " and ")) wait for "
          + "each other",
        at: label(first.definition.headSpan))
      diagnostic.secondary = circle.dropFirst().map { label($0.definition.headSpan) }
      diagnostic.helps = ["one of them must not be given the other: `p(a)`, then `p(b|a)`"]
      diagnostics.append(diagnostic)
    }
    checkProposals(outline)
  }

  private func check(_ type: ModelBlock.ParameterType) {
    let known = ModelBlock.ParameterType.names
    guard !known.contains(type.name.text) else { return }
    let near = nearest(to: type.name.text, among: known).map { "the nearest type is `\($0)`" }
    report(
      "L560", "there is no type `\(type.name.text)` of parameters", type.span,
      help: near ?? "the types are " + known.map { "`\($0)`" }.joined(separator: ", "))
  }

  private func check(
    _ density: BlockOutline.Density, _ own: [String: Name], _ outline: BlockOutline
  ) {
    let head = density.definition.headSpan
    let family = density.family
    if density.subjects.isEmpty {
      let givens = density.givens.map(\.text).joined(separator: ", ")
      report(
        "L552", "`\(density.title)` is the density of nothing", head,
        help: "what it is the density of stands before the bar: "
          + "`\(family)(x\(givens.isEmpty ? "" : "|" + givens)) = …`")
    }
    for parameter in density.definition.parameters {
      if let fallback = parameter.fallback {
        report(
          "L552", "what a density is of has no default", fallback.span,
          help: "write the name alone: `\(density.title) = …`")
      }
    }
    duplicates(among: density.subjects + density.givens, "variable")
    for subject in density.subjects {
      guard let other = own[subject.text] else { continue }
      var diagnostic = Diagnostic(
        "L552", "`\(subject.text)` already has a value, so it can have no density",
        at: label(subject.span))
      diagnostic.secondary = [label(other.span, "given here")]
      diagnostic.helps = [
        "a density belongs to a variable or, as its prior, to a `param`; choose another name"
      ]
      diagnostics.append(diagnostic)
    }
    if let other = (outline.parameters.first { $0.text == family }) ?? own[family] {
      var diagnostic = Diagnostic(
        "L552", "`\(family)` is both a density and a name with a value",
        at: label(density.definition.name.span))
      diagnostic.secondary = [label(other.span, "the other")]
      diagnostic.helps = ["choose another name for one of them"]
      diagnostics.append(diagnostic)
    }
  }

  private func checkDefinedOnce(_ outline: BlockOutline) {
    var seen: [String: BlockOutline.Density] = [:]
    for density in outline.densities {
      for subject in density.subjects {
        let key = density.family + " " + subject.text
        guard let first = seen[key] else {
          seen[key] = density
          continue
        }
        let line = source.position(of: density.definition.headSpan.start).line
        let before = source.position(of: first.definition.headSpan.start).line
        var diagnostic = Diagnostic(
          "L550",
          "`\(density.family)` defines the density of `\(subject.text)` twice, on lines \(before) "
            + "and \(line)",
          at: label(density.definition.headSpan))
        diagnostic.secondary = [label(first.definition.headSpan, "first here")]
        diagnostic.helps = [
          "keep one of them; the other members of the family follow from it"
        ]
        diagnostics.append(diagnostic)
        break
      }
    }
  }

  /// q approximates a posterior, so what it is of must be a variable of p.
  private func checkProposals(_ outline: BlockOutline) {
    let generative = outline.densities.filter { $0.family == "p" }
    guard !generative.isEmpty else { return }
    let known = generative.flatMap { $0.subjects + $0.givens }.map(\.text)
    for density in outline.densities where density.family == "q" {
      for name in density.subjects + density.givens where !known.contains(name.text) {
        if outline.parameters.contains(where: { $0.text == name.text }) { continue }
        report(
          "L554", "the model has no variable `\(name.text)`", name.span,
          help: nearest(to: name.text, among: known).map { "the nearest name is `\($0)`" }
            ?? "`p` says what there is: `p(\(name.text)) = …`")
      }
    }
  }

  /// Why a name cannot be read where it is a variable of the model around it; nil when it can.
  func modelVariable(_ name: String, at span: Span) -> Diagnostic? {
    var place: FunctionScope? = scope
    while let current = place {
      if current.find(name) != nil { return nil }
      if current.subjects.contains(name) {
        return Diagnostic(
          "L554", "`\(name)` has no value in its own density", at: label(span),
          helps: ["the distribution depends only on what stands behind the `|`"])
      }
      if current.modelVariables.contains(name) {
        return Diagnostic(
          "L554", "`\(name)` is a variable of the model, and this is not given it",
          at: label(span),
          helps: ["write it behind the `|` of the density, or pass it to the function"])
      }
      place = current.parent
    }
    return nil
  }

  // MARK: Terms

  /// Whether plain names among the arguments pass their names beside their values: with a `|`, and
  /// where the callee is a member, a family of the block, or may have been opened by `use`.
  func passesNames(_ call: Call) -> Bool {
    if let bar = call.bar { return bar.kind == .given }
    guard call.arguments.contains(where: \.isPlainName) else { return false }
    switch call.callee.kind {
    case .member: return true
    case .name(let name):
      var place: FunctionScope? = scope
      while let current = place {
        if let variable = current.find(name) {
          if variable.isFamily { return true }
          guard variable.isGlobal, variable.definition == nil else { return false }
        }
        place = current.parent
      }
      if acceptsUnknownNames {
        // What was opened hides what is defined here, and what is not defined was opened.
        return globals.library[name] == nil
      }
      return globals[name]?.object?.isFamily == true
    default: return false
    }
  }

  func naming(_ call: Call, piped: Expression?, _ span: Span) {
    resolution.naming.insert(span)
    if call.bar != nil, case .name(let name) = call.callee.kind, !acceptsUnknownNames,
      modelVariable(name, at: call.callee.span) == nil,
      lookUp(name, at: call.callee.span) == nil
    {
      reported.insert(name)
      report(
        "L301", "unknown name `\(name)`", call.callee.span,
        help: "a density belongs to a model: write `m.\(name)(…)`, or open the model by `use m`")
    } else {
      operand(call.callee)
    }
    for argument in call.arguments {
      if argument.isPlainName, case .name(let name) = argument.value.kind {
        mention(name, at: argument.value.span)
      } else {
        operand(argument.value)
      }
    }
    if call.bar != nil {
      checkArguments(
        of: call.callee, CallSite(source: source, call: call, piped: piped?.span, span: span))
    }
  }

  /// Resolves a name that may have no value.
  private func mention(_ name: String, at span: Span) {
    guard modelVariable(name, at: span) == nil else { return }
    readsOptionally = true
    defer { readsOptionally = false }
    if let binding = lookUp(name, at: span) {
      resolution.names[span.start] = binding
    } else if let slot = globals.slot(for: name) {
      resolution.names[span.start] = .global(slot, name: name)
    }
  }

  // MARK: Use

  func use(_ expression: Expression, _ span: Span) {
    operand(expression)
    guard scope.isTopLevel else {
      report(
        "L310", "`use` stands at the top level, not in a function", span,
        help: "inside a function write `m.p(x|z)` and `m.name`")
      return
    }
    // What it opens is known when it runs. Names that the cell gives no value are left to the run,
    // also where the model is known now: the cell may give its name another one.
    acceptsUnknownNames = true
  }
}

extension LatentSyntax.Argument {
  /// `z` in `p(x|z)`: a name, and not the value of a named argument.
  var isPlainName: Bool {
    if case .name = value.kind { return name == nil }
    return false
  }
}
