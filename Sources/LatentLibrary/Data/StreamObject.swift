// Rows of a file as a value of the language: read when they are wanted.

import LatentData
import LatentLanguage
import LatentModels
import LatentTensor

extension NPYRows: RowSource {}

/// What `stream` gives.
public final class StreamObject: Object {
  public let source: NPYRows

  public init(_ source: NPYRows) { self.source = source }

  public override var kind: String { "stream" }
  public override var length: Int? { source.rows }
  public override var memberNames: [String] { ["shape", "path"] }

  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "shape": .vector([Double(source.rows), Double(source.columns)])
    case "path": .text(source.path)
    default: nil
    }
  }

  public override func element(_ position: Int) throws -> Value {
    .vector(try source.read(position..<(position + 1)))
  }

  /// `s[3]` is a row; ranges and positions give a matrix of those rows.
  public override func index(_ items: [Subscript]) throws -> Value {
    guard items.count == 1, let item = items.first else {
      throw Failure("L424", "a stream takes one index", help: "write `s[0..<1000][:, 2]`")
    }
    if case .value(let value) = item, let row = value.asInteger {
      let place = row < 0 ? row + source.rows : row
      guard place >= 0, place < source.rows else {
        throw Failure("L404", "the stream has no row \(row): it has \(source.rows) rows")
      }
      return try element(place)
    }
    guard let rows = try range(item) else {
      throw Failure(
        "L404", "a stream is indexed by a row or a range of rows",
        help: "write `s[0..<1000]`")
    }
    _ = try Shape.count([rows.count, source.columns])
    return .tensor(
      Tensor(shape: [rows.count, source.columns], try source.read(rows)))
  }

  private func range(_ item: Subscript) throws -> Range<Int>? {
    func bound(_ x: Double) -> Int? {
      Int(exactly: x).map { min(max($0 < 0 ? $0 + source.rows : $0, 0), source.rows) }
    }
    var (lower, upper) = (0, source.rows)
    switch item {
    case .all, .ellipsis: break
    case .from(let start): lower = bound(Double(start)) ?? 0
    case .upTo(let end, let closed): upper = (bound(Double(end)) ?? 0) + (closed ? 1 : 0)
    case .value(let value):
      guard let range = (value.object as? RangeObject)?.range, range.step == 1,
        let start = bound(range.start), let end = bound(range.end)
      else { return nil }
      (lower, upper) = (start, end + (range.closed ? 1 : 0))
    }
    return lower..<max(lower, min(upper, source.rows))
  }

  public override func display(_ style: DisplayStyle) -> String {
    "stream of \(source.rows) rows, \(source.columns) columns from \(source.path)"
  }
}
