// Variational Bayes for Gaussian mixtures: q(z) q(π) q(μ, Λ), whose last two factors are in the
// families of their conjugate priors. Components that the data do not need lose their weight and
// are pruned.

import CKernels
import Foundation
import LatentTensor

/// q(π) = Dirichlet(α), q(μ_k, Λ_k) = N(μ_k; m_k, (β_k Λ_k)⁻¹) W(Λ_k; W_k, ν_k) (Bishop, "Pattern
/// recognition and machine learning", section 10.2, whose equations are numbered below).
struct VariationalPosterior: Sendable {
  let prior: ConjugatePrior
  let count: Int
  let columns: Int
  var alpha: [Double]
  var beta: [Double]
  var degrees: [Double]
  /// components × columns.
  var means: [Double]
  /// Cholesky factors of W_k⁻¹, packed.
  var factors: [[Double]]

  private var triangle: Triangle { Triangle(size: columns) }

  /// The update of q(π) and q(μ, Λ) from moments under q(z): equations 10.58 and 10.60–10.63.
  init(_ moments: Moments, _ prior: ConjugatePrior) throws {
    self.prior = prior
    count = moments.components
    columns = moments.columns
    alpha = moments.counts.map { prior.concentration + $0 }
    beta = moments.counts.map { prior.shrinkage + $0 }
    degrees = moments.counts.map { prior.degrees + $0 }
    means = []
    factors = []
    let triangle = Triangle(size: columns)
    for k in 0..<count {
      let n = moments.counts[k]
      let mean = n > 0 ? Array(moments.mean(k)) : prior.mean
      let shift = zip(mean, prior.mean).map { $0 - $1 }
      means += zip(prior.mean, shift).map { $0 + n / (prior.shrinkage + n) * $1 }
      var scale = zip(prior.scale, moments.second(k)).map { $0 + $1 }
      let weight = prior.shrinkage * n / (prior.shrinkage + n)
      for i in 0..<columns {
        for j in 0...i { scale[Triangle.start(i) + j] += weight * shift[i] * shift[j] }
      }
      guard let root = triangle.cholesky(scale) else {
        throw Failure("L621", "the scale of component \(k) is singular to working precision")
      }
      factors.append(root)
    }
  }

  /// E log π_k (10.66).
  var expectedLogWeights: [Double] {
    let whole = SpecialFunction.digamma(alpha.reduce(0, +))
    return alpha.map { SpecialFunction.digamma($0) - whole }
  }

  /// E log |Λ_k| (10.65).
  private func expectedLogPrecision(_ k: Int) -> Double {
    var sum = Double(columns) * log(2) - 2 * triangle.logDeterminant(factors[k])
    for i in 0..<columns { sum += SpecialFunction.digamma((degrees[k] - Double(i)) / 2) }
    return sum
  }

  /// E log p(x|z = k), for the kernel (10.46, 10.64).
  var form: KernelForm {
    let d = Double(columns)
    var (offsets, roots) = ([Double](), [Double]())
    for k in 0..<count {
      offsets.append(
        0.5 * expectedLogPrecision(k) - 0.5 * d * log(2 * .pi) - 0.5 * d / beta[k])
      let scale = degrees[k].squareRoot()
      roots += triangle.inverse(factors[k]).map { $0 * scale }
    }
    return KernelForm(form: CK_MIX_FULL, offsets: offsets, locations: means, factors: roots)
  }

  /// The best q(z), the moments under it, and the bound of log p(X) (10.70).
  func expectation(_ group: MixtureData.Group) throws -> (bound: Double, moments: Moments?) {
    let sweep = Sweep(
      form: form, logWeights: expectedLogWeights, shift: means,
      wanted: .init(moments: .scatter))
    let result = try sweep.run(group)
    return (result.logLikelihood - divergence, result.moments)
  }

  /// KL(q(π) ‖ p(π)) + Σ KL(q(μ, Λ) ‖ p(μ, Λ)).
  var divergence: Double {
    let (lgamma, d) = (SpecialFunction.lgamma, Double(columns))
    let start = prior.concentration
    var sum = lgamma(alpha.reduce(0, +)) - lgamma(start * Double(count))
    for (a, e) in zip(alpha, expectedLogWeights) {
      sum += lgamma(start) - lgamma(a) + (a - start) * e
    }
    let priorRoot = triangle.cholesky(prior.scale) ?? []
    for k in 0..<count where !priorRoot.isEmpty {
      let inverse = triangle.inverse(factors[k])
      let shift = (0..<columns).map { means[k * columns + $0] - prior.mean[$0] }
      let moved = (0..<columns).map { i in
        (0...i).reduce(0) { $0 + inverse[Triangle.start(i) + $1] * shift[$1] }
      }
      let ratio = prior.shrinkage / beta[k]
      sum += 0.5 * d * (ratio - 1 - log(ratio))
      sum += 0.5 * prior.shrinkage * degrees[k] * triangle.sumOfSquares(moved)
      let trace = triangle.sumOfSquares(triangle.product(inverse, priorRoot))
      sum += 0.5 * (degrees[k] - prior.degrees) * expectedLogPrecision(k)
      sum += 0.5 * degrees[k] * (trace - d)
      sum += logNormaliser(factors[k], degrees[k]) - logNormaliser(priorRoot, prior.degrees)
    }
    return sum
  }

  /// log B(W, ν) by the Cholesky factor of W⁻¹ (Bishop B.79).
  private func logNormaliser(_ root: [Double], _ nu: Double) -> Double {
    let d = Double(columns)
    var sum = nu * triangle.logDeterminant(root)
    sum -= 0.5 * nu * d * log(2) + 0.25 * d * (d - 1) * log(.pi)
    for i in 0..<columns { sum -= SpecialFunction.lgamma((nu - Double(i)) / 2) }
    return sum
  }

  /// A mixture at the means of q, Λ at its expectation, without components of less than one datum.
  var pruned: (parameters: MixtureParameters, kept: [Int]) {
    var kept = (0..<count).filter { alpha[$0] - prior.concentration >= 1 }
    if kept.isEmpty { kept = Array(0..<count) }
    let total = kept.reduce(0) { $0 + alpha[$1] }
    let components = GaussianComponents(
      .full, count: kept.count, columns: columns,
      means: kept.flatMap { means[($0 * columns)..<(($0 + 1) * columns)] },
      factors: kept.flatMap { k in factors[k].map { $0 / degrees[k].squareRoot() } })
    return (
      MixtureParameters(weights: kept.map { alpha[$0] / total }, components: components), kept
    )
  }
}
