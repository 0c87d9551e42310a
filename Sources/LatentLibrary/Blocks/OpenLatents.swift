// Latents that are integrated out exactly: their values stay open while the densities of a model
// are gone through, and at the end the integral over them is worked out, by the algebra of normal
// densities or by conjugacy. Which of the two, if any, is read off the recorded graph.

import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentTensor

struct OpenLatents {
  struct Latent {
    let name: String
    /// What stands for its value.
    let leaf: Symbol
    let law: SymbolicDistribution
  }

  /// A density that open latents take part in: as what it is of, or as what it depends on.
  struct Factor {
    let density: BlockDensity
    let law: SymbolicDistribution
    let subject: String
    let point: SeenPoint
  }

  private(set) var latents: [Latent] = []
  private(set) var factors: [Factor] = []

  var isEmpty: Bool { latents.isEmpty }
  var leaves: [Symbol] { latents.map(\.leaf) }

  func depends(_ law: BlockLaw) -> Bool {
    guard case .symbolic(let law, _) = law, !isEmpty else { return false }
    return law.parameters.contains { $0.dependence(on: leaves) != .none }
  }

  /// With one latent more.
  func opening(
    _ name: String, _ density: BlockDensity, _ law: SymbolicDistribution, at leaf: Symbol
  )
    -> OpenLatents
  {
    var result = self
    result.latents.append(Latent(name: name, leaf: leaf, law: law))
    result.factors.append(
      Factor(
        density: density, law: law, subject: name, point: SeenPoint(leaf, mayMiss: false)))
    return result
  }

  /// With a density of something known.
  func observing(_ density: BlockDensity, _ law: SymbolicDistribution, _ point: SeenPoint)
    -> OpenLatents
  {
    var result = self
    result.factors.append(
      Factor(
        density: density, law: law, subject: density.subjects.first ?? "", point: point))
    return result
  }

  /// Why something is not integrated out; the caller says of what.
  static func refusal(_ reason: String) -> Failure { Failure("L561", reason) }
}

/// The integral over open latents.
struct ExactIntegral {
  /// How a latent was dealt with, for `explain`.
  enum Form: Equatable {
    case linearGaussian
    case conjugate(prior: String, likelihoods: [String])
  }

  private(set) var forms: [(name: String, form: Form)] = []
  private var gaussian: LinearGaussianPosterior?
  private var gaussianFactors: [OpenLatents.Factor] = []
  private var conjugate: [(name: String, posterior: ConjugatePosterior)] = []

