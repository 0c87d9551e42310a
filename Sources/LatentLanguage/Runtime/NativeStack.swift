// How much of the thread's own stack is left. Every call of the language costs several calls of
// Swift, threads have stacks of very different sizes, and running out of one cannot be caught.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

enum NativeStack {
  /// What must stay free below the limit: for the deepest expression, a builtin's own work, and
  /// the making of the diagnostic.
  static let reserve: UInt = 192 * 1024

  /// The lowest address that calls of the language may reach on this thread.
  static func limit() -> UInt {
    #if os(Linux)
      var attributes = pthread_attr_t()
      guard let getAttributes, getAttributes(pthread_self(), &attributes) == 0 else {
        return fallback()
      }
      defer { pthread_attr_destroy(&attributes) }
      var lowest: UnsafeMutableRawPointer?
      var size = 0
      guard pthread_attr_getstack(&attributes, &lowest, &size) == 0, let lowest else {
        return fallback()
      }
      return UInt(bitPattern: lowest) + min(reserve, UInt(size) / 2)
    #elseif canImport(Darwin)
      let top = UInt(bitPattern: pthread_get_stackaddr_np(pthread_self()))
      let size = UInt(pthread_get_stacksize_np(pthread_self()))
      return top - size + min(reserve, size / 2)
    #else
      return fallback()
    #endif
  }

  #if os(Linux)
    private typealias GetAttributes =
      @convention(c) (
        pthread_t, UnsafeMutablePointer<pthread_attr_t>
      ) -> Int32

    /// The header hides the function behind a macro that Swift does not set.
    private static let getAttributes: GetAttributes? = dlsym(nil, "pthread_getattr_np").map {
      unsafeBitCast($0, to: GetAttributes.self)
    }
  #endif

  /// Assumes 512 KB, the smallest stack in common use.
  private static func fallback() -> UInt {
    var marker: UInt8 = 0
    let here = withUnsafeMutablePointer(to: &marker) { UInt(bitPattern: $0) }
    return here - min(here, 512 * 1024 - reserve)
  }

  @inline(__always)
  static func hasRoom(_ limit: UInt) -> Bool {
    var marker: UInt8 = 0
    return withUnsafeMutablePointer(to: &marker) { UInt(bitPattern: $0) } > limit
  }
}
