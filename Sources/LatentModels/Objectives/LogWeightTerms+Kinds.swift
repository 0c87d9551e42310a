// Rows of several kinds in one minibatch: a row with a label has other latents, and so other terms
// of its bound, than one without.

import LatentAutodiff

extension LogWeightTerms {
  /// The terms of rows each of which is of one kind.
  ///
  /// - Parameter kinds: the terms as if all rows were of that kind, with a mask [1, rows] that is
  ///   not 0 where a row is. Masks exclude each other.
  /// - Returns: nil without kinds.
  public static func chosen(_ kinds: [(mask: Symbol, terms: LogWeightTerms)]) -> LogWeightTerms? {
    guard let first = kinds.first else { return nil }
    if kinds.count == 1 { return first.terms }
    func sum(_ part: (LogWeightTerms) -> Symbol?) -> Symbol? {
      kinds.compactMap { mask, terms in
        part(terms).map { mask.select($0, $0.graph.constant(0)) }
      }.reduce(nil) { total, next in total.map { $0 + next } ?? next }
    }
    let likelihood = sum(\.likelihood) ?? first.terms.likelihood
    var result = LogWeightTerms(
      likelihood: likelihood, prior: sum(\.prior) ?? likelihood,
      posterior: sum(\.posterior) ?? likelihood, scored: sum(\.scored),
      draws: kinds.flatMap(\.terms.draws), dimensions: kinds.map(\.terms.dimensions).max() ?? 0)
    // A closed form for some kinds only would leave the others without their cost.
    let drawing = kinds.filter { $0.terms.dimensions > 0 }
    let parts = drawing.compactMap { mask, terms -> Symbol? in
      guard let divergence = terms.divergence else { return nil }
      let shape = terms.likelihood.shape
      let rows = mask.broadcast(to: shape).reshaped([shape.reduce(1, *), 1])
      return rows.select(divergence, divergence.graph.constant(0))
    }
    if parts.count == drawing.count, let divergence = Symbol.concatenated(parts) {
      result.divergence = divergence
      result.columnDimensions = zip(drawing, parts).flatMap { kind, part in
        kind.terms.columnDimensions ?? [Double](repeating: 1, count: part.shape.last ?? 0)
      }
    }
    return result
  }
}
