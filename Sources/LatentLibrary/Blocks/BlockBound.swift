// The bound of one datum, recorded by running the bodies of the densities with symbols: what
// training maximises and `elbo` evaluates.

import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentTensor

struct BlockBound {
  let plan: BlockPlan
  let instance: BlockInstance
  let runtime: Runtime

  /// The parts of one datum's bound; their sum is E_q[log p(x, z) − log q(z|x)] for one draw of z.
  struct Terms {
    /// log p(x|z), with finite latents summed out.
    var reconstruction: Value
    /// KL(q ‖ p) where it has a closed form given the draws before, else log q(z) − log p(z).
    var divergence: Value
  }

  /// - Parameter data: what is observed of one datum.
  func terms(_ data: [String: Value]) throws -> Terms {
    let (draws, divergence) = try latents(data)
    return Terms(reconstruction: try likelihood(draws), divergence: divergence)
  }

  /// log w = log p(x, z) − log q(z|x) for one draw of z.
  func logWeight(_ data: [String: Value]) throws -> Value {
    let (draws, divergence) = try latents(data, exact: false)
    return try LogSum.difference(likelihood(draws), divergence, runtime)
  }

  /// Draws the latents of q one after the other, and what they cost against p.
  private func latents(
    _ data: [String: Value], exact: Bool = true
  ) throws -> (known: [String: Value], divergence: Value) {
    var known = data
    var divergence: Value = 0
    var waiting: [(name: String, law: BlockLaw)] = []
    for density in BlockInstance.ordered(instance.model.members(of: "q")) {
      guard let name = density.subjects.first, plan.drawn.contains(name) else { continue }
      let law = try instance.law(density, known).recorded(by: runtime)
      // Given the draws before, the expectation over this one is exact: none of them depends on it.
      let before = known
      known[name] = try law.draw(runtime)
      if exact, let prior = try prior(of: name, before), let kl = try law.divergence(from: prior) {
        divergence = try LogSum.sum(divergence, kl, runtime)
      } else {
        waiting.append((name, law))
      }
    }
    for (name, law) in waiting {
      guard let draw = known[name], let prior = try prior(of: name, known) else { continue }
      let cost = try LogSum.difference(
        law.logProbability(draw, runtime), prior.logProbability(draw, runtime), runtime)
      divergence = try LogSum.sum(divergence, cost, runtime)
    }
    return (known, divergence)
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

  private func likelihood(_ known: [String: Value]) throws -> Value {
    let drawn = Set(plan.drawn)
    let densities = instance.model.members(of: "p")
    let wanted = densities.flatMap(\.subjects).filter { plan.observed.contains($0) }
    func variable(_ name: String) -> DensityTerm.Variable {
      DensityTerm.Variable(name: name, value: known[name])
    }
    let factors = densities.filter { !$0.subjects.contains(where: drawn.contains) }
    let subjects = factors.flatMap(\.subjects)
    let isPlain = subjects.allSatisfy { wanted.contains($0) || instance.values[$0] != nil }
    if isPlain {
      var sum: Value = 0
      for factor in factors {
        guard let subject = factor.subjects.first, let point = known[subject] else { continue }
        let law = try instance.law(factor, known)
        sum = try LogSum.sum(
          sum,
          instance.mayMiss(subject, point)
            ? law.logProbabilityOfSeen(point, runtime) : law.logProbability(point, runtime),
          runtime)
      }
      return sum
    }
    let density = try BoundDensity(
      DensityTerm(
        family: "p", subjects: wanted.map(variable),
        givens: (plan.drawn + plan.observed.filter { !wanted.contains($0) }).map(variable)),
      instance, isForward: true)
    do {
      return try density.logProbability(known, runtime)
    } catch let failure as Failure where failure.code == "L561" {
      throw unsummable(failure)
    }
  }

  /// What is said of a latent that is neither drawn nor can be integrated out.
  private func unsummable(_ failure: Failure) -> Failure {
    let name = failure.argument ?? plan.latents.first { $0.choice == .enumerated }?.name ?? "z"
    let given = plan.observed.joined(separator: ", ")
    return Failure(
      "L562",
      "`\(name)` has no small finite number of values to sum over, is neither conjugate nor linear "
        + "Gaussian, and no `q` approximates its posterior",
      notes: failure.notes,
      helps: ["write one in the block, e.g. `q(\(name)|\(given)) = normal(…, …)`"])
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
  fileprivate func total() -> Value {
    if let traced = object as? TracedObject {
      return .object(TracedObject(traced.symbol.sum(), in: traced.trace))
    }
    return asTensor.map { .number($0.values.reduce(0, +)) } ?? self
  }
}
