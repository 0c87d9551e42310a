// The multilayer perceptron by its widths: the network of `hidden:`.

import LatentAutodiff
import LatentTensor

/// x ↦ W_L a(… a(W₁ x + b₁) …) + b_L on the last axis. Weights are stored [inputs, outputs].
public struct Perceptron: Sendable {
  public var name: String
  /// Inputs, hidden widths, outputs.
  public var widths: [Int]
  public var activation: Activation

  public init(_ name: String, widths: [Int], activation: Activation) {
    self.name = name
    self.widths = widths
    self.activation = activation
  }

  public var network: Network { Network(name, .perceptron(widths, activation)) }

  public var slots: [Graph.Slot] { network.slots }

  /// The name of the last layer's bias, which data-dependent starts set.
  public var lastBias: String { "\(name).\(widths.count - 2).bias" }

  /// The network's output for an input of shape [… , inputs], its weights parameters of the graph.
  public func callAsFunction(_ x: Symbol) -> Symbol { network(x) }

  /// The same with weights from elsewhere.
  public func callAsFunction(_ x: Symbol, weights: (Graph.Slot) -> Symbol) -> Symbol {
    network(x, weights: weights)
  }

  /// Uniform weights of variance 2/(inputs + outputs) (Glorot & Bengio 2010), zero biases.
  public func initialise(_ parameters: ParameterBuffer, _ random: inout Philox) {
    network.initialise(parameters, &random)
  }
}
