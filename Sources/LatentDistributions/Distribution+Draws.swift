// Draws with numbers.

import LatentAutodiff
import LatentTensor

extension Distribution {
  /// Draws of the shape `count` × one draw, or one draw where `count` is nil.
  public func sample(_ count: Int?, seed: UInt64, stream: UInt32 = 0) throws -> Tensor {
    let target = (count.map { [$0] } ?? []) + shape
    let total = try Shape.count(target)
    guard total > 0 else { return Tensor(shape: target, [Double]()) }
    switch prepared {
    case .family(let family, let parameters):
      if let sampler = family.sampler {
        let rows = count ?? 1
        let events = EventParameters(family, parameters, shape: Array(shape.dropLast(eventRank)))
        return Tensor(
          shape: target, try draws(sampler, events, rows: rows, seed: seed, stream: stream))
      }
      var random = Philox(seed: seed, stream: stream)
      let noise = family.noise == .normal ? random.normals(total) : random.uniforms(total)
      return try evaluate([Tensor(shape: target, noise)]) { d, extra in
        (d.draw(leading: count.map { [$0] } ?? []) { _, _ in extra[0] } ?? extra[0])
      }
    case .mixture(let weights, let components):
      return try mixed(weights.values, components, target, seed: seed, stream: stream)
    case .independent(let inner, let copies):
      return try Distribution(inner).sample(
        (count ?? 1) * copies, seed: seed, stream: stream
      ).reshaped(target)
    }
  }

  private func draws(
    _ sampler: Family.Sampler, _ events: EventParameters, rows: Int, seed: UInt64, stream: UInt32
  ) throws -> [Double] {
    var result: [Double] = []
    let first = events.count == 1 ? events[0] : nil
    for event in 0..<(rows * events.count) {
      var random = EventStream(seed: seed, stream: stream, event: event)
      let parameters = first ?? events[event % events.count]
      switch sampler {
      case .number(let draw): result.append(draw(parameters, &random))
      case .array(let draw): result += try draw(parameters, &random)
      }
    }
    return result
  }

  /// Each component makes as many draws as chose it.
  private func mixed(
    _ weights: [Double], _ components: [Law<Tensor>], _ target: [Int], seed: UInt64,
    stream: UInt32
  ) throws -> Tensor {
    let size = shape.reduce(1, *)
    let rows = target.reduce(1, *) / max(size, 1)
    let total = weights.reduce(0, +)
    let last = weights.lastIndex { $0 > 0 } ?? 0
    var members = [[Int]](repeating: [], count: components.count)
    for row in 0..<rows {
      var random = EventStream(seed: seed, stream: stream, event: row)
      var rest = random.uniform() * total
      let choice = weights.firstIndex { weight in
        rest -= weight
        return rest < 0
      }
      members[choice ?? last].append(row)
    }
    var result = [Double](repeating: 0, count: rows * size)
    for (place, own) in members.enumerated() where !own.isEmpty {
      // A key of its own for every component (the constant is 2⁶⁴/φ).
      let key = seed &+ UInt64(place + 1) &* 0x9E37_79B9_7F4A_7C15
      let draws = try Distribution(components[place])
        .sample(own.count, seed: key, stream: stream).values
      for (number, row) in own.enumerated() {
        for element in 0..<size { result[row * size + element] = draws[number * size + element] }
      }
    }
    return Tensor(shape: target, result)
  }
}
