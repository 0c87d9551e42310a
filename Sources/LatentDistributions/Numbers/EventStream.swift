// Draws that need rejection: exact algorithms on a counter-based stream. Every event has a stretch
// of the counter of its own, so that it is the same whatever was drawn before it.

import Foundation
import LatentTensor

/// The random numbers of one event.
public struct EventStream: Sendable {
  private var random: Philox
  private var uniforms: [Double] = []
  private var next = 0

  /// Events are 2²⁰ numbers apart; no event needs as many but with negligible probability, and
  /// then runs into the numbers of the next.
  static let stretch = 1 << 20

  public init(seed: UInt64, stream: UInt32, event: Int) {
    random = Philox(seed: seed, stream: stream, position: event &* EventStream.stretch)
  }

  private mutating func word() -> Double {
    if next == uniforms.count {
      uniforms = random.uniforms(8)
      next = 0
    }
    next += 1
    return uniforms[next - 1]
  }

  /// From (0, 1], with 53 bits: 0, which no logarithm survives, is never drawn.
  public mutating func uniform() -> Double {
    word() + (word() * 0x1p32).rounded(.down) * 0x1p-64 + 0x1p-65
  }

  /// N(0, 1), by Box and Muller.
  public mutating func normal() -> Double {
    (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
  }

  /// Gamma(shape, 1) by Marsaglia and Tsang, "A simple method for generating gamma variables"
  /// (2000); below shape 1 by Gamma(a) = Gamma(a + 1) U^{1/a}.
  public mutating func gamma(_ shape: Double) -> Double { exp(logGamma(shape)) }

  /// The logarithm of such a draw: for small shapes the draw itself underflows.
  public mutating func logGamma(_ shape: Double) -> Double {
    if shape < 1 {
      let boosted = logGamma(shape + 1)
      return boosted + log(uniform()) / shape
    }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      // Exact acceptance: log U < ½x² + d(1 − v + log v).
      if log(uniform()) < 0.5 * x * x + d * (1 - v + log(v)) { return log(d) + log(v) }
    }
  }

  /// Beta(a, b) as G/(G + H) of gamma draws, by their logarithms.
  public mutating func beta(_ a: Double, _ b: Double) -> Double {
    let (g, h) = (logGamma(a), logGamma(b))
    return 1 / (1 + exp(h - g))
  }

  public mutating func dirichlet(_ alpha: [Double]) -> [Double] {
    var logs: [Double] = []
    for a in alpha { logs.append(logGamma(a)) }
    return normalizedExponentials(logs)
  }

  /// Poisson(rate): by products of uniforms below 10, else by Hörmann's transformed rejection with
  /// squeeze, "The transformed rejection method for generating Poisson random variables" (1993).
  public mutating func poisson(_ rate: Double) -> Double {
    guard rate > 0 else { return 0 }
    if rate < 10 {
      let limit = exp(-rate)
      var (count, product) = (0.0, uniform())
      while product > limit {
        product *= uniform()
        count += 1
      }
      return count
    }
    let b = 0.931 + 2.53 * rate.squareRoot()
    let a = -0.059 + 0.02483 * b
    let inverse = 1.1239 + 1.1328 / (b - 3.4)
    let region = 0.9277 - 3.6224 / (b - 2)
    while true {
      let u = uniform() - 0.5
      let v = uniform()
      let us = 0.5 - abs(u)
      let k = ((2 * a / us + b) * u + rate + 0.43).rounded(.down)
      if us >= 0.07 && v <= region { return k }
      if k < 0 || (us < 0.013 && v > us) { continue }
      let bound = log(v * inverse / (a / (us * us) + b))
      if bound <= CountSum.logPoisson(k, rate) { return k }
    }
  }

  /// Binomial(n, p): inversion below a mean of 10, else Hörmann's BTRS, "The generation of binomial
  /// random variates" (1993).
  public mutating func binomial(_ n: Double, _ p: Double) -> Double {
    if p > 0.5 { return n - binomial(n, 1 - p) }
    guard n > 0, p > 0 else { return 0 }
    if n * p < 10 {
      // The gaps between successes are geometric.
      let logFailure = log1p(-p)
      var (trials, successes) = (0.0, 0.0)
      while true {
        trials += (log(uniform()) / logFailure).rounded(.down) + 1
        if trials > n { return successes }
        successes += 1
      }
    }
    let spread = (n * p * (1 - p)).squareRoot()
    let b = 1.15 + 2.53 * spread
    let a = -0.0873 + 0.0248 * b + 0.01 * p
    let center = n * p + 0.5
    let region = 0.92 - 4.2 / b
    let alpha = (2.83 + 5.1 / b) * spread
    let mode = ((n + 1) * p).rounded(.down)
    let top = CountSum.logBinomial(mode, n, p, 1 - p)
    while true {
      let u = uniform() - 0.5
      let v = uniform()
      let us = 0.5 - abs(u)
      let k = ((2 * a / us + b) * u + center).rounded(.down)
      if k < 0 || k > n { continue }
      if us >= 0.07 && v <= region { return k }
      let bound = log(v * alpha / (a / (us * us) + b))
      if bound <= CountSum.logBinomial(k, n, p, 1 - p) - top { return k }
    }
  }

  /// Counts of kinds by conditional binomials.
  public mutating func multinomial(_ n: Double, _ probabilities: [Double]) -> [Double] {
    var (rest, mass) = (n, 1.0)
    // What is left after the last kind with a chance cannot go anywhere else.
    let last = probabilities.lastIndex { $0 > 0 } ?? 0
    return probabilities.enumerated().map { kind, p in
      if kind > last { return 0 }
      let count = kind == last ? rest : binomial(rest, min(max(p / mass, 0), 1))
      (rest, mass) = (rest - count, max(mass - p, 0))
      return count
    }
  }

  /// Inverse Wishart(ν, Ψ) by rows: X = (C·A⁻ᵀ)(C·A⁻ᵀ)ᵀ with Ψ = C·Cᵀ and Bartlett's lower
  /// triangular A (1933) of Wishart(ν, I).
  public mutating func inverseWishart(_ df: Double, _ scale: [Double]) throws -> [Double] {
    let d = Int(Double(scale.count).squareRoot().rounded())
    let factor = try Tensor(shape: [d, d], scale).cholesky()
    // With W = U·Uᵀ for an upper triangular U of Bartlett's kind, U⁻ᵀ is lower triangular and
    // X = (C·U⁻ᵀ)(C·U⁻ᵀ)ᵀ has X⁻¹ = C⁻ᵀ·W·C⁻¹.
    var upper = [Double](repeating: 0, count: d * d)
    for i in 0..<d {
      upper[i * d + i] = (2 * gamma((df - Double(d - 1 - i)) / 2)).squareRoot()
      for j in (i + 1)..<max(d, i + 1) { upper[i * d + j] = normal() }
    }
    // Y with U·Y = Cᵀ gives X = Yᵀ·Y.
    let y = try Tensor(shape: [d, d], upper).solving(factor.transposed()).values
    var result = [Double](repeating: 0, count: d * d)
    for i in 0..<d {
      for j in 0...i {
        let sum = (0..<d).reduce(0.0) { $0 + y[$1 * d + i] * y[$1 * d + j] }
        (result[i * d + j], result[j * d + i]) = (sum, sum)
      }
    }
    return result
  }
}
