// Reverse mode, from graph to graph: the gradient is recorded with the same primitives, so it is
// simplified, fused and compiled like everything else, and can be differentiated again.

extension Symbol {
  /// The gradients of this scalar with respect to `variables`, as nodes of the same graph.
  ///
  /// Of a tensor it is the gradient of its sum. A variable the value does not depend on has the
  /// gradient zero.
  public func gradients(of variables: [Symbol]) -> [Symbol] {
    // The adjoint of a node is the derivative of the result with respect to it. Nodes are visited
    // from the last to the first: all consumers of a node have contributed when its turn comes.
    var adjoints: [Int: Symbol] = [id: graph.constant(1).broadcast(to: shape)]
    let relevant = graph.dependents(of: variables.map(\.id), upTo: id)
    for node in stride(from: id, through: 0, by: -1) where relevant[node] {
      guard let adjoint = adjoints[node] else { continue }
      for (place, input) in graph.nodes[node].inputs.enumerated() where relevant[input] {
        graph.following(node) {
          guard let part = graph.pullback(node, place, adjoint) else { return }
          let shape = graph.nodes[input].shape
          let fitted = part.shape.count < shape.count ? part.broadcast(to: shape) : part
          let share = fitted.summed(to: shape).broadcast(to: shape)
          adjoints[input] = adjoints[input].map { $0 + share } ?? share
        }
      }
    }
    return variables.map { adjoints[$0.id] ?? graph.constant(0).broadcast(to: $0.shape) }
  }
}

extension Graph {
  /// Which of the nodes up to `last` depend on one of `roots` (themselves included).
  fileprivate func dependents(of roots: [Int], upTo last: Int) -> [Bool] {
    var result = [Bool](repeating: false, count: last + 1)
    for root in roots where root <= last { result[root] = true }
    for id in 0...last where !result[id] {
      result[id] = nodes[id].inputs.contains { result[$0] }
    }
    return result
  }

  /// The share of `adjoint` (of node `id`) that goes to its input number `place`; nil for none.
  fileprivate func pullback(_ id: Int, _ place: Int, _ adjoint: Symbol) -> Symbol? {
    let node = nodes[id]
    let inputs = node.inputs.map { Symbol(graph: self, id: $0) }
    let value = Symbol(graph: self, id: id)
    switch node.operation {
    case .constant, .parameter, .input, .batch, .draw, .stopGradient:
      return nil
    case .undifferentiable(let reason):
      return fail(reason)
    case .elementwise(let operation):
      return operation.pullback(adjoint, inputs, value, place)
    case .product(let transposeLeft, let transposeRight):
      let left = transposeLeft ? inputs[0].transposed() : inputs[0]
      let right = transposeRight ? inputs[1].transposed() : inputs[1]
      if place == 0 {
        return transposeLeft
          ? right.product(adjoint.transposed()) : adjoint.product(right.transposed())
      }
      return transposeRight
        ? adjoint.transposed().product(left) : left.transposed().product(adjoint)
    case .reduce(.sum, _):
      return adjoint.broadcast(to: inputs[0].shape)
    case .reduce(.maximum, let axis):
      // Elements that share the maximum share its derivative.
      let isTop = inputs[0].applying(.equal, value)
      return adjoint * (isTop / isTop.sum(axis: axis, keep: true))
    case .slice(let start, _):
      return adjoint.padded(start: start, total: inputs[0].shape.last ?? 0)
    case .pad(let start, _):
      return adjoint.columns(start..<(start + (inputs[0].shape.last ?? 0)))
    case .concatenate:
      let start = inputs.prefix(place).reduce(0) { $0 + ($1.shape.last ?? 0) }
      return adjoint.columns(start..<(start + (inputs[place].shape.last ?? 0)))
    case .reshape:
      return adjoint.reshaped(inputs[0].shape)
    case .broadcast:
      return adjoint.summed(to: inputs[0].shape)
    case .transpose:
      return adjoint.transposed()
    case .collect(let incidence):
      return adjoint.collected(incidence.transposed(), shape: inputs[0].shape)
    case .variable:
      return adjoint
    }
  }
}

extension Elementwise {
  /// The derivative with respect to input number `place`, times the adjoint `g`; `y` is the value.
  func pullback(_ g: Symbol, _ x: [Symbol], _ y: Symbol, _ place: Int) -> Symbol? {
    let a = x[0]
    switch self {
    case .sign, .step, .floor, .less, .equal: return nil
    case .negate: return -g
    case .absolute: return g * a.applying(.sign)
    case .square: return g * (2 * a)
    case .squareRoot: return g * (0.5 / y)
    case .reciprocal: return -(g * y.square())
    case .exp: return g * y
    case .expm1: return g * (y + 1)
    case .log: return g / a
    case .log1p: return g / (a + 1)
    case .sin: return g * a.applying(.cos)
    case .cos: return -(g * a.applying(.sin))
    case .tanh: return g * (1 - y.square())
    case .sigmoid: return g * (y * (1 - y))
    case .softplus: return g * a.sigmoid()
    // The result, unlike its input, is kept for the next layer anyway; it is 0 where the slope is.
    case .relu: return y.select(g, g.graph.constant(0))
    case .logGamma: return g * a.applying(.digamma)
    case .digamma: return g * a.applying(.trigamma)
    case .trigamma:
      return g.graph.fail("the third derivative of `lgamma` is not available")
    case .erf: return g * ((-a.square()).exp() * (2 / Double.pi.squareRoot()))
    case .add: return g
    case .subtract: return place == 0 ? g : -g
    case .multiply: return g * x[1 - place]
    case .divide: return place == 0 ? g / x[1] : -(g * (y / x[1]))
    case .power:
      let zero = g.graph.constant(0)
      // a⁰ is 1 and 0ᵇ is 0, where the formulas would say 0 · ∞.
      guard place == 0 else { return g * a.select(y * a.log(), zero) }
      let slope = x[1] * a.applying(.power, x[1] - 1)
      guard let exponent = g.graph.constantValue(x[1].id) else {
        return g * x[1].select(slope, zero)
      }
      return exponent == 0 ? nil : g * slope
    case .minimum, .maximum:
      // At a tie the whole derivative goes to the second operand: one of the subgradients.
      let first = self == .minimum ? a.applying(.less, x[1]) : x[1].applying(.less, a)
      return place == 0 ? g * first : g * (1 - first)
    case .select:
      let zero = g.graph.constant(0)
      switch place {
      case 1: return g.graph.elementwise(.select, [a, g, zero])
      case 2: return g.graph.elementwise(.select, [a, zero, g])
      default: return nil
      }
    }
  }
}
