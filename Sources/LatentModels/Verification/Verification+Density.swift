// Densities: that they integrate to one, that draws follow them, and that leaving a value out is
// integrating over it.

import Foundation
import LatentTensor

extension Verification {
  /// A stretched grid over the line: x = centre + scale · sinh t, whose weights are dx.
  struct Grid {
    var points: [Double]
    var weights: [Double]

    /// - Parameter reach: the largest |t|; sinh 10 is 11,013 scales.
    init(centre: Double, scale: Double, count: Int, reach: Double) {
      let step = 2 * reach / Double(max(count - 1, 1))
      let places = (0..<count).map { -reach + Double($0) * step }
      points = places.map { centre + scale * sinh($0) }
      weights = places.map { scale * cosh($0) * step }
    }

    /// The whole numbers from one to another.
    init(whole range: ClosedRange<Int>) {
      points = range.map(Double.init)
      weights = points.map { _ in 1 }
    }
  }

  /// What draws tell about where a density lies.
  private struct Draws {
    var values: Tensor
    var isWhole: Bool

    init(_ model: any Model, _ count: Int, seed: UInt64) throws {
      var draws = try model.sample(count, seed: seed)
      if draws.rank == 1 { draws = draws.reshaped([draws.count, 1]) }
      values = draws
      isWhole = draws.values.allSatisfy { $0 == $0.rounded() && abs($0) < 1e6 }
    }

    func column(_ j: Int) -> [Double] {
      let d = values.shape.last ?? 1
      return (0..<values.shape[0]).map { values[flat: $0 * d + j] }.sorted()
    }

    /// Median and half the width of the middle half.
    func place(_ j: Int) -> (centre: Double, scale: Double) {
      let sorted = column(j)
      let n = sorted.count
      let width = sorted[n * 3 / 4] - sorted[n / 4]
      return (sorted[n / 2], width > 0 ? width / 2 : max((sorted[n - 1] - sorted[0]) / 2, 1e-6))
    }

    func grid(_ j: Int, count: Int, reach: Double) -> Grid {
      if isWhole {
        let sorted = column(j)
        return Grid(whole: Int(sorted[0])...Int(sorted[sorted.count - 1]))
      }
      let (centre, scale) = place(j)
      return Grid(centre: centre, scale: scale, count: count, reach: reach)
    }
  }

  /// log p at every point of a grid over one or two columns.
  private func densities(_ grids: [Grid]) throws -> [Double] {
    let first = grids[0].points
    if grids.count == 1 {
      return try model.logProbability(Tensor(shape: [first.count, 1], first))
    }
    let second = grids[1].points
    var points: [Double] = []
    points.reserveCapacity(2 * first.count * second.count)
    for a in first {
      for b in second {
        points.append(a)
        points.append(b)
      }
    }
    return try model.logProbability(Tensor(shape: [points.count / 2, 2], points))
  }

  /// Σ p(x) dx, and the part of it below each point of the first or the second column.
  private func integral(_ grids: [Grid], below marks: [[Double]]) throws -> (
    whole: Double, below: [[Double]]
  ) {
    let logs = try densities(grids)
    var (whole, below) = (0.0, marks.map { $0.map { _ in 0.0 } })
    let width = grids.count > 1 ? grids[1].points.count : 1
    for (place, log) in logs.enumerated() {
      let (i, k) = (place / width, place % width)
      var mass = exp(log) * grids[0].weights[i]
      if grids.count > 1 { mass *= grids[1].weights[k] }
      whole += mass
      for (column, list) in marks.enumerated() {
        let x = column == 0 ? grids[0].points[i] : grids[1].points[k]
        for (m, mark) in list.enumerated() where x <= mark { below[column][m] += mass }
      }
    }
    return (whole, below)
  }

  func density() throws -> [Identity] {
    guard let d = model.columns ?? data.x.shape.last, d == 1 || d == 2 else {
      return try moments()
    }
    let draws = try Draws(model, 4000, seed: seed)
    guard (draws.values.shape.last ?? 0) == d else { return [] }
    do {
      return try integrated(draws, columns: d)
    } catch let failure as Failure where Verification.isOutOfQuestion(failure) {
      return draws.isWhole ? [] : try drawnIntegral(draws, columns: d)
    }
  }

  /// By quadrature, refined until two grids agree.
  private func integrated(_ draws: Draws, columns d: Int) throws -> [Identity] {
    let (count, reach) = d == 1 ? (4001, 12.0) : (241, 7.0)
    func grids(_ count: Int) -> [Grid] {
      (0..<d).map { draws.grid($0, count: count, reach: reach) }
    }
    let marks = (0..<d).map { j -> [Double] in
      let sorted = draws.column(j)
      return draws.isWhole ? [] : [1, 2, 3].map { sorted[sorted.count * $0 / 4] }
    }
    let coarse = try integral(grids((count + 1) / 2), below: marks)
    let fine = try integral(grids(count), below: marks)
    let doubt = 2 * abs(fine.whole - coarse.whole)
    // A density too rough for the grid tells nothing.
    guard doubt < 0.02 || draws.isWhole else { return [] }
    // Of whole numbers, what lies beyond the draws is missing.
    let tolerance = draws.isWhole ? 0.01 : 1e-5 + doubt
    var found = [Identity("p(x) integrates to 1", fine.whole, 1, within: tolerance)]
    // Marks come from one sample, shares from another.
    let others = try Draws(model, 4000, seed: seed &+ 1)
    var pairs: [(left: Double, right: Double, tolerance: Double)] = []
    for (j, list) in marks.enumerated() {
      let column = others.column(j)
      for (m, mark) in list.enumerated() {
        let share = Double(column.count { $0 <= mark }) / Double(column.count)
        let mass = fine.below[j][m]
        let error = (max(mass * (1 - mass), 1e-4) / Double(column.count)).squareRoot()
        pairs.append((share, mass, 4.5 * error + doubt + 0.005))
      }
    }
    if let identity = Identity("draws lie where p(x) says", worstOf: pairs, errors: 4.5) {
      found.append(identity)
    }
    return found
  }

