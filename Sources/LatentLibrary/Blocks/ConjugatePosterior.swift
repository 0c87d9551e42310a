// The exact posterior of a latent whose density is conjugate to those it is a parameter of: what
// data add to the parameters of the prior, one line per pair.
//
// The evidence needs no predictive distribution: log p(x) = log p(x, θ) − log p(θ|x) at any θ; the
// posterior mean is taken (Chib 1995 calls this the basic marginal likelihood identity).

import LatentAutodiff
import LatentDistributions
import LatentTensor

struct ConjugatePosterior {
  /// One density that the latent is a parameter of.
  struct Term {
    var law: SymbolicDistribution
    var point: SeenPoint
    var title: String
  }

  let prior: SymbolicDistribution
  let posterior: SymbolicDistribution
  private let leaf: Symbol
  private let terms: [Term]

  /// What a density adds to the parameters of the prior, element by element.
  ///
  /// - Parameters: the parameters of the density in their order, that which is the latent itself
  ///   replaced by the factor before it (1 as a rule), and the point.
  private typealias Update = @Sendable (_ parameters: [Symbol], _ x: Symbol) -> [Symbol]

  private struct Pair: Sendable {
    var prior: String
    var likelihood: String
    /// The name of the parameter that the latent is.
    var parameter: String
    /// Whether the parameter may be a multiple of the latent.
    var takesFactor = false
    var update: Update
  }

  private static let pairs: [Pair] = [
    Pair(prior: "beta", likelihood: "bernoulli", parameter: "probs") { _, x in [x, 1 - x] },
    Pair(prior: "beta", likelihood: "binomial", parameter: "probs") { [$1, $0[0] - $1] },
    Pair(prior: "gamma", likelihood: "poisson", parameter: "rate", takesFactor: true) {
      [$1, $0[0]]
    },
    Pair(prior: "gamma", likelihood: "exponential", parameter: "rate", takesFactor: true) {
      [0 * $1 + 1, $0[0] * $1]
    },
    // The shape is known.
    Pair(prior: "gamma", likelihood: "gamma", parameter: "rate", takesFactor: true) {
      [$0[0] + 0 * $1, $0[1] * $1]
    },
    // The mean is known: σ² itself has the prior.
    Pair(prior: "inverse_gamma", likelihood: "normal", parameter: "sd") {
      [0 * $1 + 0.5, 0.5 * ($1 - $0[0]).square()]
    },
    Pair(prior: "dirichlet", likelihood: "categorical", parameter: "probs") { parameters, x in
      let size = parameters[0].shape.last ?? 1
      let values = (0..<size).map { x.graph.constant(Double($0)).broadcast(to: [1]) }
      return [x.applying(.equal, Symbol.concatenated(values) ?? x)]
    },
    Pair(prior: "dirichlet", likelihood: "multinomial", parameter: "probs") { _, x in [x] },
  ]

  /// The likelihoods that a prior is conjugate to.
  static func partners(of prior: String) -> [String] {
    pairs.filter { $0.prior == prior }.map(\.likelihood)
  }

  /// - Throws: a failure without place whose message says which density is in the way.
  init(_ leaf: Symbol, prior: SymbolicDistribution, _ terms: [Term]) throws {
    guard case .family(let family, var parameters) = prior.law else {
      throw OpenLatents.refusal("its density is no single family")
    }
    for term in terms {
      guard let added = ConjugatePosterior.contribution(of: term, to: family, leaf) else {
        let list = ConjugatePosterior.partners(of: family.name).map { "`\($0)`" }
        throw OpenLatents.refusal(
          "`\(term.title)` is not conjugate to a `\(family.name)`"
            + (list.isEmpty
              ? "" : ", which goes with \(list.joined(separator: ", ")) of it as a parameter"))
      }
      parameters = zip(parameters, added).map { $0 + $1 }
    }
    self.leaf = leaf
    self.prior = prior
    self.terms = terms
    posterior = try SymbolicDistribution(family, parameters)
  }

