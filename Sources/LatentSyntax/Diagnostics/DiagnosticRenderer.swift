// Diagnostics as people read them: one layout for terminals, files and notebooks.

/// Renders a diagnostic: its message, the lines it is about with marks under them, its remedies.
///
/// ```
/// error[L201]: an expression is expected, found `=`
///   --> cell 3:1:5
/// 1 | x = = 2
///   |     ^
///   = help: …
/// ```
public struct DiagnosticRenderer: Sendable {
  public enum Style: Sendable { case plain, ansi, html }

  public var style: Style

  public init(style: Style) { self.style = style }

  /// The whole diagnostic, its lines joined by line ends, without one behind the last.
  public func render(_ diagnostic: Diagnostic) -> String {
    let marks = self.marks(diagnostic)
    let gutter = marks.map { String($0.line).count }.max() ?? 1
    let margin = String(repeating: " ", count: gutter)
    var lines = [header(diagnostic)]
    var shownSource: ObjectIdentifier?
    for group in groups(marks) {
      guard let first = group.first else { continue }
      let identity = ObjectIdentifier(first.source)
      if identity != shownSource {
        lines.append(place(first, in: diagnostic, margin, isFirst: shownSource == nil))
        shownSource = identity
      }
      let (text, offset) = window(first)
      let number = String(first.line)
      let padding = String(repeating: " ", count: gutter - number.count)
      lines.append(
        paint(padding + number + " |", .gutter) + (text.isEmpty ? "" : " ") + escape(text))
      lines += group.map { paint("\(margin) |", .gutter) + " " + underline($0, shiftedBy: offset) }
    }
    let tail = [
      ("help", diagnostic.helps), ("note", diagnostic.notes), ("trace", diagnostic.trace),
    ]
    for (word, texts) in tail {
      for text in texts {
        lines.append(
          paint("\(margin) =", .gutter) + " " + paint("\(word):", .word) + " "
            + escape(indented(text, by: gutter + word.count + 5)))
      }
    }
    let text = lines.joined(separator: "\n")
    return style == .html ? "<pre class=\"latent-diagnostic\">\(text)</pre>" : text
  }

  // MARK: - Marks

  /// One label, on the line where it starts.
  private struct Mark {
    var source: Source
    var index: Int
    var line: Int
    var start: Int
    var width: Int
    var text: String
    var isPrimary: Bool
  }

  private func marks(_ diagnostic: Diagnostic) -> [Mark] {
    var marks = diagnostic.secondary.map { mark($0, isPrimary: false) }
    if let primary = diagnostic.primary { marks.append(mark(primary, isPrimary: true)) }
    return marks
  }

  private func mark(_ label: Diagnostic.Label, isPrimary: Bool) -> Mark {
    let source = label.source
    let start = min(max(label.span.start, 0), source.bytes.count)
    let index = source.lineIndex(at: start)
    let lineStart = source.lineStarts[index]
    let lineEnd = lineStart + source.line(index).utf8.count
    let from = min(start, lineEnd)
    let to = min(max(label.span.end, from), lineEnd)
    let before = DisplayWidth.shown(source.text(in: Span(lineStart, from))).width
    let through = DisplayWidth.shown(source.text(in: Span(lineStart, to))).width
    let last = source.lineIndex(at: max(start, min(label.span.end, source.bytes.count) - 1))
    // A span over several lines is marked on its first; the text says where it ends.
    let range = last > index ? "… to line \(last + source.firstLine)" : ""
    return Mark(
      source: source, index: index, line: index + source.firstLine, start: before,
      width: max(1, through - before),
      text: [range, label.text].filter { !$0.isEmpty }.joined(separator: ", "),
      isPrimary: isPrimary)
  }

  /// Marks by line; the source of the primary label first, its lines in their order.
  private func groups(_ marks: [Mark]) -> [[Mark]] {
    let home = marks.last.map { ObjectIdentifier($0.source) }
    var sources: [ObjectIdentifier] = home.map { [$0] } ?? []
    for mark in marks where !sources.contains(ObjectIdentifier(mark.source)) {
      sources.append(ObjectIdentifier(mark.source))
    }
    return sources.flatMap { source in
      let own = marks.filter { ObjectIdentifier($0.source) == source }
      return Set(own.map(\.line)).sorted().map { line in
        own.filter { $0.line == line }.sorted { $0.isPrimary && !$1.isPrimary }
      }
    }
  }

  // MARK: - Lines

  private func header(_ diagnostic: Diagnostic) -> String {
    let head = "\(diagnostic.severity.rawValue)[\(diagnostic.code)]"
    return paint(head, diagnostic.severity == .error ? .error : .warning)
      + paint(": " + escape(DisplayWidth.shown(diagnostic.message).text), .message)
  }

  private func place(
    _ mark: Mark, in diagnostic: Diagnostic, _ margin: String, isFirst: Bool
  ) -> String {
    var name = "\(mark.source.name):\(mark.line)"
    if isFirst, let primary = diagnostic.primary {
      let position = primary.source.position(of: primary.span.start)
      name = "\(primary.source.name):\(position.line):\(position.column)"
    }
    return paint("\(margin)\(isFirst ? "-->" : ":::")", .gutter) + " " + escape(name)
  }

  /// The line of a mark; of a very long one the part around the mark, and how many columns the
  /// part is shifted to the left.
  private func window(_ mark: Mark) -> (text: String, offset: Int) {
    let (text, width) = DisplayWidth.shown(mark.source.line(mark.index))
    guard width > Self.lineLimit else { return (text, 0) }
    let from = mark.start > Self.lineLimit / 2 ? mark.start - Self.lineLimit / 2 : 0
    var part = from > 0 ? "…" : ""
    var column = 0
    for character in text {
      // A wide character cut in half is left out and leaves a space.
      let wide = DisplayWidth.of(character)
      if column > from || from == 0 {
        part.append(character)
      } else if column + wide > from + 1 {
        part += " "
      }
      column += wide
      if column >= from + Self.lineLimit { break }
    }
    return (part + (column < width ? "…" : ""), from)
  }

  /// Lines longer than this many columns are shown in part.
  private static let lineLimit = 160

  private func underline(_ mark: Mark, shiftedBy offset: Int) -> String {
    let start = min(max(0, mark.start - offset), Self.lineLimit)
    let width = max(1, min(mark.width, Self.lineLimit - start))
    let spaces = String(repeating: " ", count: start)
    let line = String(repeating: mark.isPrimary ? "^" : "-", count: width)
    let text = mark.text.isEmpty ? "" : " " + escape(mark.text)
    return spaces + paint(line + text, mark.isPrimary ? .primary : .secondary)
  }

  /// Further lines of a help stand under its first.
  private func indented(_ text: String, by width: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { DisplayWidth.shown($0).text }
      .joined(separator: "\n" + String(repeating: " ", count: width))
  }

  // MARK: - Style

  private enum Role: String {
    case error, warning, message, gutter, primary, secondary, word

    var code: String {
      switch self {
      case .error, .primary: "1;31"
      case .warning: "1;33"
      case .message, .word: "1"
      case .gutter, .secondary: "1;34"
      }
    }
  }

  /// `text` is escaped already where it may hold markup.
  private func paint(_ text: String, _ role: Role) -> String {
    switch style {
    case .plain: text
    case .ansi: "\u{1B}[\(role.code)m\(text)\u{1B}[0m"
    case .html:
      "<span class=\"latent-\(role.rawValue)\">\(role == .gutter ? escape(text) : text)</span>"
    }
  }

  private func escape(_ text: String) -> String {
    guard style == .html else { return text }
    var escaped = ""
    for character in text {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
