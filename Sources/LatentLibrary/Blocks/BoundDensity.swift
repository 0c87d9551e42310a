// A member of a family: defined, a product of defined ones, or derived from them by summing over
// what is finite.

import LatentDistributions
import LatentLanguage
import LatentSyntax
import LatentTensor

/// A term with the densities that it is made of.
struct BoundDensity {
  let term: DensityTerm
  let instance: BlockInstance
  /// Keeps the model of the instance alive.
  let model: BlockModel
  /// In an order in which each can be drawn.
  let factors: [BlockDensity]
  /// Variables of the factors that the term does not name: they are summed out.
  let hidden: [String]
  /// Whether what is given depends on what is asked for, so that the sum over both is divided by.
  let isPosterior: Bool

  /// - Parameter isForward: takes what is given as it is, though it may depend on what is asked for:
  ///   the product of the densities of the subjects, what is hidden summed out.
  /// - Throws: a failure when a variable has no density to go by.
  init(_ term: DensityTerm, _ instance: BlockInstance, isForward: Bool = false) throws {
    self.term = term
    self.instance = instance
    model = instance.model
    var definitions: [String: BlockDensity] = [:]
    for density in model.members(of: term.family) {
      for subject in density.subjects { definitions[subject] = density }
    }
    let subjects = Set(term.subjects.map(\.name))
    let givens = Set(term.givens.map(\.name))
    for subject in term.subjects where definitions[subject.name] == nil {
      throw BoundDensity.undefined(subject.name, term, model)
    }
    /// The variables whose densities lead to some, not going beyond what is given.
    func ancestry(_ names: Set<String>) -> Set<String> {
      var (found, waiting) = (names, Array(names))
      while let name = waiting.popLast() {
        for given in definitions[name]?.givens ?? []
        where definitions[given] != nil && !givens.contains(given) && found.insert(given).inserted {
          waiting.append(given)
        }
      }
      return found
    }
    func depends(_ name: String, on others: Set<String>) -> Bool {
      var (seen, waiting) = (Set<String>(), [name])
      while let next = waiting.popLast() {
        for given in definitions[next]?.givens ?? [] where seen.insert(given).inserted {
          if others.contains(given) { return true }
          waiting.append(given)
        }
      }
      return false
    }
    var wanted = ancestry(subjects)
    // What is given counts as evidence where it depends on something that is not.
    var evidence: Set<String> = []
    while !isForward,
      let next = givens.subtracting(evidence).first(where: { depends($0, on: wanted) })
    {
      evidence.insert(next)
      wanted.formUnion(ancestry([next]))
    }
    isPosterior = !evidence.isEmpty
    hidden = wanted.subtracting(subjects).subtracting(givens).sorted()
    factors = BlockInstance.ordered(
      model.members(of: term.family).filter { !wanted.isDisjoint(with: $0.subjects) })
    for factor in factors {
      for given in factor.givens
      where !wanted.contains(given) && !givens.contains(given) && instance.values[given] == nil {
        throw Failure(
          "L557", "`\(factor.title)` needs `\(given)`, which `\(term.title)` does not give",
          help: "write `\(term.family)(\(term.subjects.map(\.name).joined(separator: ", "))|"
            + "\((term.givens.map(\.name) + [given]).joined(separator: ", ")))`")
      }
    }
  }

  private static func undefined(
    _ name: String, _ term: DensityTerm, _ model: BlockModel
  ) -> Failure {
    let members = model.members(of: term.family).map { "`\($0.title)`" }
    return Failure(
      "L557", "the model says nothing about `\(name)` in `\(term.family)`", argument: name,
      help: members.isEmpty
        ? "define it in the block" : "its members are " + members.joined(separator: ", "))
  }

  /// Whether it is a defined density as it stands.
  var defined: BlockDensity? {
    hidden.isEmpty && !isPosterior && factors.count == 1 ? factors[0] : nil
  }

  // MARK: Per datum

  /// One term of a sum over finite variables, the others integrated out.
  struct Branch {
    /// log of its share.
    var log: Value
    /// The distribution of the variable that was asked for, given all that is known.
    var posterior: BlockLaw?
    /// The variable that was asked for, where it is known but for what is missing.
    var filled: Value?
    /// How what is open was integrated out.
    var forms: [(name: String, form: ExactIntegral.Form)] = []
  }