  private static func contribution(
    of term: Term, to prior: Family, _ leaf: Symbol
  ) -> [Symbol]? {
    var law = term.law.law
    while case .independent(let inner, _) = law { law = inner }
    guard case .family(let family, var parameters) = law,
      let pair = pairs.first(where: { $0.prior == prior.name && $0.likelihood == family.name }),
      let place = family.parameters.firstIndex(where: { $0.name == pair.parameter })
    else { return nil }
    for (other, parameter) in parameters.enumerated() where other != place {
      guard parameter.dependence(on: [leaf]) == .none else { return nil }
    }
    guard
      let multiple = multiple(
        of: leaf, in: pair.parameter == "sd" ? parameters[place].underRoot : parameters[place]),
      pair.takesFactor || multiple.isOne
    else { return nil }
    // A vector of probabilities keeps its length; elsewhere the factor stands for the latent.
    parameters[place] =
      prior.eventRank == 0 ? multiple.factor : multiple.factor.broadcast(to: leaf.shape)
    var added = pair.update(parameters, term.point.values)
    if let seen = term.point.seen {
      added = added.map { seen.select($0, seen.graph.constant(0)) }
    }
    // Where one latent stands behind many elements, each adds its part.
    return added.reduce(into: [Symbol]?([])) { result, part in
      let whole = part.broadcast(to: prior.eventRank == 0 ? term.point.values.shape : part.shape)
      if whole.shape == leaf.shape {
        result?.append(whole)
      } else if leaf.shape.isEmpty {
        result?.append(whole.sum())
      } else if prior.eventRank == 1, whole.shape.count == 2, whole.shape[1] == leaf.shape.last {
        result?.append(whole.sum(axis: 0))
      } else {
        result = nil
      }
    }
  }

  /// c where a value is c·θ.
  private static func multiple(
    of leaf: Symbol, in value: Symbol
  ) -> (factor: Symbol, isOne: Bool)? {
    if value.isCopy(of: leaf) { return (value.graph.constant(1), true) }
    let node = value.graph.nodes[value.id]
    guard case .elementwise(let operation) = node.operation else { return nil }
    let inputs = node.inputs.map { Symbol(of: value.graph, at: $0) }
    switch operation {
    case .multiply:
      guard let place = inputs.firstIndex(where: { $0.isCopy(of: leaf) }),
        inputs[1 - place].dependence(on: [leaf]) == .none
      else { return nil }
      return (inputs[1 - place], false)
    case .divide:
      guard inputs[0].isCopy(of: leaf), inputs[1].dependence(on: [leaf]) == .none else {
        return nil
      }
      return (1 / inputs[1], false)
    default: return nil
    }
  }

  /// log ∫ p(all that is known, θ) dθ.
  func logIntegral() throws -> Symbol {
    let center = posterior.mean
    var sum = prior.logProbabilityOfDraws(center) - posterior.logProbabilityOfDraws(center)
    for term in terms {
      let law = term.law.law.map { parameter -> Symbol in
        parameter.dependence(on: [leaf]) == .none
          ? parameter : parameter.replacing(leaf, by: center)
      }
      sum = sum + (try SymbolicDistribution(law).logProbability(ofSeen: term.point))
    }
    return sum
  }
}

extension Symbol {
  fileprivate init(of graph: Graph, at place: Int) { self = graph.symbol(at: place) }

  /// What is under the root that this value is; itself where it is none.
  fileprivate var underRoot: Symbol {
    let node = graph.nodes[id]
    if case .elementwise(.squareRoot) = node.operation { return graph.symbol(at: node.inputs[0]) }
    return self
  }

  /// This value, a latent or a simple function of it, at another value of the latent.
  fileprivate func replacing(_ leaf: Symbol, by value: Symbol) -> Symbol {
    if id == leaf.id { return value }
    let node = graph.nodes[id]
    let inputs = node.inputs.map { place -> Symbol in
      let input = graph.symbol(at: place)
      return input.dependence(on: [leaf]) == .none ? input : input.replacing(leaf, by: value)
    }
    switch node.operation {
    case .reshape: return inputs[0].reshaped(shape)
    case .broadcast: return inputs[0].broadcast(to: shape)
    case .elementwise(let operation) where operation.arity == 1:
      return inputs[0].applying(operation)
    case .elementwise(let operation) where operation.arity == 2:
      return inputs[0].applying(operation, inputs[1])
    default: return inputs.first ?? self
    }
  }
}
