// What the verbs of the language ask of a model. A model answers the questions it can; every other
// one has a default here that says so and names the models that could.

import LatentTensor

/// A latent variable model: p(x, z) with its parameters, learned in place by `fit`.
///
/// Data are rows × columns; answers per datum are in nats.
public protocol Model: AnyObject {
  /// The name it is made by, e.g. `vae`.
  var kind: String { get }
  /// One line: how it was made, what it was fitted to, how well.
  var summary: String { get }
  /// The width of the data, once known.
  var columns: Int? { get }
  /// The dimension of z, or the number of classes where z is discrete.
  var latentDimension: Int { get }
  var isFitted: Bool { get }
  var history: TrainingHistory { get }
  /// What `model.name` gives beyond the history and the parameters.
  var facts: [(name: String, value: Fact)] { get }
  /// The values of all parameters by name; empty before the first fit.
  var parameterValues: [(name: String, value: Tensor)] { get }
  /// How many numbers the likelihood leaves free, for AIC and BIC.
  var freeParameters: Int? { get }
  /// An independent model with the same parameters.
  func copied() -> any Model

  /// Arguments of `fit` that this model heeds by the method asked for; others are told to be
  /// without effect.
  func heeds(_ argument: String, by method: FitMethod) -> Bool
  func fit(_ data: DataSet, _ request: FitRequest, _ observer: FitObserver) throws

  /// The same for rows that are read as they are needed, by models that learn in minibatches
  /// without all data in memory.
  func fit(_ source: any RowSource, _ request: FitRequest, _ observer: FitObserver) throws

  /// log p(x) of each datum, exactly.
  func logProbability(_ x: Tensor) throws -> [Double]
  func elbo(_ x: Tensor, samples: Int, seed: UInt64) throws -> [Double]
  func evidence(
    _ x: Tensor, by method: EvidenceMethod, samples: Int, seed: UInt64, shouldStop: () -> Bool
  ) throws -> Evidence
  /// What is known about z given each datum, by name: `mean`, `cov`, `probs`, …
  func posterior(_ x: Tensor) throws -> [(name: String, value: Fact)]
  /// p(z = k | x): rows × components.
  func responsibilities(_ x: Tensor) throws -> Tensor
  /// The posterior mean of z: rows × latent.
  func encode(_ x: Tensor) throws -> Tensor
  /// The mean of p(x|z) for each row of z.
  func decode(_ z: Tensor) throws -> Tensor
  /// The mean of p(x|z) at the posterior mean of z.
  func reconstruct(_ x: Tensor) throws -> Tensor
  /// Fills NaN entries by their mean given the others.
  func impute(_ x: Tensor) throws -> Tensor
  /// Draws of x: count × columns.
  func sample(_ count: Int, seed: UInt64) throws -> Tensor
  /// log p(x) = ELBO + KL(q ‖ p(z|x)) and the parts of the ELBO, per datum, by name.
  func decomposition(_ x: Tensor) throws -> [(name: String, value: Fact)]
  /// What is wrong with the fit, as a `verdict` and what it rests on, by name: parts of the latent
  /// space that are not used, components or columns without a maximum, data that do not belong.
  func diagnosis(_ x: Tensor, seed: UInt64, shouldStop: () -> Bool) throws
    -> [(name: String, value: Fact)]
  /// Repeated estimates of the gradient of a bound by the parameters of q.
  func gradients(
    _ x: Tensor, bound: BoundOptions, samples: Int, repeats: Int, seed: UInt64,
    shouldStop: () -> Bool
  ) throws -> GradientSummary
  /// The same for a q(z) of the user's: rows × components.
  func decomposition(_ x: Tensor, q: Tensor) throws -> [(name: String, value: Fact)]
  /// Lines that say which inference was chosen, and why.
  func explanation() throws -> [String]
}

extension Model {
  public var facts: [(name: String, value: Fact)] { [] }
  public var freeParameters: Int? { nil }

