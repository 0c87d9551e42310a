// The bound of one datum, recorded by running the bodies of the densities with symbols: what
// training maximises and `elbo` evaluates.

import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentModels
import LatentTensor

import struct LatentSyntax.Diagnostic

struct BlockBound {
  let plan: BlockPlan
  let instance: BlockInstance
  let runtime: Runtime
  /// How draws are differentiated, for latents whose paths are followed.
  var gradient = GradientEstimator.pathwise
  /// Whether the average over finite latents of q is taken too, or they are drawn like the others.
  var averages = true
  /// Whether closed forms of divergences are looked for.
  var exact = true

  /// The parts of one datum's log w = log p(x, z) − log q(z|x), at one draw of what is drawn and
  /// averaged over what is gone through.
  struct Terms {
    /// log p(x|z), with finite latents that have no q summed out.
    var likelihood: Value = 0
    /// log p(z) and log q(z|x) of the latents with a q.
    var prior: Value = 0
    var posterior: Value = 0
    /// The share in `posterior` of those that the score function differentiates.
    var scored: Value = 0
    /// KL(q ‖ p) by dimension where it has a closed form given the draws before; else in one
    /// number log q(z) − log p(z).
    var divergences: [(value: Value, dimensions: Int)] = []
    /// Whether all of `divergences` are closed forms that no scored draw enters.
    var isExact = true
    var draws: [LatentDraw] = []
  }

  // MARK: One datum

  /// - Parameter data: what is observed of one datum.
  func terms(_ data: [String: Value]) throws -> Terms {
    let proposals = BlockInstance.ordered(instance.model.members(of: "q")).filter {
      $0.subjects.contains(where: plan.isProposed)
    }
    return try terms(proposals[...], data, waiting: [])
  }

  /// E_q[log p(x, z) − log q(z|x)] at one draw, with divergences in closed form.
  func value(_ data: [String: Value]) throws -> Value {
    let terms = try terms(data)
    var value = terms.likelihood
    for part in terms.divergences {
      value = try LogSum.difference(value, part.value.total(), runtime)
    }
    return value
  }

  /// log w = log p(x, z) − log q(z|x) for one draw of all of z.
  func logWeight(_ data: [String: Value]) throws -> Value {
    var bound = self
    (bound.averages, bound.exact) = (false, false)
    let terms = try bound.terms(data)
    let joint = try LogSum.sum(terms.likelihood, terms.prior, runtime)
    return try LogSum.difference(joint, terms.posterior, runtime)
  }

  /// A latent that was drawn before what its prior needs.
  private struct Waiting {
    var name: String
    var logPosterior: Value
    var isScored: Bool
  }

  /// The terms of what q still has to draw and of the rest of the model, given what is known.
  private func terms(
    _ rest: ArraySlice<BlockDensity>, _ known: [String: Value], waiting: [Waiting]
  ) throws -> Terms {
    guard let density = rest.first, let name = density.subjects.first else {
      return try last(known, waiting)
    }
    let law = try instance.law(density, known)
    let choice = plan.choice(of: name)
    if choice == .averaged, averages {
      return try average(name, law, rest.dropFirst(), known, waiting)
    }
    let isScored = choice != .pathwise
    let recorded = try law.recorded(by: runtime)
    // Given the draws before, the expectation over this one is exact: none of them depends on it.
    let prior = exact ? try self.prior(of: name, known) : nil
    let divergence = try runtime.attributing(to: density.label) {
      try prior.flatMap { try recorded.divergences(from: $0) }
    }
    var known = known
    var draws: [LatentDraw] = []
    var held = recorded
    if case .symbolic(let distribution, let trace) = recorded,
      let symbol = try trace.symbol(
        of: runtime.attributing(to: density.label) { try recorded.draw(runtime) })
    {
      let follows = gradient.needsReparametrisation ? gradient : .pathwise
      let draw = (isScored ? GradientEstimator.score : follows).sees(symbol)
      draws = [draw]
      known[name] = .object(TracedObject(draw.seen, in: trace))
      if gradient.freezesPosterior, !isScored {
        held = .symbolic(
          try SymbolicDistribution(distribution.law.map { $0.detached() }), trace)
      }
    } else {
      known[name] = try runtime.attributing(to: density.label) { try recorded.draw(runtime) }
    }
    guard let point = known[name] else { throw instance.noValue(name) }
    let logPosterior = try runtime.attributing(to: density.label) {
      try held.logProbability(point, runtime)
    }
    var next = waiting
    if divergence == nil {
      next.append(Waiting(name: name, logPosterior: logPosterior, isScored: isScored))
    }
    var result = try terms(rest.dropFirst(), known, waiting: next)
    if let divergence, let prior {
      result.prior = try LogSum.sum(
        result.prior, prior.logProbability(point, runtime), runtime)
      result.posterior = try LogSum.sum(result.posterior, logPosterior, runtime)
      if isScored { result.scored = try LogSum.sum(result.scored, logPosterior, runtime) }
      result.divergences.append((divergence, divergence.elementCount))
    }
    if isScored {
      // What is drawn later, or given later, may depend on this draw.
      let isAlone = !instance.model.densities.contains {
        $0.givens.contains(name) && $0.subjects.contains(where: plan.isProposed)
      }
      result.isExact = result.isExact && isAlone
    }
    result.draws += draws
    return result
  }

