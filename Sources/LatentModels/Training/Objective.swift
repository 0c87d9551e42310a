// What gradient training maximises, with the parts a user asks about.

import LatentAutodiff
import LatentTensor

/// A bound per datum, averaged over a minibatch, in nats, and its named terms.
public struct Objective {
  /// The mean bound, which training maximises.
  public var bound: Symbol
  /// Parts that add up to it; a non-finite one is named when training stops.
  public var terms: [(name: String, value: Symbol)]
  /// Values of inputs of the graph that stay the same.
  public var inputs: [(symbol: Symbol, value: Tensor)]

  public init(
    bound: Symbol, terms: [(name: String, value: Symbol)],
    inputs: [(symbol: Symbol, value: Tensor)] = []
  ) {
    self.bound = bound
    self.terms = terms
    self.inputs = inputs
  }
}

/// A model whose parameters are found by following the gradient of a bound over minibatches.
public protocol GradientTrained: AnyObject {
  /// Values of all parameters, made when the model first sees data.
  var parameters: ParameterBuffer? { get }

  /// Records the objective for a minibatch of `rows` data in `graph`.
  func objective(_ graph: Graph, rows: Int, options: TrainingOptions) throws -> Objective
}
