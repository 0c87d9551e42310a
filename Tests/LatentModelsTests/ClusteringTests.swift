// The parts of starts and pairings, against enumeration.

import Foundation
import LatentTensor
import Testing

@testable import LatentModels

@Suite struct ClusteringTests {
  private func permutations(_ items: [Int]) -> [[Int]] {
    guard let first = items.first else { return [[]] }
    return permutations(Array(items.dropFirst())).flatMap { rest in
      (0...rest.count).map { place in
        var copy = rest
        copy.insert(first, at: place)
        return copy
      }
    }
  }

  @Test func assignmentIsTheCheapestOfAll() {
    var random = Philox(seed: 3)
    for size in 1...6 {
      for _ in 0..<10 {
        let costs = random.normals(size * size)
        func cost(_ columns: [Int]) -> Double {
          columns.enumerated().reduce(0) { $0 + costs[$1.offset * size + $1.element] }
        }
        let least = permutations(Array(0..<size)).map(cost).min() ?? 0
        let found = Assignment(costs: costs, size: size).columns
        #expect(Set(found).count == size)
        #expect(abs(cost(found) - least) < 1e-12)
      }
    }
  }

  /// Against joining the cheapest pair of all in each step.
  @Test func chainsOfNeighboursGiveWardsTree() {
    var random = Philox(seed: 4)
    let n = 40
    let x = random.normals(2 * n)
    var clusters = (0..<n).map { [$0] }
    func center(_ rows: [Int]) -> [Double] {
      (0..<2).map { j in rows.reduce(0) { $0 + x[2 * $1 + j] } / Double(rows.count) }
    }
    func cost(_ a: [Int], _ b: [Int]) -> Double {
      let gap = zip(center(a), center(b)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      return gap * Double(a.count * b.count) / Double(a.count + b.count)
    }
    while clusters.count > 5 {
      var best = (cost: Double.infinity, a: 0, b: 0)
      for a in clusters.indices {
        for b in 0..<a where cost(clusters[a], clusters[b]) < best.cost {
          best = (cost(clusters[a], clusters[b]), a, b)
        }
      }
      clusters[best.b] += clusters.remove(at: best.a)
    }
    let labels = WardTree(x, rows: n, columns: 2, weights: nil, clusters: 5).labels
    let found = Dictionary(grouping: 0..<n) { labels[$0] }.values.map { Set($0) }
    #expect(Set(found) == Set(clusters.map { Set($0) }))
  }

  @Test func convergenceWaitsForWhatIsToCome() {
    // Gains of ρᵗ: the remainder of a geometric series is known.
    var trace = EMTrace()
    trace.objective = (0..<200).map { -pow(0.99, Double($0)) * 1e-4 }
    #expect(abs(trace.remainder - -(trace.objective.last ?? 0)) < 1e-9)
    // A step gains 1.4e-7, and a hundred times that is to come.
    #expect(!trace.hasConverged(1e-6))
    #expect(trace.hasConverged(2e-5))
    // Growing gains, however small, are no end.
    trace.objective = (0..<50).map { 1e-9 * pow(1.1, Double($0)) }
    #expect(!trace.hasConverged(1e-6))
    // A fall is a violation.
    trace.objective = [-10, -5, -5.001]
    #expect(!trace.isMonotone)
  }
}
