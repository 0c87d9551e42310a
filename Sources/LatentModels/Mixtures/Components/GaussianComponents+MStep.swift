// The M-step of Gaussian components: moments as parameters, with a prior where one is given, and
// never below the floor.

import Foundation

extension GaussianComponents {
  mutating func maximise(_ moments: Moments, _ constraint: MStepConstraint) throws -> [Int] {
    let prior = constraint.prior
    // Means: (n x̄ + κ m)/(n + κ).
    for place in 0..<(count * columns) {
      let n = moments.columnCounts[place]
      let k = prior?.shrinkage ?? 0
      if n + k > 0 {
        means[place] =
          (n * moments.means[place] + k * (prior?.mean[place % columns] ?? 0)) / (n + k)
      }
    }
    return isDiagonal
      ? takeVariances(moments, constraint) : try takeCovariances(moments, constraint)
  }

  // MARK: Full and tied

  private mutating func takeCovariances(
    _ moments: Moments, _ constraint: MStepConstraint
  ) throws -> [Int] {
    let d = Double(columns)
    var sums: [(scatter: [Double], count: Double)] = (0..<count).map { k in
      var scatter = moments.second(k)
      if let prior = constraint.prior {
        let shift = moments.shift(from: prior, k)
        for i in 0..<columns {
          for j in 0...i { scatter[Triangle.start(i) + j] += shift[i] * shift[j] }
        }
      }
      return (scatter, moments.counts[k])
    }
    if family == .tied {
      let scatter = sums.dropFirst().reduce(sums[0].scatter) { total, part in
        zip(total, part.scatter).map { $0 + $1 }
      }
      sums = [(scatter, moments.total)]
    }
    var raised: [Int] = []
    var result: [Double] = []
    for (k, sum) in sums.enumerated() {
      var (scatter, divisor) = sum
      if let prior = constraint.prior {
        scatter = zip(scatter, prior.scale).map { $0 + $1 }
        divisor += prior.degrees + d + 1 + (family == .tied ? Double(count) : 1)
      }
      guard divisor > 0 else {
        // Nobody belongs to it: it stays as it is.
        result += factor(k)
        raised.append(k)
        continue
      }
      let covariance = scatter.map { $0 / divisor }
      if let floor = constraint.floor {
        let (root, isRaised) = try floor.factor(of: covariance, triangle)
        result += root
        if isRaised { raised.append(k) }
      } else if let root = triangle.cholesky(covariance) {
        result += root
      } else {
        result += factor(k)
        raised.append(k)
      }
    }
    factors = result
    return family == .tied && !raised.isEmpty ? Array(0..<count) : raised
  }

  // MARK: Diagonal and spherical

  private mutating func takeVariances(
    _ moments: Moments, _ constraint: MStepConstraint
  ) -> [Int] {
    var raised: Set<Int> = []
    let d = columns
    for k in 0..<count {
      var squares = moments.second(k)
      if let prior = constraint.prior {
        let shift = moments.shift(from: prior, k)
        for j in 0..<d { squares[j] += shift[j] * shift[j] }
      }
      var counts = Array(moments.columnCounts[(k * d)..<((k + 1) * d)])
      if family == .spherical {
        var (sum, n) = (squares.reduce(0, +), counts.reduce(0, +))
        if let prior = constraint.prior {
          sum += prior.sphericalScale
          n += prior.degrees + Double(d) + 2
        }
        squares = [Double](repeating: sum, count: d)
        counts = [Double](repeating: n, count: d)
      } else if let prior = constraint.prior {
        for j in 0..<d {
          squares[j] += prior.scale(column: j)
          counts[j] += prior.degrees + 3
        }
      }
      for j in 0..<d {
        guard counts[j] > 0 else {
          raised.insert(k)
          continue
        }
        var variance = squares[j] / counts[j]
        if let floor = constraint.floor {
          let least =
            family == .spherical ? floor.spherical : CovarianceFloor.ratio * floor.variances[j]
          if !(variance > least) {
            variance = least
            raised.insert(k)
          }
        } else if !(variance > 0) {
          raised.insert(k)
          continue
        }
        factors[k * d + j] = variance.squareRoot()
      }
    }
    return raised.sorted()
  }
}

extension Moments {
  /// The v of what the shrunken mean adds to the sum of squares, v vᵀ: √(κ n/(κ + n)) (x̄ − m).
  func shift(from prior: ConjugatePrior, _ component: Int) -> [Double] {
    (0..<columns).map { j in
      let n = columnCounts[component * columns + j]
      guard n > 0 else { return 0 }
      return (prior.shrinkage * n / (prior.shrinkage + n)).squareRoot()
        * (means[component * columns + j] - prior.mean[j])
    }
  }
}
