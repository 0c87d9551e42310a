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

  /// log of the density at values of the subjects and givens, a number or a traced one.
  func logProbability(_ known: [String: Value], _ runtime: Runtime) throws -> Value {
    let free = Set(hidden)
    let joint = try total(factors[...], known, free, runtime)
    guard isPosterior else { return try LogSum.exponential(joint, runtime) }
    let subjects = Set(term.subjects.map(\.name))
    var given = known
    for subject in subjects { given[subject] = nil }
    let all = try total(factors[...], given, free.union(subjects), runtime)
    return try LogSum.difference(
      LogSum.exponential(joint, runtime), LogSum.exponential(all, runtime), runtime)
  }

  /// The logarithms of all terms of the sum over what is free.
  private func total(
    _ rest: ArraySlice<BlockDensity>, _ known: [String: Value], _ free: Set<String>,
    _ runtime: Runtime, _ sum: Value = 0
  ) throws -> [Value] {
    guard let factor = rest.first, let subject = factor.subjects.first else { return [sum] }
    let law = try instance.law(factor, known)
    if let point = known[subject] {
      let next = try LogSum.sum(sum, law.logProbability(point, runtime), runtime)
      return try total(rest.dropFirst(), known, free, runtime, next)
    }
    guard free.contains(subject) else { throw instance.noValue(subject) }
    guard let values = try law.support() else { throw notExact(subject) }
    var terms: [Value] = []
    for value in values {
      try runtime.checkInterrupt()
      var next = known
      next[subject] = value
      let weight = try LogSum.sum(sum, law.logProbability(value, runtime), runtime)
      terms += try total(rest.dropFirst(), next, free, runtime, weight)
      if terms.count > BlockLaw.mostValues { throw notExact(subject) }
    }
    return terms
  }

  private func notExact(_ name: String) -> Failure {
    Failure(
      "L561",
      "`\(term.title)` is not known exactly: `\(name)` has no small finite number of values",
      argument: name,
      help: model.densities.contains { $0.family == "q" }
        ? "`log_likelihood(m, x)` estimates log p(x) of data by draws from `q`"
        : "write a `q` in the block: `log_likelihood(m, x)` then estimates log p(x) by draws from it"
    )
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
    guard let factor = factors.first(where: { $0.subjects.contains(subject) }),
      let prior = try? instance.law(factor, given), let values = try prior.support()
    else { throw notExact(subject) }
    let logs = try values.map { value in
      var all = given
      all[subject] = value
      return try LogSum.exponential(
        total(factors[...], all, Set(hidden), runtime), runtime)
    }
    return try prior.reweighted(logs, runtime)
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
