// Families on the positive half line and the unit interval: gamma, inverse_gamma, lognormal,
// exponential, lomax, beta.

import Foundation
import LatentAutodiff

extension Family {
  /// Gamma(shape a, rate b): a log b + (a − 1) log x − b x − log Γ(a).
  public static let gamma = Family(
    "gamma", [.init("shape", .positive), .init("rate", .positive)],
    logProbability: { p, x in
      let inside = x.isAtLeast(0)
      let safe = inside.select(x, x.number(1))
      let value = p[0] * p[1].log() + (p[0] - 1).timesLog(safe) - p[1] * safe - p[0].logGamma()
      return value.supported(where: inside, by: x)
    },
    mean: { $0[0] / $0[1] },
    variance: { $0[0] / $0[1].square() },
    entropy: { p in
      p[0] - p[1].log() + p[0].logGamma() + (1 - p[0]) * p[0].digamma()
    }
  ).with {
    $0.composedDraw = gammaDraw
    $0.sampler = .number { p, random in random.gamma(p[0]) / p[1] }
    $0.tails = { p, x in GammaIntegral.tails(p[0], x * p[1]) }
    $0.quantile = { p, tails in GammaIntegral.quantile(p[0], tails) / p[1] }
  }

  /// Inverse gamma(shape a, scale b): a log b − log Γ(a) − (a + 1) log x − b/x.
  public static let inverseGamma = Family(
    "inverse_gamma", [.init("shape", .positive), .init("scale", .positive)],
    logProbability: { p, x in
      let inside = x.isAbove(0)
      let safe = inside.select(x, x.number(1))
      let value = p[0] * p[1].log() - p[0].logGamma() - (p[0] + 1) * safe.log() - p[1] / safe
      return value.supported(where: inside, by: x)
    },
    mean: { p in
      let exists = p[0].isAbove(1)
      return exists.select(p[1] / exists.select(p[0] - 1, p[0].number(1)), p[0].number(.infinity))
    },
    variance: { p in
      let exists = p[0].isAbove(2)
      let a = exists.select(p[0], p[0].number(3))
      return exists.select(
        p[1].square() / ((a - 1).square() * (a - 2)), p[0].number(.infinity))
    },
    entropy: { p in
      p[0] + p[1].log() + p[0].logGamma() - (1 + p[0]) * p[0].digamma()
    }
  ).with {
    $0.composedDraw = inverseGammaDraw
    $0.sampler = .number { p, random in p[1] / random.gamma(p[0]) }
    $0.tails = { p, x in
      guard x > 0 else { return x.isNaN ? Tails(lower: x) : Tails(lower: 0) }
      let tails = GammaIntegral.tails(p[0], p[1] / x)
      return Tails(lower: tails.upper, upper: tails.lower)
    }
    $0.quantile = { p, tails in
      p[1] / GammaIntegral.quantile(p[0], Tails(lower: tails.upper, upper: tails.lower))
    }
  }

  /// exp N(μ, σ²): the normal density of log x, less log x.
  public static let logNormal = Family(
    "lognormal", [.init("mu", .real), .init("sigma", .positive)],
    logProbability: { p, x in
      let inside = x.isAbove(0)
      let logX = inside.select(x, x.number(1)).log()
      let value = normalLogDensity(logX, mean: p[0], logScale: p[1].log()) - logX
      return value.supported(where: inside, by: x)
    },
    mean: { ($0[0] + 0.5 * $0[1].square()).exp() },
    variance: { p in
      let square = p[1].square()
      return square.expm1() * (2 * p[0] + square).exp()
    },
    entropy: { $0[0] + $0[1].log() + 0.5 * log(2 * .pi * M_E) }
  ).with {
    $0.noise = .normal
    $0.draw = { p, noise in (p[0] + p[1] * noise).exp() }
    $0.tails = { p, x in
      x <= 0 ? Tails(lower: 0) : NormalIntegral.tails((log(x) - p[0]) / p[1])
    }
    $0.quantile = { p, tails in exp(p[0] + p[1] * NormalIntegral.quantile(tails)) }
  }

