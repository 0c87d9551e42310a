// Missing values under Gaussian components: they are latent variables like the class, so their
// conditional mean and covariance given the observed columns enter the moments (Ghahramani & Jordan,
// "Supervised learning from incomplete data via an EM approach", 1994).

import Foundation

extension GaussianComponents {
  /// x_missing | x_observed, z = k: its mean is location + B (x_observed − μ_observed).
  struct Regression {
    var missing: [Int]
    /// missing × observed.
    var slopes: [Double]
    /// The covariance of the missing columns given the observed ones, packed.
    var residual: [Double]
  }

  func regression(_ component: Int, observed: [Int]) throws -> Regression {
    let known = Set(observed)
    let missing = (0..<columns).filter { !known.contains($0) }
    let (m, o) = (missing.count, observed.count)
    // With the observed columns first, L = [[P, 0], [Q, R]]: B = Q P⁻¹ and the residual is R Rᵀ.
    let order = observed + missing
    let reordered = triangle.selecting(order, from: covariance(component))
    guard let root = triangle.cholesky(reordered) else {
      return Regression(
        missing: missing, slopes: [Double](repeating: 0, count: m * o),
        residual: triangle.selecting(missing, from: covariance(component)))
    }
    let inverse = Triangle(size: o).inverse(Array(root.prefix(Triangle(size: o).count)))
    var slopes = [Double](repeating: 0, count: m * o)
    var residual = [Double]()
    for i in 0..<m {
      let row = Triangle.start(o + i)
      for k in 0..<o {
        for j in 0...k { slopes[i * o + j] += root[row + k] * inverse[Triangle.start(k) + j] }
      }
      for j in 0...i {
        let other = Triangle.start(o + j)
        residual.append((0...j).reduce(0) { $0 + root[row + o + $1] * root[other + o + $1] })
      }
    }
    return Regression(missing: missing, slopes: slopes, residual: residual)
  }

  func completed(_ part: Moments, observed: [Int]) throws -> Moments {
    if observed.count == columns { return part }
    if isDiagonal { return spread(part, observed: observed) }
    var all = Moments(.scatter, components: count, columns: columns)
    all.counts = part.counts
    let (o, d) = (observed.count, columns)
    for k in 0..<count where part.counts[k] > 0 {
      let n = part.counts[k]
      let regression = try regression(k, observed: observed)
      let missing = regression.missing
      let scatter = Triangle(size: o).unpacked(part.second(k))
      // x̂ = A x_o + b with A the identity over the slopes: the scatter is A S Aᵀ + n · residual.
      var map = [Double](repeating: 0, count: d * o)
      for (j, column) in observed.enumerated() { map[column * o + j] = 1 }
      for (i, column) in missing.enumerated() {
        for j in 0..<o { map[column * o + j] = regression.slopes[i * o + j] }
      }
      var half = [Double](repeating: 0, count: d * o)
      for i in 0..<d {
        for a in 0..<o where map[i * o + a] != 0 {
          for b in 0..<o { half[i * o + b] += map[i * o + a] * scatter[a * o + b] }
        }
        all.columnCounts[k * d + i] = n
        all.means[k * d + i] = (0..<o).reduce(means[k * d + i]) { sum, j in
          sum + map[i * o + j] * (part.means[k * o + j] - means[k * d + observed[j]])
        }
      }
      let width = all.width
      for i in 0..<d {
        for j in 0...i {
          all.seconds[k * width + Triangle.start(i) + j] =
            (0..<o).reduce(0) { $0 + half[i * o + $1] * map[j * o + $1] }
        }
      }
      for i in missing.indices {
        for j in 0...i {
          let place = Triangle.start(max(missing[i], missing[j])) + min(missing[i], missing[j])
          all.seconds[k * width + place] += n * regression.residual[Triangle.start(i) + j]
        }
      }
      let rest = Triangle(size: missing.count)
      if let root = rest.cholesky(regression.residual) {
        let entropy =
          0.5 * Double(missing.count) * (1 + log(2 * .pi)) + rest.logDeterminant(root)
        all.missingEntropy += n * entropy
      }
    }
    return all
  }

  func complete(_ x: inout [Double], component: Int, observed: [Int]) throws {
    let center = mean(component)
    if isDiagonal {
      let known = Set(observed)
      for j in 0..<columns where !known.contains(j) { x[j] = center[j] }
      return
    }
    let regression = try regression(component, observed: observed)
    for (i, column) in regression.missing.enumerated() {
      x[column] = observed.indices.reduce(center[column]) { sum, j in
        sum + regression.slopes[i * observed.count + j] * (x[observed[j]] - center[observed[j]])
      }
    }
  }
}
