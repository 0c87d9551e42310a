// Draws that are functions of gamma draws. A gamma draw is the quantile of uniform noise, whose
// derivative in the shape is implicit (Figurnov, Mohamed & Mnih, "Implicit reparameterization
// gradients", 2018), so that pathwise gradients pass through all of them.

import LatentAutodiff

extension Symbol {
  /// log z for z ~ Gamma(shape, 1), with this as the shape, from uniform noise of the draw's shape.
  /// In logarithms even shapes of 0.01 lose nothing, where z itself would be 0.
  func logGammaDraw(_ uniform: Symbol) -> Symbol {
    applying(.logGammaQuantile, uniform.interior)
  }

  /// exp of the logarithm of a draw, kept where float32 is not yet 0 or ∞: at the ends densities
  /// and their gradients have no finite value. No gradient passes at these bounds, e^±85.
  func expInRange() -> Symbol { maximum(-85).minimum(85).exp() }

  /// Inside of (0, 1) at every precision.
  func insideUnitInterval() -> Symbol { maximum(1e-37).minimum(1 - 0x1p-24) }
}

extension Family {
  /// Makes independent noise of a kind and a shape, new at every call.
  public typealias Noise = (Draw, [Int]) -> Symbol

  /// Gamma(a, b).
  static func gammaDraw(_ p: [Symbol], _ target: [Int], _ noise: Noise) -> Symbol {
    (p[0].logGammaDraw(noise(.uniform, target)) - p[1].log()).expInRange()
  }

  /// b/z for z ~ Gamma(a, 1).
  static func inverseGammaDraw(_ p: [Symbol], _ target: [Int], _ noise: Noise) -> Symbol {
    (p[1].log() - p[0].logGammaDraw(noise(.uniform, target))).expInRange()
  }

  /// y/(y + z) for y ~ Gamma(a, 1), z ~ Gamma(b, 1).
  static func betaDraw(_ p: [Symbol], _ target: [Int], _ noise: Noise) -> Symbol {
    let (y, z) = (noise(.uniform, target), noise(.uniform, target))
    return (p[0].logGammaDraw(y) - p[1].logGammaDraw(z)).sigmoid().insideUnitInterval()
  }

  /// z/Σz for z_k ~ Gamma(α_k, 1).
  static func dirichletDraw(_ p: [Symbol], _ target: [Int], _ noise: Noise) -> Symbol {
    p[0].logGammaDraw(noise(.uniform, target)).logNormalized().exp().insideUnitInterval()
  }

  /// μ + s ε/√(z/(ν/2)) for z ~ Gamma(ν/2, 1).
  static func studentDraw(_ p: [Symbol], _ target: [Int], _ noise: Noise) -> Symbol {
    p[1] + p[2] * noise(.normal, target) * stretch(p[0], noise(.uniform, target))
  }

  /// μ + L ε/√(z/(ν/2)), one z for all coordinates.
  static func mvStudentDraw(_ p: [Symbol], _ target: [Int], _ noise: Noise) -> Symbol {
    let z = noise(.uniform, Array(target.dropLast()))
    return p[1]
      + TriangularFactor(factoring: p[2]).times(noise(.normal, target))
      * stretch(p[0], z).withLastAxis
  }

  /// (μ, σ²) with σ² ~ IG(a, b), μ ~ N(m, σ²/κ).
  static func normalInverseGammaDraw(_ p: [Symbol], _ target: [Int], _ noise: Noise) -> Symbol {
    let events = Array(target.dropLast())
    let variance = inverseGammaDraw([p[2], p[3]], events, noise).broadcast(to: events)
    let mean = p[0] + (variance / p[1]).squareRoot() * noise(.normal, events)
    return .pair(mean.broadcast(to: events), variance)
  }

  private static func stretch(_ df: Symbol, _ uniform: Symbol) -> Symbol {
    let half = 0.5 * df
    return (0.5 * (half.log() - half.logGammaDraw(uniform))).expInRange()
  }
}
