// What the restarts found: the distinct optima, how often each was hit, and which one is kept.

import Foundation

/// Runs of EM from several starts.
struct Optima {
  private(set) var runs: [EMRun] = []
  /// The tolerance of the runs: ends that differ by little more are one optimum.
  let tolerance: Double

  init(tolerance: Double) { self.tolerance = tolerance }

  mutating func add(_ run: EMRun) { runs.append(run) }

  /// The run of the highest objective among those without a collapsed component, or among all where
  /// there is no other.
  var best: EMRun? {
    let sound = runs.filter(\.collapsed.isEmpty)
    return (sound.isEmpty ? runs : sound).max { $0.objective < $1.objective }
  }

  var singular: Int { runs.count { !$0.collapsed.isEmpty } }

  /// Runs that ended at the same optimum, best first.
  var distinct: [[Int]] {
    let order = runs.indices.sorted {
      runs[$0].objective == runs[$1].objective
        ? $0 < $1 : runs[$0].objective > runs[$1].objective
    }
    var groups: [[Int]] = []
    for place in order {
      if let first = groups.last?.first, isSame(runs[first], runs[place]) {
        groups[groups.count - 1].append(place)
      } else {
        groups.append([place])
      }
    }
    return groups
  }

  private func isSame(_ a: EMRun, _ b: EMRun) -> Bool {
    let width = max(1e-3, 100 * tolerance) + 1e-9 * abs(a.objective)
    return abs(a.objective - b.objective) < width && a.collapsed.isEmpty == b.collapsed.isEmpty
      && a.hasConverged == b.hasConverged
  }

  /// How many runs ended where the best did.
  var hits: Int {
    guard let best else { return 0 }
    return distinct.first { $0.contains { runs[$0].objective == best.objective } }?.count ?? 1
  }

  var fact: Fact {
    .list(
      distinct.map { group in
        let run = runs[group[0]]
        return .record([
          ("log_likelihood", .number(run.logLikelihood)), ("hits", .integer(group.count)),
          ("converged", .bool(run.hasConverged)), ("steps", .integer(run.steps)),
          ("collapsed", .vector(run.collapsed.map(Double.init))),
          ("starts", .vector(group.sorted().map(Double.init))),
        ])
      })
  }
}
