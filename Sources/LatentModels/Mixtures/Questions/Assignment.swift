// Which of these is which of those: the pairing of two sets of components that costs least.

/// The assignment problem by shortest augmenting paths with potentials, O(n³) (Jonker & Volgenant
/// 1987).
struct Assignment {
  /// The column that each row is paired with.
  let columns: [Int]

  /// - Parameter costs: size × size, finite.
  init(costs: [Double], size n: Int) {
    // 1-based, with 0 for "nobody", as the algorithm is usually written.
    var rowPotential = [Double](repeating: 0, count: n + 1)
    var columnPotential = rowPotential
    var owner = [Int](repeating: 0, count: n + 1)
    var way = owner
    for row in stride(from: 1, through: n, by: 1) {
      owner[0] = row
      var column = 0
      var least = [Double](repeating: .infinity, count: n + 1)
      var isUsed = [Bool](repeating: false, count: n + 1)
      repeat {
        isUsed[column] = true
        let current = owner[column]
        var (delta, next) = (Double.infinity, 0)
        for j in 1...n where !isUsed[j] {
          let cost =
            costs[(current - 1) * n + j - 1] - rowPotential[current] - columnPotential[j]
          if cost < least[j] { (least[j], way[j]) = (cost, column) }
          if least[j] < delta { (delta, next) = (least[j], j) }
        }
        guard next > 0 else { break }
        for j in 0...n {
          if isUsed[j] {
            rowPotential[owner[j]] += delta
            columnPotential[j] -= delta
          } else {
            least[j] -= delta
          }
        }
        column = next
      } while owner[column] != 0
      while column != 0 {
        let before = way[column]
        owner[column] = owner[before]
        column = before
      }
    }
    var result = Array(0..<n)
    for j in stride(from: 1, through: n, by: 1) where owner[j] > 0 { result[owner[j] - 1] = j - 1 }
    columns = result
  }
}
