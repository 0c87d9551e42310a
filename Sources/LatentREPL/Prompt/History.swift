// What was entered before, kept in a file of our own: readline's format splits entries of several
// lines, and with time stamps it still corrupts lines that begin `#2`.
//
// An entry is a line `# 2026-11-22T12:00:00Z` and its lines behind a tab each. It is appended
// whole and under a lock, so a crash or a second session loses nothing.

import Foundation
@preconcurrency import Glibc

/// The entries of the prompt, oldest first.
struct History {
  private(set) var entries: [String] = []
  private let path: String?

  /// How many entries the file keeps; it is shortened when a tenth more have come together.
  static let limit = 10_000

  /// Opens the history at a path, which need not exist; nil keeps entries in memory only.
  init(path: String?) {
    self.path = path
    guard let path, let data = FileManager.default.contents(atPath: path) else { return }
    let all = Self.entries(in: String(decoding: data, as: UTF8.self))
    entries = all.suffix(Self.limit)
    if all.count > Self.limit + Self.limit / 10 { shorten() }
  }

  /// `$LATENT_HISTORY` (empty: no file), else `latent/history` in the XDG state directory.
  static func standardPath(_ environment: [String: String]) -> String? {
    if let path = environment["LATENT_HISTORY"] { return path.isEmpty ? nil : path }
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
      return state + "/latent/history"
    }
    return environment["HOME"].map { $0 + "/.local/state/latent/history" }
  }

  /// Adds an entry of one or more lines here and to the file. An entry equal to the last one, an
  /// empty one and one that begins with a space are left out.
  ///
  /// - Returns: whether it was added.
  mutating func add(_ entry: String) -> Bool {
    guard !entry.hasPrefix(" "), entry.contains(where: { !$0.isWhitespace }),
      entry != entries.last
    else { return false }
    entries.append(entry)
    withLockedFile { file in
      write(Self.record(entry, at: Date()), to: file)
    }
    return true
  }

  static func record(_ entry: String, at time: Date) -> String {
    let lines = entry.split(separator: "\n", omittingEmptySubsequences: false)
    return "# \(time.formatted(.iso8601))\n" + lines.map { "\t\($0)\n" }.joined()
  }

  /// The entries of a file; lines that fit nowhere are passed over.
  static func entries(in text: String) -> [String] {
    var entries: [String] = []
    var lines: [Substring] = []
    func finish() {
      if !lines.isEmpty { entries.append(lines.joined(separator: "\n")) }
      lines = []
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("\t") { lines.append(line.dropFirst()) } else { finish() }
    }
    finish()
    return entries
  }

  /// Replaces the file by one with the newest entries. The new file is complete before it takes
  /// the old one's name.
  private func shorten() {
    withLockedFile { _ in
      guard let path, let data = FileManager.default.contents(atPath: path) else { return }
      let kept = Self.entries(in: String(decoding: data, as: UTF8.self)).suffix(Self.limit)
      let text = kept.map { Self.record($0, at: Date()) }.joined()
      let draft = path + ".\(getpid())"
      let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      guard file >= 0 else { return }
      let complete = write(text, to: file) && fsync(file) == 0
      close(file)
      if !complete || rename(draft, path) != 0 { unlink(draft) }
    }
  }

  /// Opens the file for appending and holds its lock meanwhile. A file that cannot be written is
  /// no reason to disturb the user: the session keeps its entries in memory.
  private func withLockedFile(_ body: (Int32) -> Void) {
    guard let path else { return }
    let folder = (path as NSString).deletingLastPathComponent
    if !folder.isEmpty {
      try? FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
    // Another session may put a shortened file in place while we wait for the lock: then what we
    // hold has no name any more, and we begin again.
    for _ in 0..<16 {
      let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
      guard file >= 0 else { return }
      defer { close(file) }
      guard flock(file, LOCK_EX) == 0 else { return }
      var held = stat()
      var named = stat()
      guard fstat(file, &held) == 0 else { return }
      if stat(path, &named) == 0, held.st_ino == named.st_ino, held.st_dev == named.st_dev {
        return body(file)
      }
    }
  }

  @discardableResult
  private func write(_ text: String, to file: Int32) -> Bool {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      bytes = bytes.dropFirst(count)
    }
    return true
  }
}
