// What is done to data before they meet a model: scaling, binarising, setting rows aside.

import LatentTensor

/// Preparations of data.
public enum Preparation {
  /// Every column with mean 0 and variance 1 (dividing by n); a vector as one column.
  ///
  /// Missing values (nan) stay and do not count. A constant column becomes 0.
  public static func standardize(_ x: Tensor) throws -> Tensor {
    guard x.rank > 0 else {
      throw Failure(
        .values, "a number cannot be standardized", argument: "x",
        help: "`standardize` takes n numbers or n rows")
    }
    return try x.alongColumns { column in
      let present = column.filter { !$0.isNaN }
      guard !present.isEmpty else { return column }
      let values = Tensor(present)
      let mean = try values.mean()[flat: 0]
      let sd = try values.standardDeviation()[flat: 0]
      // Rounding in the mean of equal numbers leaves a deviation of some ULP.
      let isConstant = present.allSatisfy { $0 == present[0] }
      return column.map { $0.isNaN ? $0 : isConstant ? 0 : ($0 - mean) / sd }
    }
  }

  /// One Bernoulli draw for every element, which is its probability; nan stays.
  public static func binarize(_ x: Tensor, from random: Philox) throws -> Tensor {
    let values = x.values
    if let odd = values.firstIndex(where: { $0 < 0 || $0 > 1 }) {
      throw Failure(
        .values,
        "`binarize` takes probabilities, and element \(odd) is "
          + NumberText.shortest(values[odd]), argument: "x",
        helps: [
          "divide by the largest value, as in `x / 255`",
          "to cut at a threshold write `x > 0.5`",
        ])
    }
    var random = random
    let draws = random.uniforms(values.count)
    guard !values.contains(where: \.isNaN) else {
      return Tensor(
        shape: x.shape,
        values.indices.map { values[$0].isNaN ? Double.nan : draws[$0] < values[$0] ? 1 : 0 })
    }
    let bits = values.indices.map { draws[$0] < values[$0] ? UInt8(1) : 0 }
    return Tensor(shape: x.shape, storage: .bytes(bits, scale: 1))
  }

  /// Rows parted at random into those kept and those held out, each in the old order.
  public static func holdout(
    rows: Int, fraction: Double, from random: Philox
  ) throws -> (train: [Int], test: [Int]) {
    guard fraction > 0, fraction < 1 else {
      throw Failure(
        .values, "a fraction of \(NumberText.shortest(fraction)) held out", argument: "fraction",
        help: "the fraction lies between 0 and 1, both excluded")
    }
    // At least one row on either side, and the product cannot leave the range of rows.
    let wanted = Int((Double(rows) * fraction).rounded())
    guard rows >= 2, rows <= Int(Int32.max) else {
      throw Failure(
        .values, "\(rows) rows cannot be parted", argument: "x", help: "it takes two rows or more")
    }
    let count = min(max(wanted, 1), rows - 1)
    var random = random
    let order = random.permutation(rows).map(Int.init)
    return (order[count...].sorted(), order[..<count].sorted())
  }
}

extension Tensor {
  /// A function of every column of float64 numbers, which keeps its length.
  fileprivate func alongColumns(_ function: ([Double]) throws -> [Double]) throws -> Tensor {
    let width = shape.dropFirst().reduce(1, *)
    let rows = shape[0]
    let old = values
    var new = old
    for column in 0..<width {
      let result = try function((0..<rows).map { old[$0 * width + column] })
      for row in 0..<rows { new[row * width + column] = result[row] }
    }
    return Tensor(shape: shape, new)
  }
}
