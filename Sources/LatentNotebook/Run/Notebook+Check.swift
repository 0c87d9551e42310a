// Reads a whole notebook for mistakes without running it: a typo on line 40 must not wait for the
// fit on line 3.

import Latent

extension Notebook {
  /// Parses every code cell and resolves the names and arguments of all of them.
  ///
  /// Cells that are skipped or must fail are left out, as they may be wrong on purpose.
  ///
  /// - Returns: errors and warnings in the order of the file; empty when all is well.
  public func check(in interpreter: Interpreter) -> [Diagnostic] {
    var found: [Diagnostic] = []
    var checked: [Cell] = []
    for cell in cells where cell.kind == .code {
      let options = CellOptions(cell, in: self)
      found += options.warnings
      if !options.isSkipped, options.expectedError == nil { checked.append(cell) }
    }
    let syntax = checked.flatMap { cell in
      parse(Source(name: name, text: cell.text, firstLine: cell.firstLine)).diagnostics
    }
    if syntax.contains(where: { $0.severity == .error }) { return found + syntax }
    // Names of one cell are known in the next, so they are resolved together. Each cell is a
    // whole by now, and blank lines in place of the others keep every line at its number.
    var lines: [Substring] = []
    for cell in checked {
      lines += Array(repeating: "", count: max(0, cell.firstLine - 1 - lines.count))
      lines += cell.text.split(separator: "\n", omittingEmptySubsequences: false)
    }
    return found + interpreter.check(lines.joined(separator: "\n"), name: name)
  }
}
