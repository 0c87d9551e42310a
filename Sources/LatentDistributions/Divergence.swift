// Kullback–Leibler divergences in closed form: a table of pairs.

import Foundation
import LatentAutodiff

/// KL(q ‖ p) = E_q[log q − log p] of two families, event by event, in nats.
public enum Divergence {
  /// Takes the natural parameters of both (`Family.natural`).
  public typealias ClosedForm = @Sendable (_ q: [Symbol], _ p: [Symbol]) -> Symbol

  /// The closed form for a pair of families, nil where there is none.
  public static func closedForm(_ q: Family, _ p: Family) -> ClosedForm? {
    guard q.name == "mvnormal", p.name == "mvnormal" else { return table[q.name + " " + p.name] }
    let (left, right) = (NormalForm(q), NormalForm(p))
    return { mvnormal(left, $0, right, $1) }
  }

  /// The pairs of names that have a closed form.
  public static var pairs: [String] { (table.keys + ["mvnormal mvnormal"]).sorted() }

  private static let table: [String: ClosedForm] = [
    // log(σp/σq) + (σq² + (μq − μp)²)/(2σp²) − ½
    "normal normal": { q, p in
      normalDivergence(
        mean: q[0], logScale: q[1].log(), otherMean: p[0], otherLogScale: p[1].log())
    },
    "lognormal lognormal": { q, p in
      normalDivergence(
        mean: q[0], logScale: q[1].log(), otherMean: p[0], otherLogScale: p[1].log())
    },
    // By log p and log(1 − p).
    "bernoulli bernoulli": { q, p in crossTerm(q[0], p[0]) + crossTerm(q[1], p[1]) },
    "binomial binomial": { q, p in
      let each = crossTerm(q[1], p[1]) + crossTerm(q[2], p[2])
      return sameCount(q[0], p[0], q[0] * each)
    },
    "categorical categorical": { q, p in crossTerm(q[0], p[0]).summedLast() },
    "multinomial multinomial": { q, p in
      sameCount(q[0], p[0], q[0] * crossTerm(q[1], p[1]).summedLast())
    },
    // λp − λq + λq log(λq/λp)
    "poisson poisson": { q, p in p[0] - q[0] + q[0] * (q[0] / p[0]).log() },
    // ∞ unless the support of q lies within that of p
    "uniform uniform": { q, p in
      let outside = q[0].applying(.less, p[0]) + p[1].applying(.less, q[1])
      let inside = ((p[1] - p[0]) / (q[1] - q[0])).log()
      return outside.select(inside.graph.constant(.infinity), inside)
    },
    // −log(high − low) − E log N(x; μ, σ²), E(x − μ)² = variance + (mean − μ)²
    "uniform normal": { q, p in
      let center = 0.5 * (q[0] + q[1]) - p[0]
      let square = (q[1] - q[0]).square() / 12 + center.square()
      return halfLogTwoPi + p[1].log() + 0.5 * square / p[1].square() - (q[1] - q[0]).log()
    },
    // log(λq/λp) + λp/λq − 1
    "exponential exponential": { q, p in (q[0] / p[0]).log() + p[0] / q[0] - 1 },
    "exponential gamma": { q, p in gamma(q[0].number(1), q[0], p[0], p[1]) },
    "gamma exponential": { q, p in gamma(q[0], q[1], p[0].number(1), p[0]) },
    "gamma gamma": { q, p in gamma(q[0], q[1], p[0], p[1]) },
    // 1/x is a gamma variable with the scale for its rate.
    "inverse_gamma inverse_gamma": { q, p in gamma(q[0], q[1], p[0], p[1]) },
    // log(bp/bq) + |d|/bp + (bq/bp) e^{−|d|/bq} − 1
    "laplace laplace": { q, p in
      let distance = (q[0] - p[0]).absolute()
      return (p[1] / q[1]).log() + distance / p[1] + q[1] / p[1] * (-distance / q[1]).exp() - 1
    },
    "beta beta": { q, p in
      let total = q[0] + q[1]
      return p[0].logBeta(p[1]) - q[0].logBeta(q[1]) + (q[0] - p[0]) * q[0].digamma()
        + (q[1] - p[1]) * q[1].digamma() + (p[0] + p[1] - total) * total.digamma()
    },
    "dirichlet dirichlet": { q, p in
      let total = q[0].summedLast()
      let sizes = total.logGamma() - p[0].summedLast().logGamma()
      let slopes = q[0].digamma() - total.digamma().withLastAxis
      let terms = p[0].logGamma() - q[0].logGamma() + (q[0] - p[0]) * slopes
      return sizes + terms.summedLast()
    },
    "inverse_wishart inverse_wishart": { q, p in inverseWishart(q[0], q[1], p[0], p[1]) },
    // That of σ², and E over σ² of that of μ: E 1/σ² = a/b.
    "normal_inverse_gamma normal_inverse_gamma": { q, p in
      let ratio = p[1] / q[1]
      let mean = 0.5 * (ratio - 1 - ratio.log() + p[1] * (q[0] - p[0]).square() * q[2] / q[3])
      return mean + gamma(q[2], q[3], p[2], p[3])
    },
    // The same with E Σ⁻¹ = ν Ψ⁻¹.
    "normal_inverse_wishart normal_inverse_wishart": { q, p in
      let factor = TriangularFactor(factoring: q[3])
      let (d, ratio) = (Double(factor.size), p[1] / q[1])
      let square = factor.solving(q[0] - p[0]).square().summedLast()
      let mean = 0.5 * (d * (ratio - 1 - ratio.log()) + p[1] * q[2] * square)
      return mean + inverseWishart(q[2], q[3], p[2], p[3])
    },
  ]

