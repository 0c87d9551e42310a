// Transposes of stacks of matrices move outwards through elementwise operations until they meet
// their inverse. Images lie channel by channel, while products make and take them pixel by pixel:
// between one convolution and the next, the two reorderings cancel across the nonlinearity.

extension Graph {
  /// The operation on what lies below the same transpose in all operands, transposed afterwards; nil
  /// where there is no transpose or they differ. Plain numbers fit any.
  func insideTranspose(_ operation: Elementwise, _ operands: [Int], shape: [Int]) -> Symbol? {
    var common: (shape: [Int], transposed: [Int])?
    var inner: [Symbol] = []
    for operand in operands {
      if nodes[operand].shape.isEmpty {
        inner.append(Symbol(graph: self, id: operand))
        continue
      }
      var id = operand
      if case .reshape = nodes[id].operation { id = nodes[id].inputs[0] }
      guard case .transpose = nodes[id].operation, nodes[operand].shape == shape else { return nil }
      let below = nodes[id].inputs[0]
      guard nodes[below].shape.count > 2 else { return nil }
      if let common, common != (nodes[below].shape, nodes[id].shape) { return nil }
      common = (nodes[below].shape, nodes[id].shape)
      inner.append(Symbol(graph: self, id: below))
    }
    guard common != nil else { return nil }
    return elementwise(operation, inner).transposed().reshaped(shape)
  }
}
