// From one datum to many: a computation recorded for a single datum becomes the computation of a
// whole plate, row by row the same. Densities are written per datum and trained by the minibatch;
// this is the step between the two.
//
// A node that depends on no row stays as it is, so weights are shared and a vector times a matrix
// becomes one product of matrices. The others get the axes of the plate in front. A value need not
// have the full length along every axis of the plate: 1 is broadcast, so x of shape [1, rows] and
// draws of shape [samples, rows] meet without copies.

extension Graph {
  /// Records `results` again for a plate.
  ///
  /// - Parameters:
  ///   - results: nodes recorded for one datum.
  ///   - leaves: what stood for the datum, each with its rows: the axes of the plate (or 1), then
  ///     those of the leaf.
  ///   - plate: the lengths of the axes in front. Draws that `results` depend on are made for the
  ///     whole plate, independently.
  /// - Returns: the results with the axes of the plate in front, each of full length.
  public func vectorized(
    _ results: [Symbol], over leaves: [(leaf: Symbol, rows: Symbol)], plate: [Int]
  ) -> [Symbol] {
    var pass = Vectorization(graph: self, plate: plate)
    for (leaf, rows) in leaves {
      guard rows.shape.count == plate.count + leaf.shape.count else {
        return results.map { _ in
          fail("rows of shape \(rows.shape) for a datum of shape \(leaf.shape)")
        }
      }
      pass.images[leaf.id] = .plate(rows)
    }
    let last = results.map(\.id).max() ?? -1
    // Nodes only refer to earlier ones, and the new ones come after the last that is looked at.
    for id in pass.needed(for: results.map(\.id), upTo: last) where pass.images[id] == nil {
      pass.images[id] = following(id) { pass.image(of: id) }
    }
    return results.map { result in
      pass.whole(result.id).broadcast(to: plate + result.shape)
    }
  }
}

private struct Vectorization {
  enum Image {
    /// The same for all rows.
    case shared(Symbol)
    /// With the axes of the plate in front.
    case plate(Symbol)
  }

  let graph: Graph
  let plate: [Int]
  var images: [Int: Image] = [:]

  private var axes: Int { plate.count }

  /// The nodes that results are made of, in order, down to the leaves.
  func needed(for results: [Int], upTo last: Int) -> [Int] {
    guard last >= 0 else { return [] }
    var isNeeded = [Bool](repeating: false, count: last + 1)
    for id in results { isNeeded[id] = true }
    for id in stride(from: last, through: 0, by: -1) where isNeeded[id] && images[id] == nil {
      for input in graph.nodes[id].inputs { isNeeded[input] = true }
    }
    return isNeeded.indices.filter { isNeeded[$0] }
  }

  /// The image of a node with the axes of the plate, of length 1 where all rows share it.
  func whole(_ id: Int) -> Symbol {
    switch images[id] {
    case .plate(let symbol): return symbol
    case .shared(let symbol): return symbol.reshaped(plate.map { _ in 1 } + symbol.shape)
    case nil: return Symbol(graph: graph, id: id)
    }
  }

  private func isShared(_ id: Int) -> Bool {
    if case .plate = images[id] { return false }
    return true
  }

  /// The lengths of the plate's axes that an image has.
  private func lengths(_ symbol: Symbol) -> [Int] { Array(symbol.shape.prefix(axes)) }

  func image(of id: Int) -> Image {
    let node = graph.nodes[id]
    if case .draw(let draw, _) = node.operation {
      return .plate(graph.draw(draw, shape: plate + node.shape))
    }
    guard node.inputs.contains(where: { !isShared($0) }) else {
      return .shared(Symbol(graph: graph, id: id))
    }
    return .plate(applied(node))
  }

