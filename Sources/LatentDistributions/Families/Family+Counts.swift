// Families of counts: poisson and what becomes of counts when their rate or probability is itself
// drawn (negative_binomial, beta_binomial, dirichlet_multinomial); the discretized logistic.

import Foundation
import LatentAutodiff
import LatentTensor

extension Family {
  /// Poisson(λ): x log λ − λ − log x!.
  public static let poisson = Family(
    "poisson", [.init("rate", .positive)], isDiscrete: true,
    logProbability: { p, x in
      let inside = x.isAtLeast(0) * x.isWhole
      let safe = inside.select(x, x.number(0))
      let value = safe * p[0].log() - p[0] - (safe + 1).logGamma()
      return value.supported(where: inside, by: x)
    },
    mean: { $0[0] },
    variance: { $0[0] }
  ).with {
    $0.sampler = .number { p, random in random.poisson(p[0]) }
    $0.enumeratedEntropy = { p in
      try CountSum.entropy(upTo: .infinity, around: p[0]) { CountSum.logPoisson($0, p[0]) }
    }
    $0.tails = { p, x in CountIntegral.poissonTails(x, p[0]) }
    $0.quantile = { p, tails in
      CountIntegral.quantile(tails, from: p[0], upTo: .infinity) {
        CountIntegral.poissonTails($0, p[0])
      }
    }
  }

  /// Negative binomial: failures before the n-th success (any n > 0), each a success with
  /// probability p: Γ(x + n)/(Γ(n) x!) pⁿ (1 − p)ˣ, SciPy's nbinom(n, p). Poisson with rate
  /// Gamma(n, p/(1 − p)).
  public static let negativeBinomial = Family(
    "negative_binomial", [.init("n", .positive), .init("probs", .probability)],
    isDiscrete: true,
    logProbability: { p, x in
      let inside = x.isAtLeast(0) * x.isWhole
      let safe = inside.select(x, x.number(0))
      let ways = (safe + p[0]).logGamma() - p[0].logGamma() - (safe + 1).logGamma()
      let value = ways + p[0] * p[1].log() + safe.timesLogComplement(p[1])
      return value.supported(where: inside, by: x)
    },
    mean: { $0[0] * (1 - $0[1]) / $0[1] },
    variance: { $0[0] * (1 - $0[1]) / $0[1].square() }
  ).with {
    $0.check = { p in
      if p[1].values.contains(0) {
        throw Failure(
          "L520", "`probs` of `negative_binomial` must be above 0, not 0", argument: "probs",
          help: "without a success the number of failures has no distribution")
      }
    }
    $0.sampler = .number { p, random in
      p[1] == 1 ? 0 : random.poisson(random.gamma(p[0]) * (1 - p[1]) / p[1])
    }
    $0.enumeratedEntropy = { p in
      try CountSum.entropy(upTo: .infinity, around: p[0] * (1 - p[1]) / p[1]) {
        CountSum.logNegativeBinomial($0, p[0], p[1])
      }
    }
    $0.tails = { p, x in CountIntegral.negativeBinomialTails(x, p[0], p[1]) }
    $0.quantile = { p, tails in
      CountIntegral.quantile(tails, from: p[0] * (1 - p[1]) / p[1], upTo: .infinity) {
        CountIntegral.negativeBinomialTails($0, p[0], p[1])
      }
    }
  }

  /// Beta-binomial: binomial(n, p) with p from Beta(a, b).
  public static let betaBinomial = Family(
    "beta_binomial", [.init("n", .count), .init("a", .positive), .init("b", .positive)],
    isDiscrete: true,
    logProbability: { p, x in
      let inside = x.isAtLeast(0) * x.isAtMost(p[0]) * x.isWhole
      let safe = inside.select(x, x.number(0))
      let value =
        p[0].logChoose(safe) + (safe + p[1]).logBeta(p[0] - safe + p[2]) - p[1].logBeta(p[2])
      return value.supported(where: inside, by: x)
    },
    mean: { $0[0] * ($0[1] / ($0[1] + $0[2])) },
    variance: { p in
      let total = p[1] + p[2]
      return p[0] * p[1] * p[2] * (total + p[0]) / (total.square() * (total + 1))
    }
  ).with {
    $0.sampler = .number { p, random in random.binomial(p[0], random.beta(p[1], p[2])) }
    $0.values = { p in countingValues(to: p[0]) }
    $0.enumeratedEntropy = { p in
      try CountSum.entropy(upTo: p[0], around: 0) {
        CountSum.logBetaBinomial($0, p[0], p[1], p[2])
      }
    }
    $0.tails = { p, x in CountIntegral.betaBinomialTails(x, p[0], p[1], p[2]) }
    $0.quantile = { p, tails in
      CountIntegral.quantile(tails, from: p[0] * p[1] / (p[1] + p[2]), upTo: p[0]) {
        CountIntegral.betaBinomialTails($0, p[0], p[1], p[2])
      }
    }
  }

