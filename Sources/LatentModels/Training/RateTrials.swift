// Choosing a learning rate by trying: every rate of a grid makes the first steps of the run itself,
// and those that did better go on for longer (successive halving: Jamieson & Talwalkar,
// "Non-stochastic best arm identification and hyperparameter optimization", 2016). All trials begin
// at the same parameters and see the same data and draws, so what differs is the rate.
//
// A range test (Smith, "Cyclical learning rates", 2017), which raises the rate from step to step, was
// rejected: what it shows at a rate depends on the path through the rates below, and what it answers
// on how its curve is read.

import Foundation

/// The plan of the trials: which rates, for how many steps.
struct RateTrials {
  /// Half a decade apart. They reach from where nothing moves to where nothing holds.
  static let grid: [Double] = (-10...2).map { pow(10, Double($0) / 2) }

  /// Steps of the run whose rate is wanted.
  let total: Int

  /// Steps of each trial of the first round; those of a later round are twice as long.
  ///
  /// A tenth of the run's steps goes to trials, but no fewer than tell anything and no more than
  /// tell something new.
  var first: Int { min(max(total / 10 / RateTrials.stepsPerFirst, 4), 64) }

  /// Steps of all trials over those of one trial of the first round.
  private static let stepsPerFirst: Int = {
    var (count, length, sum) = (grid.count, 1, 0)
    while count > 1 {
      sum += count * length
      (count, length) = (count / 2, length * 2)
    }
    return sum
  }()

  /// Steps of all trials together.
  var cost: Int { first * RateTrials.stepsPerFirst }

  /// The rate that serves the run best.
  ///
  /// Where noise limits what is reached, the best constant rate falls as 1/√T with the number T of
  /// steps (Nemirovski et al., "Robust stochastic approximation approach to stochastic programming",
  /// 2009, §2.2); where it does not, the best rate is the same for any T. A trial of t steps cannot
  /// tell one from the other, so its rate is taken times the mean of both answers, (t / T)^¼.
  ///
  /// - Parameter bound: what a rate reaches in so many steps, greater being better; −∞ where it
  ///   leaves the finite numbers.
  func best(_ bound: (_ rate: Double, _ steps: Int) throws -> Double) rethrows -> Double {
    var rates = RateTrials.grid
    var steps = first
    while true {
      var results: [(rate: Double, bound: Double)] = []
      for rate in rates { results.append((rate, try bound(rate, steps))) }
      // Of equals the smaller rate is kept.
      results.sort { $0.bound == $1.bound ? $0.rate < $1.rate : $0.bound > $1.bound }
      rates = results.prefix(rates.count / 2).map(\.rate).sorted()
      guard rates.count > 1 else { break }
      steps *= 2
    }
    var rate = rates.first ?? 1e-3
    rate *= min(1, pow(Double(steps) / Double(max(total, 1)), 0.25))
    // Two digits can be written by hand, and are as good.
    return Double(String(format: "%.1e", rate)) ?? rate
  }
}
