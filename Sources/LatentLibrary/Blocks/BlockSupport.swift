// Whether q reaches where its prior is: a q that draws what p(z) excludes makes the ELBO −∞, one that
// leaves values out that p(z) allows bounds log p(x), but never tightly, and estimates from it tend
// to the mass of what it reaches. Both show in the supports of the two distributions.

import LatentDistributions
import LatentLanguage
import LatentTensor

import struct LatentSyntax.Diagnostic

/// Where a distribution of continuous numbers has its density, element by element.
struct BlockSupport {
  private let lower: [Double]
  private let upper: [Double]
  private let isSimplex: Bool

  /// Nil for distributions whose support is no box and no simplex, or is discrete.
  init?(_ law: Law<Tensor>, count: Int) {
    func box(_ lower: Double, _ upper: Double) -> ([Double], [Double]) {
      ([Double](repeating: lower, count: count), [Double](repeating: upper, count: count))
    }
    var inner = law
    while case .independent(let law, _) = inner { inner = law }
    guard case .family(let family, let parameters) = inner else { return nil }
    isSimplex = family.name == "dirichlet"
    switch family.name {
    case "normal", "mvnormal", "laplace", "logistic", "student_t", "mvstudent_t":
      (lower, upper) = box(-.infinity, .infinity)
    case "gamma", "inverse_gamma", "lognormal", "exponential", "lomax":
      (lower, upper) = box(0, .infinity)
    case "beta", "dirichlet": (lower, upper) = box(0, 1)
    case "uniform":
      guard parameters.count == 2, let low = parameters[0].values.min(),
        let high = parameters[1].values.max()
      else { return nil }
      // Of a vector the bounds one by one; where one bound serves all, that one.
      func spread(_ bound: Tensor, _ fallback: Double) -> [Double] {
        bound.count == count ? bound.values : [Double](repeating: fallback, count: count)
      }
      (lower, upper) = (spread(parameters[0], low), spread(parameters[1], high))
    default: return nil
    }
  }

  /// Whether something of it lies outside of another one.
  func exceeds(_ other: BlockSupport) -> Bool {
    if other.isSimplex { return !isSimplex }
    return zip(lower, other.lower).contains(where: <) || zip(upper, other.upper).contains(where: >)
  }

  /// Such as "(0, ∞)".
  var text: String {
    if isSimplex { return "the points that add up to 1" }
    guard let low = lower.min(), let high = upper.max() else { return "nothing" }
    if low == -.infinity, high == .infinity { return "all numbers" }
    return high == .infinity
      ? "the numbers above \(Value.number(low).display())"
      : "the numbers from \(Value.number(low).display()) to \(Value.number(high).display())"
  }
}

extension BlockModel {
  /// Compares each q that is written with its prior, at the first datum.
  ///
  /// - Throws: L563 where q draws values that its prior excludes; where it is only too narrow, the
  ///   same code is a warning.
  func checkSupports(_ plan: BlockPlan) throws {
    guard let runtime, let instance = try? instance() else { return }
    let draws = exampleValues()
    for posterior in written where posterior.family == "q" {
      guard let name = posterior.subjects.first,
        plan.isProposed(name) || plan.shared.contains(where: { $0.name == name }),
        let prior = written.first(where: { $0.family == "p" && $0.subjects == [name] }),
        case .plain(let q)? = try? instance.law(posterior, draws),
        case .plain(let p)? = try? instance.law(prior, draws), q.shape == p.shape,
        let own = BlockSupport(q.law, count: q.shape.reduce(1, *)),
        let other = BlockSupport(p.law, count: p.shape.reduce(1, *))
      else { continue }
      let label = Diagnostic.Label(
        prior.label.source, prior.label.span, "`\(p.name)`: \(other.text)")
      if own.exceeds(other) {
        var diagnostic = Diagnostic(
          "L563",
          "`\(posterior.title)` draws values of `\(name)` that `\(prior.title)` excludes: the bound "
            + "is -inf", at: posterior.label,
          helps: [remedy(name, posterior.title)])
        diagnostic.secondary = [label]
        throw diagnostic
      }
      guard other.exceeds(own) else { continue }
      var warning = Diagnostic(
        "L563",
        "`\(posterior.title)` never draws values of `\(name)` that `\(prior.title)` allows: the bound "
          + "cannot reach log p(x), and estimates with more draws tend to what `q` covers",
        severity: .warning, at: posterior.label,
        helps: [remedy(name, posterior.title)])
      warning.secondary = [label]
      runtime.console.report(warning)
    }
  }

  private func remedy(_ name: String, _ title: String) -> String {
    guard let kind = amortisedKind(of: name) else {
      return "choose a `q` over the same values as the prior's"
    }
    return "`\(kind.rawValue)` has the values of the prior: `\(title) = \(kind.rawValue)(…)`; "
      + "without this line `fit` learns one"
  }
}
