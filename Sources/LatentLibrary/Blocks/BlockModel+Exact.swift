// Questions to a block that are answered exactly where its latents are finite, conjugate or linear
// Gaussian: the evidence, the posterior, codes, missing values. Where q was written the answers
// about z are those of q, the evidence is that of p.

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentModels
import LatentTensor

extension BlockModel {
  // MARK: Missing values

  /// Whether nan among the elements of a variable is integrated out: no density is given it, and no
  /// q draws.
  func canMissElements(_ variable: String, _ observed: [String]) -> Bool {
    guard let plan = try? BlockPlan(self, bound: observed) else { return false }
    let drawn = written.filter { $0.family == "q" }.flatMap(\.subjects)
    return !plan.proposed.contains(where: drawn.contains) && plan.shared.isEmpty
      && isOnlyObserved(variable)
  }

  /// Whether a variable has a density and no other is given it.
  private func isOnlyObserved(_ variable: String) -> Bool {
    densities.contains { $0.family == "p" && $0.subjects.contains(variable) }
      && !written.contains { $0.givens.contains(variable) }
  }

  /// The variables that hold nan.
  func missingVariables(_ data: [(name: String, values: Value)]) throws -> Set<String> {
    let names = data.filter { $0.values.asTensor?.values.contains(where: \.isNaN) == true }
      .map(\.name)
    if let wrong = names.first(where: { !isOnlyObserved($0) }) {
      throw Failure(
        "L513", "`\(wrong)` holds nan, and a density is given it: it cannot be integrated out",
        argument: "x", help: "drop such rows, e.g. `x[all(isfinite(x), axis: 1)]`")
    }
    return Set(names)
  }

  // MARK: The evidence

  /// p of all that is observed and has a density, given the rest.
  func evidenceTerm(_ plan: BlockPlan) -> DensityTerm {
    let subjects = Set(densities.filter { $0.family == "p" }.flatMap(\.subjects))
    func variables(_ names: [String]) -> [DensityTerm.Variable] {
      names.map { DensityTerm.Variable(name: $0, value: nil) }
    }
    return DensityTerm(
      family: "p", subjects: variables(plan.observed.filter(subjects.contains)),
      givens: variables(plan.observed.filter { !subjects.contains($0) }))
  }

  /// log p(x) of each datum: of what is known of it.
  ///
  /// - Throws: a failure L516 where it cannot be derived.
  func exactLogProbability(_ x: Tensor) throws -> [Double] {
    do {
      return try each(x, seed: 0) { [self] plan, instance, data, runtime in
        try BoundDensity(evidenceTerm(plan), instance).logProbability(data, runtime)
      }.values
    } catch let failure as Failure where failure.code == "L561" {
      throw Failure(
        "L516",
        "log p(x) of `\(name)` is not known exactly: `\(failure.argument ?? "z")` is neither finite "
          + "nor conjugate nor linear Gaussian",
        argument: "model", notes: failure.notes,
        helps: ["`log_likelihood(m, x)` estimates it, and says how well"])
    }
  }

  /// Whether log p(x) can be derived though there is a q: tried on one datum of each kind.
  func isExact(_ x: Tensor) throws -> Bool {
    guard let columns, x.rank == 2, x.shape[0] > 0, x.shape[1] == columns else { return false }
    let values = x.values
    let rows = MissingRows(x, observed).patterns.compactMap(\.rows.first)
    let examples = rows.flatMap { values[($0 * columns)..<(($0 + 1) * columns)] }
    do {
      _ = try exactLogProbability(Tensor(shape: [rows.count, columns], examples))
      return true
    } catch let failure as Failure where failure.code == "L516" {
      return false
    }
  }

  // MARK: Posteriors

  /// What is known about a latent given one datum: q where there is one, else p(z|x).
  private func posteriorLaw(
    of latent: String, _ plan: BlockPlan, _ instance: BlockInstance, _ data: [String: Value],
    _ runtime: Runtime
  ) throws -> BlockLaw {
    if plan.proposed.contains(latent) {
      let density = densities.first { $0.family == "q" && $0.subjects.contains(latent) }
      guard let density,
        density.givens.allSatisfy({ given in
          plan.observed.contains(given) || !variables.contains(given)
            || isAmortised(density) && !plan.isProposed(given)
        })
      else {
        throw Failure(
          "L516", "`q` of `\(latent)` is given another latent, so it is not given the data alone",
          argument: "model", help: "`z ~ q(z|x)` draws the latents one by one")
      }
      return try instance.law(density, data)
    }
    return try exactPosterior(of: latent, plan, instance, data, runtime)
  }

  private func exactPosterior(
    of latent: String, _ plan: BlockPlan, _ instance: BlockInstance, _ data: [String: Value],
    _ runtime: Runtime
  ) throws -> BlockLaw {
    let term = DensityTerm(
      family: "p", subjects: [.init(name: latent, value: nil)],
      givens: plan.observed.map { .init(name: $0, value: nil) })
    return try BoundDensity(term, instance).law(data, runtime)
  }

