// Points and weights under which sums are exact expectations of polynomials, so that these need no
// draws. Of one number: the nodes of Gauss, eigenvalues of the matrix of a three-term recurrence
// (Golub & Welsch 1969). Of several: differences of such rules combined as Smolyak (1963) did, which
// is exact up to a total degree with far fewer points than a grid has.

import Foundation
import LatentTensor

extension Distribution {
  /// Points with weights that may be negative.
  public struct Cubature: Sendable {
    /// points × one draw
    public var points: Tensor
    public var weights: [Double]
  }

  /// What gives the expectation of every polynomial up to a total degree exactly.
  ///
  /// Points may lie outside of the support: they are for polynomials only. Up to degree 1 the mean
  /// is enough, up to degree 2, of independent numbers, mean and variance.
  ///
  /// - Returns: nil where no rule is known, where moments do not exist, and where it would take more
  ///   than `limit` numbers.
  public func cubature(degree: Int, limit: Int = 2_000_000) throws -> Cubature? {
    if case .mixture(let weights, let components) = law {
      return try mixed(weights.values, components, degree: degree, limit: limit)
    }
    if degree <= 1 {
      let mean = try self.mean()
      guard mean.values.allSatisfy(\.isFinite) else { return nil }
      return Cubature(points: Tensor(shape: [1] + shape, mean.values), weights: [1])
    }
    guard let coordinates = try coordinates(degree: degree) else { return nil }
    return Self.combined(coordinates.rules, level: degree / 2, limit: limit).map {
      Cubature(
        points: Tensor(shape: [$0.count] + shape, $0.flatMap { coordinates.point($0.place) }),
        weights: $0.map(\.weight))
    }
  }

  private func mixed(
    _ weights: [Double], _ components: [Law<Tensor>], degree: Int, limit: Int
  ) throws -> Cubature? {
    var (values, factors) = ([Double](), [Double]())
    for (weight, component) in zip(weights, components) where weight > 0 {
      guard
        let rule = try Distribution(component).cubature(
          degree: degree, limit: limit - values.count)
      else { return nil }
      values += rule.points.values
      factors += rule.weights.map { weight * $0 }
    }
    return Cubature(points: Tensor(shape: [factors.count] + shape, values), weights: factors)
  }

  // MARK: Coordinates

  private struct Node {
    var place: Double
    var weight: Double
  }

  /// Independent numbers that make a draw.
  private struct Coordinates {
    /// For each number the rules of 1, 2, … nodes.
    var rules: [[[Node]]]
    /// A draw made of the numbers.
    var point: ([Double]) -> [Double]
  }

  private func coordinates(degree: Int) throws -> Coordinates? {
    let count = degree / 2 + 1
    switch prepared {
    case .mixture: return nil
    case .independent(let inner, let copies):
      let one = try Distribution(inner)
      guard let part = try one.coordinates(degree: degree) else { return nil }
      let size = part.rules.count
      return Coordinates(rules: Array(repeating: part.rules, count: copies).flatMap { $0 }) {
        numbers in
        (0..<copies).flatMap { part.point(Array(numbers[($0 * size)..<(($0 + 1) * size)])) }
      }
    case .family(let family, let parameters):
      if family.name == "mvnormal" {
        let standard = try Self.rules(of: Family.normal, Numbers([[0], [1]]), count: count)
        guard let standard else { return nil }
        let size = shape.reduce(1, *)
        return Coordinates(rules: Array(repeating: standard, count: size)) { numbers in
          Self.affine(numbers, mean: parameters[0].values, factor: parameters[1].values)
        }
      }
      guard family.eventRank == 0 else { return nil }
      let events = EventParameters(family, parameters, shape: shape)
      let (means, variances) = (try mean().values, try variance().values)
      var rules: [[[Node]]] = []
      for event in 0..<events.count {
        if let own = try Self.rules(of: family, events[event], count: count) {
          rules.append(own)
          continue
        }
        // Mean and variance settle degree 2.
        let (mean, deviation) = (means[event], variances[event].squareRoot())
        guard degree == 2, mean.isFinite, deviation.isFinite else { return nil }
        rules.append([
          [Node(place: mean, weight: 1)],
          [mean - deviation, mean + deviation].map { Node(place: $0, weight: 0.5) },
        ])
      }
      return Coordinates(rules: rules) { $0 }
    }
  }

  /// mean + L z for each vector of a draw, of which there may be several.
  private static func affine(_ z: [Double], mean: [Double], factor: [Double]) -> [Double] {
    let means = mean.count
    let d = means == 0 ? 0 : Int(Double(factor.count).squareRoot())
    return z.indices.map { place in
      let (row, start) = (place % d, place - place % d)
      return (0...row).reduce(mean[place % means]) { $0 + factor[row * d + $1] * z[start + $1] }
    }
  }

  // MARK: Rules

  /// The rules of Gauss with 1 to `count` nodes; nil where the family has no recurrence.
  private static func rules(
    of family: Family, _ parameters: Numbers, count: Int
  ) throws -> [[Node]]? {
    guard let recurrence = Recurrence.table[family.name] else { return nil }
    let terms = (0..<count).map { recurrence(parameters, Double($0)) }
    return try (1...max(count, 1)).map { nodes in
      // A distribution on fewer values than nodes has no more polynomials.
      let used = (1..<nodes).first { terms[$0].weight <= 0 } ?? nodes
      if used == 2 { return pair(terms) }
      var matrix = [Double](repeating: 0, count: used * used)
      for k in 0..<used {
        matrix[k * used + k] = terms[k].shift - terms[0].shift
        guard k > 0 else { continue }
        matrix[k * used + k - 1] = terms[k].weight.squareRoot()
        matrix[(k - 1) * used + k] = matrix[k * used + k - 1]
      }
      let (values, vectors) = try Tensor(shape: [used, used], matrix).symmetricEigen()
      return (0..<used).map {
        let first = vectors[flat: $0]
        return Node(place: terms[0].shift + values[flat: $0], weight: first * first)
      }
    }
  }

  /// Two nodes in closed form, so that squares of round numbers come out round.
  private static func pair(_ terms: [Recurrence]) -> [Node] {
    let half = 0.5 * (terms[1].shift - terms[0].shift)
    let root = (half * half + terms[1].weight).squareRoot()
    let (low, high) = (half - root, half + root)
    return [
      Node(place: terms[0].shift + low, weight: high / (2 * root)),
      Node(place: terms[0].shift + high, weight: -low / (2 * root)),
    ]
  }

  private typealias Point = (place: [Double], weight: Double)

  /// Σ of products of differences Q_{j+1} − Q_j whose levels j add up to at most `level`; over the
  /// last number the differences telescope to one rule.
  private static func combined(
    _ rules: [[[Node]]], level: Int, limit: Int
  ) -> [Point]? {
    var points: [(point: Point, rest: Int)] = [(([], 1), level)]
    for (place, rule) in rules.enumerated() {
      var next: [(point: Point, rest: Int)] = []
      let isLast = place == rules.count - 1
      for (point, rest) in points {
        for used in (isLast ? rest : 0)...rest {
          let removed = used > 0 && !isLast ? rule[used - 1] : []
          let signed =
            rule[used].map { ($0.place, $0.weight) } + removed.map { ($0.place, -$0.weight) }
          for (value, weight) in signed {
            next.append(((point.place + [value], point.weight * weight), rest - used))
          }
        }
        if next.count > limit / rules.count { return nil }
      }
      points = next
    }
    return points.map(\.point)
  }
}
