// Kullback–Leibler divergences in closed form: a table of pairs.

import LatentAutodiff

/// KL(q ‖ p) = E_q[log q − log p] of two families, element by element, in nats.
public enum Divergence {
  public typealias ClosedForm = @Sendable (_ q: [Symbol], _ p: [Symbol]) -> Symbol

  /// The closed form for a pair of families, nil where there is none.
  public static func closedForm(_ q: Family, _ p: Family) -> ClosedForm? {
    table[q.name + " " + p.name]
  }

  private static let table: [String: ClosedForm] = [
    // log(σp/σq) + (σq² + (μq − μp)²)/(2σp²) − ½
    "normal normal": { q, p in
      normalDivergence(
        mean: q[0], logScale: q[1].log(), otherMean: p[0], otherLogScale: p[1].log())
    },
    "bernoulli bernoulli": { q, p in
      crossTerm(q[0], p[0]) + crossTerm(1 - q[0], 1 - p[0])
    },
    // ∞ unless the support of q lies within that of p
    "uniform uniform": { q, p in
      let outside = q[0].applying(.less, p[0]) + p[1].applying(.less, q[1])
      let inside = ((p[1] - p[0]) / (q[1] - q[0])).log()
      return outside.select(inside.graph.constant(.infinity), inside)
    },
    // log(λq/λp) + λp/λq − 1
    "exponential exponential": { q, p in (q[0] / p[0]).log() + p[0] / q[0] - 1 },
  ]

  /// q log(q/p), 0 where q is 0, ∞ where only p is.
  private static func crossTerm(_ q: Symbol, _ p: Symbol) -> Symbol {
    let graph = q.graph
    let positive = graph.constant(0).applying(.less, q)
    let safe = positive.select(q, graph.constant(1))
    let term = q * (safe.log() - p.log())
    return positive.select(term, graph.constant(0))
  }
}

/// KL(N(mean, e^{2·logScale}) ‖ N(otherMean, e^{2·otherLogScale})), element by element.
public func normalDivergence(
  mean: Symbol, logScale: Symbol, otherMean: Symbol, otherLogScale: Symbol
) -> Symbol {
  let precision = (-2 * otherLogScale).exp()
  return otherLogScale - logScale
    + 0.5 * (precision * ((2 * logScale).exp() + (mean - otherMean).square()) - 1)
}

/// KL(N(mean, e^{2·logScale}) ‖ N(0, 1)) = ½(σ² + μ² − 1) − log σ, element by element.
public func standardNormalDivergence(mean: Symbol, logScale: Symbol) -> Symbol {
  0.5 * ((2 * logScale).exp() + mean.square() - 1) - logScale
}
