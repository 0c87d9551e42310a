// Variational Bayes for Gaussian mixtures: q(z, missing values) q(π) q(μ, Λ), whose last two factors
// are in the families of their conjugate priors. Components that the data do not need lose their
// weight and are pruned.

import Foundation
import LatentTensor

/// q(π) = Dirichlet(α), q(μ_k | Λ_k) = N(m_k, (β_k Λ_k)⁻¹), and q(Λ) Wishart: of every component
/// (full), of all together (tied), of every column (diag) or of one number (spherical) (Bishop,
/// "Pattern recognition and machine learning", section 10.2, whose equations are numbered below).
///
/// Missing values of `full` and `tied` are latent variables under q(z, x_missing), so the bound is
/// lower than where they are integrated out; columns of `diag` and `spherical` count where they are
/// known.
struct VariationalPosterior: Sendable {
  let prior: ConjugatePrior
  /// Σ r of each component.
  let counts: [Double]
  let alpha: [Double]
  /// κ + n by component and column.
  let beta: [Double]
  /// The components at E μ and (E Λ)⁻¹.
  let center: GaussianComponents
  /// q(Λ) and p(Λ): per component, one, or per component and column.
  let precisions: [Wishart]
  private let priorPrecisions: [Wishart]

  /// The update of q(π) and q(μ, Λ) from moments under q(z): equations 10.58 and 10.60–10.63.
  ///
  /// - Throws: `L621` where a scale is singular to working precision.
  init(_ moments: Moments, _ prior: ConjugatePrior, _ family: CovarianceFamily) throws {
    let (k, d) = (moments.components, moments.columns)
    self.prior = prior
    counts = moments.counts
    alpha = counts.map { prior.concentration + $0 }
    beta = moments.columnCounts.map { prior.shrinkage + $0 }
    let means = (0..<(k * d)).map { place in
      let n = moments.columnCounts[place]
      let mean = prior.mean[place % d]
      return n > 0 ? mean + n / (prior.shrinkage + n) * (moments.means[place] - mean) : mean
    }
    let size = family == .full || family == .tied ? d : 1
    let start = try VariationalPosterior.priors(prior, family, components: k)
    var updated: [Wishart] = []
    for (place, own) in start.enumerated() {
      var scale = prior.startingScale(family, place)
      var degrees = own.degrees
      let sharing: [Int] =
        switch family {
        case .full, .spherical: [place]
        case .tied: Array(0..<k)
        case .diag: [place / d]
        }
      for component in sharing {
        let shift = moments.shift(from: prior, component)
        let second = moments.second(component)
        switch family {
        case .full, .tied:
          for i in 0..<d {
            for j in 0...i {
              scale[Triangle.start(i) + j] += second[Triangle.start(i) + j] + shift[i] * shift[j]
            }
          }
          degrees += moments.columnCounts[component * d]
        case .diag:
          let j = place % d
          scale[0] += second[j] + shift[j] * shift[j]
          degrees += moments.columnCounts[place]
        case .spherical:
          for j in 0..<d {
            scale[0] += second[j] + shift[j] * shift[j]
            degrees += moments.columnCounts[component * d + j]
          }
        }
      }
      guard let found = Wishart(degrees: degrees, scale: scale, size: size) else {
        throw VariationalPosterior.singular
      }
      updated.append(found)
    }
    precisions = updated
    priorPrecisions = start
    center = GaussianComponents(
      family, count: k, columns: d, means: means,
      factors: family == .spherical
        ? updated.flatMap { [Double](repeating: $0.centralFactor.first ?? .nan, count: d) }
        : updated.flatMap(\.centralFactor))
  }

  private static var singular: Failure {
    Failure(
      "L621", "the scale of a component is singular to working precision",
      help: "standardize the data, or give the prior a `scale`")
  }

  /// p(Λ), in the layout of `precisions`.
  private static func priors(
    _ prior: ConjugatePrior, _ family: CovarianceFamily, components k: Int
  ) throws -> [Wishart] {
    let d = prior.mean.count
    let different =
      switch family {
      case .full, .tied, .spherical: 1
      case .diag: d
      }
    let size = family == .full || family == .tied ? d : 1
    let kinds = try (0..<different).map { place in
      guard
        let wishart = Wishart(
          degrees: prior.degrees, scale: prior.startingScale(family, place), size: size)
      else { throw singular }
      return wishart
    }
    return family == .tied ? kinds : (0..<k).flatMap { _ in kinds }
  }

  // MARK: Expectations

