// One look at the data before a model takes it: means, range, and whether all is finite.

import LatentTensor

/// Facts about a data matrix that decide the likelihood and the start.
public struct DataScan: Sendable {
  public var rows: Int
  public var columns: Int
  public var columnMeans: [Double]
  /// Variance of all elements about their column's mean.
  public var variance: Double
  public var isBinary = true
  public var isUnitInterval = true
  /// The first element that is not a whole number from 0 to 65,535.
  public var firstUncounted: (row: Int, column: Int, value: Double)?
  /// The greatest element, if all are such numbers.
  public var greatest: Double?
  /// Row and column of the first element that is infinite.
  public var firstInfinite: (row: Int, column: Int)?
  /// Whether values are missing (NaN); what is said of the data is said of the others.
  public var isIncomplete = false
  /// The first column of which nothing was seen.
  public var emptyColumn: Int?
  /// The first element that is neither 0 nor 1.
  public var firstGrey: (row: Int, column: Int, value: Double)?

  /// - Parameter argument: the name under which the data were given, for the failure.
  /// - Throws: a failure unless the data are a matrix with at least one row and column.
  public init(_ data: Tensor, argument: String = "data") throws {
    guard data.rank == 2 else {
      throw Failure(
        "L511", "the data must be a matrix (rows × columns), not a tensor of shape \(data.shape)",
        argument: argument, help: "use `reshape(x, [-1, columns])`")
    }
    guard data.count > 0 else {
      throw Failure(
        "L511", "the data have no elements (shape \(data.shape))", argument: argument,
        help: "give at least one row and one column")
    }
    (rows, columns) = (data.shape[0], data.shape[1])
    var sums = [Double](repeating: 0, count: columns)
    var counts = [Double](repeating: 0, count: columns)
    var squares = 0.0
    var scan = ScanState()
    let columns = self.columns
    data.forEachElement { place, value in
      let column = place % columns
      if value.isNaN {
        scan.isIncomplete = true
        return
      }
      counts[column] += 1
      sums[column] += value
      squares += value * value
      scan.look(value, at: place)
    }
    let seen = counts.reduce(0, +)
    columnMeans = zip(sums, counts).map { $0 / max($1, 1) }
    // The scale of a starting σ only: the cancellation of this formula does not matter there.
    variance = max(
      (squares - zip(columnMeans, counts).reduce(0) { $0 + $1.0 * $1.0 * $1.1 }) / max(seen, 1), 0)
    isBinary = scan.grey == nil
    isUnitInterval = scan.isUnitInterval
    isIncomplete = scan.isIncomplete
    emptyColumn = counts.firstIndex(of: 0)
    firstInfinite = scan.nonFinite.map { ($0 / columns, $0 % columns) }
    firstUncounted = scan.uncounted.map { ($0 / columns, $0 % columns, scan.uncountedValue) }
    greatest = scan.uncounted == nil ? scan.greatest : nil
    firstGrey = scan.grey.map { ($0 / columns, $0 % columns, scan.greyValue) }
  }

  private struct ScanState {
    var isUnitInterval = true
    var isIncomplete = false
    var nonFinite: Int?
    var grey: Int?
    var greyValue = 0.0
    var uncounted: Int?
    var uncountedValue = 0.0
    var greatest = 0.0

    mutating func look(_ value: Double, at place: Int) {
      if value > greatest { greatest = value }
      if value == 0 || value == 1 { return }
      if uncounted == nil, !(value >= 0 && value < 65536 && value == value.rounded()) {
        (uncounted, uncountedValue) = (place, value)
      }
      if grey == nil { (grey, greyValue) = (place, value) }
      if !(value >= 0 && value <= 1) { isUnitInterval = false }
      if !value.isFinite, nonFinite == nil { nonFinite = place }
    }
  }
}

extension Tensor {
  /// Visits the elements in row-major order without making a copy of them.
  func forEachElement(_ body: (_ place: Int, _ value: Double) -> Void) {
    switch storage {
    case .float64(let values):
      for (place, value) in values.enumerated() { body(place, value) }
    case .float32(let values):
      for (place, value) in values.enumerated() { body(place, Double(value)) }
    case .bytes(let values, let scale):
      let table = (0..<256).map { Double($0) * scale }
      for (place, value) in values.enumerated() { body(place, table[Int(value)]) }
    case .mask(let values):
      for (place, value) in values.enumerated() { body(place, value ? 1 : 0) }
    }
  }
}
