// The bound that is trained, against models whose evidence is known (MODELS §3.11).

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentTensor
import Testing

@testable import LatentModels

@Suite struct BoundTests {
  private let two = Tensor(shape: [1, 1], [2])

  @Test func boundOfAnotherQ() throws {
    // q = N(.5, 1): ELBO −2.668939.
    let model = try conjugateModel(mean: 0.5, logScale: 0)
    let many = Tensor(repeating: 2, shape: [4000, 1])
    let estimate = moments(try model.elbo(many, samples: 20, seed: 3))
    #expect(abs(estimate.mean - -2.668939) < 4 * estimate.error + 5e-7)
    #expect(estimate.error < 0.01)
  }

  @Test func boundIsTightAtThePosterior() throws {
    // q = p(z|x) = N(1, ½): the integrand log p(x, z) − log q(z|x) is log p(x) for every z, and so
    // is the bound but for the closed-form divergence's share of the noise.
    let model = try conjugateModel(mean: 1, logScale: 0.5 * log(0.5))
    let evidence = try model.evidence(two, samples: 50, seed: 1)
    #expect(abs(evidence.mean - conjugateEvidence) < 1e-12)
    #expect(evidence.standardError < 1e-7)
    #expect(abs((evidence.effectiveSize ?? 0) - 50) < 1e-9)
    let many = Tensor(repeating: 2, shape: [4000, 1])
    let estimate = moments(try model.elbo(many, samples: 20, seed: 3))
    #expect(abs(estimate.mean - conjugateEvidence) < 4 * estimate.error)
  }

  /// log p(x) = ELBO + KL(q ‖ p(z|x)), and the three printed forms of the bound, for Gaussian z.
  @Test func decompositionsOfGaussians() throws {
    let x = 2.0
    for (m, s) in [(0.5, 1.0), (1, 0.5.squareRoot()), (-0.3, 0.2), (4, 2.5)] {
      let q = try Distribution(.normal, [Tensor(m), Tensor(s)])
      let prior = try Distribution(.normal, [Tensor(0), Tensor(1)])
      let posterior = try Distribution(.normal, [Tensor(1), Tensor(0.5.squareRoot())])
      // E_q log N(x; z, 1) = log N(x; m, 1) − s²/2.
      let likelihood = try Distribution(.normal, [Tensor(m), Tensor(1)])
      let reconstruction = try likelihood.logProbability(Tensor(x)).values[0] - s * s / 2
      let klPrior = try #require(try q.divergence(from: prior))
      let klPosterior = try #require(try q.divergence(from: posterior))
      // E_q log p(x, z): the prior's share likewise.
      let joint =
        try reconstruction + prior.logProbability(Tensor(m)).values[0] - s * s / 2
      let entropy = try #require(try q.entropy())
      #expect(abs(reconstruction - klPrior + klPosterior - conjugateEvidence) < 1e-12)
      #expect(abs(joint + entropy + klPosterior - conjugateEvidence) < 1e-12)
      #expect(reconstruction - klPrior <= conjugateEvidence + 1e-12)
    }
  }

  /// The same for a categorical z with three values, by enumeration in the engine.
  @Test func decompositionsOfCategoricals() throws {
    let (prior, means) = (Tensor([0.2, 0.5, 0.3]), Tensor([-1, 0.5, 3]))
    let q = Tensor([0.6, 0.3, 0.1])
    let parts = try evaluate([prior, means, q]) { s in
      let zero = s[0].graph.constant(0)
      let joint = s[0].log() + normalLogDensity(2 + zero * s[1], mean: s[1], logScale: zero)
      let evidence = joint.logSumExp(axis: 0)
      let posterior = joint - evidence
      let bound = (s[2] * (joint - s[2].log())).sum()
      let gap = (s[2] * (s[2].log() - posterior)).sum()
      let other =
        (s[2] * (joint - s[0].log())).sum() - (s[2] * (s[2].log() - s[0].log())).sum()
      return (bound + gap - evidence).square() + (other - bound).square()
    }
    #expect(parts.values[0] < 1e-24)
  }