  /// log of the density at values of the subjects and givens, a number or a traced one.
  func logProbability(_ known: [String: Value], _ runtime: Runtime) throws -> Value {
    let free = Set(hidden)
    let joint = try logTotal(known, free, runtime)
    guard isPosterior else { return joint }
    let subjects = Set(term.subjects.map(\.name))
    var given = known
    for subject in subjects { given[subject] = nil }
    return try LogSum.difference(
      joint, logTotal(given, free.union(subjects), runtime), runtime)
  }

  private func logTotal(
    _ known: [String: Value], _ free: Set<String>, _ runtime: Runtime
  ) throws -> Value {
    try LogSum.exponential(branches(known, free, runtime).map(\.log), runtime)
  }

  /// The terms of the sum over what is free.
  ///
  /// - Parameter wanted: the variable whose distribution or missing values are asked for.
  func branches(
    _ known: [String: Value], _ free: Set<String>, _ runtime: Runtime, wanted: String? = nil
  ) throws -> [Branch] {
    var walk = Walk(density: self, runtime: runtime, free: free, wanted: wanted)
    return try walk.branches(factors[...], known, 0, OpenLatents())
  }

  /// Going through the densities, one after the other.
  private struct Walk {
    let density: BoundDensity
    let runtime: Runtime
    let free: Set<String>
    let wanted: String?
    var count = 0
    private var instance: BlockInstance { density.instance }

    init(density: BoundDensity, runtime: Runtime, free: Set<String>, wanted: String?) {
      (self.density, self.runtime, self.free, self.wanted) = (density, runtime, free, wanted)
    }

    mutating func branches(
      _ rest: ArraySlice<BlockDensity>, _ known: [String: Value], _ sum: Value,
      _ open: OpenLatents, _ filled: Value? = nil
    ) throws -> [Branch] {
      guard let factor = rest.first, let subject = factor.subjects.first else {
        count += 1
        return [try closed(known, sum, open, filled)]
      }
      let law = try instance.law(factor, known)
      let dependsOnOpen = open.depends(law)
      if !free.contains(subject), let point = known[subject] {
        let mayMiss = instance.mayMiss(subject, point)
        if dependsOnOpen, let trace = runtime.trace as? Trace,
          let symbol = try trace.symbol(of: point)
        {
          try law.check(point)
          return try branches(
            rest.dropFirst(), known, sum,
            open.observing(
              factor, law.symbolic(in: trace), SeenPoint(symbol, mayMiss: mayMiss)), filled)
        }
        let log =
          mayMiss
          ? try law.logProbabilityOfSeen(point, runtime) : try law.logProbability(point, runtime)
        let own = wanted == subject && mayMiss ? try law.filled(point, runtime) : filled
        return try branches(
          rest.dropFirst(), known, LogSum.sum(sum, log, runtime), open, own)
      }
      guard free.contains(subject) else { throw instance.noValue(subject) }
      guard let values = try law.support() else {
        return try opened(rest, factor, subject, known, sum, open, filled)
      }
      if dependsOnOpen, let latent = open.latents.first {
        throw density.notExact(
          latent.name, "`\(factor.title)` is a `\(law.name)`, and depends on it")
      }
      var terms: [Branch] = []
      for value in values {
        try runtime.checkInterrupt()
        var next = known
        next[subject] = value
        let weight = try LogSum.sum(sum, law.logProbability(value, runtime), runtime)
        var inner = Walk(
          density: density, runtime: runtime, free: free.subtracting([subject]), wanted: wanted)
        inner.count = count
        terms += try inner.branches(rest, next, weight, open, filled, skipping: true)
        count = inner.count
        if count > BlockLaw.mostValues { throw density.notExact(subject) }
      }
      return terms
    }

    /// The same, the first density being dealt with.
    private mutating func branches(
      _ rest: ArraySlice<BlockDensity>, _ known: [String: Value], _ sum: Value,
      _ open: OpenLatents, _ filled: Value?, skipping: Bool
    ) throws -> [Branch] {
      try branches(skipping ? rest.dropFirst() : rest, known, sum, open, filled)
    }

