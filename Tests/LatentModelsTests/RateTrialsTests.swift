// The plan by which a rate is chosen: what it costs, and that it finds the best of what it is shown.

import Testing

@testable import LatentModels

@Suite struct RateTrialsTests {
  @Test func trialsTakeATenthOfTheRunWithinLimits() throws {
    for (total, cost) in [(10, 148), (1480, 148), (3700, 370), (20_000, 1998), (Int.max, 2368)] {
      let trials = RateTrials(total: total)
      #expect(trials.cost == cost)
      var done = 0
      _ = trials.best { _, steps in
        done += steps
        return 0
      }
      #expect(done == cost, "run of \(total)")
    }
  }

  /// With a bound whose top is known the answer is that rate, times (t/T)^¼ of the longest trial.
  @Test func theBestRateWins() {
    for wanted in RateTrials.grid {
      var longest = 0
      let rate = RateTrials(total: 100_000).best { rate, steps in
        longest = max(longest, steps)
        return rate > wanted * 1.001 ? -.infinity : rate
      }
      #expect(longest == 256)
      let scaled = wanted * (256.0 / 100_000).squareRoot().squareRoot()
      #expect(abs(rate / scaled - 1) < 0.06)
    }
  }

  /// Where nothing is finite the run itself shall tell, from the smallest rate.
  @Test func noFiniteTrialGivesTheSmallestRate() {
    #expect(RateTrials(total: 100).best { _, _ in -.infinity } < 1.01e-5)
  }
}