  public func fit(_ source: any RowSource, _ request: FitRequest, _ observer: FitObserver) throws {
    throw Failure(
      "L516", "a `\(kind)` needs its data in memory, and a stream is on disk", argument: "data",
      help: "fit it to some rows, e.g. `s[0..<10000]`; `mixture` takes streams")
  }
  public func logProbability(_ x: Tensor) throws -> [Double] {
    throw unanswered(
      "log_prob", help: "`log_likelihood(m, x)` estimates it, and says how well")
  }
  public func elbo(_ x: Tensor, samples: Int, seed: UInt64) throws -> [Double] {
    throw unanswered("elbo")
  }
  /// Exact where `logProbability` is.
  public func evidence(
    _ x: Tensor, by method: EvidenceMethod, samples: Int, seed: UInt64, shouldStop: () -> Bool
  ) throws -> Evidence {
    guard method == .auto || method == .exact else {
      throw Failure(
        "L516", "the likelihood of a `\(kind)` is known exactly, not by \"\(method.rawValue)\"",
        argument: "method", help: "leave `method` out")
    }
    return .exact(try logProbability(x))
  }
  public func posterior(_ x: Tensor) throws -> [(name: String, value: Fact)] {
    throw unanswered("posterior")
  }
  public func responsibilities(_ x: Tensor) throws -> Tensor {
    throw unanswered("responsibilities", help: "they belong to models with classes, like `mixture`")
  }
  public func encode(_ x: Tensor) throws -> Tensor { throw unanswered("encode") }
  public func decode(_ z: Tensor) throws -> Tensor { throw unanswered("decode") }
  public func reconstruct(_ x: Tensor) throws -> Tensor { throw unanswered("reconstruct") }
  public func impute(_ x: Tensor) throws -> Tensor {
    throw unanswered("impute", help: "`mixture` and `ppca` fill missing values")
  }
  public func sample(_ count: Int, seed: UInt64) throws -> Tensor { throw unanswered("sample") }
  public func decomposition(_ x: Tensor) throws -> [(name: String, value: Fact)] {
    throw unanswered("decompose")
  }
  public func diagnosis(
    _ x: Tensor, seed: UInt64, shouldStop: () -> Bool
  ) throws -> [(name: String, value: Fact)] {
    throw unanswered(
      "doctor", help: "it examines `vae`, `mixture`, `ppca` and `factor_analysis`")
  }
  public func gradients(
    _ x: Tensor, bound: BoundOptions, samples: Int, repeats: Int, seed: UInt64,
    shouldStop: () -> Bool
  ) throws -> GradientSummary {
    throw unanswered("gradients", help: "estimators are compared for models with an encoder")
  }
  public func decomposition(_ x: Tensor, q: Tensor) throws -> [(name: String, value: Fact)] {
    throw Failure(
      "L516", "a `\(kind)` takes no q of your own in `decompose`", argument: "q",
      help: "leave `q` out: the model's own is used")
  }
  public func explanation() throws -> [String] { throw unanswered("explain") }

  private func unanswered(_ verb: String, help: String? = nil) -> Failure {
    Failure(
      "L516", "a `\(kind)` does not answer `\(verb)`", argument: "model",
      helps: help.map { [$0] } ?? [])
  }

  // MARK: Checks every model makes

  public func checkFitted() throws {
    guard isFitted else {
      throw Failure(
        "L510", "the model has not been fitted yet", argument: "model",
        help: "write `fit(model, data)` first")
    }
  }

  /// - Throws: unless the model is fitted and `x` is a matrix of its width.
  public func check(_ x: Tensor, argument: String) throws {
    try checkFitted()
    guard x.rank == 2 else {
      throw Failure(
        "L511", "the data must be a matrix (rows × columns), not a tensor of shape \(x.shape)",
        argument: argument)
    }
    if x.shape[1] != columns { throw wrongWidth(x.shape[1], argument: argument) }
  }

  public func wrongWidth(_ width: Int, argument: String) -> Failure {
    Failure(
      "L512", "the model was fitted to data with \(columns ?? 0) columns, but these have \(width)",
      argument: argument,
      help: "give the same columns as in `fit`, or make a new model for these data")
  }
}