    /// Leaves a continuous variable open and goes on.
    private func opened(
      _ rest: ArraySlice<BlockDensity>, _ factor: BlockDensity, _ subject: String,
      _ known: [String: Value], _ sum: Value, _ open: OpenLatents, _ filled: Value?
    ) throws -> [Branch] {
      if factor.subjects.count > 1 { throw density.notExact(subject) }
      return try Trace.local(runtime) { trace in
        let law = try instance.law(factor, known)
        let leaf = trace.graph.input(subject, shape: law.shape)
        var next = known
        next[subject] = .object(TracedObject(leaf, in: trace))
        let wider = open.opening(subject, factor, try law.symbolic(in: trace), at: leaf)
        return try trace.opening([leaf]) {
          var walk = Walk(
            density: density, runtime: runtime, free: free.subtracting([subject]), wanted: wanted)
          return try walk.branches(rest.dropFirst(), next, sum, wider, filled)
        }
      } numbers: { branches, trace in
        try branches.map { try $0.numbers(in: trace) }
      }
    }

    /// The end of one way through the densities.
    private func closed(
      _ known: [String: Value], _ sum: Value, _ open: OpenLatents, _ filled: Value?
    ) throws -> Branch {
      guard !open.isEmpty, let trace = runtime.trace as? Trace else {
        return Branch(log: sum, filled: filled)
      }
      do {
        let integral = try ExactIntegral(open, in: trace.graph) { factor, latents in
          var zeros = known
          for latent in open.latents where latents.contains(latent.name) {
            zeros[latent.name] = .tensor(Tensor(repeating: 0, shape: latent.leaf.shape))
          }
          return try instance.law(factor, zeros).symbolic(in: trace)
        }
        var branch = Branch(log: sum, filled: filled, forms: integral.forms)
        if let log = try integral.logarithm() {
          branch.log = try LogSum.sum(sum, .object(TracedObject(log, in: trace)), runtime)
        }
        if let wanted {
          branch.posterior = try integral.posterior(of: wanted).map { .symbolic($0, trace) }
          if let filled = integral.filled(wanted) {
            branch.filled = .object(TracedObject(filled, in: trace))
          }
        }
        return branch
      } catch let failure as Failure where failure.code == "L561" && failure.helps.isEmpty {
        throw density.notExact(failure.argument ?? "z", failure.message)
      }
    }
  }

  private func notExact(_ name: String, _ reason: String? = nil) -> Failure {
    Failure(
      "L561",
      "`\(term.title)` is not known exactly: `\(name)` has no small finite number of values, and is "
        + "neither conjugate nor linear Gaussian",
      argument: name, notes: reason.map { [$0] } ?? [],
      helps: [
        model.densities.contains { $0.family == "q" }
          ? "`log_likelihood(m, x)` estimates log p(x) of data by draws from `q`"
          : "write a `q` in the block: `log_likelihood(m, x)` then estimates log p(x) by draws from it"
      ])
  }

  /// The distribution, its givens known.
  func law(_ known: [String: Value], _ runtime: Runtime) throws -> BlockLaw {
    if let defined { return try instance.law(defined, known) }
    guard term.subjects.count == 1, let subject = term.subjects.first?.name else {
      throw Failure(
        "L561", "`\(term.title)` is of several variables, which have no one distribution",
        help: "`log \(term.title)` and `sample(\(term.title))` are there")
    }
    var given = known
    given[subject] = nil
    guard let factor = factors.first(where: { $0.subjects.contains(subject) }) else {
      throw notExact(subject)
    }
    if let prior = try? instance.law(factor, given), let values = try prior.support() {
      let logs = try values.map { value in
        var all = given
        all[subject] = value
        return try logTotal(all, Set(hidden), runtime)
      }
      return try prior.reweighted(logs, runtime)
    }
    let parts = try branches(given, Set(hidden).union([subject]), runtime, wanted: subject)
    let laws = parts.compactMap(\.posterior)
    guard laws.count == parts.count, let first = laws.first else { throw notExact(subject) }
    return laws.count == 1 ? first : try .mixture(laws, logs: parts.map(\.log), runtime)
  }

  /// One draw of each subject.
  func draw(_ known: [String: Value], _ key: RandomKey, _ runtime: Runtime) throws -> [Value] {
    if isPosterior { return [try law(known, runtime).draw(nil, key)] }
    var values = known
    for subject in term.subjects { values[subject.name] = nil }
    for (place, factor) in factors.enumerated() {
      let own = RandomKey(seed: key.seed, stream: key.stream &+ UInt32(truncatingIfNeeded: place))
      guard let subject = factor.subjects.first, values[subject] == nil else { continue }
      values[subject] = try instance.law(factor, values).draw(nil, own)
    }
    return try term.subjects.map { subject in
      guard let value = values[subject.name] else { throw instance.noValue(subject.name) }
      return value
    }
  }
}
