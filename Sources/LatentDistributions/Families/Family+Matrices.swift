// Families of covariance matrices and of a mean with its variance: inverse_wishart,
// normal_inverse_gamma, normal_inverse_wishart.

import Foundation
import LatentAutodiff
import LatentTensor

extension Family {
  /// Inverse Wishart(ν, Ψ) of d × d matrices, ν > d − 1, with mean Ψ/(ν − d − 1):
  /// ½ν log |Ψ/2| − log Γ_d(ν/2) − ½(ν + d + 1) log |X| − ½ tr(Ψ X⁻¹).
  public static let inverseWishart = Family(
    "inverse_wishart", [.init("df", .positive), .init("scale", .covariance)],
    logProbability: { p, x in inverseWishartLogDensity(x, df: p[0], scale: p[1]) },
    mean: { p in
      let d = Double(p[1].shape.last ?? 0)
      let df = p[0].withLastAxis.withLastAxis
      let exists = df.isAbove(d + 1)
      return exists.select(
        p[1] / exists.select(df - d - 1, df.number(1)), df.number(.nan))
    },
    // Press (1982): ((ν−d+1) Ψij² + (ν−d−1) Ψii Ψjj) / ((ν−d)(ν−d−1)²(ν−d−3)).
    variance: { p in
      let d = Double(p[1].shape.last ?? 0)
      let df = p[0].withLastAxis.withLastAxis
      let exists = df.isAbove(d + 3)
      let m = exists.select(df - d, df.number(4))
      let diagonal = p[1].diagonal
      let product = diagonal.withLastAxis * diagonal.asRow
      let top = (m + 1) * p[1].square() + (m - 1) * product
      return exists.select(top / (m * (m - 1).square() * (m - 3)), df.number(.nan))
    },
    entropy: { p in inverseWishartEntropy(df: p[0], scale: p[1]) }
  ).with {
    $0.eventRank = 2
    $0.eventShape = { [$0[1], $0[1]] }
    $0.check = { try requireFreedom($0[0], of: $0[1], in: "inverse_wishart") }
    $0.sampler = .array { p, random in try random.inverseWishart(p[0], p.arrays[1]) }
  }

  /// (μ, σ²) with μ|σ² ~ N(m, σ²/κ), σ² ~ IG(a, b).
  public static let normalInverseGamma = Family(
    "normal_inverse_gamma",
    [
      .init("m", .real), .init("kappa", .positive), .init("a", .positive),
      .init("b", .positive),
    ],
    logProbability: { p, x in
      let (mean, variance) = (x.last(0), x.last(1))
      let inside = variance.isAbove(0)
      let safe = inside.select(variance, variance.number(1))
      let logScale = 0.5 * (safe / p[1]).log()
      let value =
        normalLogDensity(mean, mean: p[0], logScale: logScale)
        + Family.inverseGamma.logProbability([p[2], p[3]], safe)
      return value.supported(where: inside, by: variance)
    },
    mean: { p in
      Symbol.pair(p[0].sharing(p[1], p[2], p[3]), inverseGammaMean(p[2], p[3]).sharing(p[0], p[1]))
    },
    variance: { p in
      let spread = inverseGammaMean(p[2], p[3]) / p[1]
      return Symbol.pair(
        spread.sharing(p[0]), Family.inverseGamma.variance([p[2], p[3]]).sharing(p[0], p[1]))
    },
    // H(μ|σ²) = ½ log 2πe/κ + ½ E log σ², E log σ² = log b − ψ(a).
    entropy: { p in
      let logVariance = p[3].log() - p[2].digamma()
      return 0.5 * log(2 * .pi * M_E) - 0.5 * p[1].log() + 0.5 * logVariance
        + (Family.inverseGamma.entropy?([p[2], p[3]]) ?? p[0]).sharing(p[0])
    }
  ).with {
    $0.eventRank = 1
    $0.eventShape = { _ in [2] }
    $0.composedDraw = normalInverseGammaDraw
    $0.parts = [("mean", 1), ("variance", nil)]
    $0.sampler = .array { p, random in
      let variance = p[3] / random.gamma(p[2])
      return [p[0] + (variance / p[1]).squareRoot() * random.normal(), variance]
    }
  }

