// Signals as bytes in a pipe: the only thing a signal handler may safely do is write one, and a
// pipe can be waited for together with the keyboard.

@preconcurrency import Glibc

/// The end of the pipe that handlers write to; -1 before the first pipe. A handler can reach
/// nothing but a global.
nonisolated(unsafe) private var handlerEnd: Int32 = -1

/// Delivers signals to whoever waits in `poll`. One serves the whole process.
public final class SignalPipe: Sendable {
  /// Becomes readable when something is to be taken.
  let readEnd: Int32
  private let writeEnd: Int32

  /// What arrives through the pipe.
  enum Event: Equatable {
    case signal(Int32)
    /// A wake-up by `post`: work on another thread has ended.
    case posted
  }

  /// Opens the pipe and takes over the signals; nil when the process has no file descriptor left.
  public init?(taking signals: [Int32]) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    readEnd = ends[0]
    writeEnd = ends[1]
    handlerEnd = writeEnd
    var taken = sigset_t()
    sigemptyset(&taken)
    for signal in signals {
      // `nohup` means it. SIGINT is ignored in every background job of a script, and there it is
      // nevertheless the way to stop us and keep what there is.
      if signal == SIGHUP, Self.isIgnored(signal) { continue }
      sigaddset(&taken, signal)
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        let before = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(handlerEnd, &byte, 1)
        errno = before
      }
      // Restarting keeps a signal from failing a read or write of the program under way.
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESTART))
      sigaction(signal, &action, nil)
    }
    // A parent with many threads may have started us with signals blocked.
    pthread_sigmask(SIG_UNBLOCK, &taken, nil)
  }

  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    sigaction(signal, nil, &action)
    let handler = unsafeBitCast(action.__sigaction_handler.sa_handler, to: UInt.self)
    return handler == unsafeBitCast(SIG_IGN, to: UInt.self)
  }

  /// Wakes the thread that waits, from any thread.
  func post() {
    var byte: UInt8 = 0
    _ = write(writeEnd, &byte, 1)
  }

  /// Takes what has arrived, without waiting.
  func take() -> [Event] {
    var bytes = [UInt8](repeating: 0, count: 64)
    var events: [Event] = []
    while true {
      let count = read(readEnd, &bytes, bytes.count)
      guard count > 0 else { return events }
      events += bytes.prefix(count).map { $0 == 0 ? .posted : .signal(Int32($0)) }
    }
  }

  /// Waits until something arrives here or, when given, until `input` can be read.
  ///
  /// - Returns: whether `input` can be read (or has ended).
  func wait(orFor input: Int32? = nil) -> Bool {
    var watched = [pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)]
    if let input { watched.append(pollfd(fd: input, events: Int16(POLLIN), revents: 0)) }
    // An interrupted wait is repeated: the handler has put its byte in the pipe.
    while poll(&watched, nfds_t(watched.count), -1) < 0 && errno == EINTR {}
    return watched.count > 1 && watched[1].revents != 0
  }
}
