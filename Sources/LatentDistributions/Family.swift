// One declaration per family of distributions: its density, moments and draws, written once on
// symbols, so that the same lines serve a traced model, its gradient, and the numbers at the prompt.

import Foundation
import LatentAutodiff
import LatentTensor

/// A parametric family whose densities act element by element; a draw's log-probability is the
/// sum over its elements. Log-densities are in nats.
public struct Family: Sendable {
  public struct Parameter: Sendable {
    public var name: String
    /// What values are allowed, and how an error says it.
    public var isAllowed: @Sendable (Double) -> Bool
    public var constraint: String
  }

  public var name: String
  public var parameters: [Parameter]
  /// Whether draws are integers 0, 1, …: then gradients do not pass through them.
  public var isDiscrete: Bool
  /// log p(x) of each element, from the parameters and x.
  public var logProbability: @Sendable (_ parameters: [Symbol], _ x: Symbol) -> Symbol
  public var mean: @Sendable ([Symbol]) -> Symbol
  public var variance: @Sendable ([Symbol]) -> Symbol
  public var entropy: @Sendable ([Symbol]) -> Symbol
  /// A draw as a function of the parameters and uniform or normal noise of the draw's shape:
  /// where the family is continuous this is a reparametrisation, x = g(ε), and gradients pass.
  public var noise: Draw
  public var draw: @Sendable (_ parameters: [Symbol], _ noise: Symbol) -> Symbol
}

extension Family.Parameter {
  static func real(_ name: String) -> Self {
    Self(name: name, isAllowed: { $0.isFinite }, constraint: "a finite number")
  }
  static func positive(_ name: String) -> Self {
    Self(name: name, isAllowed: { $0 > 0 && $0.isFinite }, constraint: "positive and finite")
  }
  static func probability(_ name: String) -> Self {
    Self(name: name, isAllowed: { $0 >= 0 && $0 <= 1 }, constraint: "between 0 and 1")
  }
}

extension Family {
  /// N(mean, sd²): −½ log 2π − log σ − ½ ((x − μ)/σ)².
  public static let normal = Family(
    name: "normal", parameters: [.real("mean"), .positive("sd")], isDiscrete: false,
    logProbability: { p, x in normalLogDensity(x, mean: p[0], logScale: p[1].log()) },
    mean: { $0[0] + 0 * $0[1] },
    variance: { $0[1].square() + 0 * $0[0] },
    entropy: { $0[1].log() + 0.5 * log(2 * .pi * M_E) + 0 * $0[0] },
    noise: .normal,
    draw: { p, noise in p[0] + p[1] * noise })

  /// Bernoulli(p): x log p + (1 − x) log(1 − p), with 0 log 0 = 0.
  public static let bernoulli = Family(
    name: "bernoulli", parameters: [.probability("probs")], isDiscrete: true,
    logProbability: { p, x in
      let graph = x.graph
      let one = x.applying(.equal, graph.constant(1))
      let zero = x.applying(.equal, graph.constant(0))
      // Whatever is neither 0 nor 1 has probability zero.
      let failure = zero.select((1 - p[0]).log(), graph.constant(-.infinity))
      return one.select(p[0].log(), failure)
    },
    mean: { $0[0] },
    variance: { $0[0] * (1 - $0[0]) },
    entropy: { p in surprise(p[0]) + surprise(1 - p[0]) },
    noise: .uniform,
    draw: { p, noise in
      noise.applying(.less, p[0]).undifferentiable(
        "no gradient passes through draws from `bernoulli`: they are steps, not smooth in `probs`; "
          + "sum over both values, or use a score-function estimator")
    })

  /// The same by logits l = log p/(1 − p): x l − softplus(l), exact for every l.
  public static let bernoulliByLogits = Family(
    name: "bernoulli",
    parameters: [
      Parameter(name: "logits", isAllowed: { $0.isFinite }, constraint: "a finite number")
    ],
    isDiscrete: true,
    logProbability: { p, x in
      let graph = x.graph
      let isPossible = x.applying(.equal, graph.constant(1)) + x.applying(.equal, graph.constant(0))
      return isPossible.select(bernoulliLogDensity(x, logits: p[0]), graph.constant(-.infinity))
    },
    mean: { $0[0].sigmoid() },
    variance: { $0[0].sigmoid() * (-$0[0]).sigmoid() },
    entropy: { $0[0].softplus() - $0[0] * $0[0].sigmoid() },
    noise: .uniform,
    draw: { p, noise in
      noise.applying(.less, p[0].sigmoid()).undifferentiable(
        "no gradient passes through draws from `bernoulli`: they are steps, not smooth in `logits`; "
          + "sum over both values, or use a score-function estimator")
    })

  /// U(low, high): −log(high − low) inside, −∞ outside.
  public static let uniform = Family(
    name: "uniform", parameters: [.real("low"), .real("high")], isDiscrete: false,
    logProbability: { p, x in
      let graph = x.graph
      let outside =
        x.applying(.less, p[0]) + p[1].applying(.less, x)
      return outside.select(graph.constant(-.infinity), -(p[1] - p[0]).log())
    },
    mean: { 0.5 * ($0[0] + $0[1]) },
    variance: { ($0[1] - $0[0]).square() / 12 },
    entropy: { ($0[1] - $0[0]).log() },
    noise: .uniform,
    draw: { p, noise in p[0] + (p[1] - p[0]) * noise })

  /// Exponential(rate): log λ − λ x for x ≥ 0.
  public static let exponential = Family(
    name: "exponential", parameters: [.positive("rate")], isDiscrete: false,
    logProbability: { p, x in
      let graph = x.graph
      let negative = x.applying(.less, graph.constant(0))
      return negative.select(graph.constant(-.infinity), p[0].log() - p[0] * x)
    },
    mean: { 1 / $0[0] },
    variance: { 1 / $0[0].square() },
    entropy: { 1 - $0[0].log() },
    noise: .uniform,
    draw: { p, noise in -(-noise).applying(.log1p) / p[0] })

  public static let all: [Family] = [.normal, .bernoulli, .uniform, .exponential]
}

/// log N(x; mean, exp(logScale)²), element by element.
public func normalLogDensity(_ x: Symbol, mean: Symbol, logScale: Symbol) -> Symbol {
  let z = (x - mean) * (-logScale).exp()
  return -0.5 * z.square() - logScale - 0.5 * log(2 * .pi)
}

/// log Bernoulli(x; sigmoid(logits)) = x·l − softplus(l), element by element: exact for every l,
/// where the logarithm of a rounded probability is not.
public func bernoulliLogDensity(_ x: Symbol, logits: Symbol) -> Symbol {
  x * logits - logits.softplus()
}

/// −p log p with its limit 0 at 0.
func surprise(_ p: Symbol) -> Symbol {
  let graph = p.graph
  let positive = graph.constant(0).applying(.less, p)
  return p * (1 / positive.select(p, graph.constant(1))).log()
}
