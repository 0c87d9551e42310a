// Which latents of a block need a q that it does not have, and the making of one for each: what
// `fit` does before it plans.

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentModels
import LatentTensor

import struct LatentSyntax.Diagnostic

extension BlockModel {
  /// Gives every latent a q that has none and that is neither summed nor integrated out; with
  /// `method: "variational"` every latent. What an earlier fit to such data has learnt is kept.
  ///
  /// - Parameter data: rows × columns of all that is observed.
  func amortise(_ rows: MissingRows, _ data: Tensor, _ request: FitRequest) throws {
    let isForced = request.method == .variational
    let before = amortised.map(\.latent)
    var names: [String] = []
    // Those that are there already must not hide what is needed.
    let kept = copy()
    kept.missing = missing
    kept.dropAmortised()
    for pattern in rows.patterns {
      let plan = try kept.plan(of: pattern)
      for name in try isForced ? plan.latents.map(\.name) : kept.latentsInNeed(plan)
      where !plan.isProposed(name) && !names.contains(name) {
        names.append(name)
      }
    }
    let order = BlockInstance.ordered(written.filter { $0.family == "p" }).flatMap(\.subjects)
    names = order.filter(names.contains)
    let inputs = try amortisedInputs(rows, data)
    let posteriors = try kept.posteriors(of: names, inputs)
    if isForced,
      let name = names.first(where: { name in !posteriors.contains { $0.latent == name } })
    {
      throw Failure(
        "L517", "`\(name)` has no `q`, and the library makes none over the values it may have",
        argument: "method",
        help:
          "write one in the block, e.g. `q(\(name)|\(inputs.map(\.name).joined(separator: ", "))) "
          + "= …`")
    }
    let isSame =
      before == posteriors.map(\.latent)
      && zip(amortised, posteriors).allSatisfy { $0.suits($1) }
    if !isSame { try adopt(posteriors, seed: request.seed) }
  }

  // MARK: Who needs one

  /// The latents without q whose integral has no closed form, found by trying: each that is in the
  /// way is taken for known, until what remains can be done.
  private func latentsInNeed(_ plan: BlockPlan) throws -> [String] {
    let open = plan.latents.map(\.name).filter { !plan.isProposed($0) }
    guard let runtime, !open.isEmpty else { return [] }
    let random = runtime.random
    defer { runtime.random = random }
    let given = example.filter { plan.observed.contains($0.key) }
    let instance = try instance()
    instance.missing = missing
    // What is wrong with the densities themselves is told by the training, with its place.
    guard
      let draws = try? instance.ancestralDraw(key: RandomKey(seed: 1, stream: 0), known: given)
    else { return [] }
    func variable(_ name: String) -> DensityTerm.Variable {
      DensityTerm.Variable(name: name, value: draws[name])
    }
    let subjects = Set(written.filter { $0.family == "p" }.flatMap(\.subjects))
    var found: [String] = []
    while true {
      let known = plan.observed + plan.proposed + plan.shared.map(\.name) + found
      let term = DensityTerm(
        family: "p",
        subjects: known.filter { subjects.contains($0) && !plan.isShared($0) }.map(variable),
        givens: known.filter { !subjects.contains($0) || plan.isShared($0) }.map(variable))
      do {
        _ = try BoundDensity(term, instance, isForward: true)
          .logProbability(draws.filter { known.contains($0.key) }, runtime)
        return found
      } catch let failure as Failure where failure.code == "L561" {
        guard let name = failure.argument, open.contains(name), !found.contains(name) else {
          return found
        }
        found.append(name)
      } catch let failure as Failure where !failure.code.hasPrefix("L7") {
        return found
      } catch is Diagnostic {
        return found
      }
    }
  }

  // MARK: What it is made of

  /// The observed variables as a network sees them: standardised by all rows, nan left out.
  private func amortisedInputs(
    _ rows: MissingRows, _ data: Tensor
  ) throws -> [AmortisedPosterior.Input] {
    let width = rows.variables.reduce(0) { $0 + $1.columns }
    let values = data.values
    let count = width > 0 ? values.count / width : 0
    var start = 0
    return observed.map { variable in
      defer { start += variable.columns }
      var input = AmortisedPosterior.Input(
        name: variable.name, center: [], scale: [], hasMask: false)
      for column in start..<(start + variable.columns) {
        let own = (0..<count).map { values[$0 * width + column] }
        let seen = own.filter(\.isFinite)
        if own.contains(where: \.isNaN) { input.hasMask = true }
        let (center, scale) = Self.moments(seen)
        input.center.append(center)
        input.scale.append(scale)
      }
      return input
    }
  }

