// Running the identities that a model must satisfy on the user's own model and data.
//
// Everything here asks by the verbs of `Model`, so that it holds of models nobody has written yet:
// what a model does not answer (L516) is not an identity of it.

import Foundation
import LatentTensor

/// The identities of a model, checked one after the other.
public struct Verification {
  public private(set) var identities: [Identity] = []
  public var passed: Bool { identities.allSatisfy(\.passed) }

  let model: any Model
  let data: DataSet
  let seed: UInt64
  let shouldStop: () -> Bool

  /// - Parameter data: rows that the model could be fitted to; a part of them is used.
  /// - Throws: what the model says to these data.
  public init(
    _ model: any Model, _ data: DataSet, seed: UInt64, shouldStop: @escaping () -> Bool
  ) throws {
    self.model = model
    self.data = data
    self.seed = seed
    self.shouldStop = shouldStop
    try model.checkFitted()
    let parts: [() throws -> [Identity]] = [
      decomposition, responsibilities, bounds, importance, density, marginals, monotony,
      { try (model as? any SelfVerifying)?.ownIdentities(data, seed: seed) ?? [] },
    ]
    for part in parts {
      if shouldStop() { throw Failure("L705", "interrupted") }
      do {
        identities += try part()
      } catch let failure as Failure where Verification.isOutOfQuestion(failure) {
        continue
      }
    }
  }

  /// Whether a failure says that a model does not answer, not that the data are wrong.
  static func isOutOfQuestion(_ failure: Failure) -> Bool {
    ["L516", "L544", "L561", "L562"].contains(failure.code)
  }

  /// Rows spread evenly over the data.
  func rows(_ limit: Int) -> Tensor { data.x.spread(limit) }

  private static func scale(_ a: Double, _ b: Double) -> Double { max(1, abs(a), abs(b)) }

  // MARK: The bound

  /// The ways in which the evidence comes apart.
  private func decomposition() throws -> [Identity] {
    let parts = try model.decomposition(rows(200))
    func part(_ name: String) -> [Double]? {
      guard case .tensor(let tensor) = parts.first(where: { $0.name == name })?.value else {
        return nil
      }
      return tensor.values
    }
    guard let evidence = part("log_evidence"), let elbo = part("elbo"),
      let posterior = part("kl_posterior")
    else { return [] }
    var found = [
      Identity(
        "log p(x) = ELBO + KL(q || p(z|x))",
        worstOf: evidence.indices.map {
          let sum = elbo[$0] + posterior[$0]
          return (evidence[$0], sum, 1e-9 * Self.scale(evidence[$0], sum))
        }),
      Identity(
        "0 <= KL(q || p(z|x))",
        worstOf: posterior.map { (0, $0, 1e-9) }, isBound: true),
    ]
    if let reconstruction = part("reconstruction"), let prior = part("kl_prior") {
      found.append(
        Identity(
          "ELBO = E_q log p(x|z) - KL(q || p(z))",
          worstOf: elbo.indices.map {
            let sum = reconstruction[$0] - prior[$0]
            return (elbo[$0], sum, 1e-9 * Self.scale(reconstruction[$0], prior[$0]))
          }))
    }
    return found.compactMap { $0 }
  }

  private func responsibilities() throws -> [Identity] {
    let shares = try model.responsibilities(rows(500))
    let (k, values) = (shares.shape.last ?? 1, shares.values)
    let sums = stride(from: 0, to: values.count, by: max(k, 1)).map { start in
      values[start..<(start + k)].reduce(0, +)
    }
    return [
      Identity(
        "sum of p(z|x) over z = 1", worstOf: sums.map { ($0, 1, 1e-15 * Double(k + 1)) }),
      Identity(
        "0 <= p(z|x)", worstOf: values.map { (0, $0, 0) }, isBound: true),
    ].compactMap { $0 }
  }

  /// The bound lies below the exact evidence: over the data, within the error of its draws.
  private func bounds() throws -> [Identity] {
    let x = rows(100)
    let exact = try model.logProbability(x)
    let (bound, error) = try meanBound(x)
    let mean = exact.reduce(0, +) / Double(max(exact.count, 1))
    return [
      Identity(
        "ELBO <= log p(x)", bound, mean, within: 4 * error + 1e-9 * abs(mean), errors: 4,
        isBound: true)
    ]
  }

