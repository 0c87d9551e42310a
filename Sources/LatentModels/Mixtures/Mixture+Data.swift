// What a mixture asks of data before it takes them.

import LatentTensor

extension Mixture {
  /// Rows of `x` in float64, categories as indicators, with what is known about them.
  ///
  /// - Throws: `L511`–`L514` for what cannot be data of this family.
  func arranged(_ set: DataSet, argument: String) throws -> MixtureData {
    let x = set.x
    guard x.rank == 2, x.count > 0 else {
      throw Failure(
        "L511",
        x.rank == 2
          ? "the data have no elements (shape \(x.shape))"
          : "the data must be a matrix (rows × columns), not a tensor of shape \(x.shape)",
        argument: argument)
    }
    let (n, d) = (x.shape[0], x.shape[1])
    if let columns, columns != d { throw wrongWidth(d, argument: argument) }
    let values = x.values
    try checkValues(values, columns: d, argument: argument)
    let labels = try set["z"].map { try knownLabels($0) }
    guard design.family == .categorical else {
      return MixtureData(values, rows: n, columns: d, weights: set.weights, labels: labels)
    }
    if levels.isEmpty {
      levels = (0..<d).map { j in
        let top = stride(from: j, to: values.count, by: d).reduce(0) {
          values[$1].isNaN ? $0 : max($0, Int(values[$1]))
        }
        return top + 1
      }
    }
    return MixtureData(
      try indicators(values, columns: d, argument: argument), rows: n,
      columns: levels.reduce(0, +), weights: set.weights, labels: labels)
  }

  private func checkValues(_ values: [Double], columns d: Int, argument: String) throws {
    for (place, value) in values.enumerated() where !value.isNaN {
      // Squares of what is larger would overflow.
      guard abs(value) < 1e150 else {
        throw Failure(
          "L513",
          value.isFinite
            ? "row \(place / d), column \(place % d) of the data is \(value), too large to square"
            : "row \(place / d), column \(place % d) of the data is not a finite number",
          argument: argument, help: "write nan for what is missing")
      }
      if let wanted = design.family.refusal(of: value) {
        throw Failure(
          "L514",
          "a \(design.family.rawValue) mixture needs data that are \(wanted), but row "
            + "\(place / d), column \(place % d) is \(value)", argument: argument)
      }
    }
  }

  /// The field `z`: components 0 … K − 1, nan where unknown.
  private func knownLabels(_ z: Tensor) throws -> [Int32] {
    guard z.rank == 1 else {
      throw Failure(
        "L511",
        "the known components `z` must be one number per row, not a tensor of shape "
          + "\(z.shape)", argument: "data")
    }
    return try z.values.enumerated().map { row, value in
      if value.isNaN { return -1 }
      guard let label = Int32(exactly: value), label >= 0, Int(label) < design.components else {
        throw Failure(
          "L514",
          "the known component of row \(row) is \(NumberText.rounded(value)), but components are "
            + "0 … \(design.components - 1)", argument: "data",
          help: "write nan where the component is not known")
      }
      return label
    }
  }

  /// Each category as a row of zeros with a one in its place; nan where it is missing.
  private func indicators(
    _ values: [Double], columns d: Int, argument: String
  ) throws -> [Double] {
    let width = levels.reduce(0, +)
    _ = try Shape.count([values.count / d, width], argument: argument)
    var result = [Double](repeating: 0, count: values.count / d * width)
    var start = 0
    for (j, level) in levels.enumerated() {
      for row in 0..<(values.count / d) {
        let value = values[row * d + j]
        let place = row * width + start
        if value.isNaN {
          for i in 0..<level { result[place + i] = .nan }
        } else {
          guard Int(value) < level else {
            throw Failure(
              "L514",
              "row \(row), column \(j) has the category \(Int(value)), which the model has "
                + "not seen", argument: argument)
          }
          result[place + Int(value)] = 1
        }
      }
      start += level
    }
    return result
  }

  /// Indicators back to categories.
  func categories(_ row: [Double]) -> [Double] {
    guard design.family == .categorical else { return row }
    var (result, start) = ([Double](), 0)
    for level in levels {
      let part = row[start..<(start + level)]
      let best = part.indices.max { part[$0] < part[$1] } ?? start
      result.append(Double(best - start))
      start += level
    }
    return result
  }

  /// Σ w h(x), the part of the log-likelihood that no parameter touches, of each row.
  func baseDensities(_ data: MixtureData) -> [Double]? {
    guard design.family == .poisson else { return nil }
    var result = [Double](repeating: 0, count: data.rows)
    for group in data.groups {
      let width = group.observed.count
      for i in 0..<group.count {
        let row = group.rows?[i] ?? i
        result[row] = group.x[(i * width)..<((i + 1) * width)].reduce(0) {
          $0 + design.family.base($1)
        }
      }
    }
    return result
  }
}
