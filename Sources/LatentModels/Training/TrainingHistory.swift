// What happened during training, kept in the model.

/// One entry per epoch (or step of EM) of all fits; means per datum in nats, but for the total
/// log-likelihood.
public struct TrainingHistory: Sendable {
  public var elbo: [Double] = []
  /// The terms of the objective by name, in its order.
  public var terms: [(name: String, values: [Double])] = []
  /// The bound on the validation data after each epoch; empty without such data.
  public var validation: [Double] = []
  /// Total log-likelihood after each step, of a model that knows it exactly.
  public var logLikelihood: [Double] = []
  /// What a way of fitting tells beyond that: `em`, the bound at each step; `optima` of restarts; …
  public var details: [(name: String, value: Fact)] = []
  /// The bound of the first minibatch of a run, before any step.
  public var start: Double?
  /// The learning rate that the latest run chose for itself; nil where it was given.
  public var rate: Double?
  public var seconds = 0.0
  public var steps = 0
  public var converged = false
  /// What the latest training by gradients was made of.
  public var cost: TrainingCost?
  /// Why training ended, and whether the bound still rose, in words.
  public var reason = ""

  public init() {}

  public func term(_ name: String) -> [Double] {
    terms.first { $0.name == name }?.values ?? []
  }

  /// Goes on with what a later fit did; its verdict counts.
  public mutating func append(_ later: TrainingHistory) {
    for (epoch, value) in later.elbo.enumerated() {
      append(elbo: value, terms: later.terms.map { ($0.name, $0.values[epoch]) })
    }
    validation += later.validation
    logLikelihood += later.logLikelihood
    if !later.details.isEmpty { details = later.details }
    seconds += later.seconds
    steps += later.steps
    converged = later.converged
    if let cost = later.cost { self.cost = cost }
    reason = later.reason
    rate = later.rate
  }

  mutating func append(elbo value: Double, terms parts: [(String, Double)]) {
    elbo.append(value)
    for (name, part) in parts {
      if let place = terms.firstIndex(where: { $0.name == name }) {
        terms[place].values.append(part)
      } else {
        terms.append((name, [part]))
      }
    }
  }
}

/// A moment of training, for a progress line.
public struct TrainingProgress: Sendable {
  public var epoch: Int
  public var epochs: Int
  public var step: Int
  public var steps: Int
  /// Mean bound over the running epoch so far.
  public var elbo: Double
  /// The validation bound after the latest epoch, if there is one.
  public var validation: Double?
  /// Data per second.
  public var rate: Double
  public var secondsLeft: Double
  /// Whether this reports a finished epoch.
  public var epochIsComplete: Bool
  public var isFinished: Bool
}
