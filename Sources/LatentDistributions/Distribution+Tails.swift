// Distribution functions, quantiles and the mode of distributions of numbers.

import Foundation
import LatentTensor

extension Distribution {
  /// P(X ≤ x), or P(X > x), of each element, by broadcasting x against one draw.
  public func cumulative(_ x: Tensor, upper: Bool = false) throws -> Tensor {
    let target = try Shape.broadcast(x.shape, shape)
    let tails = try tails(over: target)
    let values = x.spread(over: target)
    return Tensor(
      shape: target,
      values.enumerated().map { place, x in
        let both = tails(place, x)
        return upper ? both.upper : both.lower
      })
  }

  /// The least x with P(X ≤ x) ≥ p, of each element.
  public func quantile(_ p: Tensor) throws -> Tensor {
    if let wrong = p.values.first(where: { !($0 >= 0 && $0 <= 1) }) {
      throw Failure(
        "L426", "a probability lies between 0 and 1, not \(NumberText.shortest(wrong))",
        argument: "q")
    }
    let target = try Shape.broadcast(p.shape, shape)
    let quantiles = try quantiles(over: target)
    return Tensor(
      shape: target,
      p.spread(over: target).enumerated().map { quantiles($0, Family.Tails(lower: $1)) })
  }

  private func tails(over target: [Int]) throws -> (Int, Double) -> Family.Tails {
    switch prepared {
    case .family(let family, let parameters):
      guard let tails = family.tails else { throw noTails() }
      let events = EventParameters(family, parameters, shape: target)
      let shared = parameters.allSatisfy(\.isScalar) ? events[0] : nil
      return { tails(shared ?? events[$0], $1) }
    case .mixture(let weights, let components):
      guard shape.isEmpty else { throw noTails() }
      let parts = try components.map { try Distribution($0).tails(over: target) }
      let weights = weights.values
      return { place, x in
        zip(weights, parts).reduce(into: Family.Tails(lower: 0, upper: 0)) {
          let part = $1.1(place, x)
          $0.lower += $1.0 * part.lower
          $0.upper += $1.0 * part.upper
        }
      }
    case .independent(let inner, _): return try Distribution(inner).tails(over: target)
    }
  }

  private func quantiles(over target: [Int]) throws -> (Int, Family.Tails) -> Double {
    switch prepared {
    case .family(let family, let parameters):
      guard let quantile = family.quantile else { throw noTails() }
      let events = EventParameters(family, parameters, shape: target)
      let shared = parameters.allSatisfy(\.isScalar) ? events[0] : nil
      return { quantile(shared ?? events[$0], $1) }
    case .mixture(_, let components):
      guard shape.isEmpty else { throw noTails() }
      let parts = try components.map { try Distribution($0).quantiles(over: target) }
      let tails = try tails(over: target)
      return { place, p in
        // The quantile lies between those of the components.
        let ends = parts.map { $0(place, p) }
        guard var low = ends.min(), var high = ends.max(), low < high, high - low < .infinity
        else { return ends.first ?? .nan }
        func reaches(_ x: Double) -> Bool {
          let here = tails(place, x)
          return p.lower <= p.upper ? here.lower >= p.lower : here.upper <= p.upper
        }
        if reaches(low) { return low }
        while low.nextUp < high {
          let middle = low + (high - low) / 2
          if middle <= low || middle >= high { break }
          if reaches(middle) { high = middle } else { low = middle }
        }
        // A jump of a discrete mixture is approached from above.
        return isDiscrete && reaches(high.rounded()) ? high.rounded() : high
      }
    case .independent(let inner, _): return try Distribution(inner).quantiles(over: target)
    }
  }

  private func noTails() -> Failure {
    Failure(
      "L522", "`\(name)` has no distribution function here", argument: "d",
      help: "`cdf` and `quantile` are of distributions of single numbers; draws answer for others: "
        + "`mean(sample(d, 10000) <= x)`")
  }
}