  /// - Parameter zeros: gives the distribution of a density where the latents named are 0.
  /// - Throws: a failure L561 that names the latent and says why its integral has no closed form.
  init(
    _ open: OpenLatents, in graph: Graph,
    atZero zeros: (BlockDensity, Set<String>) throws -> SymbolicDistribution
  ) throws {
    let isNormal = { (latent: OpenLatents.Latent) in
      ["normal", "mvnormal"].contains(latent.law.innermostName)
    }
    let normal = open.latents.filter(isNormal)
    var rest = open.factors
    for latent in open.latents where !isNormal(latent) {
      let touching = rest.filter { factor in
        factor.subject == latent.name || factor.law.depends(on: [latent.leaf])
      }
      rest.removeAll { factor in touching.contains { $0.density.title == factor.density.title } }
      let others = open.leaves.filter { $0.id != latent.leaf.id }
      if let mixed = touching.first(where: { $0.law.depends(on: others) }) {
        throw ExactIntegral.refusal(
          latent.name, "`\(mixed.density.title)` depends on another latent, too")
      }
      let unknown = Set(open.latents.map(\.name)).subtracting([latent.name])
      if let mixed = touching.first(where: { unknown.contains($0.subject) }) {
        throw ExactIntegral.refusal(
          latent.name, "`\(mixed.subject)` of `\(mixed.density.title)` is not known, either")
      }
      let posterior: ConjugatePosterior
      do {
        posterior = try ConjugatePosterior(
          latent.leaf, prior: latent.law,
          touching.filter { $0.subject != latent.name }.map {
            ConjugatePosterior.Term(law: $0.law, point: $0.point, title: $0.density.title)
          })
      } catch let failure as Failure where failure.code == "L561" {
        throw ExactIntegral.refusal(latent.name, failure.message)
      }
      conjugate.append((latent.name, posterior))
      forms.append(
        (
          latent.name,
          .conjugate(
            prior: latent.law.law.name,
            likelihoods: touching.filter { $0.subject != latent.name }.map(\.law.innermostName))
        ))
    }
    guard let first = normal.first else { return }
    let names = Set(normal.map(\.name))
    let leaves = normal.map(\.leaf)
    gaussianFactors = rest
    let terms = try rest.map { factor -> LinearGaussianPosterior.Term in
      let title = factor.density.title
      guard let noise = GaussianNoise(factor.law) else {
        throw ExactIntegral.refusal(
          first.name, "`\(title)` is a `\(factor.law.innermostName)`, not normal")
      }
      let residual = factor.point.flat - noise.mean
      guard noise.mean.dependence(on: leaves) != .other else {
        throw ExactIntegral.refusal(
          first.name, "the mean of `\(title)` is not affine in it")
      }
      guard noise.scaleParameters.allSatisfy({ $0.dependence(on: leaves) == .none }) else {
        throw ExactIntegral.refusal(first.name, "the noise of `\(title)` depends on it")
      }
      guard let zero = GaussianNoise(try zeros(factor.density, names)) else {
        throw ExactIntegral.refusal(first.name, "`\(title)` is not normal everywhere")
      }
      let origin =
        names.contains(factor.subject) ? -zero.mean : factor.point.flat - zero.mean
      return LinearGaussianPosterior.Term(
        residual: residual, origin: origin, noise: noise, seen: factor.point.flatSeen)
    }
    gaussian = LinearGaussianPosterior(normal.map { ($0.name, $0.leaf) }, terms, in: graph)
    forms += normal.map { ($0.name, .linearGaussian) }
  }

  private static func refusal(_ name: String, _ reason: String) -> Failure {
    Failure("L561", reason, argument: name)
  }

  /// log ∫ of all that is known over all that is open, in nats.
  func logarithm() throws -> Symbol? {
    var sum = gaussian?.logIntegral
    for (_, posterior) in conjugate {
      let term = try posterior.logIntegral()
      sum = sum.map { $0 + term } ?? term
    }
    return sum
  }

  /// The posterior of a latent given all that is known.
  func posterior(of name: String) throws -> SymbolicDistribution? {
    if let own = conjugate.first(where: { $0.name == name }) { return own.posterior.posterior }
    return try gaussian?.marginal(of: name)
  }

  /// A known variable with what is missing of it replaced by its mean given all that was seen.
  func filled(_ name: String) -> Symbol? {
    guard let place = gaussianFactors.firstIndex(where: { $0.subject == name }) else { return nil }
    return gaussian?.filled(gaussianFactors[place].point, term: place)
  }
}

extension SymbolicDistribution {
  /// The parameters of all its parts.
  var parameters: [Symbol] {
    var all: [Symbol] = []
    _ = law.map { (symbol: Symbol) -> Symbol in
      all.append(symbol)
      return symbol
    }
    return all
  }

  func depends(on leaves: [Symbol]) -> Bool {
    !leaves.isEmpty && parameters.contains { $0.dependence(on: leaves) != .none }
  }

  /// The name of the family whose copies it may be.
  var innermostName: String {
    var law = law
    while case .independent(let inner, _) = law { law = inner }
    return law.name
  }
}

extension Trace {
  /// Runs `body` in the trace that is being recorded, or in one of its own, whose results become
  /// numbers.
  static func local<Result>(
    _ runtime: Runtime, _ body: (Trace) throws -> Result,
    numbers: (Result, Trace) throws -> Result
  ) throws -> Result {
    if let trace = runtime.trace as? Trace { return try body(trace) }
    let trace = Trace()
    runtime.trace = trace
    defer { runtime.trace = nil }
    return try numbers(try body(trace), trace)
  }
}