  private func applied(_ node: Graph.Node) -> Symbol {
    let shape = node.shape
    let first = whole(node.inputs[0])
    let front = lengths(first)
    switch node.operation {
    case .elementwise(let operation):
      // Right-aligned broadcasting must not reach into the plate: all get the same axes behind it.
      let rank = shape.count
      return graph.elementwise(
        operation,
        node.inputs.map { input in
          let image = whole(input)
          let own = image.shape.dropFirst(axes)
          return image.reshaped(
            lengths(image) + [Int](repeating: 1, count: rank - own.count) + own)
        })
    case .product(let transposeLeft, let transposeRight):
      return product(node, transposeLeft, transposeRight)
    case .reduce(.sum, let axis): return first.sum(axis: axis + axes, keep: true)
    case .reduce(.maximum, let axis): return first.maximum(axis: axis + axes, keep: true)
    case .slice(let start, let count): return first.columns(start..<(start + count))
    case .pad(let start, let total): return first.padded(start: start, total: total)
    case .concatenate:
      let parts = node.inputs.map(whole)
      let common = parts.dropFirst().reduce(front) { zip($0, lengths($1)).map(max) }
      return Symbol.concatenated(
        parts.map { $0.broadcast(to: common + $0.shape.dropFirst(axes)) }) ?? first
    case .reshape: return first.reshaped(front + shape)
    case .broadcast:
      let own = first.shape.dropFirst(axes)
      let aligned = front + [Int](repeating: 1, count: shape.count - own.count) + own
      return first.reshaped(aligned).broadcast(to: front + shape)
    case .transpose: return transposed(first)
    case .collect(let incidence):
      let rows = front.reduce(1, *)
      return first.collected(incidence.repeated(rows), shape: front + shape)
    case .variable: return first.variable()
    case .stopGradient: return first.detached()
    case .undifferentiable(let reason): return first.undifferentiable(reason)
    case .constant, .parameter, .input, .batch, .draw:
      return first
    }
  }

  // MARK: Matrices

  /// Exchanges the last two axes.
  private func transposed(_ x: Symbol) -> Symbol {
    let (rows, columns) = (x.shape[axes], x.shape[axes + 1])
    let target = lengths(x) + [columns, rows]
    if rows == 1 || columns == 1 { return x.reshaped(target) }
    let positions = (0..<columns).flatMap { column in
      (0..<rows).map { Optional($0 * columns + column) }
    }
    let incidence = Incidence(positions, of: rows * columns)
    return x.collected(incidence.repeated(lengths(x).reduce(1, *)), shape: target)
  }

  private func product(_ node: Graph.Node, _ transposeLeft: Bool, _ transposeRight: Bool) -> Symbol
  {
    let (a, b) = (node.inputs[0], node.inputs[1])
    let shape = node.shape
    if isShared(b) {
      var left = whole(a)
      if transposeLeft { left = transposed(left) }
      let right = Symbol(graph: graph, id: b)
      return left.product(transposeRight ? right.transposed() : right)
    }
    var right = whole(b)
    if transposeRight { right = transposed(right) }
    if isShared(a), shape[1] == 1 {
      // W z for every row z: Z Wᵀ.
      let left = Symbol(graph: graph, id: a)
      let rows = right.reshaped(lengths(right) + [right.shape[axes]])
      return rows.product(transposeLeft ? left : left.transposed())
        .reshaped(lengths(right) + shape)
    }
    var left = whole(a)
    if transposeLeft { left = transposed(left) }
    // Small matrices, one per row: Σⱼ aᵢⱼ bⱼₖ, as few elementwise passes as the shapes allow.
    let inner = left.shape[axes + 1]
    if shape[1] == 1 {
      let row = right.reshaped(lengths(right) + [1, inner])
      return (left * row).sum(axis: axes + 1, keep: true)
    }
    if shape[0] == 1 {
      let column = left.reshaped(lengths(left) + [inner, 1])
      return (column * right).sum(axis: axes, keep: true)
    }
    let transposedRight = transposed(right)
    return (0..<inner).map { place in
      let row = transposedRight.columns(place..<(place + 1))
      return left.columns(place..<(place + 1)) * row.reshaped(lengths(row) + [1, shape[1]])
    }.reduce(graph.constant(0)) { $0 + $1 }
  }
}

extension Incidence {
  /// The same for every one of `count` rows, one after the other.
  func repeated(_ count: Int) -> Incidence {
    if count == 1 { return self }
    var (starts, sources) = ([0], [Int]())
    starts.reserveCapacity(self.count * count + 1)
    sources.reserveCapacity(self.sources.count * count)
    for row in 0..<count {
      for source in self.sources { sources.append(source + row * inputCount) }
      for start in self.starts.dropFirst() { starts.append(start + row * self.sources.count) }
    }
    return Incidence(inputCount: inputCount * count, starts: starts, sources: sources)
  }
}
