// log p(x) by importance sampling with the encoder as proposal.

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentTensor

extension Autoencoder {
  /// log w = log p(x|z) + log p(z) − log q(z|x) for draws z ~ q(z|x): shape [samples, rows].
  func logWeights(_ x: Symbol, samples: Int) -> Symbol {
    let q = posterior(x)
    let z = draws(q, count: samples)
    let zero = x.graph.constant(0)
    let prior = normalLogDensity(z, mean: zero, logScale: zero).sum(axis: -1)
    let proposal = normalLogDensity(z, mean: q.mean, logScale: q.logScale).sum(axis: -1)
    let likelihood = (likelihood ?? .gaussian).logProbability(x, decoder(z))
    return likelihood + prior - proposal
  }

  /// log p(x) ≈ log (1/K) Σ w_k (Burda, Grosse & Salakhutdinov, "Importance weighted
  /// autoencoders", 2016, equation 8 with K draws), for each row of `data`.
  public func evidence(
    _ data: Tensor, samples: Int, seed: UInt64, shouldStop: () -> Bool = { false }
  ) throws -> Evidence {
    try checkLikelihoodData(data)
    let total = data.shape[0]
    // Blocks of about a thousand decoder rows: their activations stay in the second-level cache.
    let chunk = min(samples, 64)
    let rows = max(1, min(16, total))
    let whole = samples / chunk
    var sizes = [Int](repeating: chunk, count: whole)
    if samples % chunk > 0 { sizes.append(samples % chunk) }
    var accumulators = [WeightSum](
      repeating: WeightSum(samples: samples), count: total)
    for start in stride(from: 0, to: total, by: rows) {
      if shouldStop() { throw Failure("L705", "interrupted") }
      let indices = (0..<rows).map { Int32(min(start + $0, total - 1)) }
      for (round, size) in sizes.enumerated() {
        let query = try compiled(ProgramKey(question: .weights, rows: rows, samples: size))
        try query.program.withSources([data]) {
          try query.program.run(
            seed: seed, step: start / rows * sizes.count + round, rows: indices)
        }
        let weights = query.program.output(0).values
        for row in 0..<min(rows, total - start) {
          for draw in 0..<size {
            accumulators[start + row].add(weights[draw * rows + row])
          }
        }
      }
    }
    return Evidence(accumulators, samples: samples)
  }
}
