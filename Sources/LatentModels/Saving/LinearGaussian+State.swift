// Probabilistic PCA and factor analysis in a file.

import LatentTensor

extension LinearGaussian: StoredModel {
  public var construction: [(name: String, value: Fact)] {
    [("latent", requested.map(Fact.integer) ?? .text("auto"))]
  }

  public var state: ModelState {
    var state = ModelState()
    state.history = history
    guard let factors else { return state }
    state.tensors = [
      ("loadings", factors.loadings.tensor), ("mean", Tensor(factors.mean)),
      ("noise", Tensor(factors.noise)),
    ]
    state.texts = [("log_likelihood", fitted.map { "\($0)" } ?? "none")]
    return state
  }

  public func restore(_ state: ModelState) throws {
    guard !state.texts.isEmpty else {
      history = state.history
      return
    }
    let loadings = try state.tensor("loadings")
    guard loadings.rank == 2, loadings.count > 0 else {
      throw ModelState.malformed("its loadings are no matrix")
    }
    let (d, q) = (loadings.shape[0], loadings.shape[1])
    let mean = try state.tensor("mean", shape: [d]).values
    let noise = try state.tensor("noise", shape: [d]).values
    guard noise.allSatisfy({ $0 > 0 }), !isIsotropic || Set(noise).count == 1,
      requested == nil || requested == q
    else { throw ModelState.malformed("its noise or its latent dimension is not this model's") }
    let text = try state.text("log_likelihood")
    fitted = text == "none" ? nil : try state.number("log_likelihood")
    factors = GaussianFactors(loadings: Matrix(d, q, loadings.values), mean: mean, noise: noise)
    history = state.history
  }
}