  /// Exponential(rate): log λ − λ x for x ≥ 0.
  public static let exponential = Family(
    "exponential", [.init("rate", .positive)],
    logProbability: { p, x in
      (p[0].log() - p[0] * x).supported(where: x.isAtLeast(0), by: x)
    },
    mean: { 1 / $0[0] },
    variance: { 1 / $0[0].square() },
    entropy: { 1 - $0[0].log() }
  ).with {
    $0.draw = { p, noise in -(-noise).applying(.log1p) / p[0] }
    $0.tails = { p, x in
      let t = p[0] * max(x, 0)
      return x.isNaN ? Tails(lower: x) : Tails(lower: -expm1(-t), upper: exp(-t))
    }
    $0.quantile = { p, tails in
      (tails.lower < 0.5 ? -log1p(-tails.lower) : -log(tails.upper)) / p[0]
    }
  }

  /// Lomax(shape a, scale s), exponential with a gamma rate: log a/s − (a + 1) log(1 + x/s).
  public static let lomax = Family(
    "lomax", [.init("shape", .positive), .init("scale", .positive)],
    logProbability: { p, x in
      let inside = x.isAtLeast(0)
      let safe = inside.select(x, x.number(0))
      let value = (p[0] / p[1]).log() - (p[0] + 1) * (safe / p[1]).log1p()
      return value.supported(where: inside, by: x)
    },
    mean: { p in
      let exists = p[0].isAbove(1)
      return exists.select(p[1] / exists.select(p[0] - 1, p[0].number(1)), p[0].number(.infinity))
    },
    variance: { p in
      let exists = p[0].isAbove(2)
      let a = exists.select(p[0], p[0].number(3))
      return exists.select(
        p[1].square() * a / ((a - 1).square() * (a - 2)), p[0].number(.infinity))
    },
    entropy: { 1 + 1 / $0[0] + ($0[1] / $0[0]).log() }
  ).with {
    $0.draw = { p, noise in p[1] * (-(-noise).log1p() / p[0]).expm1() }
    $0.tails = { p, x in
      let t = p[0] * log1p(max(x, 0) / p[1])
      return x.isNaN ? Tails(lower: x) : Tails(lower: -expm1(-t), upper: exp(-t))
    }
    $0.quantile = { p, tails in
      let t = tails.lower < 0.5 ? -log1p(-tails.lower) : -log(tails.upper)
      return p[1] * expm1(t / p[0])
    }
  }

  /// Beta(a, b): (a − 1) log x + (b − 1) log(1 − x) − log B(a, b).
  public static let beta = Family(
    "beta", [.init("a", .positive), .init("b", .positive)],
    logProbability: { p, x in
      let inside = x.isAtLeast(0) * x.isAtMost(1)
      let safe = inside.select(x, x.number(0.5))
      let value =
        (p[0] - 1).timesLog(safe) + (p[1] - 1).timesLogComplement(safe) - p[0].logBeta(p[1])
      return value.supported(where: inside, by: x)
    },
    mean: { $0[0] / ($0[0] + $0[1]) },
    variance: { p in
      let total = p[0] + p[1]
      return p[0] * p[1] / (total.square() * (total + 1))
    },
    entropy: { p in
      let total = p[0] + p[1]
      return p[0].logBeta(p[1]) - (p[0] - 1) * p[0].digamma() - (p[1] - 1) * p[1].digamma()
        + (total - 2) * total.digamma()
    }
  ).with {
    $0.composedDraw = betaDraw
    $0.sampler = .number { p, random in random.beta(p[0], p[1]) }
    $0.tails = { p, x in BetaIntegral.tails(p[0], p[1], x) }
    $0.quantile = { p, tails in BetaIntegral.quantile(p[0], p[1], tails) }
  }
}
