// The mixture model: p(z) = Categorical(π), p(x|z) one of K components, by its exact posterior.

import Foundation
import LatentTensor

/// A finite mixture p(x) = Σ_k π_k p(x|z = k), fitted by expectation maximisation (Dempster, Laird
/// & Rubin 1977) in float64.
public final class Mixture: Model {
  /// What is chosen before the data are seen.
  public struct Design: Sendable {
    public var components = 2
    public var family = MixtureFamily.gaussian
    public var covariance = CovarianceFamily.full
    public var prior: PriorChoice?

    public init() {}
  }

  /// A conjugate prior, with its defaults from the data where a value is nil.
  public struct PriorChoice: Sendable {
    public var shrinkage: Double?
    public var degrees: Double?
    public var concentration: Double?
    /// One number per column.
    public var mean: [Double]?
    /// One number, one per column, or a matrix.
    public var scale: Tensor?

    public init() {}
  }

  public let design: Design
  var parameters: MixtureParameters?
  public internal(set) var columns: Int?
  /// The categories of each column of a categorical mixture.
  var levels: [Int] = []
  public internal(set) var history = TrainingHistory()
  /// Components at the floor, or without data, in the parameters as they are.
  var collapsed: [Int] = []

  public init(_ design: Design) { self.design = design }

  /// K: fewer than asked for where variational Bayes has pruned some.
  public var components: Int { parameters?.count ?? design.components }
  public var kind: String { "mixture" }
  public var latentDimension: Int { components }
  public var isFitted: Bool { parameters != nil }

  public func copied() -> any Model {
    let copy = Mixture(design)
    copy.parameters = parameters
    copy.columns = columns
    copy.levels = levels
    copy.history = history
    copy.collapsed = collapsed
    return copy
  }

  public var parameterValues: [(name: String, value: Tensor)] {
    guard let parameters else { return [] }
    return [("weights", Tensor(parameters.weights))] + parameters.components.parameters
  }

  public var facts: [(name: String, value: Fact)] {
    var facts: [(name: String, value: Fact)] = [
      ("components", .integer(components)), ("family", .text(design.family.rawValue)),
    ]
    if design.family == .gaussian {
      facts.append(("covariance", .text(design.covariance.rawValue)))
    }
    facts += parameterValues.map { ($0.name, .tensor($0.value)) }
    facts.append(("collapsed", .vector(collapsed.map(Double.init))))
    if design.family == .categorical { facts.append(("levels", .vector(levels.map(Double.init)))) }
    return facts
  }

  public var freeParameters: Int? {
    parameters.map { $0.components.freeParameters + $0.count - 1 }
  }

  /// `mixture(components: 2, covariance: "full")`, and what it was fitted to.
  public var summary: String {
    var text = "mixture(components: \(components)"
    text +=
      design.family == .gaussian
      ? ", covariance: \"\(design.covariance.rawValue)\")"
      : ", family: \"\(design.family.rawValue)\")"
    guard let columns else { return text + ", not fitted" }
    text += ", \(columns) column\(columns == 1 ? "" : "s")"
    if let last = history.logLikelihood.last {
      text += String(format: ", log-likelihood %.3f", last)
      text += history.converged ? "" : " (not converged)"
    }
    if !collapsed.isEmpty {
      let names = collapsed.map(String.init).joined(separator: ", ")
      text += ", collapsed: \(names)"
    }
    return text
  }

  // MARK: Parameters by hand