  /// The one latent of the model.
  private func onlyLatent(_ plan: BlockPlan, _ verb: String) throws -> String {
    guard let name = plan.latents.first?.name, plan.latents.count == 1 else {
      throw Failure(
        "L516", "`\(verb)` needs one latent, and `\(name)` has \(plan.latents.count)",
        argument: "model", help: "`posterior(m, x)` tells what is known about each")
    }
    return name
  }

  func posterior(_ x: Tensor) throws -> [(name: String, value: Fact)] {
    let plan = try BlockPlan(self, bound: observed.map(\.name))
    let parts = try plan.latents.map { ($0.name, try posterior(of: $0.name, plan, x)) }
    if parts.count == 1, let only = parts.first { return only.1 }
    return parts.map { ($0.0, .record($0.1)) }
  }

  /// The parameters of the distribution of one latent, a row per datum.
  private func posterior(
    of latent: String, _ plan: BlockPlan, _ x: Tensor
  ) throws -> [(name: String, value: Fact)] {
    var names: [String] = []
    func parameter(_ place: Int) throws -> Tensor {
      try each(x, seed: 0) { [self] plan, instance, data, runtime in
        let fields = try posteriorLaw(of: latent, plan, instance, data, runtime).fields()
        names = fields.map(\.name)
        guard fields.indices.contains(place) else { return 0 }
        return fields[place].value
      }
    }
    let first = try parameter(0)
    let rest = try names.indices.dropFirst().map(parameter)
    return zip(names, [first] + rest).map { ($0, .tensor($1)) }
  }

  /// The mean of p(z|x): rows × latent.
  func exactCode(_ x: Tensor, _ plan: BlockPlan) throws -> Tensor {
    let latent = try onlyLatent(plan, "encode")
    let codes = try each(x, seed: 0) { [self] plan, instance, data, runtime in
      let law = try exactPosterior(of: latent, plan, instance, data, runtime)
      guard try law.support() == nil else {
        throw Failure(
          "L516", "`\(latent)` is a class, which has no mean", argument: "model",
          help: "`responsibilities(m, x)` gives the probability of each class")
      }
      return try law.mean()
    }
    return codes.rank == 1 ? codes.reshaped([codes.count, 1]) : codes
  }

  func responsibilities(_ x: Tensor) throws -> Tensor {
    let plan = try BlockPlan(self, bound: observed.map(\.name))
    let latent = try onlyLatent(plan, "responsibilities")
    return try each(x, seed: 0) { [self] plan, instance, data, runtime in
      let law = try posteriorLaw(of: latent, plan, instance, data, runtime)
      guard let values = try law.support() else {
        throw Failure(
          "L516", "`\(latent)` has no classes", argument: "model",
          help: "`posterior(m, x)` tells what is known about it")
      }
      let logs = try values.map { try law.logProbability($0, runtime) }
      if logs.contains(where: \.isSymbolic), let trace = runtime.trace as? Trace {
        let parts = try logs.compactMap { try trace.symbol(of: $0)?.reshaped([1]) }
        guard let table = Symbol.concatenated(parts) else { return .nothing }
        return .object(TracedObject(table.exp(), in: trace))
      }
      return .vector(logs.map { exp($0.asNumber ?? .nan) })
    }
  }

  /// The mean of p(x|z) for each row of z.
  func decode(_ z: Tensor) throws -> Tensor {
    let plan = try BlockPlan(self, bound: observed.map(\.name))
    let latent = try onlyLatent(plan, "decode")
    guard let runtime, let shape = shape(of: latent), plan.observed.count == 1,
      let density = densities.first(where: {
        $0.family == "p" && $0.subjects == plan.observed
          && $0.givens.allSatisfy { name in name == latent || declared.contains { $0.name == name }
          }
      })
    else {
      throw Failure(
        "L516", "`\(name)` has no density of the data given `\(latent)` alone", argument: "model")
    }
    let rows = z.shape.first ?? 0
    guard z.count == rows * shape.reduce(1, *) else {
      throw Failure(
        "L512",
        "a row of `z` has the shape \(Shape.text(Array(z.shape.dropFirst()))), but "
          + "`\(latent)` has \(Shape.text(shape))", argument: "z",
        help: "give one row per datum, as `encode(m, x)` does")
    }
    let instance = try instance()
    let codes = Value.tensor(z.reshaped([rows] + shape))
    let means = try Rows(count: rows, runtime: runtime).map([codes]) { row in
      try instance.law(density, [latent: row.first ?? .nothing]).mean()
    }.asTensor
    guard let means else { return z }
    return means.rank == 1 ? means.reshaped([means.count, 1]) : means
  }

