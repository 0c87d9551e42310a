// What a datum does to a conjugate prior, one pair of prior and likelihood after the other. All of
// exact Bayesian learning here is this one step: fitting repeats it, and the evidence is the chain
// rule log p(x₁ … xₙ) = Σ log p(xᵢ | x₁ … xᵢ₋₁) of the predictive distributions met on the way.

import Foundation
import LatentDistributions
import LatentTensor

/// How data come from a parameter.
public enum BayesLikelihood: Sendable, Equatable {
  case bernoulli
  /// Counts of successes in so many trials each.
  case binomial(trials: Double)
  case categorical
  /// Rows of counts.
  case multinomial
  case poisson
  case exponential
  /// Normal with an unknown mean and a known standard deviation.
  case normal(sd: Double)
  /// Normal with unknown mean and variance; of vectors for the prior `normal_inverse_wishart`.
  case normalUnknownVariance
  case mvnormal

  public var name: String {
    switch self {
    case .bernoulli: "bernoulli"
    case .binomial: "binomial"
    case .categorical: "categorical"
    case .multinomial: "multinomial"
    case .poisson: "poisson"
    case .exponential: "exponential"
    case .normal, .normalUnknownVariance: "normal"
    case .mvnormal: "mvnormal"
    }
  }
}

/// A distribution of a parameter, and the likelihood it is conjugate to.
public struct ConjugatePair: Sendable {
  public private(set) var distribution: Distribution
  public let likelihood: BayesLikelihood
  /// The parameters of the distribution, as arrays.
  private var parameters: [[Double]]
  private let family: Family

  /// - Throws: `L523` unless prior and likelihood are conjugate.
  public init(prior: Distribution, likelihood: BayesLikelihood) throws {
    guard let (family, values) = prior.family,
      Self.pairs.contains(where: { $0 == family.name && $1 == likelihood.name })
    else {
      let partners = Self.pairs.filter { $0.prior == prior.name }.map { "\"\($0.likelihood)\"" }
      throw Failure(
        "L523", "`\(prior.name)` is not conjugate to the likelihood \"\(likelihood.name)\"",
        argument: "likelihood",
        help: partners.isEmpty
          ? "priors are beta, gamma, dirichlet, normal, normal_inverse_gamma and "
            + "normal_inverse_wishart"
          : "its likelihoods are \(partners.joined(separator: ", "))")
    }
    guard prior.shape.count == prior.eventRank else {
      throw Failure(
        "L523",
        "the prior must be of one parameter, not of a tensor of shape "
          + Shape.text(prior.shape), argument: "prior")
    }
    if case .normal = likelihood, family.name != "normal" {
      throw Failure(
        "L523", "with a known `sd` the prior of the mean is a `normal`, not `\(family.name)`",
        argument: "sd", help: "leave `sd` out to learn the variance, too")
    }
    if likelihood == .normalUnknownVariance, family.name == "normal" {
      throw Failure(
        "L523", "a `normal` prior of the mean needs the standard deviation of the data",
        argument: "prior",
        help: "give `sd:`; or learn it with `prior: normal_inverse_gamma(m, kappa, a, b)`")
    }
    distribution = prior
    self.likelihood = likelihood
    self.family = family
    parameters = values.map(\.values)
  }

  /// Priors and the likelihoods they are conjugate to, the usual one first.
  public static let pairs: [(prior: String, likelihood: String)] = [
    ("beta", "bernoulli"), ("beta", "binomial"), ("gamma", "poisson"), ("gamma", "exponential"),
    ("dirichlet", "categorical"), ("dirichlet", "multinomial"), ("normal", "normal"),
    ("normal_inverse_gamma", "normal"), ("normal_inverse_wishart", "mvnormal"),
  ]

  /// The width of the data.
  public var columns: Int {
    switch likelihood {
    case .multinomial, .mvnormal: parameters[0].count
    default: 1
    }
  }

  // MARK: One datum

  /// log p(row | data so far), in nats.
  public func logPredictive(_ row: [Double]) throws -> Double {
    try check(row)
    let (p, x) = (parameters, row.first ?? .nan)
    let (a, b) = (p[0][0], p.count > 1 ? p[1][0] : 0)
    switch likelihood {
    case .bernoulli: return log((x == 1 ? a : b) / (a + b))
    case .binomial, .poisson, .exponential, .multinomial, .mvnormal, .normalUnknownVariance:
      let isVector = likelihood == .multinomial || likelihood == .mvnormal
      let datum = Tensor(shape: isVector ? [row.count] : [], row)
      return try predictive(trials: row.reduce(0, +)).logProbability(datum).values.first ?? .nan
    case .categorical: return log(p[0][Int(x)] / p[0].reduce(0, +))
    case .normal(let sd):
      let variance = b * b + sd * sd
      return -0.5 * (log(2 * .pi * variance) + (x - a) * (x - a) / variance)
    }
  }

