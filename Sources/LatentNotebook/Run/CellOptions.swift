// The `#| key: value` lines at the top of a code cell. They are part of the source, so they
// survive every editor; tags of the same meaning, as other tools write them, count too.

import Latent

/// What a cell says about how it is to be run.
struct CellOptions {
  /// Whether the cell is left out of a run.
  var isSkipped = false
  /// The error the cell must end in.
  var expectedError: ExpectedError?
  /// The random stream starts anew with this seed before the cell.
  var seed: Int?
  var warnings: [Diagnostic] = []

  enum ExpectedError: Equatable {
    case any
    case code(String)

    func matches(_ diagnostics: [Diagnostic]) -> Bool {
      switch self {
      case .any: true
      case .code(let code): diagnostics.contains { $0.code == code }
      }
    }
  }

  /// Every option there is. A run needs few of them; the others speak to reports and comparisons.
  private static let known = [
    "error", "skip", "seed", "timeout", "test", "echo", "label", "caption",
  ]

  init(_ cell: Notebook.Cell, in notebook: Notebook) {
    if cell.tags.contains("raises-exception") { expectedError = .any }
    if cell.tags.contains("skip-execution") { isSkipped = true }
    let source = Source(name: notebook.name, text: cell.text, firstLine: cell.firstLine)
    for index in source.lineStarts.indices {
      let line = source.line(index)
      guard line.hasPrefix("#|") else { break }
      let start = source.lineStarts[index]
      read(line.dropFirst(2), at: Diagnostic.Label(source, Span(start, start + line.utf8.count)))
    }
  }

  private mutating func read(_ line: Substring, at label: Diagnostic.Label) {
    let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let key = Self.trimmed(parts.first ?? "")
    let value = Self.trimmed(parts.count > 1 ? parts[1] : "")
    switch key {
    case "error":
      expectedError = value.isEmpty || value == "true" ? .any : .code(value)
    case "skip" where ["true", "false"].contains(value): isSkipped = value == "true"
    case "seed" where Int(value).map({ $0 >= 0 }) == true: seed = Int(value)
    case "skip": warn("`skip` is `true` or `false`", label)
    case "seed": warn("`seed` is a whole number from 0", label)
    case _ where Self.known.contains(key): break
    default:
      let help = nearest(to: key, among: Self.known).map { "the nearest name is `\($0)`" }
      warn("no cell option is called `\(key)`", label, help: help)
    }
  }

  private mutating func warn(_ message: String, _ label: Diagnostic.Label, help: String? = nil) {
    let all = "the options are \(Self.known.joined(separator: ", "))"
    warnings.append(
      Diagnostic("L715", message, severity: .warning, at: label, helps: [help ?? all]))
  }

  private static func trimmed(_ text: Substring) -> String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}
