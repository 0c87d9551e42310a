// Plain random tensors. Everything else is drawn from distributions.

import LatentLanguage
import LatentTensor

extension Philox {
  /// The generator of a builtin's call.
  init(_ key: RandomKey) { self.init(seed: key.seed, stream: key.stream) }
}

extension Builtin {
  static let randomSection: [Builtin] = [
    draws("rand", "Uniform draws from [0, 1).") { $0.uniforms($1) },
    draws("randn", "Draws from the standard normal distribution.") { $0.normals($1) },
    permutation,
  ]

  private static func draws(
    _ name: String, _ help: String,
    _ fill: @escaping @Sendable (inout Philox, Int) -> [Double]
  ) -> Builtin {
    Builtin(
      name, in: .random, help: help,
      parameters: [
        .either(
          "shape", [.shape], default: .nothing,
          "A length or a list of lengths; one number if left out."),
        .seed,
      ], returns: .numeric,
      examples: [
        "\(name)([2, 3]).shape  #=> [2, 3]",
        "all(\(name)(5, seed: 1) == \(name)(5, seed: 1))  #=> true",
      ]
    ) { call in
      let shape = call.has("shape") ? try call.shape("shape") : []
      let count = try Shape.count(shape, argument: "shape")
      var random = Philox(try call.randomKey())
      return .tensor(Tensor(shape: shape, fill(&random, count)))
    }
  }

  private static let permutation = Builtin(
    "permutation", in: .random,
    help: "The numbers 0 … n − 1 in a random order; `x[permutation(len(x))]` shuffles rows.",
    parameters: [.integer("n", in: 0...2_147_483_647, "How many numbers."), .seed],
    returns: .tensor, examples: ["sort(permutation(4))  #=> [0, 1, 2, 3]"]
  ) { call in
    let n = try Shape.count([try call.integer("n")], argument: "n")
    var random = Philox(try call.randomKey())
    return .vector(random.permutation(n).map(Double.init))
  }
}
