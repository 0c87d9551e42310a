// From the resolved tree to closures: the one way from a program to something that runs.
//
// The kind of every operand (a slot, a constant, anything else) is settled here, once, so that the
// closures test nothing but the values themselves. Nothing outside this folder knows that the
// lowered form is closures.

import LatentSyntax
import LatentTensor

/// A condition, lowered.
typealias Test = (Frame) throws -> Bool

struct Lowerer {
  let runtime: Runtime
  let source: Source
  let resolution: Resolution

  var globals: Globals { runtime.globals }

  init(_ unit: Unit, _ runtime: Runtime) {
    self.runtime = runtime
    source = unit.program.source
    resolution = unit.resolution
  }

  func place(_ span: Span) -> Place { Place(source, span) }

  /// A whole program: its value is that of the last statement, when that is an expression without
  /// a semicolon behind it.
  func program(_ program: Program) -> Code {
    guard let last = program.statements.last else { return { _ in .nothing } }
    let isShown: Bool
    if case .expression = last.kind { isShown = !last.endsWithSemicolon } else { isShown = false }
    if isShown { return block(program.statements, isTail: false) }
    let all = sequence(program.statements)
    return { frame in
      _ = try all(frame)
      return .nothing
    }
  }

  // MARK: Reading names

  func read(_ binding: Binding, _ name: String, _ place: Place) -> Code {
    switch binding {
    case .local(let variable):
      let slot = variable.slot
      if variable.isBoxed { return { try Lowerer.content($0[slot], name, place) } }
      let isSafe = variable.isGlobal ? globals.isSet(slot) : !variable.mayBeUnset
      if isSafe { return { $0[slot] } }
      return { frame in
        let value = frame[slot]
        if value.isUnset { throw Lowerer.unset(name, place) }
        return value
      }
    case .captured(let index, let variable):
      if variable.isBoxed { return { try Lowerer.content($0.captures[index], name, place) } }
      if !variable.mayBeUnset { return { $0.captures[index] } }
      return { frame in
        let value = frame.captures[index]
        if value.isUnset { throw Lowerer.unset(name, place) }
        return value
      }
    case .global(let slot, _):
      let pointer = globals.values + slot
      if globals.isSet(slot) { return { _ in pointer.pointee } }
      return { _ in
        let value = pointer.pointee
        if value.isUnset { throw Lowerer.unset(name, place) }
        return value
      }
    }
  }

  /// Whether a plain variable surely has a value at this place.
  func isSet(_ name: Expression) -> Bool {
    guard case .local(let variable) = resolution.names[name.span.start] else { return false }
    return variable.isGlobal ? globals.isSet(variable.slot) : !variable.mayBeUnset
  }

  /// The value in a box.
  @inline(__always)
  static func content(_ value: Value, _ name: String, _ place: Place) throws -> Value {
    guard case .object(let object) = value, object.tag == .box else {
      throw unset(name, place)
    }
    let content = unsafeDowncast(object, to: Box.self).value.pointee
    if content.isUnset { throw unset(name, place) }
    return content
  }

  @inline(never)
  static func unset(_ name: String, _ place: Place) -> Diagnostic {
    place.failure(
      "L303", "`\(name)` has no value yet", help: "give it a value before this place is reached")
  }

  // MARK: Writing names

  /// Where a plain assignment puts its value.
  enum Destination {
    case slot(Int)
    case box(Int)
    /// The name found no place: the table of names is full, which the resolver reports, and a
    /// program with errors is not run. Should it be, the assignment fails.
    case nowhere(Diagnostic)
  }

  func destination(_ name: Name) -> Destination {
    guard case .local(let variable) = resolution.names[name.span.start] else {
      return .nowhere(
        place(name.span).failure(
          "L709", "there is no place for the name `\(name.text)`", help: "start a new session"))
    }
    return variable.isBoxed ? .box(variable.slot) : .slot(variable.slot)
  }

  func store(_ name: Name) -> (Frame, Value) throws -> Void {
    switch destination(name) {
    case .nowhere(let diagnostic): return { _, _ in throw diagnostic }
    case .slot(let slot): return { $0[slot] = $1 }
    case .box(let slot):
      return { frame, value in
        if case .object(let object) = frame[slot], let box = object as? Box {
          box.value.pointee = value
        }
      }
    }
  }
}
