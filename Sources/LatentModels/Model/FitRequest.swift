// What `fit` asks of a model: the data with what is known about them, how to find the parameters,
// and who is told about it.

import LatentTensor

/// Rows of data, with what the user binds beside them.
public struct DataSet: Sendable {
  /// Rows × columns.
  public var x: Tensor
  /// Further variables by name, one row per datum: `z` known classes or codes, `y` labels, …
  public var others: [(name: String, values: Tensor)]
  /// How many times each row counts; nil is once.
  public var weights: [Double]?

  public init(
    x: Tensor, others: [(name: String, values: Tensor)] = [], weights: [Double]? = nil
  ) {
    self.x = x
    self.others = others
    self.weights = weights
  }

  public subscript(name: String) -> Tensor? { others.first { $0.name == name }?.values }
}

/// How parameters are found.
public enum FitMethod: String, CaseIterable, Sendable {
  /// What the model does best.
  case auto
  /// The closed form of the optimum.
  case exact
  /// Expectation maximisation.
  case em
  /// A bound with an approximate posterior.
  case variational
  /// The mode of the posterior of the parameters.
  case map
  /// The maximum of the likelihood.
  case mle
}

/// The knobs of expectation maximisation, their meaning fixed by the language's `fit`.
public struct EMOptions: Sendable {
  /// Independent starts; the best is kept.
  public var restarts = 10
  /// How a start is found: "auto", "kmeans", "random", …
  public var start = "auto"
  /// A step that gains less of the total log-likelihood, with no more to come by Aitken's
  /// estimate, ends the run.
  public var tolerance = 1e-6
  public var iterations = 1000
  /// Extrapolates from step to step where that gains.
  public var isAccelerated = false

  public init() {}
}

/// Everything a model needs to know for one fit.
public struct FitRequest: Sendable {
  public var method = FitMethod.auto
  public var gradient = TrainingOptions()
  public var em = EMOptions()
  public var validation: Tensor?
  /// The names of arguments that the user wrote, so that one without effect can be told.
  public var given: Set<String> = []

  public init() {}

  public var seed: UInt64 {
    get { gradient.seed }
    set { gradient.seed = newValue }
  }
}

/// Who is told what happens during a fit, and may end it.
public struct FitObserver {
  /// A decision the library took by itself, or a finding, in words.
  public var decided: (String) -> Void = { _ in }
  public var progressed: (TrainingProgress) -> Void = { _ in }
  /// Asked at every step; the fit ends after the step at which it answers true.
  public var shouldStop: () -> Bool = { false }
  /// Given the state of a gradient training after each epoch, and where it is interrupted.
  public var checkpointed: ((TrainingState) throws -> Void)?

  public init() {}
}
