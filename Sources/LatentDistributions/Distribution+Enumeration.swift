// The values of finite distributions with their probabilities, so that expectations are sums.

import Foundation
import LatentTensor

extension Distribution {
  /// All values of a draw, values × one draw, with their probabilities; nil where there are
  /// infinitely many or more than `limit`.
  public func enumeration(limit: Int = 65_536) throws -> (values: Tensor, masses: [Double])? {
    guard isDiscrete, let values = try allValues(limit: limit), let first = values.first else {
      return nil
    }
    let table = Tensor(
      shape: [values.count] + shape, values.count == 1 ? first : values.flatMap { $0 })
    return (table, try logProbability(table).values.map { exp($0) })
  }

  private func allValues(limit: Int) throws -> [[Double]]? {
    switch prepared {
    case .family(let family, let parameters):
      if family.name == "multinomial" || family.name == "dirichlet_multinomial" {
        guard shape.count == 1, let n = parameters[0].values.first else { return nil }
        return compositions(n, parts: shape[0], limit: limit)
      }
      guard let values = family.values else { return nil }
      let events = EventParameters(family, parameters, shape: shape)
      var lists: [[Double]] = []
      var total = 1
      for event in 0..<events.count {
        let list = values(events[event])
        let (product, overflow) = total.multipliedReportingOverflow(by: list.count)
        guard !overflow, product > 0, product <= limit else { return nil }
        total = product
        lists.append(list)
      }
      return lists.reduce([[]]) { rows, list in
        rows.flatMap { row in list.map { row + [$0] } }
      }
    case .mixture(_, let components):
      var seen: Set<[Double]> = []
      for component in components {
        guard let part = try Distribution(component).allValues(limit: limit) else { return nil }
        seen.formUnion(part)
        if seen.count > limit { return nil }
      }
      return seen.sorted { $0.lexicographicallyPrecedes($1) }
    case .independent(let inner, let count):
      guard let part = try Distribution(inner).allValues(limit: limit) else { return nil }
      var rows: [[Double]] = [[]]
      for _ in 0..<count {
        guard rows.count * part.count <= limit else { return nil }
        rows = rows.flatMap { row in part.map { row + $0 } }
      }
      return rows
    }
  }

  /// All ways to write n as an ordered sum of counts.
  private func compositions(_ n: Double, parts: Int, limit: Int) -> [[Double]]? {
    var rows: [(row: [Double], rest: Double)] = [([], n)]
    for part in 0..<parts {
      var next: [(row: [Double], rest: Double)] = []
      for (row, rest) in rows {
        let start = part == parts - 1 ? rest : 0
        guard rest - start < Double(limit) else { return nil }
        for count in stride(from: start, through: rest, by: 1) {
          next.append((row + [count], rest - count))
        }
        if next.count > limit { return nil }
      }
      rows = next
    }
    return rows.map(\.row)
  }
}
