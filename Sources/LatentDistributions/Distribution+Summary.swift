// Credible intervals and modes.

import Foundation
import LatentTensor

extension Distribution {
  /// The interval that leaves (1 − level)/2 on both sides: 2 × one draw.
  public func centralInterval(_ level: Double) throws -> Tensor {
    let rest = (1 - level) / 2
    let low = try quantile(Tensor(rest))
    let high = try quantile(Tensor(1 - rest))
    return try Tensor.stack([low, high])
  }

  /// The shortest interval of the level, of densities with one peak: 2 × one draw. The densities at
  /// its ends are equal unless it reaches an end of the support.
  public func shortestInterval(_ level: Double) throws -> Tensor {
    guard case .family(let family, let parameters) = prepared, !isDiscrete, eventRank == 0,
      family.quantile != nil
    else {
      throw Failure(
        "L522", "the shortest interval of this `\(name)` is not known", argument: "method",
        help: "use `method: \"equal\"`")
    }
    let events = EventParameters(family, parameters, shape: shape)
    var (lows, highs) = ([Double](), [Double]())
    for event in 0..<events.count {
      let one = try Distribution(family, events[event].arrays.map { Tensor($0.first ?? .nan) })
      let (low, high) = try one.shortest(level, family, events[event])
      lows.append(low)
      highs.append(high)
    }
    return Tensor(shape: [2] + shape, lows + highs)
  }

  private func shortest(
    _ level: Double, _ family: Family, _ parameters: Numbers
  ) throws -> (Double, Double) {
    guard let quantile = family.quantile else { return (.nan, .nan) }
    func ends(_ below: Double) -> (Double, Double) {
      (
        quantile(parameters, Family.Tails(lower: below)),
        quantile(parameters, Family.Tails(lower: below + level, upper: 1 - level - below))
      )
    }
    // While the density is smaller at the left end, the interval moves to the right.
    func shouldRise(_ below: Double) throws -> Bool {
      let (low, high) = ends(below)
      let logs = try logProbability(Tensor([low, high])).values
      return logs[0] < logs[1]
    }
    var (low, high) = (0.0, 1 - level)
    for _ in 0..<60 {
      let middle = 0.5 * (low + high)
      if try shouldRise(middle) { low = middle } else { high = middle }
    }
    // Monotone densities have their interval at an end of the support.
    if high < 1e-15 { return ends(0) }
    if 1 - level - low < 1e-15 {
      return (ends(1 - level).0, quantile(parameters, Family.Tails(lower: 1, upper: 0)))
    }
    return ends(0.5 * (low + high))
  }

  /// The coordinates in which a density is largest.
  public enum Space: String, CaseIterable, Sendable {
    /// As the density is given.
    case natural
    /// Logits of probabilities and logarithms of positive numbers, with the Jacobian.
    case unconstrained
  }

  /// Where the density or probability is largest: one draw.
  ///
  /// - Throws: where there is no single such point, or none is known.
  public func mode(in space: Space = .natural) throws -> Tensor {
    switch law {
    case .family(let family, let parameters):
      let events = EventParameters(
        family, parameters, shape: Array(shape.dropLast(eventRank)))
      var values: [Double] = []
      for event in 0..<events.count {
        guard let mode = Modes.mode(family, events[event], space) else {
          throw Failure(
            "L522", "this `\(name)` has no single mode that is known here", argument: "d",
            help: "look at its density: `log_prob(d, linspace(a, b, 200))`")
        }
        values += mode
      }
      return Tensor(shape: shape, values)
    case .independent(let inner, let count):
      let one = try Distribution(inner).mode(in: space)
      return Tensor(shape: shape, (0..<count).flatMap { _ in one.values })
    case .mixture:
      throw Failure("L522", "the mode of a mixture is not known in closed form", argument: "d")
    }
  }
}

/// Modes in closed form by the names of families.
private enum Modes {
  static func mode(_ family: Family, _ p: Numbers, _ space: Distribution.Space) -> [Double]? {
    let (name, isNatural) = (family.name, space == .natural)
    let isLogits = family.parameters.last?.name == "logits"
    switch name {
    case "normal", "laplace", "logistic": return [p[0]]
    case "student_t": return [p[1]]
    case "mvnormal": return p.arrays[0]
    case "mvstudent_t": return p.arrays[1]
    case "lognormal": return [exp(p[0] - (isNatural ? p[1] * p[1] : 0))]
    case "exponential": return [isNatural ? 0 : 1 / p[0]]
    case "lomax": return [isNatural ? 0 : p[1] / p[0]]
    case "gamma": return [isNatural ? max(p[0] - 1, 0) / p[1] : p[0] / p[1]]
    case "inverse_gamma": return [p[1] / (isNatural ? p[0] + 1 : p[0])]
    case "beta": return beta(p[0], p[1], isNatural)
    case "dirichlet": return dirichlet(p.arrays[0], isNatural)
    case "inverse_wishart", "normal_inverse_wishart": return isNatural ? wishart(name, p) : nil
    case "normal_inverse_gamma":
      // p(μ, σ²) at μ = m is ∝ σ⁻¹ IG(σ²); in log σ² the Jacobian adds one power.
      return [p[0], p[3] / (p[2] + (isNatural ? 1.5 : 0.5))]
    default: return isNatural ? count(name, p, isLogits) : nil
    }
  }

  private static func beta(_ a: Double, _ b: Double, _ isNatural: Bool) -> [Double]? {
    if !isNatural { return [a / (a + b)] }
    if a > 1 && b > 1 { return [(a - 1) / (a + b - 2)] }
    if a <= 1 && b > 1 || a < 1 && b == 1 { return [0] }
    if a > 1 && b <= 1 || a == 1 && b < 1 { return [1] }
    return nil
  }

  private static func dirichlet(_ alpha: [Double], _ isNatural: Bool) -> [Double]? {
    let shift = isNatural ? 1.0 : 0
    guard alpha.allSatisfy({ $0 > shift }) else { return nil }
    let total = alpha.reduce(0) { $0 + ($1 - shift) }
    return alpha.map { ($0 - shift) / total }
  }

  private static func wishart(_ name: String, _ p: Numbers) -> [Double] {
    if name == "inverse_wishart" {
      let d = Double(p.arrays[1].count).squareRoot()
      return p.arrays[1].map { $0 / (p[0] + d + 1) }
    }
    // |Σ/κ|^{−½} of the normal at its mean adds one to the exponent.
    let d = Double(p.arrays[0].count)
    return p.arrays[0] + p.arrays[3].map { $0 / (p[2] + d + 2) }
  }

  private static func count(_ name: String, _ p: Numbers, _ isLogits: Bool) -> [Double]? {
    switch name {
    case "bernoulli": return [p[0] > (isLogits ? 0 : 0.5) ? 1 : 0]
    case "poisson": return [p[0].rounded(.down)]
    case "binomial":
      let chance = isLogits ? 1 / (1 + exp(-p[1])) : p[1]
      return [min(((p[0] + 1) * chance).rounded(.down), p[0])]
    case "negative_binomial":
      return [p[0] > 1 ? ((p[0] - 1) * (1 - p[1]) / p[1]).rounded(.down) : 0]
    case "categorical":
      return p.arrays[0].max().flatMap { top in p.arrays[0].firstIndex(of: top) }
        .map { [Double($0)] }
    default: return nil
    }
  }
}
