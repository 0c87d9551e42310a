// Data that need not fit in memory: rows that can be read a range at a time.

/// A matrix whose rows are read when they are wanted.
public protocol RowSource: Sendable {
  var rows: Int { get }
  var columns: Int { get }
  /// Row-major values of rows within 0 ..< rows.
  func read(_ range: Range<Int>) throws -> [Double]
}
