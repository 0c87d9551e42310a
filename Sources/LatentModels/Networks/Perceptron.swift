// The multilayer perceptron: the network of `hidden:` and, in blocks, of `mlp(…)`.

import Foundation
import LatentAutodiff
import LatentTensor

/// The nonlinearities of hidden layers.
public enum Activation: String, CaseIterable, Sendable {
  case relu, tanh, sigmoid, softplus

  func callAsFunction(_ x: Symbol) -> Symbol {
    switch self {
    case .relu: x.relu()
    case .tanh: x.tanh()
    case .sigmoid: x.sigmoid()
    case .softplus: x.softplus()
    }
  }
}

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

  private var layers: [(weights: Graph.Slot, bias: Graph.Slot)] {
    zip(widths, widths.dropFirst()).enumerated().map { place, sizes in
      (
        Graph.Slot("\(name).\(place).weights", shape: [sizes.0, sizes.1]),
        Graph.Slot("\(name).\(place).bias", shape: [sizes.1])
      )
    }
  }

  public var slots: [Graph.Slot] { layers.flatMap { [$0.weights, $0.bias] } }

  /// The name of the last layer's bias, which data-dependent starts set.
  public var lastBias: String { "\(name).\(widths.count - 2).bias" }

  /// The network's output for an input of shape [… , inputs], its weights parameters of the graph.
  public func callAsFunction(_ x: Symbol) -> Symbol {
    self(x) { x.graph.parameter($0.name, shape: $0.shape) }
  }

  /// The same with weights from elsewhere.
  public func callAsFunction(_ x: Symbol, weights: (Graph.Slot) -> Symbol) -> Symbol {
    var h = x
    for (place, layer) in layers.enumerated() {
      h = h.graph.within("\(name), layer \(place + 1)") {
        let sum = h.product(weights(layer.weights)) + weights(layer.bias)
        return place + 2 < widths.count ? activation(sum) : sum
      }
    }
    return h
  }

  /// Uniform weights of variance 2/(inputs + outputs) (Glorot & Bengio 2010), zero biases.
  public func initialise(_ parameters: ParameterBuffer, _ random: inout Philox) {
    for layer in layers {
      let (inputs, outputs) = (layer.weights.shape[0], layer.weights.shape[1])
      let bound = (6 / Double(inputs + outputs)).squareRoot()
      let weights = random.uniforms(inputs * outputs).map { (2 * $0 - 1) * bound }
      parameters[layer.weights.name] = Tensor(shape: layer.weights.shape, weights)
      parameters[layer.bias.name] = Tensor(repeating: 0, shape: layer.bias.shape)
    }
  }
}
