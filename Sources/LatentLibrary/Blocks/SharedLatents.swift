// Latents that exist once for all data: Bayesian parameters with a q. They are drawn once per step
// and sample for the whole minibatch; what they cost is the cost of all data together, so each
// datum bears one part in n of it.

import LatentAutodiff
import LatentLanguage
import LatentTensor

struct SharedLatents {
  private let latents: [(name: String, prior: BlockDensity, posterior: BlockDensity)]
  private let instance: BlockInstance
  private let runtime: Runtime

  init(
    _ latents: [(name: String, prior: BlockDensity, posterior: BlockDensity)],
    _ instance: BlockInstance, _ runtime: Runtime
  ) {
    self.latents = latents
    self.instance = instance
    self.runtime = runtime
  }

  /// Draws in the graph of a trace.
  struct Draws {
    /// What stands for each latent in the terms of one datum, and its draws: [samples, 1] × shape.
    var leaves: [(leaf: Symbol, rows: Symbol)] = []
    var values: [String: Value] = [:]
    /// KL(q ‖ p) of all, where it has closed forms, else by the draws; nil without latents.
    var divergence: Symbol?
  }

  func drawn(samples: Int, in trace: Trace) throws -> Draws {
    if latents.isEmpty { return Draws() }
    let one = try draws()
    let symbols = try latents.map { latent in
      guard let symbol = try one.values[latent.name].flatMap({ try trace.symbol(of: $0) }) else {
        throw instance.noValue(latent.name)
      }
      return symbol
    }
    guard let divergence = try trace.symbol(of: one.divergence) else { return Draws() }
    let all = trace.graph.vectorized(symbols + [divergence], over: [], plate: [samples, 1])
    var result = Draws()
    for ((latent, symbol), rows) in zip(zip(latents, symbols), all) {
      let leaf = trace.graph.input(latent.name, shape: symbol.shape)
      result.leaves.append((leaf, rows))
      result.values[latent.name] = .object(TracedObject(leaf, in: trace))
    }
    result.divergence = all.last?.mean()
    return result
  }

  /// One draw of each, in numbers or in the graph that is being recorded, and what they cost.
  func draws() throws -> (values: [String: Value], divergence: Value) {
    var known: [String: Value] = [:]
    var divergence: Value = 0
    var waiting: [(prior: BlockDensity, point: Value, logPosterior: Value)] = []
    for latent in latents {
      let law = try instance.law(latent.posterior, known).recorded(by: runtime)
      let isReady = latent.prior.givens.allSatisfy {
        known[$0] != nil || instance.values[$0] != nil
      }
      let prior = isReady ? try instance.law(latent.prior, known) : nil
      if let prior, prior.shape != law.shape {
        throw Failure(
          "L562",
          "a draw of `\(latent.prior.title)` has the shape \(Shape.text(prior.shape)), but one of "
            + "`\(latent.posterior.title)` has \(Shape.text(law.shape))",
          help: "give both densities parameters of one shape")
      }
      let exact = try prior.flatMap { try law.divergence(from: $0) }
      let point = try law.draw(runtime)
      known[latent.name] = point
      if let exact {
        divergence = try LogSum.sum(divergence, exact, runtime)
      } else {
        waiting.append((latent.prior, point, try law.logProbability(point, runtime)))
      }
    }
    for (prior, point, logPosterior) in waiting {
      let logPrior = try instance.law(prior, known).logProbability(point, runtime)
      divergence = try LogSum.sum(
        divergence, LogSum.difference(logPosterior, logPrior, runtime), runtime)
    }
    return (known, divergence)
  }
}

extension BlockModel {
  /// q of the variables that all data share, by name: what is known of them after `fit`.
  func sharedPosterior() throws -> Value {
    try checkFitted()
    let shared = try BlockPlan(self, bound: observed.map(\.name)).shared
    guard !shared.isEmpty else {
      throw Failure(
        "L516", "no latent of `\(name)` is shared by all data", argument: "model",
        help: "write `posterior(m, x)` for those of each datum, or `shared p(w) = …` in the block")
    }
    let instance = try instance()
    return .record(
      try shared.map { latent in
        let isFree = latent.posterior.givens.allSatisfy { instance.values[$0] != nil }
        guard isFree else {
          throw Failure(
            "L516", "`\(latent.posterior.title)` has a distribution given the others only",
            argument: "model", help: "`w ~ m.\(latent.posterior.title)` draws from it")
        }
        return (latent.name, try instance.law(latent.posterior, [:]).value)
      })
  }
}