  /// A mixture with given parameters, ready for questions, from which `fit` goes on.
  ///
  /// - Parameters:
  ///   - weights: K numbers that sum to 1.
  ///   - means: K × d, or K numbers for d = 1.
  ///   - covariances: K × d × d, d × d (tied), K × d (diag) or K (spherical).
  /// - Throws: `L532` for what is no distribution.
  public init(_ design: Design, weights: Tensor, means: Tensor, covariances: Tensor?) throws {
    var design = design
    design.components = weights.count
    self.design = design
    let (k, d) = (weights.count, means.rank == 2 ? means.shape[1] : 1)
    guard weights.rank == 1, k > 0, weights.values.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      throw Mixture.refused("weights must be numbers of at least 0", "weights")
    }
    let sum = weights.values.reduce(0, +)
    guard abs(sum - 1) < 1e-6 else {
      throw Mixture.refused(
        "the weights sum to \(NumberText.rounded(sum)), not to 1", "weights",
        "divide them by their sum")
    }
    guard means.shape.first == k, means.count == k * d, d > 0,
      means.values.allSatisfy(\.isFinite)
    else {
      throw Mixture.refused(
        "the means of \(k) components must be a tensor of \(k) rows of finite numbers, "
          + "not one of shape \(Shape.text(means.shape))", "means")
    }
    let pi = weights.values.map { $0 / sum }
    if design.family == .gaussian {
      guard let covariances else {
        throw Mixture.refused("gaussian components need `covariances` too", "means")
      }
      let factors = try Mixture.factors(covariances, design.covariance, k, d)
      parameters = MixtureParameters(
        weights: pi,
        components: GaussianComponents(
          design.covariance, count: k, columns: d, means: means.values, factors: factors))
    } else {
      guard design.family != .categorical else {
        throw Mixture.refused(
          "a categorical mixture takes its parameters from data only", "means")
      }
      let isProbability = design.family == .bernoulli
      guard means.values.allSatisfy({ $0 >= 0 && (!isProbability || $0 <= 1) }) else {
        throw Mixture.refused(
          isProbability ? "means of 0 or 1 lie between 0 and 1" : "means must be at least 0",
          "means")
      }
      parameters = MixtureParameters(
        weights: pi,
        components: CountComponents(
          design.family, count: k, columns: d, means: means.values))
    }
    columns = d
  }

  private static func refused(
    _ message: String, _ argument: String, _ help: String? = nil
  ) -> Failure {
    Failure("L532", message, argument: argument, helps: help.map { [$0] } ?? [])
  }

  /// Cholesky factors or standard deviations of given covariances.
  private static func factors(
    _ covariances: Tensor, _ family: CovarianceFamily, _ k: Int, _ d: Int
  ) throws -> [Double] {
    let wanted =
      switch family {
      case .full: [k, d, d]
      case .tied: [d, d]
      case .diag: [k, d]
      case .spherical: [k]
      }
    let values = covariances.values
    guard covariances.shape == wanted || (d == 1 && values.count == wanted.reduce(1, *)) else {
      throw refused(
        "`covariances` of \(k) \(family.rawValue) components with \(d) columns have the shape "
          + "\(Shape.text(wanted)), not \(Shape.text(covariances.shape))", "covariances")
    }
    guard family == .full || family == .tied else {
      guard values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw refused("variances must be positive and finite", "covariances")
      }
      return family == .diag
        ? values.map { $0.squareRoot() }
        : values.flatMap { [Double](repeating: $0.squareRoot(), count: d) }
    }
    let triangle = Triangle(size: d)
    return try stride(from: 0, to: values.count, by: d * d).flatMap { start in
      let matrix = Array(values[start..<(start + d * d)])
      let name =
        family == .full ? "the covariance of component \(start / (d * d))" : "the covariance"
      let scale = matrix.reduce(0) { max($0, abs($1)) }
      for i in 0..<d {
        for j in 0..<i where !(abs(matrix[i * d + j] - matrix[j * d + i]) <= 1e-12 * scale) {
          throw refused(
            "\(name) is not symmetric: elements [\(i), \(j)] and [\(j), \(i)] are "
              + "\(NumberText.rounded(matrix[i * d + j])) and "
              + "\(NumberText.rounded(matrix[j * d + i]))", "covariances")
        }
      }
      guard let root = triangle.cholesky(triangle.packed(matrix)) else {
        throw refused("\(name) is not positive definite", "covariances")
      }
      return root
    }
  }
}
