// Probabilistic PCA and factor analysis as models: the same linear Gaussian model, with one noise
// level for all columns or one for each.

import Foundation
import LatentTensor

/// x = W z + μ + ε with z ~ N(0, I) and ε ~ N(0, Ψ), fitted by maximum likelihood.
///
/// Everything is exact: p(x), p(z|x), and p(x) with missing entries (NaN) integrated out. W is
/// determined only up to a rotation of z; its principal axes are kept.
public final class LinearGaussian: Model {
  public enum Noise: String, Sendable {
    /// Ψ = σ² I: `ppca` (Tipping & Bishop 1999).
    case isotropic = "ppca"
    /// Ψ diagonal: `factor_analysis`.
    case diagonal = "factor_analysis"
  }

  public let noise: Noise
  /// The number of latent dimensions asked for; nil is chosen by the data.
  public let requested: Int?
  public internal(set) var history = TrainingHistory()
  var factors: GaussianFactors?
  /// log p(X) of the data of the latest fit.
  var fitted: Double?

  public init(_ noise: Noise, latent: Int?) {
    self.noise = noise
    requested = latent
  }

  /// A model with known parameters.
  ///
  /// - Parameters:
  ///   - loadings: W, d × q.
  ///   - mean: μ, d numbers.
  ///   - variances: the noise: one number for `ppca`, d for `factor_analysis`.
  /// - Throws: `L543` for parameters that do not fit together.
  public init(
    _ noise: Noise, loadings: Tensor, mean: [Double], variances: [Double]
  ) throws {
    let values = loadings.values
    guard loadings.rank == 2, loadings.shape[0] > 0, loadings.shape[1] > 0,
      values.allSatisfy(\.isFinite)
    else {
      throw Failure(
        "L543",
        "`loadings` must be a finite matrix, columns of the data × latent dimensions, "
          + "but its shape is \(loadings.shape)", argument: "loadings")
    }
    let (d, q) = (loadings.shape[0], loadings.shape[1])
    guard mean.count == d, mean.allSatisfy(\.isFinite) else {
      throw Failure(
        "L543", "`mean` must have \(d) finite numbers, as `loadings` has rows", argument: "mean")
    }
    let count = noise == .isotropic ? 1 : d
    guard variances.count == count, variances.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw Failure(
        "L543",
        "`noise` must be "
          + (count == 1 ? "one variance above 0" : "\(d) variances above 0, one per column"),
        argument: "noise")
    }
    self.noise = noise
    requested = q
    factors = GaussianFactors(
      loadings: Matrix(d, q, values), mean: mean,
      noise: count == d ? variances : [Double](repeating: variances[0], count: d))
    history.reason = "the parameters were given"
  }

  var isIsotropic: Bool { noise == .isotropic }

  // MARK: What it tells about itself

  public var kind: String { noise.rawValue }
  public var columns: Int? { factors?.columns }
  public var latentDimension: Int { factors?.latent ?? requested ?? 0 }
  public var isFitted: Bool { factors != nil }

  public func copied() -> any Model {
    let other = LinearGaussian(noise, latent: requested)
    other.history = history
    other.factors = factors
    other.fitted = fitted
    return other
  }

  public var freeParameters: Int? {
    factors.map {
      LatentDimension.parameters(columns: $0.columns, latent: $0.latent, isotropic: isIsotropic)
    }
  }

  public var parameterValues: [(name: String, value: Tensor)] {
    guard let factors else { return [] }
    return [
      ("loadings", factors.loadings.tensor), ("mean", Tensor(factors.mean)),
      ("noise", isIsotropic ? Tensor(factors.noise.first ?? .nan) : Tensor(factors.noise)),
    ]
  }

  public var facts: [(name: String, value: Fact)] {
    let latent = factors?.latent ?? requested
    let known: [(name: String, value: Fact)] = [
      ("latent", latent.map(Fact.integer) ?? .text("auto"))
    ]
    guard isFitted else {
      return known + ["loadings", "mean", "noise"].map { ($0, .nothing) }
    }
    return known + parameterValues.map { ($0.name, .tensor($0.value)) }
  }

  public var summary: String {
    let latent = (factors?.latent ?? requested).map { "\($0)" } ?? "\"auto\""
    let text = "\(kind)(latent: \(latent))"
    guard let factors else { return text + ", not fitted" }
    let level = factors.noise.reduce(0, +) / Double(factors.columns)
    var line = text + ", \(factors.columns) columns"
    line += String(format: ", %@noise variance %.4g", isIsotropic ? "" : "mean ", level)
    if let fitted { line += String(format: ", log-likelihood %.3f", fitted) }
    return line
  }

  public func explanation() throws -> [String] {
    try checkFitted()
    return [
      "z: exact, since p(z) and p(x|z) are normal and x is linear in z: p(z|x) = "
        + (isIsotropic
          ? "N(M⁻¹Wᵀ(x − μ), σ²M⁻¹) with M = WᵀW + σ²I"
          : "N(VWᵀΨ⁻¹(x − μ), V) with V = (I + WᵀΨ⁻¹W)⁻¹"),
      "missing entries (nan): integrated out exactly",
      "W: only up to a rotation of z; the principal axes are kept, and `varimax` turns them to a "
        + "simple structure",
      "fit: \(history.reason)",
    ]
  }
}
