// Rows of which some variables are missing: each pattern of what is there is a model of its own,
// in which the missing variables are latent. A bound is therefore that of exactly what was seen:
// log p(x, y) of a labelled row, log Σ_y p(x, y) of one without a label.

import LatentTensor

/// The rows of a data set by what is missing in them.
struct MissingRows {
  struct Pattern {
    /// The variables without a value; of others single elements may be missing.
    var missing: Set<String>
    var rows: [Int]
  }

  /// Patterns in order of appearance.
  let patterns: [Pattern]
  let variables: [BlockModel.Observed]
  private let data: Tensor
  private let width: Int

  /// - Parameter data: rows × columns of all variables side by side, nan where one is missing.
  init(_ data: Tensor, _ variables: [BlockModel.Observed]) {
    self.data = data
    self.variables = variables
    let width = variables.reduce(0) { $0 + $1.columns }
    self.width = width
    let count = data.shape.first ?? 0
    let values = data.values
    guard values.contains(where: \.isNaN) else {
      patterns = [Pattern(missing: [], rows: Array(0..<count))]
      return
    }
    var places: [Set<String>: Int] = [:]
    var patterns: [Pattern] = []
    for row in 0..<count {
      var missing: Set<String> = []
      var start = row * width
      for variable in variables {
        let own = values[start..<(start + variable.columns)]
        if variable.columns > 0, own.allSatisfy(\.isNaN) { missing.insert(variable.name) }
        start += variable.columns
      }
      // Where a row has nothing at all, its elements are missing one by one.
      if missing.count == variables.count { missing = [] }
      if let place = places[missing] {
        patterns[place].rows.append(row)
      } else {
        places[missing] = patterns.count
        patterns.append(Pattern(missing: missing, rows: [row]))
      }
    }
    self.patterns = patterns
  }

  var isComplete: Bool { patterns.count == 1 && patterns[0].missing.isEmpty }

  /// The values of what is there in the rows of a pattern.
  func values(of pattern: Pattern) -> [(name: String, values: Tensor)] {
    let all = data.values
    var start = 0
    var result: [(name: String, values: Tensor)] = []
    for variable in variables {
      defer { start += variable.columns }
      if pattern.missing.contains(variable.name) { continue }
      let own = pattern.rows.flatMap { row in
        all[(row * width + start)..<(row * width + start + variable.columns)]
      }
      result.append((variable.name, Tensor(shape: [pattern.rows.count] + variable.shape, own)))
    }
    return result
  }

  /// Where there are several patterns, columns behind the data say by 1 which one a row is of; what
  /// is missing is filled by the value of another row, so that its density exists though it does
  /// not count.
  var forTraining: Tensor {
    if isComplete { return data }
    var values = data.values
    let count = data.shape.first ?? 0
    var start = 0
    for variable in variables {
      defer { start += variable.columns }
      let known = patterns.first { !$0.missing.contains(variable.name) }?.rows.first ?? 0
      for pattern in patterns where pattern.missing.contains(variable.name) {
        for row in pattern.rows {
          for place in start..<(start + variable.columns) {
            values[row * width + place] = values[known * width + place]
          }
        }
      }
    }
    if patterns.count == 1 { return Tensor(shape: [count, width], values) }
    var result = [Double](repeating: 0, count: count * (width + patterns.count))
    for (place, pattern) in patterns.enumerated() {
      for row in pattern.rows {
        let first = row * (width + patterns.count)
        for column in 0..<width { result[first + column] = values[row * width + column] }
        result[first + width + place] = 1
      }
    }
    return Tensor(shape: [count, width + patterns.count], result)
  }
}
