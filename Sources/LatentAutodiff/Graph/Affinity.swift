// How a value depends on some variables, read off the graph: not at all, by an affine map, or in
// some other way. The verdict is structural, never numeric: every primitive says what it makes of
// affine operands, so that what is called affine is so everywhere. (That the derivative does not
// mention the variables would not be enough: that of a step is zero.) An expression such as
// (z + 1)² − z² is affine and not recognised; the error is on the safe side.

/// How a value depends on variables.
public enum Dependence: Equatable, Sendable {
  case none, affine, other
}

extension Symbol {
  /// How this value depends on variables taken together: affine means c + Σ Aᵢ zᵢ with c and Aᵢ free
  /// of all of them.
  public func dependence(on variables: [Symbol]) -> Dependence {
    let roots = Set(variables.map(\.id))
    guard let first = roots.min(), first <= id else { return .none }
    // Nodes refer to earlier ones only: what comes before the first variable depends on none.
    var verdicts = [Dependence](repeating: .none, count: id - first + 1)
    for node in first...id {
      verdicts[node - first] =
        roots.contains(node)
        ? .affine
        : graph.dependence(of: graph.nodes[node]) { $0 < first ? .none : verdicts[$0 - first] }
    }
    return verdicts[id - first]
  }

  /// Whether a value is one of the variables as it is, whatever its axes of length 1 or copies.
  public func isCopy(of variable: Symbol) -> Bool {
    var place = id
    while place != variable.id {
      let node = graph.nodes[place]
      switch node.operation {
      case .reshape, .broadcast, .variable: place = node.inputs[0]
      default: return false
      }
    }
    return true
  }
}

extension Graph {
  fileprivate func dependence(of node: Node, _ verdict: (Int) -> Dependence) -> Dependence {
    let inputs = node.inputs.map(verdict)
    guard inputs.contains(where: { $0 != .none }) else { return .none }
    if inputs.contains(.other) { return .other }
    switch node.operation {
    case .reduce(.sum, _), .slice, .pad, .concatenate, .reshape, .broadcast, .transpose, .collect,
      .windows, .overlap, .variable:
      return .affine
    case .lookup, .scatter: return inputs[0] == .none ? .affine : .other
    case .product:
      return inputs == [.affine, .affine] ? .other : .affine
    case .elementwise(let operation):
      switch operation {
      case .negate, .add, .subtract: return .affine
      case .multiply: return inputs == [.affine, .affine] ? .other : .affine
      case .divide: return inputs[1] == .none ? .affine : .other
      case .select: return inputs[0] == .none ? .affine : .other
      default: return .other
      }
    case .constant, .parameter, .input, .batch, .draw: return .none
    case .reduce(.maximum, _), .stopGradient, .undifferentiable: return .other
    }
  }
}

extension Graph {
  /// A node that was recorded before.
  public func symbol(at place: Int) -> Symbol { Symbol(graph: self, id: place) }
}