  /// MODELS §3.11: IWAE with q = N(.5, 1): K = 5 −2.307411, K = 50 −2.269199, never above log p.
  @Test func importanceWeightingTightensTheBound() throws {
    let model = try conjugateModel(mean: 0.5, logScale: 0)
    let many = Tensor(repeating: 2, shape: [20_000, 1])
    var last = -2.668939
    for (k, exact) in [(5, -2.307411), (50, -2.269199)] {
      let estimate = moments(try model.evidence(many, samples: k, seed: 7).perDatum)
      #expect(abs(estimate.mean - exact) < 4 * estimate.error + 5e-7, "K = \(k)")
      #expect(estimate.mean > last)
      #expect(estimate.mean < conjugateEvidence + 4 * estimate.error)
      last = estimate.mean
    }
  }

  @Test func standardErrorsOfTheEvidenceAreHonest() throws {
    // The scatter of repeated estimates agrees with the error each of them states.
    let model = try conjugateModel(mean: 0.5, logScale: 0)
    let estimate = try model.evidence(
      Tensor(repeating: 2, shape: [4000, 1]), samples: 100, seed: 2)
    let scatter = moments(estimate.perDatum).variance.squareRoot()
    let stated = moments(estimate.standardErrors).mean
    #expect(abs(scatter / stated - 1) < 0.1)
  }

  /// A q narrower than the posterior gives a bound that no number of draws closes: MODELS §3.11,
  /// q = U(0, 2) at x = 2, ELBO −2.478063 and, for K → ∞, log ∫₀² p(x, z) dz = −2.436655.
  @Test func boundOfAUniformQ() throws {
    let grid = (0..<200_000).map { (Double($0) + 0.5) * 1e-5 }
    let weights = try evaluate([Tensor(grid)]) { s in
      let zero = s[0].graph.constant(0)
      return normalLogDensity(s[0], mean: zero, logScale: zero)
        + normalLogDensity(2 + zero * s[0], mean: s[0], logScale: zero) + Foundation.log(2)
    }
    let bound = try evaluate([weights]) { $0[0].mean() }.values[0]
    let limit = try evaluate([weights]) { $0[0].exp().mean().log() }.values[0]
    #expect(abs(bound - -2.478063) < 5e-7)
    #expect(abs(limit - -2.436655) < 5e-7)
  }

  /// Where q reaches beyond the support of p(x, z) the bound is −∞.
  @Test func boundOfAQBeyondTheSupport() throws {
    let q = try Distribution(.uniform, [Tensor(-1), Tensor(1)])
    let prior = try Distribution(.exponential, [Tensor(1)])
    let draws = try q.sample(1000, seed: 4)
    let logPrior = try prior.logProbability(draws).values.reduce(0, +)
    #expect(logPrior == -.infinity)
  }

  /// Surgery of the bound (Hoffman & Johnson 2016): the mean of KL(qᵢ ‖ p) is KL(q̄ ‖ p) plus the
  /// information about the index, which lies between 0 and log n.
  @Test func divergenceSplitsIntoMarginalAndInformation() throws {
    let posteriors = Tensor(shape: [3, 3], [0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0.25, 0.25, 0.5])
    let prior = Tensor([0.2, 0.5, 0.3])
    let average = try evaluate([posteriors]) { $0[0].mean(axis: 0) }
    /// The mean over the rows of q of KL(qᵢ ‖ p).
    func divergence(_ q: Tensor, _ p: Tensor) throws -> Double {
      try evaluate([q, p]) { s in
        (s[0] * (s[0].log() - s[1].log())).sum(axis: -1).mean()
      }.values[0]
    }
    let information = try divergence(posteriors, average)
    let sum = try divergence(average, prior) + information
    #expect(abs(try divergence(posteriors, prior) - sum) < 1e-14)
    #expect(information > 0 && information < Foundation.log(3))
  }
}
