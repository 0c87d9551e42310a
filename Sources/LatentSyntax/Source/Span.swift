// Where something stands in a source.

/// A half-open range of UTF-8 offsets.
public struct Span: Hashable, Sendable {
  public var start: Int
  public var end: Int

  public init(_ start: Int, _ end: Int) {
    self.start = start
    self.end = max(start, end)
  }

  /// The smallest span that holds both.
  public func joined(_ other: Span) -> Span {
    Span(min(start, other.start), max(end, other.end))
  }

  public var isEmpty: Bool { start == end }
}
