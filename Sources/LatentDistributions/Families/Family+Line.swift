// Families on the real line: normal, laplace, logistic, student_t, uniform.

import Foundation
import LatentAutodiff

extension Family {
  /// N(mean, sd²): −½ log 2π − log σ − ½ ((x − μ)/σ)².
  public static let normal = Family(
    "normal", [.init("mean", .real), .init("sd", .positive)],
    logProbability: { p, x in normalLogDensity(x, mean: p[0], logScale: p[1].log()) },
    mean: { $0[0].sharing($0[1]) },
    variance: { $0[1].square().sharing($0[0]) },
    entropy: { ($0[1].log() + 0.5 * log(2 * .pi * M_E)).sharing($0[0]) }
  ).with {
    $0.noise = .normal
    $0.draw = { p, noise in p[0] + p[1] * noise }
    $0.tails = { p, x in NormalIntegral.tails((x - p[0]) / p[1]) }
    $0.quantile = { p, tails in p[0] + p[1] * NormalIntegral.quantile(tails) }
  }

  /// Laplace(loc, scale): −log 2b − |x − μ|/b.
  public static let laplace = Family(
    "laplace", [.init("loc", .real), .init("scale", .positive)],
    logProbability: { p, x in -(2 * p[1]).log() - (x - p[0]).absolute() / p[1] },
    mean: { $0[0].sharing($0[1]) },
    variance: { (2 * $0[1].square()).sharing($0[0]) },
    entropy: { (1 + (2 * $0[1]).log()).sharing($0[0]) }
  ).with {
    // The quantile function of the noise.
    $0.draw = { p, noise in
      let u = noise.interior
      let side = u.isLess(than: 0.5).select((2 * u).log(), -(2 * (1 - u)).log())
      return p[0] + p[1] * side
    }
    $0.tails = { p, x in
      let z = (x - p[0]) / p[1]
      let small = 0.5 * exp(-abs(z))
      return z < 0
        ? Tails(lower: small, upper: 1 - small) : Tails(lower: 1 - small, upper: small)
    }
    $0.quantile = { p, tails in
      p[0]
        + p[1] * (tails.lower < 0.5 ? log(2 * tails.lower) : -log(2 * tails.upper))
    }
  }

  /// Logistic(loc, scale): −z − 2 softplus(−z) − log s with z = (x − μ)/s.
  public static let logistic = Family(
    "logistic", [.init("loc", .real), .init("scale", .positive)],
    logProbability: { p, x in
      let z = ((x - p[0]) / p[1]).absolute()  // the density is even in z
      return -z - 2 * (-z).softplus() - p[1].log()
    },
    mean: { $0[0].sharing($0[1]) },
    variance: { (Double.pi * Double.pi / 3 * $0[1].square()).sharing($0[0]) },
    entropy: { ($0[1].log() + 2).sharing($0[0]) }
  ).with {
    $0.draw = { p, noise in
      let u = noise.interior
      return p[0] + p[1] * (u.log() - (-u).log1p())
    }
    $0.tails = { p, x in
      let z = (x - p[0]) / p[1]
      return Tails(lower: 1 / (1 + exp(-z)), upper: 1 / (1 + exp(z)))
    }
    $0.quantile = { p, tails in p[0] + p[1] * (log(tails.lower) - log(tails.upper)) }
  }

  /// Student's t with location and scale: Γ((ν+1)/2)/(Γ(ν/2)√(νπ) s) (1 + z²/ν)^{−(ν+1)/2}.
  public static let studentT = Family(
    "student_t",
    [
      .init("df", .positive), .init("loc", .real, fallback: 0),
      .init("scale", .positive, fallback: 1),
    ],
    logProbability: { p, x in
      let (df, z) = (p[0], (x - p[1]) / p[2])
      let constant = gammaRatio(0.5 * df, 0.5) - 0.5 * (.pi * df).log() - p[2].log()
      return constant - 0.5 * (df + 1) * (z.square() / df).log1p()
    },
    mean: { p in
      p[0].isAbove(1).select(p[1].sharing(p[2]), p[0].number(.nan))
    },
    variance: { p in
      let df = p[0]
      let many = df.isAbove(2)
      let finite = p[2].square() * df / many.select(df - 2, df.number(1))
      let rest = df.isAbove(1).select(df.number(.infinity), df.number(.nan))
      return many.select(finite.sharing(p[1]), rest)
    },
    entropy: { p in
      let half = 0.5 * p[0]
      let slope = (half + 0.5).digamma() - half.digamma()
      let size = 0.5 * p[0].log() + half.logBeta(p[0].number(0.5)) + p[2].log()
      return ((half + 0.5) * slope + size).sharing(p[1])
    }
  ).with {
    $0.composedDraw = studentDraw
    $0.sampler = .number { p, random in
      let chi = 2 * random.gamma(p[0] / 2)
      return p[1] + p[2] * random.normal() / (chi / p[0]).squareRoot()
    }
    $0.tails = { p, x in BetaIntegral.studentTails((x - p[1]) / p[2], df: p[0]) }
    $0.quantile = { p, tails in p[1] + p[2] * BetaIntegral.studentQuantile(tails, df: p[0]) }
  }

  /// U(low, high): −log(high − low) inside, −∞ outside.
  public static let uniform = Family(
    "uniform", [.init("low", .real), .init("high", .real)],
    logProbability: { p, x in
      let inside = x.isAtLeast(p[0]) * x.isAtMost(p[1])
      return (-(p[1] - p[0]).log()).sharing(x).supported(where: inside, by: x)
    },
    mean: { 0.5 * ($0[0] + $0[1]) },
    variance: { ($0[1] - $0[0]).square() / 12 },
    entropy: { ($0[1] - $0[0]).log() }
  ).with {
    $0.draw = { p, noise in p[0] + (p[1] - p[0]) * noise }
    $0.check = { try requireOrder($0[0], $0[1], names: ("low", "high"), of: "uniform") }
    $0.tails = { p, x in
      let width = p[1] - p[0]
      return Tails(
        lower: min(max((x - p[0]) / width, 0), 1), upper: min(max((p[1] - x) / width, 0), 1))
    }
    $0.quantile = { p, tails in p[0] + tails.lower * (p[1] - p[0]) }
  }
}

/// log N(x; mean, exp(logScale)²), element by element.
public func normalLogDensity(_ x: Symbol, mean: Symbol, logScale: Symbol) -> Symbol {
  let z = (x - mean) * (-logScale).exp()
  return -0.5 * z.square() - logScale - halfLogTwoPi
}

/// log Γ(a + step) − log Γ(a).
func gammaRatio(_ a: Symbol, _ step: Double) -> Symbol { (a + step).logGamma() - a.logGamma() }
