// One cell from text to value: parsed and resolved as a whole before its first statement runs.

import LatentSyntax
import LatentTensor

extension Runtime {
  /// What `check` finds: errors, warnings and notes, and nothing is run or remembered.
  public func check(_ source: Source, mode: ResolutionMode, directory: String) -> [Diagnostic] {
    let parsed = parse(source)
    guard parsed.diagnostics.isEmpty else { return parsed.diagnostics }
    let resolver = Resolver(self, source: source, mode: mode, directory: directory)
    let resolution = resolver.resolve(parsed.program)
    globals.release(resolution.anonymousSlots)
    forgetImports(of: resolution)
    return resolution.diagnostics
  }

  /// Runs a cell.
  /// - Returns: The value of its last statement, when that is an expression without a semicolon
  ///   behind it; otherwise `nothing`.
  /// - Throws: ``Diagnostics`` when the cell cannot be read or resolved (then nothing of it ran),
  ///   a ``Diagnostic`` when running it failed.
  public func run(_ source: Source, mode: ResolutionMode, directory: String) throws -> Value {
    let parsed = parse(source)
    guard parsed.diagnostics.isEmpty else { throw Diagnostics(parsed.diagnostics) }
    keepFunctions()
    return try run {
      let resolver = Resolver(self, source: source, mode: mode, directory: directory)
      let resolution = resolver.resolve(parsed.program)
      defer { globals.release(resolution.anonymousSlots) }
      let errors = resolution.diagnostics.filter { $0.severity == .error }
      guard errors.isEmpty else {
        forgetImports(of: resolution)
        throw Diagnostics(errors)
      }
      for warning in resolution.diagnostics where warning.severity == .warning {
        console.report(warning)
      }
      let unit = Unit(program: parsed.program, resolution: resolution, path: nil)
      let code = Lowerer(unit, self).program(parsed.program)
      let frame = Frame(
        slots: globals.values, captures: state.pointee.limit, state: state,
        size: Globals.capacity)
      do {
        return try code(frame)
      } catch let failure as Failure {
        let end = parsed.program.statements.last?.span ?? Span(0, 0)
        throw Diagnostic(failure, at: Diagnostic.Label(source, end))
      }
    }
  }

  private func forgetImports(of resolution: Resolution) {
    for case let unit? in resolution.imports.values {
      importer.forget(unit)
      globals.release(unit.resolution.anonymousSlots)
      forgetImports(of: unit.resolution)
    }
  }
}
