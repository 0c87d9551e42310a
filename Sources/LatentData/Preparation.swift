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
    return try x.transformed(axis: 0) { column in
      let present = column.filter { !$0.isNaN }
      guard let first = present.first else { return }
      let values = Tensor(present)
      let mean = try values.mean()[flat: 0]
      let sd = try values.standardDeviation()[flat: 0]
      // Rounding in the mean of equal numbers leaves a deviation of some ULP.
      let isConstant = present.allSatisfy { $0 == first }
      for row in column.indices where !column[row].isNaN {
        column[row] = isConstant ? 0 : (column[row] - mean) / sd
      }
    }
  }

  /// One Bernoulli draw for every element, which is its probability; nan stays.
  public static func binarize(_ x: Tensor, from random: Philox) throws -> Tensor {
    var random = random
    var bits: [UInt8] = []
    bits.reserveCapacity(x.count)
    var missing: [Int] = []
    // In blocks: the float64 copies of 60,000 images would take a gigabyte.
    for start in stride(from: 0, to: x.count, by: 1 << 16) {
      let values = x.values(in: start..<min(start + (1 << 16), x.count))
      for (position, (value, draw)) in zip(values, random.uniforms(values.count)).enumerated() {
        guard value >= 0, value <= 1 else {
          guard value.isNaN else { throw notAProbability(value, start + position) }
          missing.append(start + position)
          bits.append(0)
          continue
        }
        bits.append(draw < value ? 1 : 0)
      }
    }
    var result = Tensor(shape: x.shape, storage: .bytes(bits, scale: 1))
    for position in missing { result[flat: position] = .nan }
    return result
  }

  private static func notAProbability(_ value: Double, _ position: Int) -> Failure {
    Failure(
      .values,
      "`binarize` takes probabilities, and element \(position) is \(NumberText.shortest(value))",
      argument: "x",
      helps: [
        "divide by the largest value, as in `x / 255`", "to cut at a threshold write `x > 0.5`",
      ])
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
