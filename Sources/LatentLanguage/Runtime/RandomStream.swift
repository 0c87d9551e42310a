// The order of random draws. The generator itself is counter-based (LatentTensor), so all the
// interpreter keeps is a seed and how many draws were made.

/// The key of one draw: everything drawn under it follows from these numbers alone.
public struct RandomKey: Hashable, Sendable {
  public var seed: UInt64
  public var stream: UInt32

  public init(seed: UInt64, stream: UInt32) {
    self.seed = seed
    self.stream = stream
  }
}

/// Hands out keys: draw `n` after `seed(s)` is always the same, whatever ran in between did.
public struct RandomStream: Hashable, Sendable {
  public private(set) var seed: UInt64
  /// How many keys were handed out.
  public private(set) var draws: UInt64

  public init(seed: UInt64, draws: UInt64 = 0) {
    self.seed = seed
    self.draws = draws
  }

  public mutating func reset(seed: UInt64) { self = RandomStream(seed: seed) }

  /// The next key. Stream 0 belongs to explicit seeds, so the first is 1; after 2³² − 1 draws the
  /// seed moves on, and no key is ever given out twice.
  public mutating func next() -> RandomKey {
    defer { draws &+= 1 }
    let lap = draws / UInt64(UInt32.max)
    let stream = UInt32(draws % UInt64(UInt32.max)) &+ 1
    return RandomKey(seed: seed &+ lap &* 0x9E37_79B9_7F4A_7C15, stream: stream)
  }
}
