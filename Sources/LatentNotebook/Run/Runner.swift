// Runs the code cells of a notebook in order, in the notebook's folder, until one fails.

import Foundation
import Latent
import Synchronization

/// How a notebook is run.
public final class Runner: Sendable {
  public struct Options: Sendable {
    /// Whether the value of a cell's last expression is shown, as at the prompt.
    public var showsValues = false

    public init(showsValues: Bool = false) { self.showsValues = showsValues }
  }

  /// How a run ended.
  public enum Outcome {
    case done
    /// The first cell that failed, and why; each diagnostic names the cell.
    case failed(Notebook.Cell, [Diagnostic])
    case interrupted(Notebook.Cell, [Diagnostic])
  }

  private let options: Options
  private let isInterrupted = Atomic(false)

  public init(options: Options = Options()) { self.options = options }

  /// Lets no further cell begin. The caller interrupts the interpreter, for the one under way.
  public func interrupt() { isInterrupted.store(true, ordering: .relaxed) }

  /// Runs the cells.
  ///
  /// Each cell is parsed and resolved as a whole before its first statement runs. A cell with
  /// `#| error: CODE` (or the tag `raises-exception`) must fail; the run then goes on.
  public func run(
    _ notebook: Notebook, in interpreter: Interpreter, console: any Console
  ) -> Outcome {
    for cell in notebook.cells where cell.kind == .code {
      if isInterrupted.load(ordering: .relaxed) { return .interrupted(cell, []) }
      let cellOptions = CellOptions(cell, in: notebook)
      cellOptions.warnings.forEach(console.report)
      if cellOptions.isSkipped { continue }
      do {
        if let seed = cellOptions.seed {
          _ = try interpreter.run("seed(\(seed))", name: notebook.name, firstLine: 1)
        }
        let name = cell.isInjected ? "-p" : notebook.name
        let value = try interpreter.run(cell.text, name: name, firstLine: cell.firstLine)
        if let expected = cellOptions.expectedError {
          return .failed(cell, [Self.missing(expected, in: cell, of: notebook)])
        }
        if options.showsValues { console.show(value) }
      } catch {
        let diagnostics = Diagnostics(error).all
        if isInterrupted.load(ordering: .relaxed) {
          return .interrupted(cell, diagnostics.map { Self.placed($0, in: cell, of: notebook) })
        }
        if let expected = cellOptions.expectedError, expected.matches(diagnostics) {
          // The error is what the cell is there to show.
          if options.showsValues { diagnostics.forEach(console.report) }
          continue
        }
        return .failed(cell, diagnostics.map { Self.placed($0, in: cell, of: notebook) })
      }
    }
    return .done
  }

  /// The diagnostic with the cell it comes from: `cell *Fit*, line 3 (file line 19)`. A file
  /// without markers has no cells to speak of.
  private static func placed(
    _ diagnostic: Diagnostic, in cell: Notebook.Cell, of notebook: Notebook
  ) -> Diagnostic {
    guard cell.isMarked, !cell.isInjected else { return diagnostic }
    var result = diagnostic
    var note = cell.label
    // An error inside an imported file has its own place.
    if let place = diagnostic.primary, place.source.firstLine == cell.firstLine,
      place.source.name == notebook.name
    {
      let line = place.source.position(of: place.span.start).line
      note += ", line \(line - cell.firstLine + 1) (file line \(line))"
    }
    result.notes.append(note)
    return result
  }

  private static func missing(
    _ expected: CellOptions.ExpectedError, in cell: Notebook.Cell, of notebook: Notebook
  ) -> Diagnostic {
    let source = Source(name: notebook.name, text: cell.text, firstLine: cell.firstLine)
    let code = if case .code(let code) = expected { " \(code)" } else { "" }
    return Diagnostic(
      "L716", "the cell was to end in error\(code), but it succeeded",
      at: Diagnostic.Label(source, Span(0, source.line(0).utf8.count)),
      notes: ["\(cell.label) is marked so by `#| error:` or the tag `raises-exception`"])
  }
}
