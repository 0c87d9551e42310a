// Forward mode, from graph to graph: how a value moves when its variables move along a direction.
// Elementwise operations share the table of reverse mode, since the derivative of each element is a
// factor either way; every other primitive is linear, or linear in each operand.

extension Symbol {
  /// The derivative of this value along a direction, J·v, as a node of the same graph and of this
  /// value's shape.
  ///
  /// One direction costs about as much as the value itself, whatever the number of outputs: a
  /// Jacobian with fewer inputs than outputs, or its trace by Σᵢ eᵢᵀ(J eᵢ), is found this way.
  /// - Parameter directions: variables with their velocities, each of its variable's shape.
  public func tangent(along directions: [(variable: Symbol, velocity: Symbol)]) -> Symbol {
    var tangents: [Int: Symbol] = [:]
    for (variable, velocity) in directions {
      tangents[variable.id] = velocity.broadcast(to: variable.shape)
    }
    let first = tangents.keys.min() ?? id
    for node in graph.ancestors(of: id, from: first) where tangents[node] == nil {
      tangents[node] = graph.pushforward(node, tangents)
    }
    return tangents[id] ?? graph.constant(0).broadcast(to: shape)
  }
}

extension Graph {
  /// The nodes from `first` on that `last` is computed from, itself included, in their order.
  fileprivate func ancestors(of last: Int, from first: Int) -> [Int] {
    guard first <= last else { return [] }
    var needed = [Bool](repeating: false, count: last + 1)
    needed[last] = true
    for id in (first...last).reversed() where needed[id] {
      for input in nodes[id].inputs { needed[input] = true }
    }
    return (first...last).filter { needed[$0] }
  }

  /// The tangent of a node from those of its inputs; nil for zero.
  fileprivate func pushforward(_ id: Int, _ tangents: [Int: Symbol]) -> Symbol? {
    let node = nodes[id]
    let inputs = node.inputs.map { Symbol(graph: self, id: $0) }
    let moves = node.inputs.map { tangents[$0] }
    guard moves.contains(where: { $0 != nil }) else { return nil }
    func sum(_ parts: [Symbol?]) -> Symbol? {
      parts.compactMap { $0 }.reduce(nil as Symbol?) { sum, part in
        sum.map { $0 + part } ?? part
      }
    }
    switch node.operation {
    case .constant, .parameter, .input, .batch, .draw, .stopGradient:
      return nil
    case .undifferentiable(let reason):
      return fail(reason, help: Operation.stepRemedy)
    case .elementwise(let operation):
      let value = Symbol(graph: self, id: id)
      return sum(
        moves.enumerated().map { place, move in
          move.flatMap {
            operation.pullback($0.broadcast(to: node.shape), inputs, value, place)
          }
        })?.broadcast(to: node.shape)
    case .product(let transposeLeft, let transposeRight):
      func factor(_ symbol: Symbol, _ isTransposed: Bool) -> Symbol {
        isTransposed ? symbol.transposed() : symbol
      }
      let left = factor(inputs[0], transposeLeft)
      let right = factor(inputs[1], transposeRight)
      return sum([
        moves[0].map { factor($0, transposeLeft).product(right) },
        moves[1].map { left.product(factor($0, transposeRight)) },
      ])
    case .reduce(.sum, let axis):
      return moves[0]?.sum(axis: axis, keep: true)
    case .reduce(.maximum, let axis):
      // The mean over the elements that share the maximum, as in reverse mode.
      let isTop = inputs[0].applying(.equal, Symbol(graph: self, id: id))
      let share = isTop / isTop.sum(axis: axis, keep: true)
      return moves[0].map { ($0 * share).sum(axis: axis, keep: true) }
    case .slice(let start, let count):
      return moves[0]?.columns(start..<(start + count))
    case .pad(let start, let total):
      return moves[0]?.padded(start: start, total: total)
    case .concatenate:
      return Symbol.concatenated(
        zip(inputs, moves).map { $1 ?? constant(0).broadcast(to: $0.shape) })
    case .reshape:
      return moves[0]?.reshaped(node.shape)
    case .broadcast:
      return moves[0]?.broadcast(to: node.shape)
    case .transpose:
      return moves[0]?.transposed()
    case .collect(let incidence):
      return moves[0]?.collected(incidence, shape: node.shape)
    case .windows(let windows):
      return moves[0]?.windows(windows)
    case .overlap(let windows):
      return moves[0]?.overlap(windows)
    case .lookup:
      return moves[1]?.looked(up: inputs[0])
    case .scatter(let rows):
      return moves[1]?.scattered(inputs[0], rows: rows)
    case .variable:
      return moves[0]
    }
  }
}