  /// Bayes' rule for one datum.
  public mutating func observe(_ row: [Double]) throws {
    try check(row)
    let x = row.first ?? .nan
    switch (family.name, likelihood) {
    case ("beta", .binomial(let trials)):
      parameters[0][0] += x
      parameters[1][0] += trials - x
    case ("beta", _):
      parameters[0][0] += x
      parameters[1][0] += 1 - x
    case ("gamma", .exponential):
      parameters[0][0] += 1
      parameters[1][0] += x
    case ("gamma", _):
      parameters[0][0] += x
      parameters[1][0] += 1
    case ("dirichlet", .categorical): parameters[0][Int(x)] += 1
    case ("dirichlet", _): parameters[0] = zip(parameters[0], row).map { $0 + $1 }
    case ("normal", .normal(let sd)):
      let (prior, noise) = (parameters[1][0] * parameters[1][0], sd * sd)
      parameters[0][0] += (x - parameters[0][0]) * prior / (prior + noise)
      parameters[1][0] = (prior * noise / (prior + noise)).squareRoot()
    case ("normal_inverse_gamma", _):
      // κ' = κ + 1, m' = m + (x − m)/κ', a' = a + ½, b' = b + ½ (x − m)² κ/κ'
      let (step, kappa) = (x - parameters[0][0], parameters[1][0])
      parameters[0][0] += step / (kappa + 1)
      parameters[1][0] = kappa + 1
      parameters[2][0] += 0.5
      parameters[3][0] += 0.5 * step * step * (kappa / (kappa + 1))
    case ("normal_inverse_wishart", _):
      let kappa = parameters[1][0]
      let step = zip(row, parameters[0]).map { $0 - $1 }
      parameters[0] = zip(parameters[0], step).map { $0 + $1 / (kappa + 1) }
      parameters[1][0] = kappa + 1
      parameters[2][0] += 1
      for i in step.indices {
        for j in step.indices {
          parameters[3][i * step.count + j] += step[i] * step[j] * (kappa / (kappa + 1))
        }
      }
    default: return
    }
  }

  /// Makes the distribution from the parameters, after `observe`.
  mutating func settle() throws { distribution = try current() }

  private func current() throws -> Distribution {
    let d = parameters[0].count
    return try Distribution(
      family,
      zip(family.parameters, parameters).map { parameter, values in
        let shape = [[], [values.count], [d, d]][min(parameter.rank, 2)]
        return Tensor(shape: shape, values)
      })
  }

  // MARK: The next datum

  /// p(x | data so far).
  ///
  /// - Parameter trials: Of a multinomial: how many draws make the next row of counts.
  public func predictive(trials: Double? = nil) throws -> Distribution {
    let p = parameters
    let (a, b) = (p[0][0], p.count > 1 ? p[1][0] : 0)
    switch likelihood {
    case .bernoulli: return try Distribution(.bernoulli, a / (a + b))
    case .binomial(let n): return try Distribution(.betaBinomial, n, a, b)
    case .poisson: return try Distribution(.negativeBinomial, a, b / (b + 1))
    case .exponential: return try Distribution(.lomax, a, b)
    case .categorical:
      let total = p[0].reduce(0, +)
      return try Distribution(.categorical, [Tensor(p[0].map { $0 / total })])
    case .multinomial:
      guard let trials else {
        throw Failure(
          "L402", "the next row of counts needs its number of trials", argument: "trials",
          help: "write `predictive(m, trials: 10)`")
      }
      return try Distribution(.dirichletMultinomial, [Tensor(trials), Tensor(p[0])])
    case .normal(let sd):
      return try Distribution(.normal, a, (b * b + sd * sd).squareRoot())
    case .normalUnknownVariance:
      // t with 2a degrees of freedom and scale² b(κ + 1)/(aκ).
      let scale = (p[3][0] * (b + 1) / (p[2][0] * b)).squareRoot()
      return try Distribution(.studentT, 2 * p[2][0], a, scale)
    case .mvnormal:
      let d = p[0].count
      let df = p[2][0] - Double(d) + 1
      let factor = (b + 1) / (b * df)
      return try Distribution(
        .mvStudentT,
        [Tensor(df), Tensor(p[0]), Tensor(shape: [d, d], p[3].map { $0 * factor })])
    }
  }

  // MARK: What data can be

  private func check(_ row: [Double]) throws {
    guard row.count == columns else {
      throw Failure(
        "L524", "a datum has \(row.count) numbers, but the prior is of \(columns)",
        argument: "data")
    }
    let isWhole = row.allSatisfy { $0 >= 0 && $0 == $0.rounded() && $0 < 0x1p53 }
    let x = row[0]
    let allowed: Bool
    let what: String
    switch likelihood {
    case .bernoulli: (allowed, what) = (x == 0 || x == 1, "0 or 1")
    case .binomial(let n):
      (allowed, what) = (isWhole && x <= n, "a whole number from 0 to \(NumberText.shortest(n))")
    case .categorical:
      let last = parameters[0].count - 1
      (allowed, what) = (isWhole && x <= Double(last), "a whole number from 0 to \(last)")
    case .poisson, .multinomial: (allowed, what) = (isWhole, "a whole number from 0")
    case .exponential: (allowed, what) = (x >= 0 && x.isFinite, "a finite number from 0")
    case .normal, .normalUnknownVariance, .mvnormal:
      (allowed, what) = (row.allSatisfy(\.isFinite), "a finite number")
    }
    if allowed { return }
    let wrong = row.count == 1 ? NumberText.shortest(x) : "\(row.map(NumberText.shortest))"
    throw Failure(
      "L524", "a datum of a \(likelihood.name) likelihood is \(what), not \(wrong)",
      argument: "data")
  }
}
