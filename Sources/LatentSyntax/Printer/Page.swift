// The lines the printer has written: indentation, the column reached, comments at line ends.

/// Text as it grows line by line.
struct Page {
  private struct Line {
    var text: String
    var comment: String?
  }

  private var lines: [Line] = []
  private var indentation = 0
  private var line = ""
  private var comment: String?
  /// The columns taken on the current line, its indentation included.
  private(set) var column = 0
  /// Whether the current line holds anything.
  var isEmptyLine: Bool { line.isEmpty && comment == nil }

  mutating func add(_ text: String) {
    if line.isEmpty {
      column = indentation
      line = String(repeating: " ", count: indentation)
    }
    line += text
    if let end = text.utf8.lastIndex(of: 0x0A) {
      column = Piece.width(text[text.utf8.index(after: end)...])
    } else {
      column += Piece.width(text)
    }
  }

  /// Puts a comment behind what the line holds.
  mutating func add(comment text: String) { comment = text }

  /// Ends the line if it holds anything, and begins another.
  mutating func newLine(indentation: Int) {
    if !isEmptyLine { lines.append(Line(text: line, comment: comment)) }
    (line, comment, self.indentation, column) = ("", nil, indentation, indentation)
  }

  /// An empty line, for which the current line must have been ended.
  mutating func addBlank() { lines.append(Line(text: "", comment: nil)) }

  /// All lines, with comments at the ends of neighbouring lines below each other.
  mutating func finish() -> String {
    newLine(indentation: 0)
    var text = ""
    var position = 0
    while position < lines.count {
      let run = lines[position...].prefix { $0.comment != nil }
      let columns = run.map { Piece.width($0.text.lastLine) }
      let widest = columns.max() ?? 0
      let fits = run.allSatisfy {
        widest + 2 + Piece.width($0.comment ?? "") <= Printer.lineWidth
      }
      for (line, column) in zip(run, columns) {
        let padding = fits ? widest - column : 0
        text += line.text + String(repeating: " ", count: padding + 2) + (line.comment ?? "")
        text += "\n"
      }
      position += run.count
      if position < lines.count, lines[position].comment == nil {
        text += lines[position].text + "\n"
        position += 1
      }
    }
    return text
  }
}

extension String {
  var lastLine: Substring {
    guard let end = utf8.lastIndex(of: 0x0A) else { return self[...] }
    return self[utf8.index(after: end)...]
  }
}
