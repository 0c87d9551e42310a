// The diagnostic of Pareto smoothed importance sampling: how heavy the tail of the weights is.

import Foundation

/// A generalised Pareto distribution fitted to the largest importance weights (Vehtari, Simpson,
/// Gelman, Yao & Gabry, "Pareto smoothed importance sampling", 2024).
///
/// Weights with shape k have moments up to 1/k: below 0.5 their variance is finite and the standard
/// error means what it says; above 0.7 the estimate is not to be relied on at any practical number
/// of draws.
enum ParetoTail {
  /// How many of `count` weights make the tail: the smaller of a fifth and 3√S.
  static func size(_ count: Int) -> Int {
    let n = Double(max(count, 0))
    return Int(min(n / 5, 3 * n.squareRoot()).rounded(.up))
  }

  /// k̂ of the tail of `count` weights, of which the largest are given by their logarithms; nan for
  /// fewer than 5 in the tail, 0 when all of them are equal.
  static func shape(descendingLogs logs: [Double], of count: Int) -> Double {
    let size = size(count)
    guard size >= 5, logs.count > size, let top = logs.first, top > -.infinity else { return .nan }
    let cut = exp(logs[size] - top)
    let excesses = logs.prefix(size).map { exp($0 - top) - cut }.reversed().map { max($0, 0) }
    guard let largest = excesses.last, largest > 1e-12 else { return 0 }
    return fit(excesses)
  }

  /// The shape by the profile of Zhang & Stephens ("A new and efficient estimation method for the
  /// generalized Pareto distribution", 2009), shrunk a little toward ½ as for PSIS.
  ///
  /// - Parameter excesses: ascending, above the cut.
  static func fit(_ excesses: [Double]) -> Double {
    let n = excesses.count
    let points = 30 + Int(Double(n).squareRoot())
    guard let largest = excesses.last, largest > 0 else { return 0 }
    // The quartile; a tail with many ties at the cut has none above 0.
    let quartile = max(excesses[min(Int(Double(n) / 4 + 0.5), n) - 1], largest * 1e-12)
    func mean(_ theta: Double) -> Double {
      excesses.reduce(0) { $0 + log1p(-theta * $1) } / Double(n)
    }
    let thetas = (1...points).map { j in
      1 / largest + (1 - (Double(points) / (Double(j) - 0.5)).squareRoot()) / (3 * quartile)
    }
    let profile = thetas.map { theta -> Double in
      let k = mean(theta)
      return Double(n) * (log(-theta / k) - k - 1)
    }
    let finite = profile.map { $0.isNaN ? -Double.infinity : $0 }
    let top = finite.max() ?? 0
    let weights = finite.map { exp($0 - top) }
    let total = weights.reduce(0, +)
    let theta = zip(thetas, weights).reduce(0) { $0 + $1.0 * $1.1 } / total
    let k = mean(theta)
    return (Double(n) * k + 5) / (Double(n) + 10)
  }
}
