// The parameters of every event of a draw as plain numbers, for what is not computed on symbols.

import LatentTensor

struct EventParameters {
  let count: Int
  /// The elements of each parameter over all events, or of one event where all have the same.
  private let elements: [(values: [Double], size: Int, isShared: Bool)]

  /// - Parameter shape: The axes of a draw without those of its events.
  init(_ family: Family, _ parameters: [Tensor], shape: [Int]) {
    count = shape.reduce(1, *)
    elements = zip(family.parameters, parameters).map { parameter, value in
      let core = Array(value.shape.suffix(parameter.rank))
      let size = core.reduce(1, *)
      if value.shape.count == parameter.rank { return (value.values, size, true) }
      return (value.spread(over: shape + core), size, false)
    }
  }

  subscript(event: Int) -> Numbers {
    Numbers(
      elements.map { values, size, isShared in
        isShared ? values : Array(values[(event * size)..<((event + 1) * size)])
      })
  }
}