  /// Where p(x) is only estimated, p(x, z)/q(z|x) at points drawn over the line or the plane and z
  /// drawn from q: too narrow a q misses mass.
  private func drawnIntegral(_ draws: Draws, columns d: Int) throws -> [Identity] {
    let count = 20_000
    var random = Philox(seed: seed, stream: 0x1D17)
    let places = (0..<d).map { draws.place($0) }
    // Points from Cauchy distributions, whose tails reach beyond those of p.
    let uniforms = random.uniforms(count * d)
    var (points, logs) = ([Double](), [Double](repeating: 0, count: count))
    for (place, uniform) in uniforms.enumerated() {
      let (centre, scale) = places[place % d]
      let t = tan(.pi * (min(max(uniform, 1e-9), 1 - 1e-9) - 0.5))
      points.append(centre + scale * t)
      logs[place / d] += log(scale * .pi * (1 + t * t))
    }
    let weights = try model.evidence(
      Tensor(shape: [count, d], points), by: .importance, samples: 1, seed: seed,
      shouldStop: shouldStop
    ).perDatum
    let (mean, error) = Verification.meanAndError(zip(weights, logs).map { exp($0 + $1) })
    return [
      Identity(
        "p(x, z) integrates to 1 where q(z|x) reaches", mean, 1, within: 4 * error, errors: 4)
    ]
  }

  /// In more dimensions: means and variances of draws against those of the parameters.
  private func moments() throws -> [Identity] {
    guard let known = (model as? any MomentKnowing)?.moments() else { return [] }
    let draws = try Draws(model, 4000, seed: seed)
    let d = known.mean.count
    guard draws.values.shape.last == d else { return [] }
    var pairs: [(left: Double, right: Double, tolerance: Double)] = []
    for j in 0..<d {
      let column = draws.column(j)
      let (mean, error) = Verification.meanAndError(column)
      pairs.append((mean, known.mean[j], 5 * error))
      let squares = column.map { ($0 - known.mean[j]) * ($0 - known.mean[j]) }
      let (variance, spread) = Verification.meanAndError(squares)
      pairs.append((variance, known.variance[j], 5 * spread))
    }
    return [
      Identity("draws have the mean and variance of p(x)", worstOf: pairs, errors: 5)
    ].compactMap { $0 }
  }

  /// log p of a row with one value missing against the integral over that value.
  func marginals() throws -> [Identity] {
    guard model is any MomentKnowing, let d = model.columns, d > 1 else { return [] }
    let draws = try Draws(model, 1000, seed: seed)
    guard !draws.isWhole, draws.values.shape.last == d else { return [] }
    let x = rows(3)
    let values = x.values
    guard values.allSatisfy(\.isFinite) else { return [] }
    var pairs: [(left: Double, right: Double, tolerance: Double)] = []
    for row in 0..<x.shape[0] {
      let j = row % d
      let grid = draws.grid(j, count: 8001, reach: 10)
      var points: [Double] = []
      points.reserveCapacity(grid.points.count * d)
      for point in grid.points {
        points += values[(row * d)..<((row + 1) * d)]
        points[points.count - d + j] = point
      }
      let logs = try model.logProbability(Tensor(shape: [grid.points.count, d], points))
      let top = logs.max() ?? 0
      let sum = zip(logs, grid.weights).reduce(0) { $0 + exp($1.0 - top) * $1.1 }
      var missing = Array(values[(row * d)..<((row + 1) * d)])
      missing[j] = .nan
      let marginal = try model.logProbability(Tensor(shape: [1, d], missing))[0]
      pairs.append((marginal, top + log(sum), 1e-5))
    }
    return [
      Identity("log p(seen) = log of p(x) integrated over the missing", worstOf: pairs)
    ].compactMap { $0 }
  }
}

/// A model of continuous columns that knows mean and variance of each, and integrates missing values
/// out.
protocol MomentKnowing: Model {
  func moments() -> (mean: [Double], variance: [Double])?
}

extension LinearGaussian: MomentKnowing {
  func moments() -> (mean: [Double], variance: [Double])? {
    factors.map { factors in
      let variances = (0..<factors.columns).map { j in
        factors.noise[j] + factors.loadings.row(j).reduce(0) { $0 + $1 * $1 }
      }
      return (factors.mean, variances)
    }
  }
}

extension Mixture: MomentKnowing {
  func moments() -> (mean: [Double], variance: [Double])? {
    guard let parameters, let gaussian = parameters.components as? GaussianComponents else {
      return nil
    }
    let (k, d) = (parameters.count, gaussian.columns)
    var (mean, variance) = ([Double](repeating: 0, count: d), [Double](repeating: 0, count: d))
    for component in 0..<k {
      for j in 0..<d { mean[j] += parameters.weights[component] * gaussian.mean(component)[j] }
    }
    for component in 0..<k {
      let own = gaussian.triangle.diagonal(gaussian.covariance(component))
      for j in 0..<d {
        let shift = gaussian.mean(component)[j] - mean[j]
        variance[j] += parameters.weights[component] * (own[j] + shift * shift)
      }
    }
    return (mean, variance)
  }
}
