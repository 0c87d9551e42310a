// Places in the source that lowered code carries for its errors.

import LatentSyntax
import LatentTensor

/// Where a piece of lowered code stands.
final class Place: Sendable {
  let source: Source
  let span: Span

  init(_ source: Source, _ span: Span) {
    self.source = source
    self.span = span
  }

  var label: Diagnostic.Label { Diagnostic.Label(source, span) }

  /// `error` as a diagnostic at this place; diagnostics that have one already stay as they are.
  func diagnostic(_ error: any Error) -> any Error {
    switch error {
    case let failure as Failure: return Diagnostic(failure, at: label)
    case var diagnostic as Diagnostic:
      if diagnostic.primary == nil { diagnostic.primary = label }
      return diagnostic
    default: return error
    }
  }

  func failure(_ code: String, _ message: String, help: String? = nil) -> Diagnostic {
    Diagnostic(code, message, at: label, helps: help.map { [$0] } ?? [])
  }

  /// Runs `body`; what it throws gets this place.
  @inline(__always)
  func attempt<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch { throw diagnostic(error) }
  }
}

extension Diagnostic {
  /// A failure of the numerical modules at a place.
  public init(_ failure: Failure, at label: Label?) {
    self.init(
      failure.code, failure.message, at: label, notes: failure.notes, helps: failure.helps)
  }

  /// How many calls a trace names before it only counts them.
  static let longestTrace = 12

  /// The diagnostic with one more call around it.
  func called(_ name: String?, from source: Source, _ span: Span) -> Diagnostic {
    var copy = self
    if trace.count < Diagnostic.longestTrace {
      let line = source.position(of: span.start).line
      copy.trace.append("\(name ?? "a function"), called from \(source.name) line \(line)")
    } else if trace.count == Diagnostic.longestTrace {
      copy.trace.append("… and the calls around these")
    }
    return copy
  }
}
