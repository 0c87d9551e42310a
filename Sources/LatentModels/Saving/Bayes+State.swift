// Exact Bayesian models in a file: the parameters of their posteriors. Their priors are
// distributions, which belong to the call that makes them.

import LatentDistributions
import LatentTensor

extension BayesModel: StoredModel {
  /// Prior and likelihood are no facts: whoever writes the file writes them.
  public var construction: [(name: String, value: Fact)] { [] }

  public var state: ModelState {
    var state = ModelState()
    state.history = history
    state.tensors = parameterValues.map { ($0.name, $0.value) }
    state.texts = [("count", "\(count)"), ("log_evidence", "\(logEvidence)")]
    return state
  }

  public func restore(_ state: ModelState) throws {
    guard let (family, values) = prior.family else {
      throw ModelState.malformed("its prior is not of a family")
    }
    let parameters = try zip(family.parameters, values).map {
      try state.tensor($0.name, shape: $1.shape)
    }
    let (count, logEvidence) = (try state.count("count"), try state.number("log_evidence"))
    do {
      try resume(Distribution(family, parameters), count: count, logEvidence: logEvidence)
    } catch let failure as Failure {
      throw ModelState.malformed(failure.message)
    }
    history = state.history
  }
}

extension BayesianRegression: StoredModel {
  public var construction: [(name: String, value: Fact)] { [] }

  public var state: ModelState {
    var state = ModelState()
    state.history = history
    guard isFitted else { return state }
    state.tensors = [("mean", Tensor(mean)), ("precision", Tensor(precision))]
    state.texts = [
      ("count", "\(count)"), ("log_evidence", "\(logEvidence)"), ("a", "\(shape)"),
      ("b", "\(scale)"),
    ]
    return state
  }

  public func restore(_ state: ModelState) throws {
    guard !state.texts.isEmpty else {
      history = state.history
      return
    }
    let mean = try state.tensor("mean").values
    let p = mean.count
    let (size, overflow) = p.multipliedReportingOverflow(by: p)
    guard p > 0, !overflow else { throw ModelState.malformed("it has no coefficients") }
    let precision = try state.tensor("precision", shape: [size]).values
    let (a, b) = (try state.number("a"), try state.number("b"))
    let (count, evidence) = (try state.count("count"), try state.number("log_evidence"))
    guard a.isFinite, b.isFinite, a >= 0, b >= 0, evidence.isFinite else {
      throw ModelState.malformed("`a` or `b` is not at least 0")
    }
    (self.mean, self.precision, shape, scale) = (mean, precision, a, b)
    (self.count, logEvidence, history) = (count, evidence, state.history)
  }
}
