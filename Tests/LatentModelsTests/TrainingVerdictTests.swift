// What a training says when it ends, for courses of the bound whose verdict is plain to a reader.

import Testing

@testable import LatentModels

@Suite struct TrainingVerdictTests {
  private func verdict(_ elbo: [Double], start: Double? = nil) -> TrainingHistory {
    var history = TrainingHistory()
    history.elbo = elbo
    history.start = start
    history.conclude(epochs: elbo.count, stopped: false)
    return history
  }

  @Test func aFallFarBelowTheBestHasDiverged() {
    let fallen = verdict([-200, -150, -120, -110, -900])
    #expect(!fallen.converged)
    #expect(fallen.reason.hasPrefix("diverged: the bound was -110.0 nats in epoch 4"))
    #expect(fallen.reason.contains("smaller `lr`"))
    let thrown = verdict([-1e9, -1e8, -1e7, -1e6, -1e5], start: -500)
    #expect(thrown.reason.hasPrefix("diverged: the bound started at -500.0 nats"))
  }

  @Test func noiseIsNoDivergence() {
    let noisy = verdict((0..<20).map { -100 + ($0 % 2 == 0 ? 3 : -3) }, start: -400)
    #expect(noisy.converged)
    #expect(noisy.reason.contains("has settled"))
    let rising = verdict((0..<20).map { -100 + Double($0) })
    #expect(!rising.converged && rising.reason.contains("still rises"))
    #expect(verdict([-3, -2]).reason.contains("too few"))
  }
}