  /// The average over all values of a finite latent under its q.
  private func average(
    _ name: String, _ law: BlockLaw, _ rest: ArraySlice<BlockDensity>, _ known: [String: Value],
    _ waiting: [Waiting]
  ) throws -> Terms {
    guard let values = try law.support() else { throw plan.tooLarge(name) }
    var sum = Terms()
    for value in values {
      try runtime.checkInterrupt()
      let logWeight = try law.logProbability(value, runtime)
      if logWeight.asNumber == -.infinity { continue }
      var next = known
      next[name] = value
      let own = Waiting(name: name, logPosterior: logWeight, isScored: false)
      let part = try terms(rest, next, waiting: waiting + [own])
      let weight = try LogSum.exponentiated(logWeight, runtime)
      func weighted(_ total: Value, _ term: Value) throws -> Value {
        try LogSum.sum(total, LogSum.scaled(term, by: weight, runtime), runtime)
      }
      sum.likelihood = try weighted(sum.likelihood, part.likelihood)
      sum.prior = try weighted(sum.prior, part.prior)
      sum.posterior = try weighted(sum.posterior, part.posterior)
      sum.scored = try weighted(sum.scored, part.scored)
      sum.divergences += try part.divergences.map {
        (try LogSum.scaled($0.value, by: weight, runtime), $0.dimensions)
      }
      sum.isExact = sum.isExact && part.isExact
      sum.draws += part.draws
    }
    return sum
  }

  /// The terms where everything that q draws is known.
  private func last(_ known: [String: Value], _ waiting: [Waiting]) throws -> Terms {
    var result = Terms(likelihood: 0)
    var joint: [String] = []
    for latent in waiting {
      guard let draw = known[latent.name] else { continue }
      let law = try prior(of: latent.name, known)
      if law == nil { joint.append(latent.name) }
      let logPrior =
        try law?.logProbability(draw, runtime)
        // Finite latents come between: p(z, w) = p(z) p(w|z), one after the other.
        ?? LogSum.difference(
          logMarginal(joint, known), logMarginal(joint.dropLast(), known), runtime)
      result.prior = try LogSum.sum(result.prior, logPrior, runtime)
      result.posterior = try LogSum.sum(result.posterior, latent.logPosterior, runtime)
      if latent.isScored {
        result.scored = try LogSum.sum(result.scored, latent.logPosterior, runtime)
      }
      let cost = try LogSum.difference(latent.logPosterior, logPrior, runtime)
      let isAveraged = averages && plan.choice(of: latent.name) == .averaged
      result.divergences.append((cost, draw.elementCount))
      result.isExact = result.isExact && isAveraged
    }
    result.likelihood = try likelihood(known, joint)
    return result
  }

  /// p of a latent given what it depends on; nil where that is not all known, or finite latents
  /// come between.
  private func prior(of name: String, _ known: [String: Value]) throws -> BlockLaw? {
    guard
      let density = instance.model.members(of: "p").first(where: { $0.subjects.contains(name) }),
      density.givens.allSatisfy({ known[$0] != nil || instance.values[$0] != nil })
    else { return nil }
    return try instance.law(density, known)
  }

