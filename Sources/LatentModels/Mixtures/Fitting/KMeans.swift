// k-means as a start of EM: one run from one seeding, so that restarts differ. A k-means that is
// itself the best of several always leads EM to the same optimum, which need not be the best.

import CKernels
import Foundation
import LatentTensor

/// Lloyd's algorithm from the seeds of k-means++ (Arthur & Vassilvitskii 2007), on complete data.
struct KMeans {
  /// components × columns.
  private(set) var centers: [Double]
  let components: Int
  let columns: Int
  /// Squared distances are multiplied by it: so large that only exact ties share a row.
  let sharpness: Double

  /// - Parameter known: the centres of components that some rows are known to belong to.
  /// - Throws: `L530` where there are fewer distinct rows than components.
  init(
    _ data: MixtureData, components: Int, scale: DataScale, known: [Int: [Double]] = [:],
    random: inout Philox
  ) throws {
    self.components = components
    columns = data.columns
    let spread = scale.variances.reduce(0, +)
    sharpness = (1e10 / max(spread, 1e-300)).squareRoot()
    centers = []
    try seed(data, known, &random)
    for _ in 0..<100 {
      guard let moments = try assignment(data, order: .first), try move(to: moments, data) else {
        break
      }
    }
  }

  /// Rows drawn in proportion to their squared distance from the centres so far.
  private mutating func seed(
    _ data: MixtureData, _ known: [Int: [Double]], _ random: inout Philox
  ) throws {
    guard let group = data.groups.first else { return }
    let n = data.rows
    var nearest = [Double](repeating: .infinity, count: n)
    var chosen: [Int: [Double]] = known
    func measure(_ center: [Double]) throws {
      let sweep = Sweep(
        form: KernelForm(
          form: CK_MIX_DIAGONAL, offsets: [0], locations: center,
          factors: [Double](repeating: 1, count: columns)), logWeights: [0], shift: center,
        wanted: .init(logDensity: true))
      let halves = try sweep.run(group.withoutLabels).logDensity
      for i in 0..<n { nearest[i] = min(nearest[i], max(-2 * halves[i], 0)) }
    }
    for k in known.keys.sorted() { try measure(known[k] ?? []) }
    for k in 0..<components where chosen[k] == nil {
      let shares = (0..<n).map { i in
        (nearest[i].isFinite ? nearest[i] : 1) * (data.weights?[i] ?? 1)
      }
      let total = shares.reduce(0, +)
      guard total > 0 else { throw KMeans.tooFew(chosen.count, components) }
      var rest = random.uniform() * total
      let row = shares.firstIndex { share in
        rest -= share
        return rest < 0
      }
      let place = row ?? shares.lastIndex { $0 > 0 } ?? 0
      let center = Array(group.x[(place * columns)..<((place + 1) * columns)])
      chosen[k] = center
      try measure(center)
    }
    centers = (0..<components).flatMap { chosen[$0] ?? [] }
  }

  static func tooFew(_ distinct: Int, _ components: Int) -> Failure {
    Failure(
      "L530",
      "\(components) components need at least as many different rows, but the data have only "
        + "\(distinct)", argument: "data", help: "use fewer components")
  }

  /// Moves every centre to the mean of its rows; false when none has moved.
  private mutating func move(to moments: Moments, _ data: MixtureData) throws -> Bool {
    var isMoving = false
    for k in 0..<components where moments.counts[k] > 0 {
      for place in (k * columns)..<((k + 1) * columns) {
        if abs(centers[place] - moments.means[place]) * sharpness > 1e-1 { isMoving = true }
        centers[place] = moments.means[place]
      }
    }
    return isMoving
  }

  /// The moments of the rows nearest to each centre; rows of known component stay with it.
  func assignment(_ data: MixtureData, order: Moments.Order) throws -> Moments? {
    let form = KernelForm(
      form: CK_MIX_DIAGONAL, offsets: [Double](repeating: 0, count: components),
      locations: centers,
      factors: [Double](repeating: sharpness, count: components * columns))
    let sweep = Sweep(
      form: form, logWeights: [Double](repeating: 0, count: components), shift: centers,
      wanted: .init(moments: order))
    return try data.groups.first.map { try sweep.run($0).moments } ?? nil
  }
}
