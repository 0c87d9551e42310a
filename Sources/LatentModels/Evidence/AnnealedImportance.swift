// Annealed importance sampling (Neal, "Annealed importance sampling", 2001; for decoders Wu, Burda,
// Salakhutdinov & Grosse, "On the quantitative analysis of decoder-based generative models", 2017).
//
// Chains go from the prior through p(z) p(x|z)^β to the posterior; their weights are unbiased for
// p(x), so the log of their mean is a lower bound in expectation. The same path walked backwards
// from an exact draw of the posterior is unbiased for 1/p(x) and gives an upper bound (Grosse,
// Ghahramani & Adams, "Sandwiching the marginal likelihood using bidirectional Monte Carlo", 2015).
// Step sizes are tuned by pilot chains and then held: tuned by the chains that count, they would
// make the weights biased.

import Foundation
import LatentTensor

public struct AnnealedImportance {
  /// What moves a chain at one temperature: Hamiltonian dynamics with a test that keeps the
  /// distribution exact.
  public enum Transition: String, CaseIterable, Sendable {
    case hmc
    /// One leapfrog step: the Metropolis-adjusted Langevin algorithm.
    case langevin

    var leaps: Int { self == .hmc ? 8 : 1 }
    /// The share of accepted moves at which they are most efficient.
    var acceptance: Double { self == .hmc ? 0.65 : 0.574 }
  }

  let joint: any LatentJoint
  let options: EvidenceOptions

  private static let rows = 16
  private static let pilots = 8

  /// β₀ = 0 … β_T = 1, close together near both ends (a logistic curve, as in Wu et al. 2017).
  static func ladder(_ steps: Int) -> [Double] {
    func curve(_ t: Double) -> Double { 1 / (1 + exp(-4 * (2 * t - 1))) }
    let (low, high) = (curve(0), curve(1))
    return (0...max(steps, 1)).map {
      $0 == 0 ? 0 : (curve(Double($0) / Double(max(steps, 1))) - low) / (high - low)
    }
  }

  /// The chains of some rows: z of shape [chains, rows, latent].
  private struct Chains {
    var z: [Double]
    var likelihood: (values: [Double], gradient: [Double])
    var prior: (values: [Double], gradient: [Double])
  }

  // MARK: Forward and backward

  func evidence() throws -> Evidence {
    let ladder = AnnealedImportance.ladder(options.temperatures)
    var sums = [WeightSum](repeating: WeightSum(samples: options.samples), count: joint.count)
    var upper: [Double] = []
    try forEachBlock(of: joint) { rows, start, used, random in
      let steps = try pilot(rows, ladder, &random)
      let weights = try forward(rows, ladder, steps, &random)
      for row in 0..<used {
        for chain in 0..<options.samples {
          sums[start + row].add(weights[chain * rows.count + row])
        }
      }
      guard options.bothBounds,
        let exact = try joint.posteriorDraws(rows: rows, chains: options.samples, &random)
      else { return }
      upper += try upperBounds(joint, rows, exact, ladder, steps, &random).prefix(used)
    }
    var result = Evidence(sums, samples: options.samples)
    if options.bothBounds {
      if upper.count == joint.count {
        result.sandwich = .init(lower: result.perDatum, upper: upper, isSimulated: false)
      } else {
        result.sandwich = try simulatedBounds(ladder)
      }
    }
    return result
  }

  /// Both bounds for data drawn from the model: without exact posterior draws for the data at hand,
  /// the gap between them tells how far AIS is from the truth on data like these.
  private func simulatedBounds(_ ladder: [Double]) throws -> Evidence.Sandwich {
    let count = min(joint.count, 100)
    let (other, exact) = try joint.simulated(count, seed: options.seed &+ 0x51D)
    let latent = joint.latent
    let twin = AnnealedImportance(joint: other, options: options)
    var (lower, upper): ([Double], [Double]) = ([], [])
    try twin.forEachBlock(of: other) { rows, start, used, random in
      let steps = try twin.pilot(rows, ladder, &random)
      let weights = try twin.forward(rows, ladder, steps, &random)
      for row in 0..<used {
        var sum = WeightSum(samples: options.samples)
        for chain in 0..<options.samples { sum.add(weights[chain * rows.count + row]) }
        lower.append(sum.logMean)
      }
      // One exact draw is known of each, from which all its chains start.
      let one = rows.flatMap { exact[($0 * latent)..<(($0 + 1) * latent)] }
      let z = (0..<options.samples).flatMap { _ in one }
      upper += try twin.upperBounds(other, rows, z, ladder, steps, &random).prefix(used)
    }
    return .init(lower: lower, upper: upper, isSimulated: true)
  }

  private func forEachBlock(
    of joint: any LatentJoint,
    _ body: (_ rows: [Int], _ start: Int, _ used: Int, _ random: inout Philox) throws -> Void
  ) throws {
    let size = min(AnnealedImportance.rows, joint.count)
    guard size > 0 else { return }
    for (block, start) in stride(from: 0, to: joint.count, by: size).enumerated() {
      var random = Philox(
        seed: options.seed, stream: UInt32(truncatingIfNeeded: block) &+ 0x6000_0000)
      let rows = (0..<size).map { min(start + $0, joint.count - 1) }
      try body(rows, start, min(size, joint.count - start), &random)
    }
  }

