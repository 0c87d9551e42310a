// The exact posterior of latents that are normal, seen through densities that are normal around an
// affine function of them with noise that does not depend on them.
//
// With u for all such latents side by side, every density is −½‖w + Wᵀu‖² + const with a whitened
// residual w at u = 0 and a whitened slope W. So p(u|x) is normal with the precision Λ = Σ W Wᵀ and
// the mean û = −Λ⁻¹ Σ W w, and log p(x) = log p(x, û) − log p(û|x) (Bishop 2006, 2.3.3; a sum of
// squares, where nothing cancels). No matrix is larger than the latents are many.

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentTensor

struct LinearGaussianPosterior {
  /// One density that the latents take part in.
  struct Term {
    /// x − mean as a function of the open latents, as a vector.
    var residual: Symbol
    /// The same where all latents are 0.
    var origin: Symbol
    var noise: GaussianNoise
    /// 1 or 0 for each element; nil where all was seen.
    var seen: Symbol?
  }

  private let latents: [(name: String, leaf: Symbol)]
  private let factor: TriangularFactor
  /// û, all latents side by side.
  private let mean: Symbol
  /// The posterior covariance of all latents.
  private let covariance: Symbol
  private let slopes: [Symbol]
  private let terms: [Term]

  init(_ latents: [(name: String, leaf: Symbol)], _ terms: [Term], in graph: Graph) {
    let size = latents.reduce(0) { $0 + $1.leaf.count }
    self.latents = latents
    self.terms = terms
    slopes = terms.map { LinearGaussianPosterior.slope(of: $0.residual, by: latents, size) }
    var precision = graph.constant(0).broadcast(to: [size, size])
    var pull = graph.constant(0).broadcast(to: [size])
    for (term, slope) in zip(terms, slopes) {
      let count = term.noise.size
      if let seen = term.seen, term.noise.isDiagonal {
        // Λ = Σⱼ seenⱼ wⱼ wⱼᵀ: the products of slopes are the same for all rows of data.
        let whitened = term.noise.whitened(slope).transposed()
        let pairs = whitened.reshaped([count, size, 1]) * whitened.reshaped([count, 1, size])
        precision =
          precision
          + seen.reshaped([1, count]).product(pairs.reshaped([count, size * size]))
          .reshaped([size, size])
        let residual = term.noise.whitened(term.origin) * seen
        pull = pull - residual.reshaped([1, count]).product(whitened).reshaped([size])
      } else {
        let noise = term.noise.restricted(to: term.seen)
        let whitened = noise.whitened(term.seen.map { slope * $0 } ?? slope)
        let residual = noise.whitened(term.seen.map { term.origin * $0 } ?? term.origin)
        precision = precision + whitened.product(whitened.transposed())
        pull =
          pull - residual.reshaped([1, count]).product(whitened.transposed()).reshaped([size])
      }
    }
    factor = TriangularFactor(factoring: precision)
    mean = factor.solvingTransposed(factor.solving(pull))
    covariance = factor.solvingTransposed(
      factor.solving(GaussianNoise.identity(size, graph)))
  }

  /// The derivative of a residual by every latent: latents × d.
  private static func slope(
    of residual: Symbol, by latents: [(name: String, leaf: Symbol)], _ size: Int
  ) -> Symbol {
    let graph = residual.graph
    let rows = latents.flatMap { latent in
      (0..<latent.leaf.count).map { place in
        residual.tangent(
          along: [(latent.leaf, GaussianNoise.unit(place, of: latent.leaf.shape, graph))])
      }
    }
    return (Symbol.concatenated(rows) ?? residual).reshaped([size, residual.count])
  }

  /// x − mean of a term at the posterior mean.
  private func residual(_ place: Int) -> Symbol {
    let step = mean.reshaped([1, mean.count]).product(slopes[place])
    return terms[place].origin + step.reshaped([terms[place].noise.size])
  }

  /// log ∫ p(all that is known, u) du.
  var logIntegral: Symbol {
    var sum = (0.5 * Double(mean.count) * log(2 * Double.pi)) - factor.logDeterminant
    for (place, term) in terms.enumerated() {
      sum = sum + term.noise.logProbability(residual: residual(place), seen: term.seen)
    }
    return sum
  }

  /// The posterior of one latent.
  ///
  /// - Throws: a failure L561 where it is a matrix.
  func marginal(of name: String) throws -> SymbolicDistribution? {
    var start = 0
    for latent in latents {
      defer { start += latent.leaf.count }
      guard latent.name == name else { continue }
      let (shape, count) = (latent.leaf.shape, latent.leaf.count)
      let own = mean.columns(start..<(start + count))
      let size = mean.count
      let places = (0..<count).flatMap { row in
        (0..<count).map { Optional((start + row) * size + start + $0) }
      }
      let rows = covariance.collecting(places, shape: [count, count])
      // Symmetric to the last bit.
      let block = 0.5 * (rows + rows.transposed())
      if count == 1 {
        return try SymbolicDistribution(
          .normal, [own.reshaped(shape), block.reshaped(shape).squareRoot()])
      }
      guard shape.count == 1 else {
        throw Failure(
          "L561",
          "the posterior of `\(name)` is normal, but of a tensor of shape "
            + "\(Shape.text(shape)), which `mvnormal` is not", argument: name,
          help: "declare it as a vector")
      }
      return try SymbolicDistribution(.mvnormal, [own, block])
    }
    return nil
  }

  /// A point with what is missing of it replaced by its mean given all that was seen.
  func filled(_ point: SeenPoint, term place: Int) -> Symbol {
    guard let seen = terms[place].seen else { return point.values }
    let rest = residual(place)
    let guess = point.flat - rest + terms[place].noise.regression(residual: rest, seen: seen)
    return seen.select(point.flat, guess).reshaped(point.values.shape)
  }
}
