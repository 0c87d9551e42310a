// A normal density in a graph as a mean and a scale that whitens residuals, whether it is written
// by deviations, a covariance, its factor or a precision; with entries that were not seen
// integrated out.

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentTensor

/// N(mean, Σ) of a draw laid out as a vector of length d.
struct GaussianNoise {
  private enum Scale {
    case deviations(Symbol)
    case factor(TriangularFactor, covariance: Symbol)
    /// Σ⁻¹ = L·Lᵀ.
    case precision(TriangularFactor)
  }

  /// Of length d.
  let mean: Symbol
  private let scale: Scale
  /// The parameters that make the scale, as they were written.
  let scaleParameters: [Symbol]

  var size: Int { mean.shape.last ?? 0 }

  /// Nil unless the distribution is normal, or vectors of one multivariate normal.
  init?(_ distribution: SymbolicDistribution) {
    let count = distribution.shape.reduce(1, *)
    func flat(_ symbol: Symbol) -> Symbol {
      symbol.broadcast(to: distribution.shape).reshaped([count])
    }
    var law = distribution.law
    while case .independent(let inner, _) = law { law = inner }
    guard case .family(let family, let parameters) = law, parameters.count == 2 else { return nil }
    let last = parameters[1]
    mean = flat(parameters[0])
    scaleParameters = [last]
    switch (family.name, family.parameters.last?.name) {
    case ("normal", _): scale = .deviations(flat(last))
    case ("mvnormal", let form) where distribution.shape.count == 1 && last.shape.count == 2:
      switch form {
      case "cov": scale = .factor(TriangularFactor(factoring: last), covariance: last)
      case "chol":
        scale = .factor(TriangularFactor(last), covariance: last.product(last.transposed()))
      case "precision": scale = .precision(TriangularFactor(factoring: last))
      default: return nil
      }
    default: return nil
    }
  }

  /// The same of the entries that were seen (1, else 0): the others are as if independent of all,
  /// with variance 1, so that they drop out where their residuals are 0.
  private init(_ whole: GaussianNoise, seen: Symbol) {
    mean = whole.mean
    scaleParameters = whole.scaleParameters
    switch whole.scale {
    case .deviations(let deviations):
      scale = .deviations(seen.select(deviations, seen.graph.constant(1)))
    case .factor, .precision:
      let size = whole.size
      let both = seen.reshaped([size, 1]) * seen
      let rest = GaussianNoise.identity(size, seen.graph) * (1 - seen)
      let covariance = whole.covariance * both + rest
      scale = .factor(TriangularFactor(factoring: covariance), covariance: covariance)
    }
  }

  func restricted(to seen: Symbol?) -> GaussianNoise {
    seen.map { GaussianNoise(self, seen: $0) } ?? self
  }

  var isDiagonal: Bool { if case .deviations = scale { true } else { false } }

  /// L⁻¹ b along the last axis, Σ = L·Lᵀ.
  func whitened(_ b: Symbol) -> Symbol {
    switch scale {
    case .deviations(let deviations): b / deviations
    case .factor(let factor, _): factor.solving(b)
    case .precision(let factor): factor.timesTransposed(b)
    }
  }

  /// ½ log |Σ|.
  var logDeterminant: Symbol {
    switch scale {
    case .deviations(let deviations): deviations.log().sum()
    case .factor(let factor, _): factor.logDeterminant
    case .precision(let factor): -factor.logDeterminant
    }
  }

  var covariance: Symbol {
    switch scale {
    case .deviations(let deviations):
      return GaussianNoise.identity(size, mean.graph) * deviations.square()
    case .factor(_, let covariance): return covariance
    case .precision(let factor):
      return factor.solvingTransposed(factor.solving(GaussianNoise.identity(size, mean.graph)))
    }
  }

  /// log N of a residual x − mean, in nats; where entries were not seen, of the others.
  func logProbability(residual: Symbol, seen: Symbol?) -> Symbol {
    let own = restricted(to: seen)
    let residual = seen.map { residual * $0 } ?? residual
    let count = seen?.sum() ?? mean.graph.constant(Double(size))
    return -0.5 * own.whitened(residual).square().sum() - own.logDeterminant
      - (0.5 * Foundation.log(2 * .pi)) * count
  }

  /// What the noise of the entries that were seen says about that of the others: Σ Σ_ss⁻¹ r_s.
  func regression(residual: Symbol, seen: Symbol) -> Symbol {
    guard !isDiagonal, case .factor(let factor, _) = restricted(to: seen).scale else {
      return residual * 0
    }
    let weights = factor.solvingTransposed(factor.solving(residual * seen)) * seen
    return (covariance * weights).sum(axis: -1)
  }

  static func identity(_ size: Int, _ graph: Graph) -> Symbol {
    let rows = (0..<size).map { place -> Symbol in unit(place, of: [size], graph) }
    return (Symbol.concatenated(rows) ?? graph.constant(1)).reshaped([size, size])
  }

  /// A tensor of zeros but for one element.
  static func unit(_ place: Int, of shape: [Int], _ graph: Graph) -> Symbol {
    let count = shape.reduce(1, *)
    func run(_ value: Double, _ length: Int) -> [Symbol] {
      length > 0 ? [graph.constant(value).broadcast(to: [length])] : []
    }
    let parts = run(0, place) + run(1, 1) + run(0, count - place - 1)
    return (Symbol.concatenated(parts) ?? graph.constant(1)).reshaped(shape)
  }
}

/// What was seen of a datum: 1 or 0 for each element, and numbers in the place of those that are
/// missing.
struct SeenPoint {
  /// The point with 0 for what is missing.
  let values: Symbol
  /// Nil where nothing is missing.
  let seen: Symbol?

  init(_ point: Symbol, mayMiss: Bool) {
    guard mayMiss else {
      (values, seen) = (point, nil)
      return
    }
    let mask = point.applying(.equal, point)
    values = mask.select(point, point.graph.constant(0).broadcast(to: point.shape))
    seen = mask
  }

  var flat: Symbol { values.reshaped([values.count]) }
  var flatSeen: Symbol? { seen.map { $0.reshaped([$0.count]) } }
}

extension SymbolicDistribution {
  /// log p of what was seen of one draw, the rest integrated out.
  ///
  /// - Throws: a failure L513 where the entries of a draw depend on each other in a way that has no
  ///   closed form.
  func logProbability(ofSeen point: SeenPoint) throws -> Symbol {
    guard let seen = point.seen else { return logProbabilityOfDraws(point.values) }
    if let noise = GaussianNoise(self) {
      return noise.logProbability(residual: point.flat - noise.mean, seen: point.flatSeen)
    }
    if case .mixture(let weights, let components) = law {
      let logs = try components.map {
        try SymbolicDistribution($0).logProbability(ofSeen: point).reshaped([1])
      }
      guard let table = Symbol.concatenated(logs) else { return point.values }
      return (table + weights.log()).logSumExp(axis: -1)
    }
    guard eventRank == 0 else {
      throw Failure(
        "L513",
        "the entries of a `\(law.name)` depend on each other: one that is missing cannot be "
          + "integrated out", argument: "data", help: "drop such rows")
    }
    // In the place of what is missing something possible, so that no infinity reaches a gradient.
    let zero = point.values.graph.constant(0)
    let stand = law.isDiscrete ? zero : mean
    let logs = logProbability(seen.select(point.values, stand)).broadcast(to: seen.shape)
    return seen.select(logs, zero).sum()
  }
}