  /// E log π_k (10.66).
  var expectedLogWeights: [Double] {
    let whole = SpecialFunction.digamma(alpha.reduce(0, +))
    return alpha.map { SpecialFunction.digamma($0) - whole }
  }

  /// What E log p(x|z = k) lacks beside log N(x; E μ, (E Λ)⁻¹): ½ (E log |Λ| − log |E Λ|) − ½ Σ 1/β
  /// over the columns that are seen (10.46, 10.64).
  private func losses(observed: [Int]) -> [Double] {
    let d = center.columns
    return (0..<center.count).map { k in
      switch center.family {
      case .full, .tied:
        let precision = precisions[center.family == .tied ? 0 : k]
        return 0.5 * (precision.logarithmicLoss - Double(d) / beta[k * d])
      case .diag:
        return observed.reduce(0) {
          $0 + 0.5 * (precisions[k * d + $1].logarithmicLoss - 1 / beta[k * d + $1])
        }
      case .spherical:
        return observed.reduce(0) {
          $0 + 0.5 * (precisions[k].logarithmicLoss - 1 / beta[k * d + $1])
        }
      }
    }
  }

  /// The best q(z, missing values), the moments under it, and the bound of log p(X) (10.70).
  func expectation(_ data: MixtureData) throws -> (bound: Double, moments: Moments) {
    let (k, d) = (center.count, center.columns)
    var total = Moments(center.order, components: k, columns: d)
    var bound = -divergence
    let logWeights = expectedLogWeights
    for group in data.groups {
      guard !group.observed.isEmpty else {
        // A row without values says which component it is of, or nothing.
        for (row, label) in (group.labels ?? []).enumerated() where label >= 0 {
          let weight = group.weights?[row] ?? 1
          total.counts[Int(label)] += weight
          bound += weight * logWeights[Int(label)]
        }
        continue
      }
      let means =
        group.observed.count == d
        ? center.means
        : (0..<k).flatMap { k in group.observed.map { center.means[k * d + $0] } }
      let result = try Sweep(
        form: try center.form(observed: group.observed),
        logWeights: zip(logWeights, losses(observed: group.observed)).map { $0 + $1 },
        shift: means, wanted: .init(moments: center.order)
      ).run(group)
      bound += result.logLikelihood
      guard let part = result.moments else { continue }
      total.add(try center.completed(part, observed: group.observed))
    }
    return (bound, total)
  }

  /// KL(q(π) ‖ p(π)) + KL(q(μ, Λ) ‖ p(μ, Λ)).
  var divergence: Double {
    let (lgamma, start) = (SpecialFunction.lgamma, prior.concentration)
    let (k, d) = (center.count, center.columns)
    var sum = lgamma(alpha.reduce(0, +)) - lgamma(start * Double(k))
    for (a, e) in zip(alpha, expectedLogWeights) {
      sum += lgamma(start) - lgamma(a) + (a - start) * e
    }
    for component in 0..<k {
      let triangle = center.triangle
      let inverse = triangle.inverse(center.factor(component))
      let shift = (0..<d).map { center.means[component * d + $0] - prior.mean[$0] }
      let moved = (0..<d).map { i in
        (0...i).reduce(0) { $0 + inverse[Triangle.start(i) + $1] * shift[$1] }
      }
      sum += 0.5 * prior.shrinkage * triangle.sumOfSquares(moved)
      for j in 0..<d {
        let ratio = prior.shrinkage / beta[component * d + j]
        sum += 0.5 * (ratio - 1 - log(ratio))
      }
    }
    return zip(precisions, priorPrecisions).reduce(sum) { $0 + $1.0.divergence(from: $1.1) }
  }

  // MARK: What is left

  /// The components that hold at least one datum; all where none does.
  var kept: [Int] {
    let kept = counts.indices.filter { counts[$0] >= 1 }
    return kept.isEmpty ? Array(counts.indices) : kept
  }

  /// A mixture at the means of q, Λ at its expectation, without components of less than one datum.
  var pruned: MixtureParameters {
    let kept = kept
    let total = kept.reduce(0) { $0 + alpha[$1] }
    var components = center
    components.reorder(kept)
    return MixtureParameters(weights: kept.map { alpha[$0] / total }, components: components)
  }
}

extension ConjugatePrior {
  /// W⁻¹ of p(Λ) in the layout of a family's precisions.
  fileprivate func startingScale(_ family: CovarianceFamily, _ place: Int) -> [Double] {
    switch family {
    case .full, .tied: scale
    case .diag: [scale(column: place % mean.count)]
    case .spherical: [sphericalScale]
    }
  }
}
