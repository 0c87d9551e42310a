// Data with missing values and with weights, as the graphs of an autoencoder see them.
//
// The bound is that of what was seen, log p(x_seen) >= E_q[log p(x_seen|z)] - KL(q(z|x_seen) || p(z)):
// with columns independent given z the missing ones integrate to 1. The encoder gets what the decoder
// makes of z = 0 in the place of what is missing; any other filling gives a bound as valid (Nazabal
// et al., "Handling incomplete heterogeneous data using VAEs", 2020).

import LatentAutodiff
import LatentTensor

extension Autoencoder {
  /// 1 where a number is, 0 where NaN is, which alone is not equal to itself.
  static func seen(_ x: Symbol) -> Symbol { x.applying(.equal, x) }

  /// The encoder's output for data that may have missing values.
  func encoded(_ x: Symbol) -> Symbol {
    guard isIncomplete else { return encoder(x) }
    let origin = x.graph.constant(0).broadcast(to: [1, architecture.latent])
    let filling = observation.mean(decoder(origin))
    return encoder(Autoencoder.seen(x).select(x, filling))
  }

  /// The minibatch, with missing values still NaN, and the weight of each row where these differ.
  func minibatch(
    _ graph: Graph, rows: Int, binarized: Bool
  ) -> (x: Symbol, weights: Symbol?) {
    let width = columns ?? 0
    let all = isWeighted ? width + 1 : width
    var x = graph.batch("data", rows: rows, columns: all, binarized: binarized)
    guard isWeighted || isIncomplete && binarized else { return (x, nil) }
    let raw = binarized ? graph.batch("data", rows: rows, columns: all, binarized: false) : x
    if isIncomplete, binarized { x = Autoencoder.seen(raw).select(x, raw) }
    guard isWeighted else { return (x, nil) }
    return (x.columns(0..<width), raw.columns(width..<all).reshaped([rows]))
  }

  /// Fills missing values with their mean given the others, E[x_j | x_seen]: draws of z from
  /// q(z|x_seen), weighed by p(x_seen, z)/q(z|x_seen) (Mattei & Frellsen, "MIWAE", 2019, section 3).
  public func impute(_ x: Tensor) throws -> Tensor {
    try checkLikelihoodData(x)
    guard isIncomplete else { return x }
    let width = columns ?? 0
    var filled: [Double] = []
    filled.reserveCapacity(x.count)
    _ = try blocks(x, .impute, rows: 32, samples: 200, seed: 0) { program, count in
      filled += program.output(0).values.prefix(count * width)
    }
    x.forEachElement { place, value in if !value.isNaN { filled[place] = value } }
    return Tensor(shape: x.shape, filled)
  }

  /// E[x|x_seen] of each row.
  func imputation(_ x: Symbol, samples: Int) -> Symbol {
    let q = posterior(x)
    let z = q.draws(samples)
    let logWeights = logLikelihood(x, z) + prior(x.graph).logDensity(z) - q.logDensity(z)
    let (rows, total) = (x.shape[0], logWeights.logSumExp(axis: 0))
    let shares = (logWeights - total.reshaped([1, rows])).exp().reshaped([samples, rows, 1])
    return (shares * observation.mean(decoded(z))).sum(axis: 0)
  }
}
