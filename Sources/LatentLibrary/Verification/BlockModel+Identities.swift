// Identities of a model written in a block: what only its densities can tell.

import LatentAutodiff
import LatentLanguage
import LatentModels
import LatentTensor

extension BlockModel: SelfVerifying {
  func ownIdentities(_ data: DataSet, seed: UInt64) throws -> [Identity] {
    try reach(data.x, seed: seed) + gradients(data.x)
  }

  /// q reaches wherever p does: no z drawn from p together with its x lies where q(z|x) is 0, and
  /// none drawn from q where p(x, z) is.
  private func reach(_ x: Tensor, seed: UInt64) throws -> [Identity] {
    let plan = try BlockPlan(self, bound: observed.map(\.name))
    guard !plan.drawn.isEmpty else { return [] }
    let instance = try instance()
    let proposals = members(of: "q").filter { density in
      density.subjects.contains { plan.drawn.contains($0) }
    }
    let draws = 200
    var misses = 0
    for draw in 0..<draws {
      try runtime?.checkLimits()
      let values = try instance.ancestralDraw(
        key: RandomKey(seed: seed &+ UInt64(draw) &* 0x9E37_79B9_7F4A_7C15, stream: 2))
      let isReached = try proposals.allSatisfy { density in
        guard let subject = density.subjects.first, let point = values[subject],
          let runtime,
          density.givens.allSatisfy({ values[$0] != nil || instance.values[$0] != nil })
        else { return true }
        let log = try instance.law(density, values).logProbability(point, runtime).asNumber
        return log.map { $0 > -.infinity } ?? true
      }
      if !isReached { misses += 1 }
    }
    let bounds = try elbo(x, samples: 8, seed: seed)
    return [
      Identity.share(
        "q(z|x) > 0 where p(x, z) > 0 (share of draws from p)",
        1 - Double(misses) / Double(draws)),
      Identity.share(
        "p(x, z) > 0 where q(z|x) > 0 (share of finite ELBOs)",
        Double(bounds.count(where: \.isFinite)) / Double(max(bounds.count, 1))),
    ]
  }

  private func gradients(_ x: Tensor) throws -> [Identity] {
    guard let runtime else { return [] }
    let plan = try BlockPlan(self, bound: observed.map(\.name))
    let training = BlockTraining(self, plan, runtime, count: x.shape.first ?? 1)
    var matrix = x
    if matrix.rank != 2 { matrix = matrix.reshaped([matrix.shape.first ?? 1, columns ?? 1]) }
    return try GradientIdentities(training, free, matrix, seed: 1).identities()
  }
}
