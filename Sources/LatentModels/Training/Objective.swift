// What gradient training maximises, with the parts a user asks about.

import LatentAutodiff
import LatentTensor

/// A bound per datum, averaged over a minibatch, in nats, and its named terms.
public struct Objective {
  /// An input of the graph that changes in the course of training.
  public struct ScheduledInput {
    public var symbol: Symbol
    /// Its value after a number of epochs, which may be a fraction.
    public var value: (_ epochs: Double) -> Double

    public init(symbol: Symbol, value: @escaping (_ epochs: Double) -> Double) {
      self.symbol = symbol
      self.value = value
    }
  }

  /// The mean bound of log p(x), as it is reported.
  public var bound: Symbol
  /// What training minimises: a scalar whose gradient is the estimator's, whatever its value.
  public var loss: Symbol
  public var schedules: [ScheduledInput]
  /// Parts that add up to it; a non-finite one is named when training stops.
  public var terms: [(name: String, value: Symbol)]
  /// Values of inputs of the graph that stay the same.
  public var inputs: [(symbol: Symbol, value: Tensor)]

  /// - Parameters:
  ///   - loss: minus the bound if not given.
  ///   - inputs: values of inputs of the graph that stay the same.
  public init(
    bound: Symbol, loss: Symbol? = nil, terms: [(name: String, value: Symbol)],
    schedules: [ScheduledInput] = [], inputs: [(symbol: Symbol, value: Tensor)] = []
  ) {
    self.bound = bound
    self.loss = loss ?? -bound
    self.terms = terms
    self.schedules = schedules
    self.inputs = inputs
  }
}

/// A model whose parameters are found by following the gradient of a bound over minibatches.
public protocol GradientTrained: AnyObject {
  /// Values of all parameters, made when the model first sees data.
  var parameters: ParameterBuffer? { get }

  /// The parameters φ of q(z|x), which alternating steps train by themselves.
  var posteriorParameters: Set<String> { get }

  /// Records the objective for a minibatch of `rows` data in `graph`.
  ///
  /// - Throws: for options that do not go together.
  func objective(_ graph: Graph, rows: Int, options: TrainingOptions) throws -> Objective
}

extension GradientTrained {
  public var posteriorParameters: Set<String> { [] }
}
