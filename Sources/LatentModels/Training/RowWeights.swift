// Rows that count several times: a column behind the data carries their weights into minibatches.

import LatentTensor

extension Tensor {
  /// Rows × columns with a last column of weights whose mean is 1.
  public func weighted(by weights: [Double]) -> Tensor {
    let (rows, width) = (shape[0], shape[1])
    let mean = weights.reduce(0, +) / Double(max(weights.count, 1))
    var values: [Double] = []
    values.reserveCapacity(rows * (width + 1))
    forEachElement { place, value in
      values.append(value)
      if place % width == width - 1 { values.append(weights[place / width] / mean) }
    }
    return Tensor(shape: [rows, width + 1], values)
  }
}
