// The sufficient statistics of an E-step: what is left of the data when the M-step begins.

/// Weighted moments of every component, centred at their own means, so that nothing cancels however
/// far the data lie from 0.
struct Moments: Sendable {
  enum Order: Sendable {
    case first
    /// Σ r (x − m)² by column.
    case squares
    /// Σ r (x − m)(x − m)ᵀ, packed.
    case scatter
  }

  let order: Order
  let components: Int
  let columns: Int
  /// Σ r of each component.
  var counts: [Double]
  /// Σ r over the rows where a column is known: components × columns.
  var columnCounts: [Double]
  /// components × columns.
  var means: [Double]
  /// components × `width`, about the means.
  var seconds: [Double]
  /// Σ r H(missing | known), where missing values are latent variables as well.
  var missingEntropy = 0.0

  var width: Int { Moments.width(order, columns) }

  static func width(_ order: Order, _ columns: Int) -> Int {
    switch order {
    case .first: 0
    case .squares: columns
    case .scatter: Triangle(size: columns).count
    }
  }

  init(_ order: Order, components: Int, columns: Int) {
    self.order = order
    self.components = components
    self.columns = columns
    counts = [Double](repeating: 0, count: components)
    columnCounts = [Double](repeating: 0, count: components * columns)
    means = columnCounts
    seconds = [Double](repeating: 0, count: components * Moments.width(order, columns))
  }

  var total: Double { counts.reduce(0, +) }

  func mean(_ component: Int) -> ArraySlice<Double> {
    means[(component * columns)..<((component + 1) * columns)]
  }

  func second(_ component: Int) -> [Double] {
    Array(seconds[(component * width)..<((component + 1) * width)])
  }

  /// Adds the moments of further rows (Chan, Golub & LeVeque 1983): the means move, and the
  /// scatter gains what lies between them.
  mutating func add(_ other: Moments) {
    missingEntropy += other.missingEntropy
    for k in 0..<components {
      counts[k] += other.counts[k]
      var shift = [Double](repeating: 0, count: columns)
      var shares = shift
      for j in 0..<columns {
        let place = k * columns + j
        let (own, more) = (columnCounts[place], other.columnCounts[place])
        guard more > 0 else { continue }
        shift[j] = other.means[place] - means[place]
        if own == 0 {
          means[place] = other.means[place]
        } else {
          means[place] += shift[j] * (more / (own + more))
          shares[j] = own / (own + more) * more
        }
        columnCounts[place] = own + more
      }
      for i in 0..<width { seconds[k * width + i] += other.seconds[k * width + i] }
      switch order {
      case .first: break
      case .squares:
        for j in 0..<columns { seconds[k * width + j] += shares[j] * shift[j] * shift[j] }
      case .scatter:
        // With a scatter matrix every column has the counts of its component.
        for i in 0..<columns where shares[i] > 0 {
          let row = k * width + Triangle.start(i)
          for j in 0...i { seconds[row + j] += shares[i] * shift[i] * shift[j] }
        }
      }
    }
  }

  /// Every count times a factor: the same means, as of so many fewer rows.
  mutating func scale(by factor: Double) {
    for i in counts.indices { counts[i] *= factor }
    for i in columnCounts.indices { columnCounts[i] *= factor }
    for i in seconds.indices { seconds[i] *= factor }
    missingEntropy *= factor
  }
}