  /// (μ, Σ) with μ|Σ ~ N(m, Σ/κ), Σ ~ IW(ν, Ψ): a (d + 1) × d array, μ above Σ.
  public static let normalInverseWishart = Family(
    "normal_inverse_wishart",
    [
      .init("m", .vector), .init("kappa", .positive), .init("df", .positive),
      .init("scale", .covariance),
    ],
    logProbability: { p, x in
      let (mean, covariance) = x.meanAndCovariance
      let factor = TriangularFactor(factoring: covariance)
      let d = Double(factor.size)
      let square = factor.solving(mean - p[0]).square().summedLast()
      let normal =
        0.5 * d * p[1].log() - d * halfLogTwoPi - factor.logDeterminant - 0.5 * p[1] * square
      let total = normal + inverseWishartLogDensity(covariance, df: p[2], scale: p[3])
      return total.isEqual(to: total).select(total, total.number(-.infinity))
    },
    mean: { p in
      Symbol.stacked(p[0], Family.inverseWishart.mean([p[2], p[3]]))
    },
    variance: { p in
      let spread = Family.inverseWishart.mean([p[2], p[3]]).diagonal / p[1].withLastAxis
      return Symbol.stacked(spread, Family.inverseWishart.variance([p[2], p[3]]))
    },
    // H(μ|Σ) = ½ d log 2πe/κ + ½ E log |Σ|, E log |Σ| = log |Ψ/2| − ψ_d(ν/2).
    entropy: { p in
      let factor = TriangularFactor(factoring: p[3])
      let d = factor.size
      let logDeterminant =
        2 * factor.logDeterminant - Double(d) * log(2) - multiDigamma(0.5 * p[2], d)
      return 0.5 * Double(d) * (log(2 * .pi * M_E) - p[1].log()) + 0.5 * logDeterminant
        + inverseWishartEntropy(df: p[2], scale: p[3])
    }
  ).with {
    $0.eventRank = 2
    $0.eventShape = { [$0[0] + 1, $0[0]] }
    $0.parts = [("mean", 1), ("cov", nil)]
    $0.check = { p in
      try requireSize(p[3], of: p[0], names: ("scale", "m"), in: "normal_inverse_wishart")
      try requireFreedom(p[2], of: p[3], in: "normal_inverse_wishart")
    }
    $0.sampler = .array { p, random in
      let d = p.arrays[0].count
      let covariance = try random.inverseWishart(p[2], p.arrays[3])
      let factor = try Tensor(shape: [d, d], covariance).cholesky()
      let noise = (0..<d).map { _ in random.normal() / p[1].squareRoot() }
      let mean = (0..<d).map { i in
        (0...i).reduce(p.arrays[0][i]) { $0 + factor[flat: i * d + $1] * noise[$1] }
      }
      return mean + covariance
    }
  }
}

/// - Throws: unless ν > d − 1, where the density can be normalised.
private func requireFreedom(_ df: Tensor, of scale: Tensor, in family: String) throws {
  let d = scale.shape.last ?? 0
  if let wrong = df.values.first(where: { $0 <= Double(d - 1) }) {
    throw Failure(
      "L520",
      "`df` of `\(family)` must be above \(d - 1) for \(d) × \(d) matrices, not "
        + NumberText.shortest(wrong),
      argument: "df", help: "a proper distribution needs df > d − 1; df = d + 2 has the mean scale")
  }
}

private func inverseGammaMean(_ a: Symbol, _ b: Symbol) -> Symbol {
  Family.inverseGamma.mean([a, b])
}

