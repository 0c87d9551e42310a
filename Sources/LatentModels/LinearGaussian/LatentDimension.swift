// How many latent dimensions the data support: the evidence of Minka, and BIC.

import Foundation
import LatentTensor

enum LatentDimension {
  /// log p(X | q) for q = 1 … by Laplace's approximation at the maximum likelihood solution of
  /// probabilistic PCA (Minka, "Automatic choice of dimensionality for PCA", 2000, equation 30),
  /// up to terms that are the same for all q. From the eigenvalues of S alone, in O(d²) for all q.
  ///
  /// - Parameters:
  ///   - spectrum: all d eigenvalues, descending.
  ///   - count: the number of data.
  static func evidence(_ spectrum: [Double], count n: Double) -> [Double] {
    let d = spectrum.count
    guard let top = spectrum.first, top > 0, d > 1 else { return [] }
    let rank = spectrum.filter { $0 > top * 1e-14 }.count
    var result: [Double] = []
    var sphere = 0.0  // log volume of the directions
    var logs = 0.0  // Σ log λ
    var gaps = 0.0  // Σ_{i ≤ q} Σ_{j > i} log (λᵢ − λⱼ)
    var inverses = 0.0  // Σ_{i < j ≤ q} log (1/λⱼ − 1/λᵢ)
    var tail = spectrum.reduce(0, +)
    // Equal eigenvalues have no directions of their own; what rounding calls equal stays finite.
    func gap(_ a: Double, _ b: Double) -> Double { max(a - b, a * 1e-15) }
    for q in 1..<max(min(d, rank), 1) {
      let value = spectrum[q - 1]
      tail -= value
      let half = Double(d - q + 1) / 2
      sphere += lgamma(half) - half * log(.pi) - log(2)
      logs += log(value)
      for j in q..<d { gaps += log(gap(value, spectrum[j])) }
      for i in 0..<(q - 1) { inverses += log(gap(1 / value, 1 / spectrum[i])) }
      let noise = tail / Double(d - q)
      guard noise > top * 1e-14 else { break }
      var curvature = gaps + inverses
      for i in 0..<q { curvature += Double(d - q) * log(gap(1 / noise, 1 / spectrum[i])) }
      let pairs = Double(q * d - q * (q + 1) / 2)
      curvature += pairs * log(n)
      result.append(
        sphere - n / 2 * logs - n / 2 * Double(d - q) * log(noise)
          + (pairs + Double(q)) / 2 * log(2 * .pi) - curvature / 2 - Double(q) / 2 * log(n))
    }
    return result
  }

  /// −2 log p + free parameters · log n: small is good.
  static func bic(_ logLikelihood: Double, parameters: Int, count n: Double) -> Double {
    -2 * logLikelihood + Double(parameters) * log(n)
  }

  /// Numbers of μ, of W up to rotation, and of the noise.
  static func parameters(columns d: Int, latent q: Int, isotropic: Bool) -> Int {
    d + d * q - q * (q - 1) / 2 + (isotropic ? 1 : d)
  }
}
