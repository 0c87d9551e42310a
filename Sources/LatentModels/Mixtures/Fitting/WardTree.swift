// Hierarchical clustering by Ward's criterion, a start of EM without chance.

import LatentTensor

/// Agglomeration that joins the two clusters whose union adds least to the sum of squares
/// (Ward 1963), by chains of nearest neighbours in O(n²) time and memory (Murtagh 1983).
struct WardTree {
  /// The cluster of each row.
  let labels: [Int]

  /// - Parameter x: rows × columns.
  init(_ x: [Double], rows: Int, columns: Int, weights: [Double]?, clusters: Int) {
    var size = (0..<rows).map { max(weights?[$0] ?? 1, 1e-12) }
    var center = x
    var isActive = [Bool](repeating: true, count: rows)
    var merges: [(cost: Double, a: Int, b: Int)] = []
    func cost(_ a: Int, _ b: Int) -> Double {
      var sum = 0.0
      for j in 0..<columns {
        let shift = center[a * columns + j] - center[b * columns + j]
        sum += shift * shift
      }
      return sum * size[a] * size[b] / (size[a] + size[b])
    }
    var chain: [Int] = []
    var left = rows
    while left > 1 {
      if chain.isEmpty { chain.append(isActive.firstIndex(of: true) ?? 0) }
      let tip = chain[chain.count - 1]
      let previous = chain.count > 1 ? chain[chain.count - 2] : nil
      var (best, least) = (previous, previous.map { cost(tip, $0) } ?? .infinity)
      for other in 0..<rows where isActive[other] && other != tip {
        let found = cost(tip, other)
        if found < least || best == nil { (best, least) = (other, found) }
      }
      guard let best else { break }
      guard best == previous else {
        chain.append(best)
        continue
      }
      chain.removeLast(2)
      merges.append((least, tip, best))
      let total = size[tip] + size[best]
      for j in 0..<columns {
        center[best * columns + j] =
          (size[tip] * center[tip * columns + j] + size[best] * center[best * columns + j])
          / total
      }
      size[best] = total
      isActive[tip] = false
      left -= 1
    }
    // Costs rise towards the root, so the cheapest merges are those below the cut.
    var parent = Array(0..<rows)
    func root(_ row: Int) -> Int {
      var place = row
      while parent[place] != place { place = parent[place] }
      return place
    }
    let kept = merges.sorted { $0.cost < $1.cost }.prefix(max(rows - clusters, 0))
    for merge in kept { parent[root(merge.a)] = root(merge.b) }
    var names: [Int: Int] = [:]
    labels = (0..<rows).map { row in
      let top = root(row)
      let name = names[top] ?? names.count
      names[top] = name
      return name
    }
  }
}
