// The canonical form of a file: its code cells formatted, one empty line between cells, all other
// text as it stands.

import Latent

extension Notebook {
  /// Formats the text of an `.lvm` file.
  ///
  /// Cells that must fail or are skipped may be wrong on purpose; those that cannot be parsed stay
  /// as they are.
  ///
  /// - Throws: ``Diagnostics`` of all other cells that cannot be parsed, or what reading throws.
  public static func formatted(_ text: String, name: String) throws -> String {
    let notebook = try Notebook(reading: text, name: name)
    let lines = lines(of: text)
    guard let first = notebook.cells.first else {
      return lines.contains { !$0.isEmpty } ? lines.joined(separator: "\n") + "\n" : ""
    }
    var result = Array(lines[..<(first.firstLine - 1)])
    var mistakes: [Diagnostic] = []
    for (position, cell) in notebook.cells.enumerated() {
      let next = position + 1 < notebook.cells.count ? notebook.cells[position + 1] : nil
      let end = next.map { $0.firstLine - 2 } ?? lines.count
      var content = Array(lines[min(cell.firstLine - 1, end)..<end])
      if cell.kind == .code {
        do {
          // A rule of empty lines between the header and a script without cells is kept.
          let space = !cell.isMarked && cell.firstLine > 1 && content.first?.isEmpty == true
          content = (space ? [""] : []) + (try notebook.formatted(cell))
        } catch {
          mistakes += error.all
        }
      }
      result += content
      guard next != nil else { continue }
      if result.last?.allSatisfy(\.isWhitespace) == false { result.append("") }
      result.append(lines[end])
    }
    guard mistakes.isEmpty else { throw Diagnostics(mistakes) }
    return result.joined(separator: "\n") + "\n"
  }

  private func formatted(_ cell: Cell) throws(Diagnostics) -> [String] {
    let source = Source(name: name, text: cell.text, firstLine: cell.firstLine)
    do {
      let text = try format(source)
      return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        .map(String.init)
    } catch {
      let options = CellOptions(cell, in: self)
      guard options.isSkipped || options.expectedError != nil else { throw error }
      return source.lineStarts.indices.map { String(source.line($0)) }
    }
  }

  /// The lines of a file without their ends, as reading mends them.
  private static func lines(of text: String) -> [String] {
    var scalars = text.unicodeScalars[...]
    if scalars.first == "\u{FEFF}" { scalars = scalars.dropFirst() }
    var lines = scalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      String(line.last == "\r" ? line.dropLast() : line)
    }
    if lines.last == "" { lines.removeLast() }
    return lines
  }
}