  /// The mean of the bound over data, with the error that draws leave.
  private func meanBound(_ x: Tensor) throws -> (mean: Double, error: Double) {
    let estimates = try (0..<8).map {
      let bounds = try model.elbo(x, samples: 8, seed: seed &+ UInt64($0))
      return bounds.reduce(0, +) / Double(max(bounds.count, 1))
    }
    return Verification.meanAndError(estimates)
  }

  /// The exact evidence, or the one estimated from the prior, against draws from q.
  private func importance() throws -> [Identity] {
    let x = rows(20)
    let samples = 400
    func estimate(_ method: EvidenceMethod) throws -> Evidence {
      if let sampling = model as? any LatentSampling {
        var options = EvidenceOptions()
        (options.samples, options.seed, options.shouldStop) = (samples, seed, shouldStop)
        return try sampling.estimate(x, by: method, options)
      }
      return try model.evidence(
        x, by: method, samples: samples, seed: seed, shouldStop: shouldStop)
    }
    let drawn = try estimate(.importance)
    // Where few draws carry the estimate its error is unknown, and nothing follows.
    func isKnown(_ row: Int) -> Bool {
      let size = drawn.effectiveSizes.indices.contains(row) ? drawn.effectiveSizes[row] : 0
      let tail = drawn.tailShapes.indices.contains(row) ? drawn.tailShapes[row] : .nan
      return size > Double(samples) / 10 && !(tail > 0.5)
    }
    func compared(_ name: String, _ other: Evidence) -> Identity? {
      let pairs = drawn.perDatum.indices.filter(isKnown).map { row in
        let errors = [drawn.standardErrors, other.standardErrors].map {
          $0.indices.contains(row) ? $0[row] : 0
        }
        let square = errors.reduce(0) { $0 + $1 * $1 }
        // log of a mean lies below by half its relative variance.
        return (
          left: drawn.perDatum[row], right: other.perDatum[row],
          tolerance: 4.5 * square.squareRoot() + square
            + 1e-7 * Self.scale(drawn.perDatum[row], other.perDatum[row])
        )
      }
      return Identity(name, worstOf: pairs, errors: 4.5)
    }
    if let exact = try? model.logProbability(x) {
      return [compared("log p(x) = log E_q[p(x, z) / q(z|x)]", .exact(exact))].compactMap { $0 }
    }
    var found: [Identity] = []
    if model is any LatentSampling, x.shape[0] > 0 {
      do {
        let path = try estimate(.ais)
        found = [compared("log p(x) by draws from q = by annealing", path)].compactMap { $0 }
      } catch let failure as Failure where failure.code == "L516" {
        // A z that no path leads to, such as a discrete one.
      }
    }
    guard drawn.effectiveSizes.allSatisfy({ $0 > 10 }) else { return found }
    let (bound, error) = try meanBound(x)
    let (mean, doubt) = (drawn.mean, drawn.standardError)
    found.append(
      Identity(
        "ELBO <= log p(x) by draws from q", bound, mean,
        within: 4 * (error * error + doubt * doubt).squareRoot() + doubt * doubt
          + 1e-6 * abs(mean), errors: 4, isBound: true))
    return found
  }

  /// EM never loses likelihood.
  private func monotony() throws -> [Identity] {
    let steps = model.history.logLikelihood
    guard model is Mixture, steps.count > 1,
      (model as? Mixture)?.design.prior == nil, (model as? Mixture)?.collapsed.isEmpty == true
    else { return [] }
    return [
      Identity(
        "log p(X) never falls from a step of EM to the next",
        worstOf: zip(steps, steps.dropFirst()).map { ($0, $1, 1e-10 * abs($0)) },
        isBound: true)
    ].compactMap { $0 }
  }

  static func meanAndError(_ values: [Double]) -> (mean: Double, error: Double) {
    let n = Double(values.count)
    let mean = values.reduce(0, +) / max(n, 1)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, n > 1 ? (squares / (n - 1) / n).squareRoot() : .infinity)
  }
}

extension Tensor {
  /// So many of its rows, spread evenly.
  func spread(_ limit: Int) -> Tensor {
    guard rank == 2, shape[0] > limit, limit > 0 else { return self }
    let (count, width) = (shape[0], shape[1])
    let rows = (0..<limit).flatMap { row -> [Double] in
      let start = row * count / limit * width
      return (0..<width).map { self[flat: start + $0] }
    }
    return Tensor(shape: [limit, width], rows)
  }
}
