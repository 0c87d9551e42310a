// Looking names up: through the scopes around a place, then among the names of the session.

import LatentSyntax

extension Resolver {
  /// Resolves a read of `name`.
  func read(_ name: String, at span: Span) {
    if let hidden = modelVariable(name, at: span) {
      diagnostics.append(hidden)
      return
    }
    guard let binding = lookUp(name, at: span) else {
      unknown(name, at: span)
      return
    }
    resolution.names[span.start] = binding
  }

  func lookUp(_ name: String, at span: Span) -> Binding? {
    if let binding = find(name, from: scope, at: span) { return binding }
    guard let slot = globals.existingSlot(for: name), globals.isSet(slot) else { return nil }
    return outside(slot, name)
  }

  private func outside(_ slot: Int, _ name: String) -> Binding {
    guard scope.isTopLevel else { return .global(slot, name: name) }
    return .local(Variable(name, slot: slot, isGlobal: true, declaration: Span(0, 0)))
  }

  private func find(_ name: String, from start: FunctionScope, at span: Span) -> Binding? {
    if let variable = start.find(name) {
      if variable.isGlobal, !start.isTopLevel { return .global(variable.slot, name: name) }
      noteRead(of: variable, owner: start, at: span, isCapture: start !== scope)
      return .local(variable)
    }
    if let bound = start.boundTo, bound.name == name, bound.assignments <= 1, !bound.isGlobal {
      let own = Variable(name, slot: start.slotCount, isGlobal: false, declaration: span)
      own.isParameter = true
      own.definition = bound.definition
      start.selfSlot = own.slot
      start.slotCount += 1
      start.layers[0][name] = own
      return find(name, from: start, at: span)
    }
    guard let parent = start.parent, let binding = find(name, from: parent, at: span) else {
      return nil
    }
    switch binding {
    case .global: return binding
    case .local(let variable) where variable.isGlobal:
      return .global(variable.slot, name: name)
    case .local(let variable), .captured(_, let variable):
      variable.firstCapture = min(variable.firstCapture ?? .max, span.start)
      return .captured(start.capture(variable, from: binding), variable)
    }
  }

  private func noteRead(
    of variable: Variable, owner: FunctionScope, at span: Span, isCapture: Bool
  ) {
    if owner.waiting.contains(ObjectIdentifier(variable)) {
      variable.mayBeUnset = true
      return
    }
    if variable.isParameter || owner.assigned.contains(ObjectIdentifier(variable)) { return }
    variable.mayBeUnset = true
    guard !isCapture, !readsOptionally, variable.assignments == 0, owner.loopDepth == 0 else {
      return
    }
    guard reported.insert(variable.name).inserted else { return }
    var diagnostic = Diagnostic(
      "L303", "`\(variable.name)` is used before it has a value", at: label(span))
    diagnostic.secondary = [label(variable.declaration, "it gets its value here")]
    diagnostic.helps = ["assign it before this line"]
    if !owner.isTopLevel {
      diagnostic.helps = [
        "a name that a function assigns is the function's own; an outer `\(variable.name)` is "
          + "hidden by it"
      ]
    }
    diagnostics.append(diagnostic)
  }

  private func unknown(_ name: String, at span: Span) {
    if scope.isTopLevel || mode == .file || acceptsUnknownNames {
      if let slot = globals.slot(for: name) {
        resolution.names[span.start] = .global(slot, name: name)
      }
      if acceptsUnknownNames { return }
    } else if let slot = globals.slot(for: name) {
      resolution.names[span.start] = .global(slot, name: name)
    }
    guard reported.insert(name).inserted else { return }
    var diagnostic = Diagnostic("L301", "unknown name `\(name)`", at: label(span))
    diagnostic.helps = [
      suggestion(for: name)
        ?? "give it a value before; `apropos(\"word\")` looks for a function by what it does"
    ]
    if !scope.isTopLevel, mode == .prompt {
      diagnostic.severity = .warning
      diagnostic.notes = ["it must have a value when the function is called"]
    }
    diagnostics.append(diagnostic)
  }

  /// A remedy for a name nobody knows: a false friend's, or the nearest name in sight.
  func suggestion(for name: String) -> String? {
    if let remedy = FalseFriend.remedy(forName: name) { return remedy }
    var current: FunctionScope? = scope
    while let place = current {
      let own = place.layers.flatMap(\.keys)
      if let near = nearest(to: name, among: own) { return "the nearest name is `\(near)`" }
      current = place.parent
    }
    return nearest(to: name, among: globals.known).map { "the nearest name is `\($0)`" }
  }

  // MARK: Writing

  /// Resolves `name = …`: the name is the innermost function's own.
  func write(_ name: Name) {
    // Undeclared only where the table of names is full, which has been reported.
    guard let variable = scope.find(name.text) else { return }
    note(writeTo: variable, at: name.span)
    resolution.names[name.span.start] = .local(variable)
  }

  func note(writeTo variable: Variable, at span: Span) {
    variable.assignments += 1
    variable.lastAssignment = max(variable.lastAssignment, span.start)
    if scope.loopDepth > 0 { variable.isAssignedInLoop = true }
    scope.assigned.insert(ObjectIdentifier(variable))
  }

  /// Resolves `name += …`, `name[i] = …`, `name.field = …`: the name must exist, and be the
  /// innermost function's own.
  func change(_ name: Name) {
    if let variable = scope.find(name.text) {
      read(name.text, at: name.span)
      let wasAssigned = scope.assigned.contains(ObjectIdentifier(variable))
      note(writeTo: variable, at: name.span)
      if !wasAssigned { scope.assigned.remove(ObjectIdentifier(variable)) }
      return
    }
    if scope.isTopLevel {
      read(name.text, at: name.span)
      return
    }
    guard lookUp(name.text, at: name.span) != nil else {
      unknown(name.text, at: name.span)
      return
    }
    report(
      "L314", "a function cannot change `\(name.text)`, which belongs to the code around it",
      name.span,
      help: "give the function its own: `own = \(name.text)`, change that and return it")
  }
}
