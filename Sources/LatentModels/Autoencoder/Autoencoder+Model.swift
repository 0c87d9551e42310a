// How an autoencoder answers the questions every model is asked.

import Foundation
import LatentTensor

extension Autoencoder {
  public var kind: String { "vae" }
  public var latentDimension: Int { architecture.latent }
  public var isFitted: Bool { parameters != nil && columns != nil }

  public var facts: [(name: String, value: Fact)] {
    [
      ("latent", .integer(architecture.latent)),
      ("hidden", .vector(architecture.hidden.map(Double.init))),
      ("likelihood", .text((likelihood ?? architecture.likelihood)?.rawValue ?? "auto")),
    ]
  }

  public var parameterValues: [(name: String, value: Tensor)] {
    guard let parameters else { return [] }
    return parameters.slots.compactMap { slot in parameters[slot.name].map { (slot.name, $0) } }
  }

  /// `vae(latent: 2, hidden: [200])`, and what it was fitted to.
  public var summary: String {
    let hidden = architecture.hidden.map(String.init).joined(separator: ", ")
    var text = "vae(latent: \(architecture.latent), hidden: [\(hidden)])"
    guard let parameters, let columns, let likelihood else { return text + ", not fitted" }
    text += ", \(likelihood.rawValue) decoder of \(columns) columns"
    text += ", \(parameters.parameterCount) parameters"
    guard let last = history.elbo.last else { return text }
    let epochs = history.elbo.count
    return text
      + String(format: ", bound %.2f nats after %d epoch%@", last, epochs, epochs == 1 ? "" : "s")
  }

  public func explanation() throws -> [String] {
    try checkFitted()
    return [
      "z: pathwise gradient, since q(z|x) is normal, a smooth function of its noise; "
        + "`encoder` gives its mean and log standard deviation",
      "KL(q(z|x) || p(z)): in closed form; E_q[log p(x|z)]: by draws of z",
    ]
  }

  public func copied() -> any Model { copy() }

  public func heeds(_ argument: String, by method: FitMethod) -> Bool {
    !["weights", "restarts", "init", "tol", "max_iter", "accelerate"].contains(argument)
  }

  public func fit(_ data: DataSet, _ request: FitRequest, _ observer: FitObserver) throws {
    guard request.method == .auto || request.method == .variational else {
      throw Failure(
        "L517",
        "a `vae` is fitted by \"variational\" inference, not by \"\(request.method.rawValue)\"",
        argument: "method", help: "leave `method` out")
    }
    try fit(
      data.x, options: request.gradient, validation: request.validation,
      onDecision: observer.decided, onProgress: observer.progressed,
      shouldStop: observer.shouldStop, onCheckpoint: observer.checkpointed)
  }

  /// "auto" is importance sampling with the encoder as proposal.
  public func evidence(
    _ x: Tensor, by method: EvidenceMethod, samples: Int, seed: UInt64, shouldStop: () -> Bool
  ) throws -> Evidence {
    switch method {
    case .auto, .importance:
      return try evidence(x, samples: samples, seed: seed, shouldStop: shouldStop)
    case .elbo:
      // Each datum's error is unknown from one pass, the mean's follows from two halves.
      let half = (samples + 1) / 2
      let halves = try (0..<2).map { try elbo(x, samples: half, seed: seed &+ UInt64($0)) }
      return Evidence(
        .lowerBound, perDatum: zip(halves[0], halves[1]).map { ($0 + $1) / 2 },
        standardErrors: zip(halves[0], halves[1]).map { abs($0 - $1) / 2 }, samples: half * 2)
    case .naive, .ais:
      return try withoutActuallyEscaping(shouldStop) { shouldStop in
        var options = EvidenceOptions()
        (options.samples, options.seed, options.shouldStop) = (samples, seed, shouldStop)
        return try estimate(x, by: method, options)
      }
    case .exact:
      throw Failure(
        "L516", "the likelihood of a `vae` has no closed form",
        argument: "method", help: "choose \"importance\", \"ais\" or \"elbo\"")
    }
  }
}
