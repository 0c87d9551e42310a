// What a program may use before it is stopped, and how another thread stops it.

import LatentTensor
import Synchronization

/// Limits of one run. Nil means none.
public struct Limits: Sendable {
  /// Turns of loops and calls of functions.
  public var steps: Int?
  /// Calls inside calls.
  public var depth = 10_000
  /// Seconds of wall-clock time.
  public var seconds: Double?
  /// Bytes that the values of the interpreter may hold. Values below 16 KB do not count by
  /// themselves; for them the whole process may not grow by more while a program runs.
  public var memory: Int?

  /// Three quarters of what the machine has.
  public static let standardMemory = Shape.elementLimit * 12

  public init(
    steps: Int? = nil, depth: Int = 10_000, seconds: Double? = nil,
    memory: Int? = Limits.standardMemory
  ) {
    self.memory = memory
    self.steps = steps
    self.depth = depth
    self.seconds = seconds
  }
}

/// Set from any thread (or a signal handler), read at the back-edges of loops and at calls.
public final class InterruptFlag: Sendable {
  let isRaised = Atomic<Bool>(false)

  public init() {}

  public func raise() { isRaised.store(true, ordering: .relaxed) }
  public func lower() { isRaised.store(false, ordering: .relaxed) }
  public var isSet: Bool { isRaised.load(ordering: .relaxed) }
}
