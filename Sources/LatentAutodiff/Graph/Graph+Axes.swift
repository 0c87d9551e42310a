// Broadcasting over any number of axes. The kernels walk through three: an outer one, rows and
// columns. Where the axes before the last two are not all repeated or all there in an operand, the
// operation is recorded on shapes with fewer, longer axes.

extension Graph {
  /// Whether every operand reads the axes before the last two of `shape` as one axis.
  func fitsKernels(_ operands: [Int], _ shape: [Int]) -> Bool {
    guard shape.count > 3 else { return true }
    return operands.allSatisfy { operand in
      let own = aligned(operand, to: shape)
      let outer = shape.indices.dropLast(2).filter { shape[$0] != 1 }
      return outer.allSatisfy { own[$0] == 1 } || outer.allSatisfy { own[$0] != 1 }
    }
  }

  /// The operation on operands with merged axes, under `shape` again.
  func merged(_ operation: Elementwise, _ operands: [Int], _ shape: [Int]) -> Symbol {
    let lengths = operands.map { aligned($0, to: shape) }
    // Neighbours merge where every operand has both of them or neither.
    var groups: [Range<Int>] = []
    for axis in shape.indices {
      guard let last = groups.last, let before = last.last(where: { shape[$0] != 1 }),
        shape[axis] != 1
      else {
        // An axis of length 1 joins whatever is there.
        if let last = groups.last {
          groups[groups.count - 1] = last.lowerBound..<(axis + 1)
        } else {
          groups.append(axis..<(axis + 1))
        }
        continue
      }
      if lengths.allSatisfy({ ($0[before] == 1) == ($0[axis] == 1) }) {
        groups[groups.count - 1] = last.lowerBound..<(axis + 1)
      } else {
        groups.append(axis..<(axis + 1))
      }
    }
    func product(_ lengths: [Int], _ group: Range<Int>) -> Int { lengths[group].reduce(1, *) }
    let target = groups.map { product(shape, $0) }
    let values = zip(operands, lengths).map { operand, lengths in
      let value = Symbol(graph: self, id: operand)
      if target.count <= 3 { return value.reshaped(groups.map { product(lengths, $0) }) }
      return lengths == shape ? value.reshaped(shape) : repeated(value, lengths, shape)
    }
    let result = insert(
      .elementwise(operation), values.map(\.id), shape: target.count <= 3 ? target : shape)
    return result.reshaped(shape)
  }

  /// A copy in which every element stands as often as the shape asks for.
  private func repeated(_ value: Symbol, _ lengths: [Int], _ shape: [Int]) -> Symbol {
    var positions = [0]
    for (axis, length) in shape.enumerated() {
      positions = positions.flatMap { position in
        (0..<length).map { position * lengths[axis] + (lengths[axis] == 1 ? 0 : $0) }
      }
    }
    return value.collecting(positions.map { $0 }, shape: shape)
  }

  private func aligned(_ operand: Int, to shape: [Int]) -> [Int] {
    let own = nodes[operand].shape
    return [Int](repeating: 1, count: shape.count - own.count) + own
  }
}