/// log Γ_d(x) = ¼ d(d−1) log π + Σ log Γ(x − i/2).
func multiLogGamma(_ x: Symbol, _ d: Int) -> Symbol {
  (0..<d).map { (x - 0.5 * Double($0)).logGamma() }.reduce(x.number(0)) { $0 + $1 }
    + 0.25 * Double(d * (d - 1)) * log(Double.pi)
}

/// ψ_d(x) = Σ ψ(x − i/2).
func multiDigamma(_ x: Symbol, _ d: Int) -> Symbol {
  (0..<d).map { (x - 0.5 * Double($0)).digamma() }.reduce(x.number(0)) { $0 + $1 }
}

private func inverseWishartLogDensity(_ x: Symbol, df: Symbol, scale: Symbol) -> Symbol {
  let (factor, scaleFactor) = (
    TriangularFactor(factoring: x), TriangularFactor(factoring: scale)
  )
  let d = factor.size
  // tr(Ψ X⁻¹) = ‖L⁻¹ C‖² for X = L·Lᵀ, Ψ = C·Cᵀ.
  let trace = scaleFactor.fullColumns.map { factor.solving($0).square().summedLast() }
    .reduce(x.number(0)) { $0 + $1 }
  let constant =
    df * (scaleFactor.logDeterminant - 0.5 * Double(d) * log(2)) - multiLogGamma(0.5 * df, d)
  let value = constant - (df + Double(d + 1)) * factor.logDeterminant - 0.5 * trace
  // An indefinite X has no real factor; outside of the support the density is 0.
  return value.isEqual(to: value).select(value, value.number(-.infinity))
}

/// log Γ_d(ν/2) + ½ νd + ½(d+1) log |Ψ/2| − ½(ν + d + 1) ψ_d(ν/2).
private func inverseWishartEntropy(df: Symbol, scale: Symbol) -> Symbol {
  let factor = TriangularFactor(factoring: scale)
  let d = factor.size
  let determinant = factor.logDeterminant - 0.5 * Double(d) * log(2)
  return multiLogGamma(0.5 * df, d) + 0.5 * Double(d) * df + Double(d + 1) * determinant
    - 0.5 * (df + Double(d + 1)) * multiDigamma(0.5 * df, d)
}

extension Symbol {
  /// The diagonal of a matrix in the last two axes.
  var diagonal: Symbol {
    let d = shape.last ?? 0
    let flat = reshaped(shape.dropLast(2) + [d * d])
    return Symbol.concatenated(
      (0..<d).map { flat.columns(($0 * (d + 1))..<($0 * (d + 1) + 1)) }) ?? self
  }

  /// A vector as a matrix of one row.
  var asRow: Symbol { reshaped(shape.dropLast() + [1, shape.last ?? 1]) }

  /// The rows of a (d + 1) × d array: its first, and the others.
  var meanAndCovariance: (mean: Symbol, covariance: Symbol) {
    let d = shape.last ?? 0
    let leading = Array(shape.dropLast(2))
    let flat = reshaped(leading + [(d + 1) * d])
    return (flat.columns(0..<d), flat.columns(d..<((d + 1) * d)).reshaped(leading + [d, d]))
  }

  /// Two numbers as a vector.
  static func pair(_ a: Symbol, _ b: Symbol) -> Symbol {
    concatenated([a.withLastAxis, b.withLastAxis]) ?? a
  }

  /// A vector above a d × d matrix.
  static func stacked(_ vector: Symbol, _ matrix: Symbol) -> Symbol {
    let d = matrix.shape.last ?? 0
    let (own, other) = (Array(vector.shape.dropLast()), Array(matrix.shape.dropLast(2)))
    let leading = own.count < other.count ? other : own
    let parts = [
      vector.broadcast(to: leading + [d]),
      matrix.broadcast(to: leading + [d, d]).reshaped(leading + [d * d]),
    ]
    return (concatenated(parts) ?? vector).reshaped(leading + [d + 1, d])
  }
}
