// Resolving statements.

import LatentSyntax
import LatentTensor

extension Resolver {
  func statements(_ statements: [Statement]) {
    for statement in statements { nested(at: statement.span) { resolve(statement) } }
  }

  private func resolve(_ statement: Statement) {
    switch statement.kind {
    case .expression(let expression): self.expression(expression)
    case .assign(let target, let operation, let value): assign(target, operation, value)
    case .define(let definition): define(definition)
    case .check(let check): self.check(check, statement.span)
    case .for(let names, let source, let block): loop(names, source, block)
    case .while(let condition, let block): loop(condition, block)
    case .break: leave("break", statement.span, context.isInLoop, context.allowsBreak)
    case .continue: leave("continue", statement.span, context.isInLoop, context.allowsBreak)
    case .return(let value):
      if let value { operand(value) }
      leave("return", statement.span, context.isInFunction, context.allowsReturn)
    case .import(let path, let span): self.import(path, span)
    case .draw(let target, let value): assign(target, .set, value)
    case .use(let expression): use(expression, statement.span)
    case .model(let model):
      self.model(model)
      write(model.name)
    case .error: break
    }
  }

  private func leave(_ word: String, _ span: Span, _ hasTarget: Bool, _ isFree: Bool) {
    if !hasTarget {
      report(
        "L310", "`\(word)` outside of a \(word == "return" ? "function" : "loop")", span,
        help: word == "return"
          ? "the value of a cell is that of its last expression"
          : "it belongs into the braces of `for` or `while`")
    } else if !isFree {
      report(
        "L310", "`\(word)` may not stand inside an operand", span,
        help: "make the `if` a statement of its own")
    }
  }

  func assign(_ target: Target, _ operation: AssignmentOperator, _ value: Expression) {
    switch target {
    case .place(let name, let steps):
      for step in steps {
        if case .index(let items, _) = step { items.compactMap(\.operand).forEach(operand) }
      }
      let isPlain = operation == .set && steps.isEmpty
      if !isPlain { change(name) }
      operand(value)
      if isPlain { write(name) }
    case .names(let names, let span):
      operand(value)
      if operation != .set {
        report(
          "L310", "several names can only be assigned with `=`", span,
          help: "change each of them in a statement of its own")
        return
      }
      duplicates(among: names, "name")
      for name in names { write(name) }
    }
  }

  func define(_ definition: Definition) {
    if definition.givens != nil {
      report(
        "L310", "`|` (given) stands only in the densities of a model block", definition.headSpan)
    }
    let variable = scope.find(definition.name.text)
    function(
      definition.parameters, definition.body, key: definition.headSpan,
      boundTo: variable?.definition == nil ? nil : variable)
    write(definition.name)
  }

  private func check(_ check: Check, _ span: Span) {
    switch check.mode {
    case .holds: operand(check.subject)
    case .within(let tolerance):
      operand(check.subject)
      operand(tolerance)
      guard case .comparison(_, let links) = check.subject.kind, links.count == 1,
        links[0].comparison == .equal
      else {
        report(
          "L310", "`within` needs one comparison with `==`", check.subject.span,
          help: "write `check a == b within 1e-6`")
        return
      }
    case .fails:
      // The subject may be wrong already in its names: that is a way to fail.
      let (before, known) = (diagnostics, reported)
      diagnostics = []
      branch { operand(check.subject) }
      let errors = diagnostics.filter { $0.severity == .error }
      if !errors.isEmpty { resolution.failing[span] = errors }
      diagnostics = before
      reported = known
    }
  }

  // MARK: Loops

  private func loop(_ names: [Name], _ source: Expression, _ block: Block) {
    operand(source)
    duplicates(among: names, "name")
    branch {
      inLoop {
        for name in names { write(name) }
        statements(block.statements)
      }
    }
  }

  private func loop(_ condition: Expression, _ block: Block) {
    scope.loopDepth += 1
    operand(condition)
    scope.loopDepth -= 1
    branch { inLoop { statements(block.statements) } }
  }

  private func inLoop(_ body: () -> Void) {
    let outer = context
    context.isInLoop = true
    context.allowsBreak = true
    scope.loopDepth += 1
    body()
    scope.loopDepth -= 1
    context = outer
  }

  // MARK: Import

  private func `import`(_ path: String, _ span: Span) {
    guard scope.isTopLevel, context.allowsReturn else {
      report(
        "L310", "`import` stands at the top level", span,
        help: "write it in a line of its own, before the function or loop")
      return
    }
    do {
      let (known, isNew) = try runtime.importer.unit(path, from: directory, runtime)
      guard let unit = known, isNew else {
        resolution.imports[span] = .some(nil)
        if let known { adopt(known, isNew: false) }
        return
      }
      resolution.imports[span] = unit
      diagnostics += unit.resolution.diagnostics.filter { $0.severity == .error }
      adopt(unit)
    } catch let diagnostics as Diagnostics {
      self.diagnostics += diagnostics.all
    } catch let failure as Failure {
      diagnostics.append(Diagnostic(failure, at: label(span)))
    } catch {
      report("L706", "\(error)", span)
    }
  }

  /// The names of an imported file are known from here on. A file that another import brings in
  /// may not have run yet; what has a value already keeps the meaning of that value.
  private func adopt(_ unit: Unit, isNew: Bool = true) {
    for case let inner? in unit.resolution.imports.values { adopt(inner, isNew: isNew) }
    let declarations = Declarations([], unit.program.statements)
    for name in declarations.order where scope.layers[0][name] == nil {
      guard let slot = globals.slot(for: name), let entry = declarations.entries[name],
        isNew || !globals.isSet(slot)
      else { continue }
      let variable = Variable(name, slot: slot, isGlobal: true, declaration: Span(0, 0))
      variable.assignments = 1
      variable.mayBeUnset = true
      if entry.count == 1, let definition = entry.definition {
        variable.definition = Signature(name: name, definition.parameters)
      }
      scope.layers[0][name] = variable
    }
  }
}
