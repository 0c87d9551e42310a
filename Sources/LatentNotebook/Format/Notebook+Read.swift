// From the text of a file to its cells. Every text is a notebook: without markers it is one code
// cell, so that a script and a notebook are read by the same rules.

import Latent

extension Notebook {
  /// Reads the text of an `.lvm` file.
  ///
  /// - Parameters:
  ///   - text: the content; a byte order mark and CRLF line ends are removed with a note.
  ///   - name: what diagnostics call the file.
  /// - Throws: `Diagnostic` L711 when a header line is no `# key: JSON`, L712 when the file says
  ///   that it has a newer format.
  public init(reading text: String, name: String) throws {
    self.init(name: name)
    let (text, notes) = Self.mended(text)
    self.notes = notes
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    // The end of the last line is the end of the file, not a line of its own.
    if lines.last == "" { lines.removeLast() }
    let header = try NotebookHeader(lines: lines, source: Source(name: name, text: text))
    metadata = header?.metadata ?? metadata
    cells = Self.cells(of: lines[(header?.lineCount ?? 0)...])
  }

  /// Line feeds alone end lines inside Latent; what other systems add is taken off here.
  private static func mended(_ text: String) -> (String, notes: [String]) {
    var scalars = text.unicodeScalars[...]
    var notes: [String] = []
    if scalars.first == "\u{FEFF}" {
      scalars = scalars.dropFirst()
      notes.append("a byte order mark at the start was ignored")
    }
    guard scalars.contains("\r") else { return (String(scalars), notes) }
    var result = String.UnicodeScalarView()
    var endings = 0
    var waiting = false
    for scalar in scalars {
      if waiting {
        if scalar == "\n" { endings += 1 } else { result.append("\r") }
        waiting = false
      }
      if scalar == "\r" { waiting = true } else { result.append(scalar) }
    }
    if waiting { result.append("\r") }
    if endings > 0 { notes.append("line ends of Windows (CRLF) were read as LF") }
    return (String(result), notes)
  }

  private static func cells(of lines: ArraySlice<Substring>) -> [Cell] {
    var starts: [(line: Int, marker: CellMarker)] = []
    for (index, line) in zip(lines.indices, lines) {
      if let marker = CellMarker(line: line) { starts.append((index, marker)) }
    }
    var cells: [Cell] = []
    func add(_ marker: CellMarker, _ range: Range<Int>, isMarked: Bool) {
      var content = lines[range]
      // One blank line before the next marker separates; further ones belong to the cell.
      if range.upperBound < lines.endIndex, content.last == "" { content.removeLast() }
      cells.append(
        Cell(
          kind: marker.kind, title: marker.title, metadata: marker.metadata,
          text: content.joined(separator: "\n"), firstLine: range.lowerBound + 1,
          number: cells.count + 1, isMarked: isMarked))
    }
    let first = starts.first?.line ?? lines.endIndex
    let leading = lines.startIndex..<first
    if lines[leading].contains(where: { !$0.allSatisfy(\.isWhitespace) }) {
      add(CellMarker(), leading, isMarked: false)
    }
    for (index, start) in starts.enumerated() {
      let end = starts.indices.contains(index + 1) ? starts[index + 1].line : lines.endIndex
      add(start.marker, start.line + 1..<end, isMarked: true)
    }
    return cells
  }
}
