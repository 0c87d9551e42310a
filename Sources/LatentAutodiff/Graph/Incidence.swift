// Which elements of an input each element of a result is the sum of. One primitive thus picks,
// permutes, repeats and scatters, and its derivative is the same primitive with the roles of input
// and result exchanged.

/// A matrix of zeros and ones, one row per element of the result, as lists of columns.
public struct Incidence: Hashable, Sendable {
  /// The number of elements of the input.
  let inputCount: Int
  /// Where in `sources` the list of each result element starts, and where the last one ends.
  let starts: [Int]
  let sources: [Int]

  var count: Int { starts.count - 1 }

  init(inputCount: Int, starts: [Int], sources: [Int]) {
    self.inputCount = inputCount
    self.starts = starts
    self.sources = sources
  }

  /// Each element of the result is the input's at a position, or 0 for nil.
  init(_ positions: [Int?], of inputCount: Int) {
    var (starts, sources) = ([0], [Int]())
    starts.reserveCapacity(positions.count + 1)
    sources.reserveCapacity(positions.count)
    for position in positions {
      if let position { sources.append(position) }
      starts.append(sources.count)
    }
    self.init(inputCount: inputCount, starts: starts, sources: sources)
  }

  /// For each element of the input the results it goes to.
  func transposed() -> Incidence {
    var starts = [Int](repeating: 0, count: inputCount + 1)
    for source in sources { starts[source + 1] += 1 }
    for place in 0..<inputCount { starts[place + 1] += starts[place] }
    var next = starts
    var results = [Int](repeating: 0, count: sources.count)
    for result in 0..<count {
      for source in sources[self.starts[result]..<self.starts[result + 1]] {
        results[next[source]] = result
        next[source] += 1
      }
    }
    return Incidence(inputCount: count, starts: starts, sources: results)
  }
}

extension Symbol {
  /// The elements at positions in row-major order, 0 where there is none, under a shape.
  public func collecting(_ positions: [Int?], shape target: [Int]) -> Symbol {
    let count = shape.reduce(1, *)
    guard positions.count == target.reduce(1, *),
      positions.allSatisfy({ $0.map { (0..<count).contains($0) } ?? true })
    else {
      return graph.fail("\(positions.count) positions in \(shape) for a tensor of shape \(target)")
    }
    // A run of neighbours is a view, which costs nothing.
    if let first = positions.first, let start = first,
      positions.indices.allSatisfy({ positions[$0] == start + $0 })
    {
      if positions.count == count { return reshaped(target) }
      return reshaped([count]).columns(start..<(start + positions.count)).reshaped(target)
    }
    return collected(Incidence(positions, of: count), shape: target)
  }

  func collected(_ incidence: Incidence, shape target: [Int]) -> Symbol {
    graph.insert(.collect(incidence), [id], shape: target)
  }

  /// The parts side by side along the last axis, whose other axes agree.
  public static func concatenated(_ parts: [Symbol]) -> Symbol? {
    guard let first = parts.first else { return nil }
    guard parts.count > 1 else { return first }
    let leading = first.shape.dropLast()
    guard parts.allSatisfy({ !$0.shape.isEmpty && $0.shape.dropLast() == leading }) else {
      return first.graph.fail("parts of shapes \(parts.map(\.shape)) side by side")
    }
    let width = parts.reduce(0) { $0 + ($1.shape.last ?? 0) }
    return first.graph.insert(.concatenate, parts.map(\.id), shape: leading + [width])
  }

  /// The value, to be differentiated by: uses of this symbol elsewhere do not count.
  public func variable() -> Symbol { graph.variable(self) }
}
