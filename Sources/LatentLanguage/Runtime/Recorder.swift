// The seam between the evaluator and a library that traces functions: the evaluator knows where in
// the source an operation stands, the recorder what the operation recorded.

import LatentSyntax

/// What records the operations of a function while the evaluator runs it with symbols.
public protocol Recorder: AnyObject {
  /// How much has been recorded.
  var recordedCount: Int { get }

  /// Everything recorded since the count was `first`, and not attributed yet, comes from this place.
  func attribute(from first: Int, to place: Diagnostic.Label)
}

extension Runtime {
  /// Runs an operation that stands at a place; what it records is attributed to it.
  @inline(__always)
  public func attributing<Result>(
    to place: @autoclosure () -> Diagnostic.Label?, _ body: () throws -> Result
  ) rethrows -> Result {
    guard let trace else { return try body() }
    let first = trace.recordedCount
    let result = try body()
    if trace.recordedCount > first, let place = place() { trace.attribute(from: first, to: place) }
    return result
  }
}
