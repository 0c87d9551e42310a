// Everything that needs elements in order: sorting, order statistics, distinct values.
// nan comes last in either direction, so that sorting is a total order.

extension Tensor {
  private static func precedes(_ a: Double, _ b: Double, descending: Bool = false) -> Bool {
    if a.isNaN || b.isNaN { return !a.isNaN && b.isNaN }
    return descending ? a > b : a < b
  }

  /// The elements in ascending order along an axis, the last one by default.
  public func sorted(axis: Int = -1, descending: Bool = false) throws -> Tensor {
    if isScalar { return Tensor(self[flat: 0]) }
    return try transformed(axis: axis) { lane in
      var lane = lane
      lane.sort { Tensor.precedes($0, $1, descending: descending) }
    }
  }

  /// The positions that would sort, along an axis; equal elements keep their order.
  public func argsort(axis: Int = -1, descending: Bool = false) throws -> Tensor {
    if isScalar { return Tensor(0) }
    return try transformed(axis: axis) { lane in
      let order = lane.indices.sorted { i, j in
        if Tensor.precedes(lane[i], lane[j], descending: descending) { return true }
        return i < j && !Tensor.precedes(lane[j], lane[i], descending: descending)
      }
      for (place, position) in order.enumerated() { lane[place] = Double(position) }
    }
  }

  /// The distinct elements in ascending order, as a vector; all nan count as one.
  public func unique() -> Tensor {
    var distinct: [Double] = []
    for element in values.sorted(by: { Tensor.precedes($0, $1) }) {
      if let last = distinct.last, last == element || (last.isNaN && element.isNaN) { continue }
      distinct.append(element)
    }
    return Tensor(distinct)
  }

  /// The middle element, or the mean of the two middle ones; nan if there is a nan.
  public func median(axis: Int? = nil, keep: Bool = false) throws -> Tensor {
    try requireElements("median", axis: axis)
    return try orderStatistic(0.5, axis: axis, keep: keep)
  }

  /// The value below which a part `probability` of the elements lies: linear between the elements
  /// at `probability · (n − 1)` (type 7 of Hyndman & Fan, the default of numpy and R).
  public func quantile(
    _ probability: Double, axis: Int? = nil, keep: Bool = false
  ) throws -> Tensor {
    guard probability >= 0, probability <= 1 else {
      throw Failure(
        .domain, "a quantile at \(NumberText.shortest(probability))", argument: "q",
        help: "the probability lies between 0 and 1")
    }
    try requireElements("quantile", axis: axis)
    return try orderStatistic(probability, axis: axis, keep: keep)
  }

  private func orderStatistic(_ probability: Double, axis: Int?, keep: Bool) throws -> Tensor {
    try reduced(axis: axis, keep: keep) { lane in
      var lane = lane
      lane.sort { Tensor.precedes($0, $1) }
      if let last = lane.last, last.isNaN { return last }
      let place = probability * Double(lane.count - 1)
      let below = Swift.min(Int(place), lane.count - 1)
      let above = Swift.min(below + 1, lane.count - 1)
      let part = place - Double(below)
      let (low, high) = (lane[below], lane[above])
      // Not low + part·(high − low): at part 1/2 of two infinities that is nan.
      return low == high ? low : (1 - part) * low + part * high
    }
  }
}