  /// Dirichlet-multinomial: multinomial(n, p) with p from Dirichlet(alpha).
  public static let dirichletMultinomial = Family(
    "dirichlet_multinomial", [.init("n", .count), .init("alpha", .positiveVector)],
    isDiscrete: true,
    logProbability: { p, x in
      let inside = CountVector.isInside(x, total: p[0])
      let safe = x.isAtLeast(0).select(x, x.number(0))
      let terms = (safe + p[1]).logGamma() - p[1].logGamma() - (safe + 1).logGamma()
      let total = p[1].summedLast()
      let value =
        (p[0] + 1).logGamma() + total.logGamma() - (p[0] + total).logGamma()
        + terms.summedLast()
      return value.supported(where: inside, by: x.summedLast())
    },
    mean: { p in p[0].withLastAxis * p[1] / p[1].summedLast().withLastAxis },
    variance: { p in
      let (n, total) = (p[0].withLastAxis, p[1].summedLast().withLastAxis)
      let share = p[1] / total
      return n * share * (1 - share) * ((n + total) / (1 + total))
    }
  ).with {
    $0.eventRank = 1
    $0.eventShape = { [$0[1]] }
    $0.sampler = .array { p, random in
      random.multinomial(p[0], random.dirichlet(p.arrays[1]))
    }
  }

  /// A logistic rounded to the values 0, 1/(L−1), …, 1 of L levels; the first and the last take
  /// the tails (Salimans et al., PixelCNN++, 2017, with pixels in [0, 1]).
  public static let discretizedLogistic = Family(
    "discretized_logistic",
    [
      .init("loc", .real), .init("scale", .positive), .init("levels", .levels, fallback: 256),
    ], isDiscrete: true,
    logProbability: { p, x in
      let place = x * (p[2] - 1)
      let isLevel = (place - (place + 0.5).applying(.floor)).absolute().isAtMost(1e-3)
      let inside = isLevel * place.isAtLeast(-0.5) * place.isAtMost(p[2] - 0.5)
      return discretizedLogisticLogMass(x, loc: p[0], logScale: p[1].log(), levels: p[2])
        .supported(where: inside, by: x)
    },
    mean: { $0[0].number(.nan) },
    variance: { $0[0].number(.nan) }
  ).with {
    $0.draw = { p, noise in
      let u = noise.interior
      let x = p[0] + p[1] * (u.log() - (-u).log1p())
      let top = p[2] - 1
      let level = (x * top + 0.5).applying(.floor).maximum(0).applying(.minimum, top)
      return (level / top).undifferentiable(
        "no gradient passes through draws from `discretized_logistic`: they are steps")
    }
    $0.values = { p in
      p[2] <= 1e6 ? (0..<Int(p[2])).map { Double($0) / (p[2] - 1) } : []
    }
    $0.enumeratedMoments = { p in
      let masses = CountIntegral.levelMasses(p[0], p[1], p[2])
      let values = masses.indices.map { Double($0) / (p[2] - 1) }
      let mean = zip(masses, values).reduce(0) { $0 + $1.0 * $1.1 }
      let variance = zip(masses, values).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) }
      return (mean, variance)
    }
    $0.enumeratedEntropy = { p in
      CountSum.entropy(ofMasses: CountIntegral.levelMasses(p[0], p[1], p[2]))
    }
    $0.tails = { p, x in CountIntegral.levelTails(x, p[0], p[1], p[2]) }
    $0.quantile = { p, tails in
      let z = p[0] + p[1] * (log(tails.lower) - log(tails.upper))
      let top = p[2] - 1
      // A level k holds what lies below (k + ½)/(L − 1).
      let level = (z * top - 0.5).rounded(.up)
      return min(max(level, 0), top) / top
    }
  }
}

/// The log-mass of a level of a discretized logistic, element by element, with
/// σ(b) − σ(a) = σ(b) σ(−a) (1 − e^{a−b}), which keeps its digits however far x is from `loc`.
public func discretizedLogisticLogMass(
  _ x: Symbol, loc: Symbol, logScale: Symbol, levels: Symbol
) -> Symbol {
  let inverse = (-logScale).exp()
  let half = 0.5 / (levels - 1)
  let upper = (x - loc + half) * inverse
  let lower = (x - loc - half) * inverse
  let bottom = -(-upper).softplus()
  let top = -lower.softplus()
  let middle = bottom + top + (-(-2 * half * inverse).expm1()).log()
  let isFirst = x.isLess(than: half)
  let isLast = (1 - half).applying(.less, x)
  return isFirst.select(bottom, isLast.select(top, middle))
}

/// Vectors of counts.
enum CountVector {
  /// Whether a vector along the last axis holds counts with this sum.
  static func isInside(_ x: Symbol, total: Symbol) -> Symbol {
    let wrong = (1 - x.isAtLeast(0) * x.isWhole).summedLast()
    return wrong.isEqual(to: 0) * x.summedLast().isEqual(to: total)
  }
}
