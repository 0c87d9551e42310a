// Names to places, for a whole cell before any of it runs (LANGUAGE §1.9): unknown names, wrong
// argument names and counts of known functions, misplaced `return`, all at once.

import LatentSyntax
import LatentTensor

/// How unknown names inside function bodies are taken.
public enum ResolutionMode: Sendable {
  /// An error: the file is complete.
  case file
  /// A warning: the other half of a mutual recursion may be typed next.
  case prompt
}

final class Resolver {
  let runtime: Runtime
  let source: Source
  let mode: ResolutionMode
  /// The folder that paths of `import` start from.
  let directory: String
  var resolution = Resolution()
  var scope = FunctionScope(parent: nil)
  /// Diagnostics of the subject of a `check … fails` go here instead of to the user.
  var diagnostics: [Diagnostic] = []
  /// Unknown names that were reported, each once.
  var reported: Set<String> = []
  /// What may stand where: reset inside functions and loops.
  var context = Context()
  /// After `use` of something unknown, names that nothing defines are left to the run.
  var acceptsUnknownNames = false
  /// Set while a name is read that may have no value: only its name counts.
  var readsOptionally = false
  private var depth = 0

  struct Context {
    /// Whether the place is part of no operand, so that `return` may leave it.
    var allowsReturn = true
    /// The same for `break` and `continue`, which a loop inside the operand allows again.
    var allowsBreak = true
    var isInLoop = false
    var isInFunction = false
  }

  var globals: Globals { runtime.globals }

  init(_ runtime: Runtime, source: Source, mode: ResolutionMode, directory: String) {
    self.runtime = runtime
    self.source = source
    self.mode = mode
    self.directory = directory
  }

  func resolve(_ program: Program) -> Resolution {
    declareGlobals(Declarations([], program.statements))
    statements(program.statements)
    resolution.diagnostics = diagnostics.sorted { left, right in
      (left.primary?.span.start ?? 0) < (right.primary?.span.start ?? 0)
    }
    return resolution
  }

  // MARK: Reporting

  func label(_ span: Span, _ text: String = "") -> Diagnostic.Label {
    Diagnostic.Label(source, span, text)
  }

  func report(
    _ code: String, _ message: String, _ span: Span, _ text: String = "", help: String? = nil
  ) {
    diagnostics.append(
      Diagnostic(code, message, at: label(span, text), helps: help.map { [$0] } ?? []))
  }

  // MARK: Declaring

  func declareGlobals(_ declarations: Declarations) {
    for name in declarations.order {
      guard let entry = declarations.entries[name] else { continue }
      if globals.library[name] != nil {
        var note = Diagnostic(
          "L313", "`\(name)` hides the builtin of that name", severity: .note,
          at: label(entry.span))
        note.helps = ["choose another name to keep both"]
        diagnostics.append(note)
      }
      guard let slot = globals.slot(for: name) else {
        diagnostics.append(Globals.full)
        return
      }
      let variable = Variable(name, slot: slot, isGlobal: true, declaration: entry.span)
      if entry.count == 1, let definition = entry.definition {
        variable.definition = Signature(name: name, definition.parameters)
      }
      if globals.isSet(slot) { scope.assigned.insert(ObjectIdentifier(variable)) }
      scope.layers[0][name] = variable
    }
  }

  /// Makes the variables that a function body or a comprehension binds, in the innermost layer.
  func declareLocals(_ declarations: Declarations) {
    for name in declarations.order {
      guard let entry = declarations.entries[name],
        scope.layers.last?[name] == nil, let variable = newVariable(name, entry.span)
      else { continue }
      if entry.count == 1, let definition = entry.definition {
        variable.definition = Signature(name: name, definition.parameters)
      }
    }
  }

  @discardableResult
  func newVariable(_ name: String, _ span: Span) -> Variable? {
    let slot: Int
    if scope.isTopLevel {
      guard let free = globals.anonymousSlot() else {
        diagnostics.append(Globals.full)
        return nil
      }
      slot = free
      resolution.anonymousSlots.append(free)
    } else {
      slot = scope.slotCount
      scope.slotCount += 1
    }
    let variable = Variable(name, slot: slot, isGlobal: false, declaration: span)
    scope.layers[scope.layers.count - 1][name] = variable
    scope.variables.append(variable)
    return variable
  }

  // MARK: Nesting

  /// Runs `body` one level deeper, unless that would be deeper than the evaluator's stack allows.
  func nested(at span: Span, _ body: () -> Void) {
    guard depth < 250, NativeStack.hasRoom(runtime.state.pointee.nativeLimit) else {
      if !reported.contains("\0depth") {
        reported.insert("\0depth")
        report(
          "L213", "the expression is nested too deeply", span,
          help: "give a part of it a name and use the name")
      }
      return
    }
    depth += 1
    body()
    depth -= 1
  }
}
