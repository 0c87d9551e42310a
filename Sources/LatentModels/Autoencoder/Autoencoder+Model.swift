// How an autoencoder answers the questions every model is asked.

import Foundation
import LatentTensor

extension Autoencoder {
  public var kind: String { "vae" }
  public var latentDimension: Int { architecture.latent }
  public var isFitted: Bool { parameters != nil && columns != nil }

  public var facts: [(name: String, value: Fact)] {
    [
      ("latent", architecture.latentFact), ("hidden", architecture.hiddenFact),
      ("likelihood", .text((likelihood ?? architecture.likelihood)?.rawValue ?? "auto")),
      ("prior", .text(architecture.prior.rawValue)),
      ("posterior", .text(architecture.posterior.rawValue)),
    ]
  }

  public var parameterValues: [(name: String, value: Tensor)] {
    guard let parameters else { return [] }
    return parameters.slots.compactMap { slot in parameters[slot.name].map { (slot.name, $0) } }
  }

  /// `vae(latent: 2, hidden: [200])`, and what it was fitted to.
  public var summary: String {
    var text = "vae(latent: \(architecture.latentText), hidden: \(architecture.hiddenText)"
    if architecture.prior != .normal {
      text += ", prior: \"\(architecture.prior.rawValue)\""
    }
    if architecture.posterior != .normal {
      text += ", posterior: \"\(architecture.posterior.rawValue)\""
    }
    text += ")"
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
    let spread =
      architecture.posterior == .normal
      ? "log standard deviation" : "the lower triangular factor of its covariance"
    let divergence =
      architecture.prior == .normal
      ? "KL(q(z|x) || p(z)): in closed form; E_q[log p(x|z)]: by draws of z"
      : "KL(q(z|x) || p(z)) and E_q[log p(x|z)]: by draws of z, since the prior is a mixture"
    let first =
      "z: pathwise gradient, since q(z|x) is normal, a smooth function of its noise; "
      + "`encoder` gives its mean and \(spread)"
    guard !architecture.above.isEmpty else { return [first, divergence] }
    let layers = architecture.layers.indices.dropFirst().map { place in
      "z\(place + 1): `encoder\(place + 1)` gives q(z\(place + 1)|z\(place)), "
        + "`decoder\(place + 1)` p(z\(place)|z\(place + 1)), both normal"
    }
    var spent = "KL(q(z|x) || p(z)): layer by layer, by draws"
    if architecture.prior == .normal {
      spent += ", of the last layer in closed form given the rest"
    }
    return [first] + layers + [spent]
  }

  public func copied() -> any Model { copy() }

  public func heeds(_ argument: String, by method: FitMethod) -> Bool {
    !["restarts", "init", "tol", "max_iter", "accelerate"].contains(argument)
  }

  public func fit(_ data: DataSet, _ request: FitRequest, _ observer: FitObserver) throws {
    guard request.method == .auto || request.method == .variational else {
      throw Failure(
        "L517",
        "a `vae` is fitted by \"variational\" inference, not by \"\(request.method.rawValue)\"",
        argument: "method", help: "leave `method` out")
    }
    try fit(
      data.x, weights: data.weights, options: request.gradient, validation: request.validation,
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

  public func diagnosis(
    _ x: Tensor, seed: UInt64, shouldStop: () -> Bool
  ) throws -> [(name: String, value: Fact)] {
    try diagnose(x, seed: seed, shouldStop: shouldStop).facts
  }

  public func gradients(
    _ x: Tensor, bound: BoundOptions, samples: Int, repeats: Int, seed: UInt64,
    shouldStop: () -> Bool
  ) throws -> GradientSummary {
    try checkLikelihoodData(x)
    return try gradientSummary(
      x, bound: bound, samples: samples, repeats: repeats, seed: seed, shouldStop: shouldStop)
  }
}

extension LatentDiagnosis {
  /// What `doctor` answers.
  public var facts: [(name: String, value: Fact)] {
    var found: [(name: String, value: Fact)] = [
      ("verdict", .text(verdict)), ("collapsed", .bool(isCollapsed)),
      ("active_units", .integer(activeCount)), ("active", .vector(active.map { $0 ? 1 : 0 })),
      ("activity", .vector(activities)), ("kl", .number(divergence)),
      ("kl_per_dimension", .vector(divergences)),
      ("mutual_information", .number(mutualInformation)),
      ("mutual_information_error", .number(informationError)),
      ("log_n", .number(log(Double(max(aggregated, 1))))),
      ("marginal_kl", .number(marginalDivergence)),
    ]
    if !layerDivergences.isEmpty {
      found.append(("active_units_per_layer", .vector(activeCounts.map(Double.init))))
      found.append(("kl_per_layer", .vector(layerDivergences)))
    }
    if amortisationGap.isNaN { return found }
    return found + [
      ("amortisation_gap", .number(amortisationGap)),
      ("amortisation_gap_error", .number(gapError)),
    ]
  }

  /// What is found, and what helps, in a sentence or two.
  var verdict: String {
    let count = activities.count
    var text = "\(activeCount) of \(count) latent dimensions are active"
    if widths.count > 1 {
      let parts = zip(activeCounts, widths).map { "\($0) of \($1)" }
      text += " (\(parts.joined(separator: ", ")) by layer)"
    }
    if isCollapsed {
      text +=
        activeCount == 0
        ? ": the posterior has collapsed to the prior" : ", the others have collapsed to the prior"
      text += "; `warmup: 20`, `free_bits: 0.1`, `beta:` below 1 or a smaller `latent` helps"
    }
    if amortisationGap > max(4 * gapError, 0.1 * divergence, 0.5) {
      text += String(
        format: "; the encoder loses %.1f nats to the best q of its family: a wider one helps",
        amortisationGap)
    }
    return text
  }
}
