// The nonlinearities of networks as functions of the language, those that elementary mathematics
// has not already.

import LatentAutodiff
import LatentLanguage
import LatentModels
import LatentTensor

extension Builtin {
  static let activations: [Builtin] = [
    activation(
      .elu, "x where it is positive, else eˣ − 1 (Clevert et al. 2016).",
      "elu([-1, 2])  #=> [-0.6321205588285577, 2]"),
    activation(
      .gelu, "x Φ(x), with the distribution function of the normal (Hendrycks and Gimpel 2016).",
      "round(1000 * gelu(1))  #=> 841"),
    activation(
      .silu, "x / (1 + e⁻ˣ), also called `swish` (Elfwing et al. 2018).",
      "silu(1)  #=> 0.7310585786300049"),
    activation(
      .swish, "x / (1 + e⁻ˣ), also called `silu` (Ramachandran et al. 2017).",
      "swish(0)  #=> 0"),
    activation(
      .leakyReLU, "x where it is positive, else 0.01 x (Maas et al. 2013).",
      "leaky_relu([-1, 2])  #=> [-0.01, 2]"),
    activation(
      .identity, "x itself: the activation of a layer that has none.", "identity(3)  #=> 3"),
  ]

  private static func activation(
    _ activation: Activation, _ help: String, _ example: String
  ) -> Builtin {
    Builtin(
      activation.rawValue, in: .mathematics, help: help,
      parameters: [.tensor("x", "A number, or a tensor whose elements are taken one by one.")],
      returns: .numeric, examples: [example], scalar: activation.value,
      traced: elementwise { activation($0) }
    ) { call in .tensor(try call.tensor("x").mapping(activation.value)) }
  }
}
