// The nonlinearities of networks, under the names the field uses: as `activation:` of a layer and
// as functions of the language.

import Foundation
import LatentAutodiff
import LatentTensor

/// The nonlinearities of hidden layers, element by element.
public enum Activation: String, CaseIterable, Sendable {
  case relu, tanh, sigmoid, softplus, elu, gelu, silu, swish
  case leakyReLU = "leaky_relu"
  case identity

  /// The slope of `leaky_relu` below 0.
  static let leak = 0.01

  public func callAsFunction(_ x: Symbol) -> Symbol {
    switch self {
    case .relu: x.relu()
    case .tanh: x.tanh()
    case .sigmoid: x.sigmoid()
    case .softplus: x.softplus()
    // The unused branch stays finite, so that its derivative is no 0 · ∞.
    case .elu:
      x.applying(.less, x.graph.constant(0))
        .select(x.applying(.minimum, x.graph.constant(0)).applying(.expm1), x)
    case .gelu: 0.5 * x * (1 + (x * 0.5.squareRoot()).applying(.erf))
    case .silu, .swish: x * x.sigmoid()
    case .leakyReLU: x.applying(.maximum, x * Activation.leak)
    case .identity: x
    }
  }

  /// The same for one number.
  public func value(_ x: Double) -> Double {
    switch self {
    case .relu: SpecialFunction.relu(x)
    case .tanh: Foundation.tanh(x)
    case .sigmoid: SpecialFunction.sigmoid(x)
    case .softplus: SpecialFunction.softplus(x)
    case .elu: x < 0 ? Foundation.expm1(x) : x
    case .gelu: 0.5 * x * (1 + Foundation.erf(x * 0.5.squareRoot()))
    case .silu, .swish: x * SpecialFunction.sigmoid(x)
    case .leakyReLU: x < 0 ? x * Activation.leak : x
    case .identity: x
    }
  }
}
