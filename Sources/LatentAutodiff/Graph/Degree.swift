// How a value depends on some variables, read off the graph: not at all, by an affine map, as a
// polynomial, or in some other way. The verdict is structural, never numeric: every primitive says
// what it makes of polynomials, so that what is called affine is so everywhere. (That the derivative
// does not mention the variables would not be enough: that of a step is zero.) An expression such as
// (z + 1)² − z² is affine and not recognised; the error is on the safe side.

/// How a value depends on variables.
public enum Dependence: Equatable, Sendable {
  case none, affine, other
}

extension Symbol {
  /// How this value depends on variables taken together: affine means c + Σ Aᵢ zᵢ with c and Aᵢ free
  /// of all of them.
  public func dependence(on variables: [Symbol]) -> Dependence {
    switch degree(in: variables) {
    case 0: .none
    case 1: .affine
    default: .other
    }
  }

  /// A bound of the total degree of this value as a polynomial in the elements of variables; nil
  /// where it may be none.
  public func degree(in variables: [Symbol]) -> Int? {
    let roots = Set(variables.map(\.id))
    guard let first = roots.min(), first <= id else { return 0 }
    // Nodes refer to earlier ones only: what comes before the first variable depends on none.
    var degrees = [Int?](repeating: 0, count: id - first + 1)
    for node in first...id {
      degrees[node - first] =
        roots.contains(node)
        ? 1 : graph.degree(of: graph.nodes[node]) { $0 < first ? 0 : degrees[$0 - first] }
    }
    return degrees[id - first]
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
  /// Degrees beyond this are not told apart: nobody integrates them, and they cannot overflow.
  private static let largestDegree = 256

  fileprivate func degree(of node: Node, _ degree: (Int) -> Int?) -> Int? {
    var inputs: [Int] = []
    for input in node.inputs {
      guard let known = degree(input) else { return nil }
      inputs.append(known)
    }
    let highest = inputs.max() ?? 0
    guard highest > 0 else { return 0 }
    func bounded(_ degree: Int) -> Int? { degree > Graph.largestDegree ? nil : degree }
    switch node.operation {
    case .reduce(.sum, _), .slice, .pad, .concatenate, .reshape, .broadcast, .transpose, .collect,
      .windows, .overlap, .variable:
      return highest
    case .lookup, .scatter: return inputs[0] == 0 ? highest : nil
    case .product: return bounded(inputs[0] + inputs[1])
    case .elementwise(let operation):
      switch operation {
      case .negate, .add, .subtract: return highest
      case .multiply: return bounded(inputs[0] + inputs[1])
      case .square: return bounded(2 * highest)
      case .divide: return inputs[1] == 0 ? highest : nil
      case .select: return inputs[0] == 0 ? highest : nil
      case .power:
        guard case .constant(let exponent) = nodes[node.inputs[1]].operation, exponent >= 0,
          exponent <= Double(Graph.largestDegree), exponent == exponent.rounded()
        else { return nil }
        return bounded(inputs[0] * Int(exponent))
      default: return nil
      }
    case .constant, .parameter, .input, .batch, .draw: return 0
    case .reduce(.maximum, _), .stopGradient, .undifferentiable: return nil
    }
  }
}

extension Graph {
  /// Whether anything in it is drawn anew in every run.
  public var draws: Bool {
    nodes.contains { if case .draw = $0.operation { true } else { false } }
  }

  /// A node that was recorded before.
  public func symbol(at place: Int) -> Symbol { Symbol(graph: self, id: place) }
}
