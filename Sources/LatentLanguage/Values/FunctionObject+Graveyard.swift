// Releasing long chains of functions without recursion.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where the captured values of released functions wait for their turn, one per thread.
final class Graveyard {
  private var waiting: [Value] = []
  private var isDigging = false

  /// Moves `count` values out of `values` and releases them, one after the other however long the
  /// chain behind them is.
  static func bury(_ values: UnsafeMutablePointer<Value>, count: Int) {
    guard let graveyard = current else {
      values.deinitialize(count: count)
      return
    }
    for position in 0..<count { graveyard.waiting.append((values + position).move()) }
    guard !graveyard.isDigging else { return }
    graveyard.isDigging = true
    while graveyard.waiting.popLast() != nil {}
    graveyard.isDigging = false
  }

  private static let key: pthread_key_t? = {
    var key = pthread_key_t()
    let status = pthread_key_create(&key) { (pointer: UnsafeMutableRawPointer?) in
      if let pointer { Unmanaged<Graveyard>.fromOpaque(pointer).release() }
    }
    return status == 0 ? key : nil
  }()

  private static var current: Graveyard? {
    guard let key else { return nil }
    if let pointer = pthread_getspecific(key) {
      return Unmanaged<Graveyard>.fromOpaque(pointer).takeUnretainedValue()
    }
    let graveyard = Graveyard()
    pthread_setspecific(key, Unmanaged.passRetained(graveyard).toOpaque())
    return graveyard
  }
}
