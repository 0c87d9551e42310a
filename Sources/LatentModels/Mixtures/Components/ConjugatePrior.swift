// The conjugate prior of Gaussian components, for fits by MAP and by variational Bayes.

/// μ_k | Σ_k ~ N(m, Σ_k/κ), Σ_k ~ inverse Wishart(ν, S), or inverse gamma where variances are
/// single numbers; π ~ Dirichlet(α).
///
/// The defaults for m, κ, ν and S are those of Fraley & Raftery, "Bayesian regularization for
/// normal mixture estimation and model-based clustering" (2007): κ = 0.01, ν = d + 2, S the
/// covariance of the data divided by K^(2/d).
public struct ConjugatePrior: Sendable {
  /// κ: how many data the prior mean counts as.
  public var shrinkage: Double
  /// ν.
  public var degrees: Double
  /// m, by column.
  public var mean: [Double]
  /// S as a packed lower triangle.
  var scale: [Double]
  /// α of each weight; 1 is the maximum of the likelihood.
  public var concentration: Double

  var triangle: Triangle { Triangle(size: mean.count) }

  /// The scale of one column, for diagonal covariances.
  func scale(column: Int) -> Double { scale[Triangle.start(column) + column] }

  /// The scale of spherical covariances.
  var sphericalScale: Double {
    triangle.diagonal(scale).reduce(0, +) / Double(max(mean.count, 1))
  }
}
