// Places in the source as numbers, for graphs, which know nothing of sources; and back, when
// something that was recorded goes wrong long after the code has run.

import LatentLanguage
import LatentSyntax
import LatentTensor

/// The places at which traced code stands. Graphs of one training share them.
final class TracedPlaces {
  private var labels: [Diagnostic.Label] = []
  private var known: [Key: Int] = [:]

  private struct Key: Hashable {
    var source: ObjectIdentifier
    var span: Span
  }

  func number(of label: Diagnostic.Label) -> Int {
    let key = Key(source: ObjectIdentifier(label.source), span: label.span)
    if let number = known[key] { return number }
    labels.append(label)
    known[key] = labels.count - 1
    return labels.count - 1
  }

  subscript(number: Int) -> Diagnostic.Label? {
    labels.indices.contains(number) ? labels[number] : nil
  }

  /// A failure whose origin is known, as a diagnostic that shows it; any other error as it is.
  ///
  /// - Parameter text: what is said at the origin.
  func resolved(_ error: any Error, _ text: String) -> any Error {
    guard let failure = error as? Failure, let origin = failure.origin, let label = self[origin]
    else { return error }
    var diagnostic = Diagnostic(failure, at: nil)
    diagnostic.secondary = [Diagnostic.Label(label.source, label.span, text)]
    return diagnostic
  }
}
