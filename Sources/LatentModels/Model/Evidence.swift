// log p(x) as a model knows it: exactly, from below, or by Monte Carlo with an error.

/// How log p(x) is found.
public enum EvidenceMethod: String, CaseIterable, Sendable {
  case auto
  case exact
  case elbo
  /// Draws of z from the prior.
  case naive
  /// Draws of z from q(z|x), weighted.
  case importance
  /// Annealed importance sampling.
  case ais
}

/// log p(x) of each datum in nats, with what is needed to judge it.
public struct Evidence: Sendable {
  public enum Quality: String, Sendable {
    case exact
    case lowerBound = "lower bound"
    case upperBound = "upper bound"
    case estimate
  }

  public var quality: Quality
  public var perDatum: [Double]
  /// Standard error of each by the draws; empty where it is exact or unknown.
  public var standardErrors: [Double]
  /// Effective number of draws of each, (Σw)²/Σw², where there are weights.
  public var effectiveSizes: [Double]
  /// Draws per datum.
  public var samples: Int
  /// k̂ of each, the shape of the tail of its weights (see `ParetoTail`); nan for too few draws.
  public var tailShapes: [Double] = []
  /// Bounds from both sides, where they were asked for.
  public var sandwich: Sandwich?

  /// Lower and upper bounds, in expectation, of log p(x) of some data.
  public struct Sandwich: Sendable {
    public var lower: [Double]
    public var upper: [Double]
    /// Whether they are of data drawn from the model, since an upper bound needs an exact draw of
    /// p(z|x); their gap then tells the error on data like these.
    public var isSimulated: Bool
  }

  public init(
    _ quality: Quality, perDatum: [Double], standardErrors: [Double] = [],
    effectiveSizes: [Double] = [], samples: Int = 0
  ) {
    self.quality = quality
    self.perDatum = perDatum
    self.standardErrors = standardErrors
    self.effectiveSizes = effectiveSizes
    self.samples = samples
  }

  public static func exact(_ perDatum: [Double]) -> Evidence {
    Evidence(.exact, perDatum: perDatum)
  }

  public var mean: Double { total / Double(max(perDatum.count, 1)) }
  public var total: Double { perDatum.reduce(0, +) }

  /// Of the mean: the draws of different data are independent.
  public var standardError: Double {
    standardErrors.reduce(0) { $0 + $1 * $1 }.squareRoot() / Double(max(perDatum.count, 1))
  }

  /// The largest k̂ of all data, those with too few draws left out.
  public var worstTailShape: Double? { tailShapes.filter { !$0.isNaN }.max() }

  /// The mean of the effective numbers of draws.
  public var effectiveSize: Double? {
    effectiveSizes.isEmpty
      ? nil : effectiveSizes.reduce(0, +) / Double(effectiveSizes.count)
  }
}