  /// The mean of what is missing given what was seen.
  func impute(_ x: Tensor) throws -> Tensor {
    let plan = try BlockPlan(self, bound: observed.map(\.name))
    guard plan.proposed.isEmpty, observed.count == 1, let variable = observed.first?.name else {
      throw Failure(
        "L516", "missing values of `\(name)` have no mean in closed form", argument: "model",
        help: "leave `q` out where the posterior is exact; one observed variable is filled")
    }
    guard x.values.contains(where: \.isNaN) else { return x }
    let term = evidenceTerm(plan)
    let filled = try each(x, seed: 0) { _, instance, data, runtime in
      let density = try BoundDensity(term, instance)
      let branches = try density.branches(
        data, Set(density.hidden), runtime, wanted: variable)
      let total = try LogSum.exponential(branches.map(\.log), runtime)
      guard let trace = runtime.trace as? Trace else {
        var sum: Tensor?
        for branch in branches {
          guard let part = branch.filled?.asTensor else { continue }
          let share = exp((branch.log.asNumber ?? .nan) - (total.asNumber ?? .nan))
          let values = part.values.enumerated().map { share * $1 + (sum?.values[$0] ?? 0) }
          sum = Tensor(shape: part.shape, values)
        }
        return sum.map(Value.tensor) ?? data[variable] ?? .nothing
      }
      var sum: Symbol?
      for branch in branches {
        guard let part = try branch.filled.flatMap(trace.symbol),
          let log = try trace.symbol(of: LogSum.difference(branch.log, total, runtime))
        else { continue }
        let share = part * log.exp()
        sum = sum.map { $0 + share } ?? share
      }
      guard let sum else {
        throw Failure(
          "L516", "missing values of `\(variable)` have no mean in closed form", argument: "model")
      }
      return .object(TracedObject(sum, in: trace))
    }
    // What was seen stays as it is, to the last bit.
    return Tensor(
      shape: x.shape, zip(x.values, filled.values).map { $0.isNaN ? $1 : $0 })
  }

  // MARK: The bound

  /// log p(x) = ELBO + KL(q ‖ p(z|x)) with the parts of the ELBO, where each has a closed form.
  func decomposition(_ x: Tensor) throws -> [(name: String, value: Fact)] {
    let plan = try BlockPlan(self, bound: observed.map(\.name))
    let latent = try onlyLatent(plan, "decompose")
    let evidence = try exactLogProbability(x)
    func divergence(
      _ other: (BlockInstance, [String: Value], Runtime) throws -> BlockLaw
    ) throws -> [Double] {
      try each(x, seed: 0) { [self] plan, instance, data, runtime in
        let q = try posteriorLaw(of: latent, plan, instance, data, runtime)
        let p = try other(instance, data, runtime)
        guard let value = try q.divergence(from: p) else {
          throw Failure(
            "L516", "KL of `\(q.name)` from `\(p.name)` has no closed form", argument: "model")
        }
        return value
      }.values
    }
    let toPosterior =
      plan.proposed.isEmpty
      ? evidence.map { _ in 0 }
      : try divergence { [self] in try exactPosterior(of: latent, plan, $0, $1, $2) }
    let toPrior = try divergence { instance, data, _ in
      guard
        let prior = instance.model.members(of: "p").first(where: { $0.subjects.contains(latent) })
      else { throw instance.noValue(latent) }
      return try instance.law(prior, data)
    }
    let bound = zip(evidence, toPosterior).map { $0 - $1 }
    return [
      ("log_evidence", .vector(evidence)), ("elbo", .vector(bound)),
      ("kl_posterior", .vector(toPosterior)),
      ("reconstruction", .vector(zip(bound, toPrior).map { $0 + $1 })),
      ("kl_prior", .vector(toPrior)),
    ]
  }
}

extension BlockLaw {
  /// What tells the distribution: its parameters; of classes their probabilities, of a mixture
  /// mean and variance.
  func fields() throws -> [(name: String, value: Value)] {
    switch self {
    case .plain(let distribution):
      guard let (family, parameters) = distribution.family else {
        return [
          ("mean", .tensor(try distribution.mean())),
          ("variance", .tensor(try distribution.variance())),
        ]
      }
      return zip(family.parameters, parameters).map { ($0.name, .tensor($1)) }
    case .symbolic(let distribution, let trace):
      func value(_ symbol: Symbol) -> Value { .object(TracedObject(symbol, in: trace)) }
      guard case .family(let family, let parameters) = distribution.law else {
        return [("mean", value(distribution.mean)), ("variance", value(distribution.variance))]
      }
      return zip(family.parameters, parameters).map {
        family.name == "categorical" && $0.name == "logits"
          ? ("probs", value($1.exp())) : ($0.name, value($1))
      }
    }
  }

  /// A normal of independent elements as one multivariate normal.
  func multivariate() throws -> BlockLaw {
    guard name == "normal", shape.count == 1, let size = shape.first else { return self }
    switch self {
    case .plain(let distribution):
      let deviations = try distribution.variance().values.map { $0.squareRoot() }
      var factor = Matrix(identity: size)
      for (place, deviation) in deviations.enumerated() { factor[place, place] = deviation }
      return .plain(
        try Distribution(.mvnormalByFactor, [try distribution.mean(), factor.tensor]))
    case .symbolic(let distribution, let trace):
      let factor =
        GaussianNoise.identity(size, trace.graph) * distribution.variance.squareRoot()
      return .symbolic(
        try SymbolicDistribution(.mvnormalByFactor, [distribution.mean, factor]), trace)
    }
  }
}
