// How much memory the large values of a program hold, so that a program that grows without end
// ends in an error and does not take the machine with it.
//
// Counted are values of at least 16 KB: there a count costs nothing beside the value, and a
// program of small values only grows slowly enough to be seen from outside (`Runtime.refuel`).

import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What one interpreter holds, and the most it may hold.
public final class MemoryAccount: Sendable {
  private let held = Atomic<Int>(0)
  private let most = Atomic<Int>(.max)

  public init() {}

  /// The bytes of the large values that are alive.
  public var bytes: Int { held.load(ordering: .relaxed) }

  public var limit: Int {
    get { most.load(ordering: .relaxed) }
    set { most.store(newValue, ordering: .relaxed) }
  }

  public var isOverdrawn: Bool { bytes > limit }

  /// How many bytes one more value may take.
  public var room: Int { max(0, limit.subtractingReportingOverflow(bytes).partialValue) }

  /// How many bytes one more value may take on this thread: the room of the program that runs here,
  /// and never more than the machine (or the control group of the process) has.
  public static var available: Int { min(current?.room ?? .max, Shape.elementLimit * 16) }

  /// Refuses what would not fit before any of it is allocated.
  ///
  /// - Parameters:
  ///   - bytes: nil for more than can be counted.
  ///   - purpose: what needs it, as the subject of a sentence.
  /// - Throws: `L602` with the figure, what is there, and the remedies.
  public static func require(_ bytes: Int?, for purpose: String, helps: [String]) throws {
    let available = available
    guard (bytes ?? .max) > available else { return }
    let need = bytes.map { "\(ByteText($0))" } ?? "more bytes than can be counted"
    throw Failure(
      "L602", "\(purpose) would take \(need) of memory, and \(ByteText(available)) are left",
      helps: helps)
  }

  fileprivate func add(_ bytes: Int) { held.wrappingAdd(bytes, ordering: .relaxed) }
  fileprivate func subtract(_ bytes: Int) { held.wrappingSubtract(bytes, ordering: .relaxed) }

  // MARK: The running program

  /// A thread runs one interpreter at a time, and what makes values does not know which.
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
  }()

  /// The account of the program that runs on this thread.
  public static var current: MemoryAccount? {
    pthread_getspecific(key).map {
      Unmanaged<MemoryAccount>.fromOpaque($0).takeUnretainedValue()
    }
  }

  /// Counts what `body` makes on this account.
  public func counting<Result>(_ body: () throws -> Result) rethrows -> Result {
    let outer = pthread_getspecific(Self.key)
    pthread_setspecific(Self.key, Unmanaged.passUnretained(self).toOpaque())
    defer { pthread_setspecific(Self.key, outer) }
    return try body()
  }
}

/// The bytes of one value, on the account of the program that made it until the value dies.
public final class MemoryClaim: Sendable {
  private let account: MemoryAccount
  public let bytes: Int

  private init(_ account: MemoryAccount, _ bytes: Int) {
    self.account = account
    self.bytes = bytes
    account.add(bytes)
  }

  deinit { account.subtract(bytes) }

  /// Smaller values are not counted.
  public static let threshold = 1 << 14

  /// Nil for small values, and outside of programs.
  @inline(__always)
  public static func of(_ bytes: Int) -> MemoryClaim? {
    bytes < threshold ? nil : counted(bytes)
  }

  /// The claim of a value that has grown in place: renewed each time it has doubled.
  @inline(__always)
  public static func renewed(_ claim: MemoryClaim?, _ bytes: Int) -> MemoryClaim? {
    bytes < 2 * (claim?.bytes ?? threshold / 2) ? claim : counted(bytes)
  }

  @inline(never)
  private static func counted(_ bytes: Int) -> MemoryClaim? {
    MemoryAccount.current.map { MemoryClaim($0, bytes) }
  }
}
