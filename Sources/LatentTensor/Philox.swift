// Random numbers by counting: the same draws for any number of threads and after any interruption.

import CKernels

/// A stream of random numbers of Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy
/// as 1, 2, 3", 2011).
///
/// Draw `i` of stream `stream` under key `seed` is a function of these three numbers alone. Streams
/// of one seed are independent of each other.
public struct Philox: Sendable {
  public let seed: UInt64
  public let stream: UInt32
  /// The number of the next draw.
  public var position: Int

  public init(seed: UInt64, stream: UInt32 = 0, position: Int = 0) {
    self.seed = seed
    self.stream = stream
    self.position = position
  }

  /// `count` draws from [0, 1).
  public mutating func uniforms(_ count: Int) -> [Double] { draws(count, ck_uniforms) }

  /// `count` draws from N(0, 1), by Box and Muller.
  public mutating func normals(_ count: Int) -> [Double] { draws(count, ck_normals) }

  public mutating func uniform() -> Double { uniforms(1).first ?? 0 }

  public mutating func normal() -> Double { normals(1).first ?? 0 }

  /// A uniform draw from 0 ..< bound, for a bound of at least 1. The bias of multiplying a 32-bit
  /// draw is below bound · 2⁻³².
  public mutating func integer(below bound: Int) -> Int {
    min(Int(uniform() * Double(bound)), bound - 1)
  }

  /// A uniformly random order of 0 ..< count (Fisher and Yates).
  public mutating func permutation(_ count: Int) -> [Int32] {
    var order = (0..<Int32(count)).map { $0 }
    let draws = uniforms(max(count, 1))
    for i in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(i, min(Int(draws[i] * Double(i + 1)), i))
    }
    return order
  }

  private mutating func draws(
    _ count: Int,
    _ fill: (UnsafeMutablePointer<Double>?, Int64, Int64, UInt64, UInt32) -> Void
  ) -> [Double] {
    guard count > 0 else { return [] }
    let first = position
    position += count
    return [Double](unsafeUninitializedCapacity: count) { buffer, filled in
      fill(buffer.baseAddress, Int64(first), Int64(count), seed, stream)
      filled = count
    }
  }
}