  /// Mean and standard deviation, the latter 1 where nothing varies.
  private static func moments(_ values: [Double]) -> (center: Double, scale: Double) {
    let n = Double(max(values.count, 1))
    let mean = values.reduce(0, +) / n
    let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n).squareRoot()
    guard mean.isFinite, deviation.isFinite else { return (0, 1) }
    return (mean, deviation > 1e-12 * Swift.max(abs(mean), 1) ? deviation : 1)
  }

  /// One q for each of the latents that one can be made for, each given the data and those before.
  private func posteriors(
    of names: [String], _ inputs: [AmortisedPosterior.Input]
  ) throws -> [AmortisedPosterior] {
    if names.isEmpty { return [] }
    let instance = try instance()
    let draws = (0..<101).compactMap { place in
      try? instance.ancestralDraw(key: RandomKey(seed: 7 &+ UInt64(place), stream: 3))
    }
    var result: [AmortisedPosterior] = []
    for name in names {
      guard let first = draws.first, let (law, kind) = prior(of: name, instance, first) else {
        continue
      }
      var shape = law.shape
      if kind == .categorical {
        guard let categories = law.categories else { continue }
        shape.append(categories)
      }
      let columns = Self.columns(draws.compactMap { $0[name]?.asTensor?.values })
      let starts = columns.map { kind.start($0) }
      var given = inputs.filter { $0.name != name }
      // What the latents before say of this one.
      for other in result where isTied(name, other.latent, inputs.map(\.name)) {
        let parts = Self.columns(draws.compactMap { $0[other.latent]?.asTensor?.values })
          .map(AmortisedPosterior.Kind.normal.start)
        given.append(
          .init(
            name: other.latent, center: parts.map(\.center), scale: parts.map(\.scale),
            hasMask: false))
      }
      guard let density = posteriorHead(of: name, given.map(\.name)) else { continue }
      result.append(
        AmortisedPosterior(
          latent: name, kind: kind, shape: shape, center: starts.map(\.center),
          scale: starts.map(\.scale), inputs: given, density: density))
    }
    return result
  }

  /// The prior of a latent at a draw of the others, and what q can be made over its support.
  private func prior(
    of name: String, _ instance: BlockInstance, _ draw: [String: Value]
  ) -> (law: Distribution, kind: AmortisedPosterior.Kind)? {
    guard let prior = written.first(where: { $0.family == "p" && $0.subjects == [name] }),
      case .plain(let law)? = try? instance.law(prior, draw),
      let kind = AmortisedPosterior.Kind(support: law.law)
    else { return nil }
    return (law, kind)
  }

  /// What q the library can make for a latent; nil for values it has none over.
  func amortisedKind(of name: String) -> AmortisedPosterior.Kind? {
    guard let instance = try? instance() else { return nil }
    return prior(of: name, instance, exampleValues())?.kind
  }

  /// The density that stands for a q of the library's own, in the place of the prior.
  func posteriorHead(of name: String, _ givens: [String]) -> BlockDensity? {
    guard var head = written.first(where: { $0.family == "p" && $0.subjects == [name] }) else {
      return nil
    }
    (head.family, head.givens, head.isShared) = ("q", givens, false)
    return head
  }

  /// Whether two latents may depend on each other once the data are known: there is a way between
  /// them over densities that holds no observed variable but as a common child.
  private func isTied(_ a: String, _ b: String, _ observed: [String]) -> Bool {
    let groups = written.filter { $0.family == "p" }.map {
      Set($0.subjects + $0.givens).subtracting(observed)
    }
    var (found, waiting) = (Set([a]), [a])
    while let name = waiting.popLast() {
      for group in groups where group.contains(name) {
        for next in group where found.insert(next).inserted { waiting.append(next) }
      }
    }
    return found.contains(b)
  }

  /// Rows as columns.
  private static func columns(_ rows: [[Double]]) -> [[Double]] {
    guard let width = rows.first?.count else { return [] }
    let whole = rows.filter { $0.count == width }
    return (0..<width).map { column in whole.map { $0[column] } }
  }
}

extension BlockPlan {
  fileprivate func isShared(_ name: String) -> Bool { shared.contains { $0.name == name } }
}

extension AmortisedPosterior {
  /// Whether what was learnt serves where another one would be made now.
  fileprivate func suits(_ other: AmortisedPosterior) -> Bool {
    kind == other.kind && shape == other.shape && inputs.map(\.name) == other.inputs.map(\.name)
      && inputs.map(\.center.count) == other.inputs.map(\.center.count)
      && (zip(inputs, other.inputs).allSatisfy { $0.hasMask || !$1.hasMask })
  }
}

extension AmortisedPosterior.Kind {
  /// Location and scale of draws of the prior, which may have no moments: median and half of the
  /// span of the middle 68 %.
  fileprivate func start(_ draws: [Double]) -> (center: Double, scale: Double) {
    if self == .bernoulli {
      let share = (draws.reduce(0, +) + 0.5) / (Double(draws.count) + 1)
      return (log(share / (1 - share)), 1)
    }
    let values = (self == .lognormal ? draws.map { log($0) } : draws).filter(\.isFinite).sorted()
    guard !values.isEmpty else { return (0, 1) }
    func quantile(_ p: Double) -> Double { values[Int(p * Double(values.count - 1))] }
    let scale = (quantile(0.84) - quantile(0.16)) / 2
    return (quantile(0.5), scale > 0 && scale.isFinite ? scale : 1)
  }
}

extension Distribution {
  /// How many values a `categorical` has.
  fileprivate var categories: Int? {
    var law = law
    while case .independent(let inner, _) = law { law = inner }
    guard case .family(_, let parameters) = law else { return nil }
    return parameters.first?.shape.last
  }
}
