// Work that the user can stop: it runs on a thread of its own, with a deep stack, while the main
// thread waits for Ctrl-C. A handler that called the interpreter itself could not be made safe.

@preconcurrency import Glibc
import Synchronization

/// Runs work while watching for signals.
public struct Foreground {
  private let signals: SignalPipe

  /// What a signal asks for; each closure is called on the calling thread while the work goes on.
  public struct Reactions {
    /// Ctrl-C: stop at the next safe place and keep what there is.
    public var interrupt: () -> Void
    /// Ctrl-C again within two seconds.
    public var insist: () -> Void
    /// A signal that ends the process (SIGTERM, SIGHUP, SIGQUIT).
    public var terminate: (Int32) -> Void

    public init(
      interrupt: @escaping () -> Void, insist: @escaping () -> Void,
      terminate: @escaping (Int32) -> Void = { _ in }
    ) {
      self.interrupt = interrupt
      self.insist = insist
      self.terminate = terminate
    }
  }

  public init(signals: SignalPipe) { self.signals = signals }

  /// Recursion in the language becomes recursion here; its depth limit, not the stack, must end it.
  private static let stackSize = 512 << 20

  /// Runs `work` to its end and returns what it returned.
  ///
  /// - Returns: the result, and whether Ctrl-C was pressed meanwhile.
  public func run<Success>(
    _ reactions: Reactions, work: @escaping () -> Success
  ) -> (result: Success, interrupted: Bool) {
    let box = WorkBox(signals: signals, work: work)
    guard box.start(stackSize: Self.stackSize) else { return (work(), false) }
    var lastInterrupt: ContinuousClock.Instant?
    while true {
      if let result = box.result { return (result, lastInterrupt != nil) }
      _ = signals.wait()
      for event in signals.take() {
        switch event {
        case .posted: break
        case .signal(SIGINT):
          let now = ContinuousClock.now
          if let last = lastInterrupt, now - last < .seconds(2) {
            reactions.insist()
          } else {
            reactions.interrupt()
          }
          lastInterrupt = now
        case .signal(SIGWINCH), .signal(SIGCONT): break
        case .signal(let number): reactions.terminate(number)
        }
      }
    }
  }
}

/// The work and its result, shared by the two threads: the lock hands the result over, and the
/// thread that waits touches nothing else while the work runs.
private final class WorkBox<Success>: @unchecked Sendable {
  private let signals: SignalPipe
  private let work: () -> Success
  private var finished: Success?
  private let lock = Mutex(())

  init(signals: SignalPipe, work: @escaping () -> Success) {
    self.signals = signals
    self.work = work
  }

  var result: Success? { lock.withLock { _ in finished } }

  fileprivate func perform() {
    let value = work()
    lock.withLock { _ in finished = value }
    signals.post()
  }

  /// Starts the thread; false when the system refuses one.
  func start(stackSize: Int) -> Bool {
    // The closure erases the type parameter, which a C function pointer cannot carry.
    let body = Unmanaged.passRetained(ThreadBody { self.perform() })
    for size in [stackSize, stackSize >> 3, stackSize >> 6] {
      var attributes = pthread_attr_t()
      pthread_attr_init(&attributes)
      defer { pthread_attr_destroy(&attributes) }
      pthread_attr_setstacksize(&attributes, size)
      pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
      var thread = pthread_t()
      let status = pthread_create(
        &thread, &attributes,
        { pointer in
          guard let pointer else { return nil }
          Unmanaged<ThreadBody>.fromOpaque(pointer).takeRetainedValue().run()
          return nil
        }, body.toOpaque())
      if status == 0 { return true }
    }
    body.release()
    return false
  }
}

private final class ThreadBody {
  let run: () -> Void

  init(_ run: @escaping () -> Void) { self.run = run }
}