  /// log p of latents that q draws, given the others of them, what is summed out summed out.
  private func logMarginal(_ names: some Sequence<String>, _ known: [String: Value]) throws -> Value
  {
    let names = Array(names)
    if names.isEmpty { return 0 }
    func variable(_ name: String) -> DensityTerm.Variable {
      DensityTerm.Variable(name: name, value: known[name])
    }
    let others = (plan.proposed + plan.shared.map(\.name) + plan.observed).filter {
      !names.contains($0) && known[$0] != nil
    }
    let density = try BoundDensity(
      DensityTerm(
        family: "p", subjects: names.map(variable), givens: others.map(variable)),
      instance, isForward: true)
    do {
      return try density.logProbability(known, runtime)
    } catch let failure as Failure where failure.code == "L561" {
      throw unsummable(failure)
    }
  }

  /// log p(x|z), what has no q summed out.
  ///
  /// - Parameter joint: latents that q draws and that depend on what is summed out, as x does.
  private func likelihood(_ known: [String: Value], _ joint: [String]) throws -> Value {
    let apart = Set(plan.proposed + plan.shared.map(\.name))
    let densities = instance.model.members(of: "p")
    let wanted = densities.flatMap(\.subjects).filter { plan.observed.contains($0) }
    if wanted.isEmpty { return 0 }
    func variable(_ name: String) -> DensityTerm.Variable {
      DensityTerm.Variable(name: name, value: known[name])
    }
    if plan.latents.allSatisfy({ $0.choice != .enumerated }) {
      var sum: Value = 0
      for factor in densities where !factor.subjects.contains(where: apart.contains) {
        guard let subject = factor.subjects.first, let point = known[subject] else { continue }
        sum = try runtime.attributing(to: factor.label) {
          let law = try instance.law(factor, known)
          return try LogSum.sum(
            sum,
            instance.mayMiss(subject, point)
              ? law.logProbabilityOfSeen(point, runtime) : law.logProbability(point, runtime),
            runtime)
        }
      }
      return sum
    }
    let density = try BoundDensity(
      DensityTerm(
        family: "p", subjects: (wanted + joint).map(variable),
        givens: (plan.proposed.filter { !joint.contains($0) } + plan.shared.map(\.name)
          + plan.observed.filter { !wanted.contains($0) }).map(variable)),
      instance, isForward: true)
    do {
      return try LogSum.difference(
        density.logProbability(known, runtime), logMarginal(joint, known), runtime)
    } catch let failure as Failure where failure.code == "L561" {
      throw unsummable(failure)
    }
  }

  /// What is said of a latent that is neither drawn nor can be integrated out.
  private func unsummable(_ failure: Failure) -> any Error {
    let name = failure.argument ?? plan.latents.first { $0.choice == .enumerated }?.name ?? "z"
    let given = plan.observed.joined(separator: ", ")
    let unknown = Failure(
      "L562",
      "`\(name)` has no small finite number of values to sum over, is neither conjugate nor linear "
        + "Gaussian, and no `q` approximates its posterior",
      notes: failure.notes,
      helps: ["write one in the block: `q(\(name)|\(given)) = …`, a distribution over its values"])
    let prior = instance.model.members(of: "p").first { $0.subjects.contains(name) }
    return prior.map { Diagnostic(unknown, at: $0.label) } ?? unknown
  }

  /// Σ log p(w) of the parameters that have a prior.
  func logPriors() throws -> Value {
    var sum: Value = 0
    for density in plan.priors {
      guard let name = density.subjects.first, let value = instance.values[name] else { continue }
      let term = try instance.law(density, instance.values).logProbability(value, runtime)
      sum = try LogSum.sum(sum, term.total(), runtime)
    }
    return sum
  }
}

extension Value {
  /// The sum of all elements.
  func total() -> Value {
    if let traced = object as? TracedObject {
      return .object(TracedObject(traced.symbol.sum(), in: traced.trace))
    }
    return asTensor.map { .number($0.values.reduce(0, +)) } ?? self
  }

  fileprivate var elementCount: Int {
    ((object as? TracedObject)?.symbol.shape ?? asTensor?.shape ?? []).reduce(1, *)
  }
}
