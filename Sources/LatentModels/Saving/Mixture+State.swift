// A mixture in a file: the Cholesky factors beside the covariances that a user looks at, so that
// densities come back to the last bit.

import LatentTensor

extension Mixture: StoredModel {
  public var construction: [(name: String, value: Fact)] {
    var arguments: [(name: String, value: Fact)] = [
      ("components", .integer(design.components)), ("family", .text(design.family.rawValue)),
    ]
    guard design.family == .gaussian else { return arguments }
    arguments.append(("covariance", .text(design.covariance.rawValue)))
    guard let prior = design.prior else { return arguments }
    var chosen = [
      ("shrinkage", prior.shrinkage), ("df", prior.degrees),
      ("concentration", prior.concentration),
    ].compactMap { name, value in value.map { (name: name, value: Fact.number($0)) } }
    if let mean = prior.mean { chosen.append(("mean", .vector(mean))) }
    if let scale = prior.scale { chosen.append(("scale", .tensor(scale))) }
    arguments.append(("prior", chosen.isEmpty ? .text("conjugate") : .record(chosen)))
    return arguments
  }

  public var state: ModelState {
    var state = ModelState()
    state.history = history
    guard let parameters, let columns else { return state }
    let components = parameters.components
    state.tensors = [
      ("weights", Tensor(parameters.weights)),
      ("means", Tensor(shape: [parameters.count, components.columns], components.means)),
    ]
    if let gaussian = components as? GaussianComponents {
      state.tensors.append(("factors", Tensor(gaussian.factors)))
    }
    state.texts = [
      ("columns", "\(columns)"), ("levels", levels.map(String.init).joined(separator: ",")),
      ("collapsed", collapsed.map(String.init).joined(separator: ",")),
    ]
    return state
  }

  public func restore(_ state: ModelState) throws {
    guard !state.texts.isEmpty else {
      history = state.history
      return
    }
    let (columns, levels) = (try state.count("columns"), try state.counts("levels"))
    let collapsed = try state.counts("collapsed")
    let weights = try state.tensor("weights").values
    let means = try state.tensor("means")
    let k = weights.count
    guard means.rank == 2, means.shape[0] == k, k > 0, means.shape[1] > 0,
      weights.allSatisfy({ $0 >= 0 }), abs(weights.reduce(0, +) - 1) < 1e-6,
      collapsed.allSatisfy({ $0 < k })
    else { throw ModelState.malformed("its weights and means make no mixture") }
    let d = means.shape[1]
    let isCategorical = design.family == .categorical
    guard isCategorical ? levels.count == columns && levels.reduce(0, +) == d : columns == d else {
      throw ModelState.malformed("its means are not as wide as its data")
    }
    let components: any MixtureComponents
    if design.family == .gaussian {
      let (matrices, size) = (design.covariance == .tied ? 1 : k, Triangle(size: d).count)
      let isDiagonal = design.covariance == .diag || design.covariance == .spherical
      let factors = try state.tensor("factors", shape: [isDiagonal ? k * d : matrices * size])
        .values
      let gaussian = GaussianComponents(
        design.covariance, count: k, columns: d, means: means.values, factors: factors)
      let isPositive = (0..<k).allSatisfy { component in
        gaussian.triangle.diagonal(gaussian.factor(component)).allSatisfy { $0 > 0 }
      }
      guard isPositive else { throw ModelState.malformed("a covariance is not positive definite") }
      components = gaussian
    } else {
      components = CountComponents(
        design.family, count: k, columns: d, means: means.values,
        levels: isCategorical ? levels : [])
    }
    parameters = MixtureParameters(weights: weights, components: components)
    (self.columns, self.levels, self.collapsed) = (columns, levels, collapsed)
    history = state.history
  }
}
