// Exact Bayesian learning of one parameter: a conjugate prior that data turn into a posterior.

import Foundation
import LatentDistributions
import LatentTensor

/// A parameter with a conjugate prior. Fitting goes on from the present posterior, so batches one
/// after the other give the posterior of all data.
public final class BayesModel: Model {
  public let prior: Distribution
  private var pair: ConjugatePair
  public var likelihood: BayesLikelihood { pair.likelihood }
  /// How many data were seen.
  public internal(set) var count = 0
  /// log p(all data seen), in the order they came: of a sequence, not of its counts.
  public internal(set) var logEvidence = 0.0
  public internal(set) var history = TrainingHistory()

  /// - Throws: `L523` unless prior and likelihood are conjugate.
  public init(prior: Distribution, likelihood: BayesLikelihood) throws {
    self.prior = prior
    pair = try ConjugatePair(prior: prior, likelihood: likelihood)
  }

  private init(copying other: BayesModel) {
    (prior, pair) = (other.prior, other.pair)
    (count, logEvidence, history) = (other.count, other.logEvidence, other.history)
  }

  /// Goes on from the posterior of data seen before.
  func resume(_ posterior: Distribution, count: Int, logEvidence: Double) throws {
    pair = try ConjugatePair(prior: posterior, likelihood: pair.likelihood)
    (self.count, self.logEvidence) = (count, logEvidence)
  }

  /// p(parameter | data so far); the prior before any.
  public var posterior: Distribution { pair.distribution }

  public func predictive(trials: Double? = nil) throws -> Distribution {
    try pair.predictive(trials: trials)
  }

  public var kind: String { "bayes" }
  public var columns: Int? { pair.columns }
  public var latentDimension: Int { prior.shape.reduce(1, *) }
  /// The prior answers, too.
  public var isFitted: Bool { true }
  public var freeParameters: Int? { 0 }

  public var summary: String {
    "bayes(prior: \(prior.name), likelihood: \"\(pair.likelihood.name)\"), "
      + (count == 0 ? "no data yet" : "posterior of \(count) data")
  }

  public var facts: [(name: String, value: Fact)] {
    [
      ("likelihood", .text(pair.likelihood.name)), ("count", .integer(count)),
      ("log_evidence", .number(logEvidence)),
    ]
  }

  public var parameterValues: [(name: String, value: Tensor)] {
    guard let (family, values) = posterior.family else { return [] }
    return zip(family.parameters, values).map { ($0.name, $1) }
  }

  public func copied() -> any Model { BayesModel(copying: self) }

  public func heeds(_ argument: String, by method: FitMethod) -> Bool { false }

  public func fit(_ data: DataSet, _ request: FitRequest, _ observer: FitObserver) throws {
    guard request.method == .auto || request.method == .exact else {
      throw Failure(
        "L517",
        "a `bayes` model is fitted by Bayes' rule, not by \"\(request.method.rawValue)\"",
        argument: "method",
        help: "`mode(posterior(m))` is the MAP estimate, with `space:` for its coordinates")
    }
    let start = Date()
    var (next, terms) = (pair, [Double]())
    for row in try rows(data.x) {
      if observer.shouldStop() { break }
      terms.append(try next.logPredictive(row))
      try next.observe(row)
    }
    try next.settle()
    pair = next
    count += terms.count
    logEvidence += terms.reduce(0, +)
    history.logLikelihood.append(logEvidence)
    history.seconds += Date().timeIntervalSince(start)
    history.steps += 1
    history.converged = true
    history.reason = "exact posterior"
  }

  /// log p(x | data so far) of each datum by itself.
  public func logProbability(_ x: Tensor) throws -> [Double] {
    try rows(x).map(pair.logPredictive)
  }

  /// log p(xᵢ | data so far, x₁ … xᵢ₋₁): their sum is log p(x | data so far), the evidence of the
  /// sequence.
  public func evidence(
    _ x: Tensor, by method: EvidenceMethod, samples: Int, seed: UInt64, shouldStop: () -> Bool
  ) throws -> Evidence {
    guard method == .auto || method == .exact else {
      throw Failure(
        "L516", "the evidence of a `bayes` model is known exactly, not by \"\(method.rawValue)\"",
        argument: "method", help: "leave `method` out")
    }
    var next = pair
    return .exact(
      try rows(x).map { row in
        let term = try next.logPredictive(row)
        try next.observe(row)
        return term
      })
  }

  /// Data from the predictive distribution: each from its own draw of the parameter.
  public func sample(_ count: Int, seed: UInt64) throws -> Tensor {
    let draws = try predictive().sample(count, seed: seed)
    return draws.reshaped([count, columns ?? 1])
  }

  public func explanation() throws -> [String] {
    [
      "\(prior.name) prior, \(pair.likelihood.name) likelihood: conjugate, so the posterior is exact "
        + "and of the prior's family",
      "the evidence is that of the data in their order; counts of the same data have a multinomial "
        + "coefficient more",
    ]
  }

  private func rows(_ x: Tensor) throws -> [[Double]] {
    guard x.rank == 2, x.shape[1] == pair.columns else {
      throw Failure(
        "L512",
        "the data have the shape \(Shape.text(x.shape)), but a datum of this model has "
          + "\(pair.columns) \(pair.columns == 1 ? "number" : "numbers")", argument: "data",
        help: "give one row per datum, of shape \(Shape.text([x.shape.first ?? 1, pair.columns]))")
    }
    let (values, width) = (x.values, pair.columns)
    return (0..<x.shape[0]).map { Array(values[($0 * width)..<(($0 + 1) * width)]) }
  }
}
