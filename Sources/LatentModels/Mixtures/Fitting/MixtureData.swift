// The rows of a data set as the kernel reads them: grouped by which columns are known, so that
// every group is a matrix without gaps and missing values cost nothing where there are none.

import LatentTensor

/// Data of a mixture in float64.
struct MixtureData: Sendable {
  /// Rows with the same columns known.
  struct Group: Sendable {
    var observed: [Int]
    /// Their numbers; nil where the group is all rows in order.
    var rows: [Int]?
    /// rows × observed.
    var x: [Double]
    var weights: [Double]?
    var labels: [Int32]?

    var count: Int
  }

  let rows: Int
  let columns: Int
  private(set) var groups: [Group]
  let weights: [Double]?
  let labels: [Int32]?

  /// - Parameter labels: known components by row, −1 where unknown.
  init(
    _ values: [Double], rows: Int, columns: Int, weights: [Double]? = nil,
    labels: [Int32]? = nil
  ) {
    self.rows = rows
    self.columns = columns
    self.weights = weights
    self.labels = labels
    let all = Array(0..<columns)
    guard values.contains(where: \.isNaN) else {
      groups = [
        Group(
          observed: all, rows: nil, x: values, weights: weights, labels: labels, count: rows)
      ]
      return
    }
    var places: [[Int]: Int] = [:]
    groups = []
    for row in 0..<rows {
      let datum = values[(row * columns)..<((row + 1) * columns)]
      let observed = all.filter { !datum[row * columns + $0].isNaN }
      let place: Int
      if let known = places[observed] {
        place = known
      } else {
        place = groups.count
        places[observed] = place
        groups.append(
          Group(
            observed: observed, rows: [], x: [], weights: weights.map { _ in [] },
            labels: labels.map { _ in [] }, count: 0))
      }
      groups[place].rows?.append(row)
      groups[place].count += 1
      groups[place].x += observed.map { datum[row * columns + $0] }
      if let weights { groups[place].weights?.append(weights[row]) }
      if let labels { groups[place].labels?.append(labels[row]) }
    }
  }

  var total: Double { weights?.reduce(0, +) ?? Double(rows) }

  /// What a total is divided by to be per datum.
  var unit: Double { total > 0 ? total : 1 }

  var isComplete: Bool { groups.allSatisfy { $0.observed.count == columns } }

  /// Whether every row that counts has a known component.
  var isLabelled: Bool {
    guard let labels else { return false }
    return labels.indices.allSatisfy { labels[$0] >= 0 || weights?[$0] == 0 }
  }

  /// rows × columns in their order, with nan for what is missing.
  var values: [Double] { values(filling: [Double](repeating: .nan, count: columns)) }

  private func values(filling means: [Double]) -> [Double] {
    if isComplete, groups.count == 1 { return groups[0].x }
    var values = [Double](repeating: 0, count: rows * columns)
    for row in 0..<rows { for j in 0..<columns { values[row * columns + j] = means[j] } }
    for group in groups {
      let width = group.observed.count
      for i in 0..<group.count {
        let row = group.rows?[i] ?? i
        for (j, column) in group.observed.enumerated() {
          values[row * columns + column] = group.x[i * width + j]
        }
      }
    }
    return values
  }

  /// Missing values replaced by the means of their columns, for starts.
  func imputed(_ means: [Double]) -> MixtureData {
    if isComplete { return self }
    return MixtureData(
      values(filling: means), rows: rows, columns: columns, weights: weights, labels: labels)
  }

  /// Some of the rows.
  func selecting(_ chosen: [Int]) -> MixtureData {
    let x = values
    return MixtureData(
      chosen.flatMap { x[($0 * columns)..<(($0 + 1) * columns)] }, rows: chosen.count,
      columns: columns, weights: weights.map { w in chosen.map { w[$0] } },
      labels: labels.map { l in chosen.map { l[$0] } })
  }
}
