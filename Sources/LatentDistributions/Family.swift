// One declaration per family of distributions: its density, moments and draws. What can be said on
// symbols is said there, once: the same lines serve a traced model, its gradient, and the numbers
// at the prompt. What needs an iteration (incomplete integrals, rejection) is said on numbers.

import LatentAutodiff
import LatentTensor

/// A parametric family of distributions. Log-densities are in nats.
///
/// An *event* is what one density value belongs to: a number (`eventRank` 0), a vector (1) or a
/// matrix (2). Further leading axes of the parameters make independent events, further ones of x
/// draws.
public struct Family: Sendable {
  /// A parameter, with the number of axes that belong to one event.
  public struct Parameter: Sendable {
    public var name: String
    public var constraint: Constraint
    /// 0 for a number, 1 for a vector, 2 for a matrix.
    public var rank: Int
    public var fallback: Double?

    public init(_ name: String, _ constraint: Constraint, fallback: Double? = nil) {
      self.name = name
      self.constraint = constraint
      self.rank = constraint.rank
      self.fallback = fallback
    }
  }

  /// The name in the language; families that differ in their parameters only share it.
  public var name: String
  public var parameters: [Parameter]
  /// Whether draws are integers 0, 1, …: then gradients do not pass through them.
  public var isDiscrete: Bool
  /// Axes of one event.
  public var eventRank = 0
  /// The shape of one event, from the last lengths of the parameters (1 for numbers).
  public var eventShape: @Sendable (_ lengths: [Int]) -> [Int] = { _ in [] }
  /// log p(x) of each event, from the parameters and x: x without its event axes.
  public var logProbability: @Sendable (_ parameters: [Symbol], _ x: Symbol) -> Symbol
  /// Of each element of an event.
  public var mean: @Sendable ([Symbol]) -> Symbol
  public var variance: @Sendable ([Symbol]) -> Symbol
  /// Of each event; nil where it is a sum that `enumeratedEntropy` makes.
  public var entropy: (@Sendable ([Symbol]) -> Symbol)?
  /// A draw as a function of the parameters and uniform or normal noise of the draw's shape: where
  /// the family is continuous this is a reparametrisation, x = g(ε), and gradients pass.
  public var noise = Draw.uniform
  public var draw: (@Sendable (_ parameters: [Symbol], _ noise: Symbol) -> Symbol)?
  /// The same from several kinds of noise, for a draw of a given shape. On numbers `sampler` is
  /// quicker and has other draws. Where both are nil, draws are made by `sampler` only.
  public var composedDraw:
    (@Sendable (_ parameters: [Symbol], _ shape: [Int], _ noise: Noise) -> Symbol)?

  /// Refuses parameters that are allowed one by one, but not together.
  public var check: @Sendable ([Tensor]) throws -> Void = { _ in }
  /// Makes a draw from numbers.
  public var sampler: Sampler?
  /// Lower and upper tail, P(X ≤ x) and P(X > x), each with full relative precision.
  public var tails: (@Sendable (_ parameters: Numbers, _ x: Double) -> Tails)?
  /// x with P(X ≤ x) = p; the complement 1 − p keeps its digits near 1.
  public var quantile: (@Sendable (_ parameters: Numbers, _ p: Tails) -> Double)?
  /// All values of an event in ascending order, where there are finitely many numbers.
  public var values: (@Sendable (_ parameters: Numbers) -> [Double])?
  /// The entropy of one event of numbers, for families without a form on symbols.
  public var enumeratedEntropy: (@Sendable (_ parameters: Numbers) throws -> Double)?
  /// Mean and variance of an event of numbers, for families without a form on symbols.
  public var enumeratedMoments:
    (@Sendable (_ parameters: Numbers) -> (mean: Double, variance: Double))?
  /// The same distribution by parameters that are cheaper to work with.
  public var prepared: (@Sendable ([Tensor]) throws -> (family: Family, parameters: [Tensor]))?
  /// The parameters in the form that divergences are written in; the identity for most.
  public var natural: @Sendable ([Symbol]) -> [Symbol] = { $0 }
  /// Names of the parts of an event that users take apart, and how many leading rows each has.
  public var parts: [(name: String, rows: Int?)] = []

  init(
    _ name: String, _ parameters: [Parameter], isDiscrete: Bool = false,
    logProbability: @escaping @Sendable ([Symbol], Symbol) -> Symbol,
    mean: @escaping @Sendable ([Symbol]) -> Symbol,
    variance: @escaping @Sendable ([Symbol]) -> Symbol,
    entropy: (@Sendable ([Symbol]) -> Symbol)? = nil
  ) {
    self.name = name
    self.parameters = parameters
    self.isDiscrete = isDiscrete
    self.logProbability = logProbability
    self.mean = mean
    self.variance = variance
    self.entropy = entropy
  }

  /// The same with more of it said.
  func with(_ settings: (inout Family) -> Void) -> Family {
    var copy = self
    settings(&copy)
    return copy
  }

  /// The lower and the upper tail of a probability.
  public struct Tails: Sendable {
    public var lower: Double
    public var upper: Double

    public init(lower: Double, upper: Double) {
      self.lower = lower
      self.upper = upper
    }

    public init(lower: Double) { self.init(lower: lower, upper: 1 - lower) }
  }

  /// One event made from numbers.
  public enum Sampler: Sendable {
    case number(@Sendable (_ parameters: Numbers, inout EventStream) -> Double)
    case array(@Sendable (_ parameters: Numbers, inout EventStream) throws -> [Double])
  }
}

/// The parameters of one event as numbers, each an array of the elements of its number, vector or
/// matrix.
public struct Numbers: Sendable {
  public let arrays: [[Double]]

  public init(_ arrays: [[Double]]) { self.arrays = arrays }

  /// A parameter that is a number.
  public subscript(place: Int) -> Double { arrays[place].first ?? .nan }
}

extension Family {
  /// All parametrisations by name; the first of a name is the one its arguments have by position.
  public static let all: [Family] = [
    .normal, .mvnormal, .mvnormalByFactor, .mvnormalByPrecision, .bernoulli, .bernoulliByLogits,
    .categorical, .categoricalByLogits, .binomial, .binomialByLogits, .multinomial,
    .multinomialByLogits, .beta, .gamma, .inverseGamma, .dirichlet, .poisson, .studentT, .laplace,
    .logistic, .discretizedLogistic, .logNormal, .exponential, .uniform, .inverseWishart,
    .normalInverseGamma, .normalInverseWishart, .betaBinomial, .negativeBinomial,
    .dirichletMultinomial, .lomax, .mvStudentT,
  ]

  /// The parametrisations of a name.
  public static func named(_ name: String) -> [Family] { all.filter { $0.name == name } }
}