  /// Step sizes by temperature and row: chains apart from those that count move along the ladder
  /// while their share of accepted moves is steered to where moves are most efficient.
  private func pilot(
    _ rows: [Int], _ ladder: [Double], _ random: inout Philox
  ) throws -> [[Double]] {
    let count = AnnealedImportance.pilots
    var state = try begin(rows, try joint.priorDraws(count * rows.count, &random), count)
    var steps = [Double](repeating: 0.4, count: rows.count)
    var result = [steps]
    for beta in ladder.dropFirst() {
      result.append(steps)
      let accepted = try move(&state, rows, count, beta, steps, &random)
      for row in rows.indices {
        steps[row] *= exp(0.5 * (accepted[row] - options.transition.acceptance))
        steps[row] = min(max(steps[row], 1e-6), 2)
      }
    }
    return result
  }

  /// log w of each chain and row.
  private func forward(
    _ rows: [Int], _ ladder: [Double], _ steps: [[Double]], _ random: inout Philox
  ) throws -> [Double] {
    let chains = options.samples
    var state = try begin(rows, try joint.priorDraws(chains * rows.count, &random), chains)
    var weights = [Double](repeating: 0, count: chains * rows.count)
    for t in 1..<ladder.count {
      for place in weights.indices {
        weights[place] += (ladder[t] - ladder[t - 1]) * state.likelihood.values[place]
      }
      if t < ladder.count - 1 { _ = try move(&state, rows, chains, ladder[t], steps[t], &random) }
    }
    return weights
  }

  /// −log of the mean weight of chains that walk back from exact posterior draws, per row.
  private func upperBounds(
    _ joint: any LatentJoint, _ rows: [Int], _ exact: [Double], _ ladder: [Double],
    _ steps: [[Double]], _ random: inout Philox
  ) throws -> [Double] {
    let chains = options.samples
    var state = try begin(rows, exact, chains)
    var sums = [Double](repeating: 0, count: chains * rows.count)
    for t in stride(from: ladder.count - 1, to: 0, by: -1) {
      if t < ladder.count - 1 { _ = try move(&state, rows, chains, ladder[t], steps[t], &random) }
      for place in sums.indices {
        sums[place] -= (ladder[t] - ladder[t - 1]) * state.likelihood.values[place]
      }
    }
    return rows.indices.map { row in
      var mean = WeightSum(samples: chains)
      for chain in 0..<chains { mean.add(sums[chain * rows.count + row]) }
      return -mean.logMean
    }
  }

  // MARK: One transition

  private func begin(_ rows: [Int], _ z: [Double], _ chains: Int) throws -> Chains {
    Chains(
      z: z,
      likelihood: try joint.likelihood(rows: rows, z: z, chains: chains, gradient: true),
      prior: try joint.prior(z))
  }

  /// Moves every chain by Hamiltonian dynamics at p(z) p(x|z)^β, in place; returns the share of
  /// accepted moves of each row.
  private func move(
    _ state: inout Chains, _ rows: [Int], _ chains: Int, _ beta: Double, _ steps: [Double],
    _ random: inout Philox
  ) throws -> [Double] {
    if options.shouldStop() { throw Failure("L705", "interrupted") }
    let (q, count) = (joint.latent, rows.count)
    var momentum = random.normals(state.z.count)
    func energy(_ chains: Chains, _ momentum: [Double], _ place: Int) -> Double {
      var kinetic = 0.0
      for k in (place * q)..<((place + 1) * q) { kinetic += momentum[k] * momentum[k] }
      return chains.prior.values[place] + beta * chains.likelihood.values[place] - kinetic / 2
    }
    let before = (0..<(chains * count)).map { energy(state, momentum, $0) }
    var proposal = state
    func kick(_ share: Double) {
      for k in momentum.indices {
        let step = steps[k / q % count]
        momentum[k] +=
          share * step * (proposal.prior.gradient[k] + beta * proposal.likelihood.gradient[k])
      }
    }
    for leap in 1...options.transition.leaps {
      kick(leap == 1 ? 0.5 : 1)
      for k in momentum.indices { proposal.z[k] += steps[k / q % count] * momentum[k] }
      proposal.likelihood = try joint.likelihood(
        rows: rows, z: proposal.z, chains: chains, gradient: true)
      proposal.prior = try joint.prior(proposal.z)
    }
    kick(0.5)
    let draws = random.uniforms(chains * count)
    var accepted = [Double](repeating: 0, count: count)
    for place in draws.indices {
      let change = energy(proposal, momentum, place) - before[place]
      // A step that left the finite numbers is refused like any other.
      guard change.isFinite || change == .infinity else { continue }
      accepted[place % count] += min(1, exp(change)) / Double(chains)
      guard log(draws[place]) < change else { continue }
      state.likelihood.values[place] = proposal.likelihood.values[place]
      state.prior.values[place] = proposal.prior.values[place]
      for k in (place * q)..<((place + 1) * q) {
        state.z[k] = proposal.z[k]
        state.likelihood.gradient[k] = proposal.likelihood.gradient[k]
        state.prior.gradient[k] = proposal.prior.gradient[k]
      }
    }
    return accepted
  }
}
