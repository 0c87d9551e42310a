// A notebook in memory: the cells of an `.lvm` text. The text stays the truth; a cell knows the
// lines it came from, so that a diagnostic names the line the author sees in the editor.

/// The cells of an `.lvm` file, with the metadata of its header.
public struct Notebook: Sendable {
  public struct Cell: Sendable {
    public enum Kind: String, Sendable { case code, markdown, raw }

    public var kind: Kind
    /// The words of the marker line that are neither a kind nor metadata; nil without any.
    public var title: String?
    /// The `key=JSON` pairs of the marker, unknown ones too.
    public var metadata: JSON.Object
    /// The lines of the cell exactly as they stand in the file, without the marker and without
    /// the one blank line that separates it from the next cell. This is what runs.
    public var text: String
    /// The number of the first line of `text` in the file, from 1.
    public var firstLine: Int
    /// The number of the cell in the file, from 1, text cells included.
    public var number: Int
    /// Whether a marker line begins the cell; text before the first marker has none.
    public var isMarked: Bool

    /// The tags of the cell: `tags=["parameters"]`.
    public var tags: [String] { metadata["tags"]?.texts ?? [] }

    /// How messages call the cell: its title between stars, or its number.
    public var label: String { title.map { "cell *\($0)*" } ?? "cell \(number)" }
  }

  /// What messages call the file: the path as the user gave it, or `<stdin>`.
  public var name: String
  /// The `# key: JSON` lines of the header.
  public var metadata = JSON.Object()
  public var cells: [Cell] = []
  /// What reading had to mend, one sentence each: a byte order mark, line ends of Windows.
  public var notes: [String] = []

  public init(name: String) { self.name = name }

  /// The version of the format that this build reads and writes.
  public static let formatVersion = 1
}

extension Notebook.Cell {
  /// The cell's source as another tool shows it: prefixes of text cells removed, escapes undone,
  /// inlined outputs dropped.
  public var source: String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard kind == .code else {
      return lines.map { Self.withoutPrefix(Self.unescaped($0)) }.joined(separator: "\n")
    }
    return lines.filter { !$0.hasPrefix("#> ") && $0 != "#>" }.map(Self.unescaped)
      .joined(separator: "\n")
  }

  /// A text cell's line without its `# `; an empty line is `#` alone.
  private static func withoutPrefix(_ line: Substring) -> Substring {
    if line.hasPrefix("# ") { return line.dropFirst(2) }
    return line == "#" ? "" : line
  }

  /// `# \%%` stands for a line that would read as a marker, `#\> ` for one that would read as an
  /// output; each backslash more stands for one.
  private static func unescaped(_ line: Substring) -> Substring {
    for (before, after) in [("# ", "%%"), ("#", "> ")] where line.hasPrefix(before) {
      let rest = line.dropFirst(before.count)
      let slashes = rest.prefix { $0 == "\\" }
      if !slashes.isEmpty, rest.dropFirst(slashes.count).hasPrefix(after) {
        return Substring(before + rest.dropFirst())
      }
    }
    return line
  }
}
