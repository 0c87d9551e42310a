// The bound and its decomposition for any normal q(z), in closed form: the lecture's three ways of
// writing log p(x) can be compared term by term.

import Foundation
import LatentTensor

extension LinearGaussian {
  /// The terms for one datum, of which `columns` of `x` were seen.
  struct BoundTerms {
    /// log p(x).
    var logEvidence: Double
    /// E_q log p(x|z).
    var reconstruction: Double
    /// KL(q ‖ p(z)).
    var priorDivergence: Double
    /// KL(q ‖ p(z|x)).
    var posteriorDivergence: Double
    /// −E_q log q.
    var entropy: Double

    /// L(q, θ) = E_q log p(x|z) − KL(q ‖ p(z)).
    var bound: Double { reconstruction - priorDivergence }
  }

  /// The terms for every datum.
  ///
  /// - Parameter q: mean and covariance of one normal q for all data; nil is the posterior of each.
  func boundTerms(
    _ x: Tensor, q proposal: (mean: [Double], covariance: Matrix)? = nil
  ) throws -> [BoundTerms] {
    var result = [BoundTerms?](repeating: nil, count: x.shape.first ?? 0)
    try forEachBlock(x) { _, part in
      let (factors, size) = (part.factors, part.factors.latent)
      let posterior = part.inference
      let covariance = proposal?.covariance ?? posterior.covariance
      guard let chol = CholeskyFactor(covariance) else {
        throw Failure("L621", "the covariance of q is not positive definite", argument: "q")
      }
      // tr(M C) with M = I + Wᵀ Ψ⁻¹ W, and W C Wᵀ's diagonal.
      let precision = posterior.precision.lower.times(posterior.precision.lower, with: true)
      let overlap = precision.times(covariance).trace
      let spread = factors.loadings.times(covariance)
      for (i, place) in part.places.enumerated() {
        let mean = proposal?.mean ?? Array(part.means.row(i))
        var reconstruction = 0.0
        for j in 0..<factors.columns {
          var (residual, variance) = (part.rows[i, j] - factors.mean[j], 0.0)
          for k in 0..<size {
            residual -= factors.loadings[j, k] * mean[k]
            variance += spread[j, k] * factors.loadings[j, k]
          }
          reconstruction -=
            0.5
            * (log(2 * .pi * factors.noise[j]) + (residual * residual + variance) / factors.noise[j])
        }
        var distance = 0.0
        let shift = (0..<size).map { mean[$0] - part.means[i, $0] }
        for a in 0..<size {
          for b in 0..<size { distance += shift[a] * precision[a, b] * shift[b] }
        }
        result[place] = BoundTerms(
          logEvidence: part.logProbability[i], reconstruction: reconstruction,
          priorDivergence: 0.5
            * (covariance.trace + mean.reduce(0) { $0 + $1 * $1 } - Double(size)
              - chol.logDeterminant),
          posteriorDivergence: 0.5
            * (overlap + distance - Double(size) - posterior.precision.logDeterminant
              - chol.logDeterminant),
          entropy: 0.5 * (Double(size) * (1 + log(2 * .pi)) + chol.logDeterminant))
      }
    }
    return result.compactMap { $0 }
  }

  public func decomposition(_ x: Tensor) throws -> [(name: String, value: Fact)] {
    let terms = try boundTerms(x)
    func vector(_ term: (BoundTerms) -> Double) -> Fact { .vector(terms.map(term)) }
    return [
      ("log_evidence", vector(\.logEvidence)), ("elbo", vector(\.bound)),
      ("kl_posterior", vector(\.posteriorDivergence)),
      ("reconstruction", vector(\.reconstruction)), ("kl_prior", vector(\.priorDivergence)),
      ("joint", vector { $0.bound - $0.entropy }), ("entropy", vector(\.entropy)),
    ]
  }
}
