// A piece of program text with its name: what every span points into.

/// A text that was given to Latent: a file, a cell, or a line typed at the prompt.
///
/// Offsets are UTF-8 byte offsets. Identity matters (two cells may hold the same text), so a
/// source is a class; it never changes after it was made.
public final class Source: Sendable {
  /// What a diagnostic prints before the line number: a path, `cell 3`, `<prompt>`.
  public let name: String
  public let text: String
  public let bytes: [UInt8]
  /// The offset at which each line begins; the first is 0.
  public let lineStarts: [Int]
  /// The number of the first line, greater than 1 where the text is a cell of a larger file.
  public let firstLine: Int

  public init(name: String, text: String, firstLine: Int = 1) {
    self.name = name
    self.text = text
    self.firstLine = firstLine
    bytes = Array(text.utf8)
    var starts = [0]
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      starts.append(offset + 1)
    }
    lineStarts = starts
  }

  /// The zero-based index of the line that holds `offset`.
  public func lineIndex(at offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return low
  }

  /// The text of a line without its end.
  public func line(_ index: Int) -> Substring {
    let start = lineStarts[index]
    var end = index + 1 < lineStarts.count ? lineStarts[index + 1] - 1 : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return text(in: Span(start, end))
  }

  /// Line and column of an offset as people count them, from 1; a column is a character.
  public func position(of offset: Int) -> (line: Int, column: Int) {
    let index = lineIndex(at: offset)
    let column = text(in: Span(lineStarts[index], offset)).count + 1
    return (index + firstLine, column)
  }

  public func text(in span: Span) -> Substring {
    let start = text.utf8.index(text.startIndex, offsetBy: min(span.start, bytes.count))
    let end = text.utf8.index(text.startIndex, offsetBy: min(span.end, bytes.count))
    return start <= end ? text[start..<end] : ""
  }
}
