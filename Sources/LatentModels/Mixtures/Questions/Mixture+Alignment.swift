// The same components under the same numbers: the labels of a mixture are arbitrary, so fits are
// compared after their components have been paired.

import LatentTensor

extension Mixture {
  /// Numbers the components as the nearest ones of another mixture are numbered.
  ///
  /// The pairing has the least sum of symmetrised divergences KL(a‖b) + KL(b‖a) between paired
  /// components.
  ///
  /// - Returns: for each new number the old one.
  /// - Throws: `L533` for mixtures that have no common components.
  @discardableResult
  public func align(to other: Mixture) throws -> [Int] {
    try checkFitted()
    try other.checkFitted()
    guard let own = parameters, let target = other.parameters else { return [] }
    let k = own.count
    guard target.count == k else {
      throw Failure(
        "L533",
        "a mixture of \(k) component\(k == 1 ? "" : "s") cannot be paired with one of \(target.count)",
        argument: "to")
    }
    _ = try Shape.count([k, k])
    var costs: [Double] = []
    for i in 0..<k {
      for j in 0..<k {
        guard let distance = target.components.distance(i, to: own.components, j) else {
          throw Failure(
            "L533", "the components of the two mixtures are of different families or data",
            argument: "to")
        }
        // Far beyond any pairing that matters, and finite.
        costs.append(distance.isFinite ? min(distance, 1e12) : 1e12)
      }
    }
    let order = Assignment(costs: costs, size: k).columns
    parameters?.reorder(order)
    collapsed = order.indices.filter { collapsed.contains(order[$0]) }
    return order
  }
}
