// A terminal for the prompt to run in: what is typed goes in, what appears comes out, and Ctrl-C
// is a real signal from a real line discipline.

import Foundation
@preconcurrency import Glibc

final class PseudoTerminal {
  private let master: Int32
  private let process = Process()
  private(set) var screen = ""

  /// Starts the `latent` command at a new terminal.
  init(_ arguments: [String] = [], environment extra: [String: String] = [:]) throws {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    // Linux's own requests: Swift's view of libc lacks `unlockpt` and `ptsname`.
    let (unlock, number) = (UInt(0x4004_5431), UInt(0x8004_5430))
    var (locked, index) = (Int32(0), Int32(-1))
    guard master >= 0, ioctl(master, unlock, &locked) == 0, ioctl(master, number, &index) == 0
    else { throw Tool.Missing(near: "a pseudo-terminal") }
    let slave = open("/dev/pts/\(index)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard slave >= 0 else { throw Tool.Missing(near: "/dev/pts/\(index)") }
    var size = winsize(ws_row: 40, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    // `setsid --ctty` makes it the controlling terminal: without one, Ctrl-C is only a character.
    process.executableURL = URL(filePath: "/usr/bin/setsid")
    process.arguments = ["--ctty", "--wait", try Tool.path] + arguments
    process.environment = Tool.environment.merging(["TERM": "xterm"]) { $1 }
      .merging(extra) { $1 }
    let handle = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
    process.standardInput = handle
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    try handle.close()
  }

  deinit {
    if process.isRunning { process.terminate() }
    close(master)
  }

  func type(_ keys: String) {
    let bytes = Array(keys.utf8)
    _ = bytes.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
  }

  /// Reads until the text appears behind what was waited for before.
  ///
  /// - Returns: whether it did within the time; the text up to and including it is then taken off.
  func wait(for text: String, seconds: Double = 20) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while true {
      if let range = screen.range(of: text) {
        screen = String(screen[range.upperBound...])
        return true
      }
      guard Date() < end, readSome() else { return false }
    }
  }

  /// Waits for the command to leave.
  ///
  /// - Returns: its exit code; nil if it has not left in time.
  func exitCode(seconds: Double = 20) -> Int32? {
    let end = Date().addingTimeInterval(seconds)
    while process.isRunning {
      guard Date() < end else { return nil }
      _ = readSome()
    }
    return process.terminationStatus
  }

  /// Reads what is there, waiting a moment for it; false when nothing will come any more.
  private func readSome() -> Bool {
    var watched = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    guard poll(&watched, 1, 50) > 0 else { return true }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(master, &bytes, bytes.count)
    guard count > 0 else { return false }
    screen += Self.withoutControls(String(decoding: bytes.prefix(count), as: UTF8.self))
    return true
  }

  /// Text alone: escape sequences such as `ESC [ ? 2004 h` and carriage returns say how, not what.
  private static func withoutControls(_ text: String) -> String {
    // By scalars first: a return and a line feed together are one character.
    let plain = String(
      String.UnicodeScalarView(text.unicodeScalars.filter { $0 != "\r" && $0 != "\u{7}" }))
    return plain.replacing(#/\u{1B}\[[0-9;?]*[A-Za-z]/#, with: "")
  }
}
