// Whether to colour: one rule for every stream and every way in.

import Foundation
@preconcurrency import Glibc

/// The user's wish about colours: `--color`.
public enum TerminalStyle: String, CaseIterable, Sendable {
  case auto, always, never

  /// Whether control sequences may be written to a stream.
  ///
  /// `always` and `never` decide; otherwise `NO_COLOR` (set and not empty) forbids, `FORCE_COLOR`
  /// demands, and else the stream must be a terminal that is not dumb.
  public func isColored(
    _ descriptor: Int32, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> Bool {
    switch self {
    case .always: return true
    case .never: return false
    case .auto:
      func isSet(_ name: String) -> Bool { environment[name].map { !$0.isEmpty } ?? false }
      if isSet("NO_COLOR") { return false }
      if isSet("FORCE_COLOR") { return true }
      return isatty(descriptor) == 1 && environment["TERM"] != "dumb" && isSet("TERM")
    }
  }
}
