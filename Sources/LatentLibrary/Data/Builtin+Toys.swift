// The two-dimensional toys.

import LatentData
import LatentLanguage
import LatentTensor

extension Builtin.Parameter {
  /// How many points.
  fileprivate static let points = integer("n", in: 0..., "How many points.")

  fileprivate static func noise(_ fallback: Builtin.Default) -> Builtin.Parameter {
    number("noise", in: 0..., default: fallback, "The standard deviation of each coordinate.")
  }
}

extension Builtin {
  static let toysSection: [Builtin] = [
    toy(
      "moons", "Two interleaved half circles of radius 1 (scikit-learn's geometry).",
      [.noise(0.1)]
    ) { try Toy.moons($1, noise: try $0.number("noise"), from: $2) },
    toy("circles", "Two circles of radii 3 and 1.5.", [.noise(0.24)]) {
      try Toy.circles($1, noise: try $0.number("noise"), from: $2)
    },
    toy(
      "blobs", "Normal clusters about centres drawn from [-10, 10] in each coordinate.",
      [
        .integer("centers", in: 1..., default: 3, "The number of clusters."),
        .integer("dim", in: 1..., default: 2, "The number of coordinates."),
        .number("sd", in: 0..., default: 1, "The standard deviation within a cluster."),
      ]
    ) {
      try Toy.blobs(
        $1, centers: try $0.integer("centers"), dim: try $0.integer("dim"),
        sd: try $0.number("sd"), from: $2)
    },
    toy("eight_gaussians", "Eight normal clusters on a circle.") {
      try Toy.eightGaussians($1, from: $2)
    },
    toy("checkerboard", "Uniform on the dark squares of a board of 4 × 4 on [-4, 4]².") {
      try Toy.checkerboard($1, from: $2)
    },
    toy("pinwheel", "Five bent arms.") { try Toy.pinwheel($1, from: $2) },
    toy("spirals", "Two spirals wound into each other.") { try Toy.spirals($1, from: $2) },
    toy("swiss_roll", "A spiral band; `y` is the place along it.") {
      try Toy.swissRoll($1, from: $2)
    },
  ]

  private static func toy(
    _ name: String, _ help: String, _ parameters: [Parameter] = [],
    _ make: @escaping @Sendable (BuiltinCall, Int, Philox) throws -> Toy
  ) -> Builtin {
    Builtin(
      name, in: .data, help: help + " Points and the part each belongs to: `(x:, y:)`.",
      parameters: [.points] + parameters + [.seed], returns: .record,
      examples: ["\(name)(6, seed: 1).x.shape  #=> [6, 2]"]
    ) { call in
      let toy = try make(call, try call.integer("n"), Philox(try call.randomKey()))
      return .record([("x", .object(TensorObject(toy.x))), ("y", .object(TensorObject(toy.y)))])
    }
  }
}