  /// q (log q − log p) by logarithms: 0 where q is 0, ∞ where only p is.
  private static func crossTerm(_ logQ: Symbol, _ logP: Symbol) -> Symbol {
    let positive = logQ.isAbove(-.infinity)
    let safe = positive.select(logQ, logQ.number(0))
    return positive.select(safe.exp() * (safe - logP), logQ.number(0))
  }

  /// Not a number where the numbers of trials differ: the sum is then another, without a closed
  /// form.
  private static func sameCount(_ n: Symbol, _ m: Symbol, _ value: Symbol) -> Symbol {
    n.isEqual(to: m).select(value, n.number(.nan))
  }

  /// (aq − ap)ψ(aq) − log Γ(aq) + log Γ(ap) + ap log(bq/bp) + aq(bp − bq)/bq
  private static func gamma(_ aq: Symbol, _ bq: Symbol, _ ap: Symbol, _ bp: Symbol) -> Symbol {
    (aq - ap) * aq.digamma() - aq.logGamma() + ap.logGamma() + ap * (bq / bp).log()
      + aq * (bp - bq) / bq
  }

  /// ½νp log |Ψq|/|Ψp| + log Γd(νp/2)/Γd(νq/2) + ½(νq − νp)ψd(νq/2) + ½νq (tr(Ψp Ψq⁻¹) − d): that
  /// of Wishart distributions of the inverses.
  private static func inverseWishart(
    _ dfQ: Symbol, _ scaleQ: Symbol, _ dfP: Symbol, _ scaleP: Symbol
  ) -> Symbol {
    let (q, p) = (TriangularFactor(factoring: scaleQ), TriangularFactor(factoring: scaleP))
    let d = q.size
    let trace = p.fullColumns.map { q.solving($0).square().summedLast() }
      .reduce(dfQ.number(0)) { $0 + $1 }
    return dfP * (q.logDeterminant - p.logDeterminant) + multiLogGamma(0.5 * dfP, d)
      - multiLogGamma(0.5 * dfQ, d) + 0.5 * (dfQ - dfP) * multiDigamma(0.5 * dfQ, d)
      + 0.5 * dfQ * (trace - Double(d))
  }

  // MARK: Normals of vectors

  /// How the second parameter of an `mvnormal` is to be read.
  private enum NormalForm: Sendable {
    case covariance, factor, precision

    init(_ family: Family) {
      switch family.parameters.last?.name {
      case "chol": self = .factor
      case "precision": self = .precision
      default: self = .covariance
      }
    }

    /// Vectors c with Σ = Σ c·cᵀ.
    func columns(_ p: [Symbol]) -> [Symbol] {
      guard self == .precision else { return factor(p).fullColumns }
      let factor = factor(p)
      let places = p[0].counting(factor.size)
      return (0..<factor.size).map {
        factor.solvingTransposed(places.isEqual(to: Double($0)))
      }
    }

    func factor(_ p: [Symbol]) -> TriangularFactor {
      self == .factor ? TriangularFactor(p[1]) : TriangularFactor(factoring: p[1])
    }

    /// ½ log |Σ|
    func logDeterminant(_ p: [Symbol]) -> Symbol {
      self == .precision ? -factor(p).logDeterminant : factor(p).logDeterminant
    }

    /// z with ‖z‖² = xᵀ Σ⁻¹ x.
    func whitened(_ x: Symbol, _ p: [Symbol]) -> Symbol {
      self == .precision ? factor(p).timesTransposed(x) : factor(p).solving(x)
    }
  }

  /// ½ (tr(Σp⁻¹ Σq) + (μq − μp)ᵀ Σp⁻¹ (μq − μp) − d + log |Σp|/|Σq|)
  private static func mvnormal(
    _ left: NormalForm, _ q: [Symbol], _ right: NormalForm, _ p: [Symbol]
  ) -> Symbol {
    let columns = left.columns(q)
    let trace = columns.map { right.whitened($0, p).square().summedLast() }
      .reduce(q[0].number(0)) { $0 + $1 }
    let distance = right.whitened(q[0] - p[0], p).square().summedLast()
    return right.logDeterminant(p) - left.logDeterminant(q)
      + 0.5 * (trace + distance - Double(columns.count))
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
