// Two-dimensional toys with known geometry, so that a fitted density can be compared with the
// entropy of the generator. Moons are scikit-learn's; the others are those of FFJORD
// (Grathwohl et al. 2019, lib/toy_data.py), which flows have been compared on ever since.
//
// Points cycle through the parts of a toy, so that all parts have equal weight, and every point
// takes a fixed number of draws: the first points stay the same when more are asked for.

import LatentTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Points of a toy, n × d, with the part each belongs to (for the roll: the place along it).
public struct Toy: Sendable {
  public var x: Tensor
  public var y: Tensor

  /// Two interleaved half circles of radius 1: (cos t, sin t) and (1 − cos t, ½ − sin t) with t
  /// uniform on [0, π], and normal noise. Entropy at noise 0.1: 1.007585 nats.
  public static func moons(_ n: Int, noise: Double = 0.1, from random: Philox) throws -> Toy {
    try plane(n, parts: 2, random) { part, random in
      let t = .pi * random.uniform()
      return part == 0
        ? (cos(t) + noise * random.normal(), sin(t) + noise * random.normal())
        : (1 - cos(t) + noise * random.normal(), 0.5 - sin(t) + noise * random.normal())
    }
  }

  /// Two circles of radii 3 and 1.5 about the origin. Entropy at noise 0.24: 3.268136 nats.
  public static func circles(_ n: Int, noise: Double = 0.24, from random: Philox) throws -> Toy {
    try plane(n, parts: 2, random) { part, random in
      let t = 2 * .pi * random.uniform()
      let radius = part == 0 ? 3.0 : 1.5
      return (
        radius * cos(t) + noise * random.normal(), radius * sin(t) + noise * random.normal()
      )
    }
  }

  /// Normal clusters about centres drawn uniformly from [−10, 10]ᵈ (scikit-learn's make_blobs).
  public static func blobs(
    _ n: Int, centers: Int = 3, dim: Int = 2, sd: Double = 1, from random: Philox
  ) throws -> Toy {
    guard centers > 0, dim > 0 else {
      throw Failure(
        .values, "\(centers) centres in \(dim) dimensions",
        argument: centers > 0 ? "dim" : "centers",
        help: "both are integers from 1")
    }
    _ = try Shape.count([n, dim], argument: "n")
    let size = try Shape.count([centers, dim], argument: "centers")
    var random = random
    let middle = random.uniforms(size).map { 20 * $0 - 10 }
    let noise = random.normals(n * dim)
    let x = noise.indices.map { i in
      middle[(i / dim) % centers * dim + i % dim] + sd * noise[i]
    }
    return Toy(
      x: Tensor(shape: [n, dim], x), y: Tensor((0..<n).map { Double($0 % centers) }))
  }

  /// Eight normal clusters on a circle of radius 4/1.414 with σ 0.5/1.414. Entropy: 2.831880 nats.
  public static func eightGaussians(_ n: Int, from random: Philox) throws -> Toy {
    try plane(n, parts: 8, random) { part, random in
      let angle = .pi / 4 * Double(part)
      return (
        (4 * cos(angle) + 0.5 * random.normal()) / 1.414,
        (4 * sin(angle) + 0.5 * random.normal()) / 1.414
      )
    }
  }

  /// Uniform on the eight dark squares of side 2 in [−4, 4]². Entropy: log 32 = 3.465736 nats.
  public static func checkerboard(_ n: Int, from random: Philox) throws -> Toy {
    try plane(n, parts: 8, random) { part, random in
      let column = part / 2
      let row = 2 * (part % 2) + (column % 2 == 0 ? 0 : 1)
      return (
        2 * (Double(column) + random.uniform()) - 4, 2 * (Double(row) + random.uniform()) - 4
      )
    }
  }

  /// Five normal arms, σ 0.3 along and 0.1 across, turned by an angle that grows outwards.
  public static func pinwheel(_ n: Int, from random: Philox) throws -> Toy {
    try plane(n, parts: 5, random) { part, random in
      let along = 1 + 0.3 * random.normal()
      let across = 0.1 * random.normal()
      let angle = 2 * .pi / 5 * Double(part) + 0.25 * exp(along)
      return (
        2 * (along * cos(angle) + across * sin(angle)),
        2 * (across * cos(angle) - along * sin(angle))
      )
    }
  }

  /// Two spirals of one and a half turns, one the other turned by half a turn.
  public static func spirals(_ n: Int, from random: Philox) throws -> Toy {
    try plane(n, parts: 2, random) { part, random in
      let t = random.uniform().squareRoot() * 3 * .pi
      let sign = part == 0 ? 1.0 : -1.0
      let x = sign * (-cos(t) * t + 0.5 * random.uniform()) / 3
      let y = sign * (sin(t) * t + 0.5 * random.uniform()) / 3
      return (x + 0.1 * random.normal(), y + 0.1 * random.normal())
    }
  }

  /// A roll in the plane: (t cos t, t sin t)/5 with t uniform on [1.5π, 4.5π] and σ 0.2; `y` is t.
  public static func swissRoll(_ n: Int, from random: Philox) throws -> Toy {
    var places: [Double] = []
    var toy = try plane(n, parts: 1, random) { _, random in
      let t = 1.5 * .pi * (1 + 2 * random.uniform())
      places.append(t)
      return ((t * cos(t) + random.normal()) / 5, (t * sin(t) + random.normal()) / 5)
    }
    toy.y = Tensor(places)
    return toy
  }

  /// n points, part i % parts each.
  private static func plane(
    _ n: Int, parts: Int, _ random: Philox,
    _ point: (Int, inout Philox) -> (Double, Double)
  ) throws -> Toy {
    let size = try Shape.count([n, 2], argument: "n")
    var random = random
    var x: [Double] = []
    x.reserveCapacity(size)
    for i in 0..<n {
      let (a, b) = point(i % parts, &random)
      x.append(a)
      x.append(b)
    }
    return Toy(x: Tensor(shape: [n, 2], x), y: Tensor((0..<n).map { Double($0 % parts) }))
  }
}
