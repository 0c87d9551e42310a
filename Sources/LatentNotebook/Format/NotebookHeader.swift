// The optional header of an `.lvm` file: comment lines between two `# ---`, each a `key: JSON`.
// JSON is YAML, so other tools can read it and Latent needs no YAML parser.

import Latent

/// The metadata at the top of a file.
struct NotebookHeader {
  var metadata = JSON.Object()
  /// How many lines of the file it takes, its two rules included.
  var lineCount: Int

  private static let rule = "# ---"

  /// Reads the header of a file; nil when the file begins otherwise, or when a first `# ---` is
  /// only a comment because none closes it before the comments end.
  init?(lines: [Substring], source: Source) throws {
    guard let first = lines.first, first == Self.rule else { return nil }
    let body = lines.dropFirst().prefix { $0.hasPrefix("#") && $0 != Self.rule }
    guard lines.indices.contains(body.endIndex), lines[body.endIndex] == Self.rule else {
      return nil
    }
    lineCount = body.endIndex + 1
    for (index, line) in zip(body.indices, body) where line != "#" {
      metadata.entries.append(try Self.entry(line, at: index, in: source))
    }
    try checkVersion(in: source)
  }

  private static func entry(
    _ line: Substring, at index: Int, in source: Source
  ) throws -> JSON.Object.Entry {
    let content = line.dropFirst(line.hasPrefix("# ") ? 2 : 1)
    if let colon = content.firstIndex(of: ":"), colon > content.startIndex,
      !content[..<colon].contains(where: \.isWhitespace),
      let value = JSONReader.value(of: content[content.index(after: colon)...])
    {
      return JSON.Object.Entry(String(content[..<colon]), value)
    }
    throw Diagnostic(
      "L711", "a line of the header is not `# key: value`",
      at: Diagnostic.Label(source, Self.span(ofLine: index, in: source), "not `# key: JSON`"),
      helps: ["the value is JSON: `# title: \"A title\"`; texts stand in double quotes"])
  }

  private func checkVersion(in source: Source) throws {
    guard let version = metadata["latent"], let number = version.integer,
      number > Notebook.formatVersion
    else { return }
    throw Diagnostic(
      "L712",
      "the notebook has format \(number), this Latent reads \(Notebook.formatVersion)",
      at: Diagnostic.Label(source, Self.span(ofLine: 0, in: source)),
      helps: ["a newer version of Latent reads it"])
  }

  private static func span(ofLine index: Int, in source: Source) -> Span {
    guard source.lineStarts.indices.contains(index) else { return Span(0, 0) }
    let start = source.lineStarts[index]
    return Span(start, start + source.line(index).utf8.count)
  }
}
