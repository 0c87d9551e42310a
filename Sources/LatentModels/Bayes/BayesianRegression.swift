// Bayesian linear regression: y = b₀ + x·b + noise, with a normal prior of the coefficients and a
// known noise, or an inverse gamma prior of its variance.
//
// With w ~ N(m, σ² Λ⁻¹) data turn Λ into Λ + XᵀX and m into the solution of Λ' m' = Λ m + Xᵀ y; the
// residual form S = ‖y − X m'‖² + (m' − m)ᵀ Λ (m' − m) adds what the textbook's yᵀy + mᵀΛm − m'ᵀΛ'm'
// cancels (Murphy 2012, 7.6.3).

import Foundation
import LatentDistributions
import LatentTensor

public final class BayesianRegression: Model {
  /// What is assumed before any data; the same for the intercept and every coefficient.
  public enum Prior: Sendable {
    /// N(mean, sd²) with noise of a known standard deviation.
    case knownNoise(mean: Double, sd: Double, noise: Double)
    /// N(m, σ²/κ) and σ² ~ IG(a, b).
    case unknownNoise(m: Double, kappa: Double, a: Double, b: Double)
  }

  public let prior: Prior
  public internal(set) var count = 0
  /// log p(y | X) of all data seen.
  public internal(set) var logEvidence = 0.0
  public internal(set) var history = TrainingHistory()
  /// m, intercept first; empty before the first fit.
  var mean: [Double] = []
  /// Λ
  var precision: [Double] = []
  var (shape, scale) = (0.0, 0.0)

  public init(prior: Prior) {
    self.prior = prior
    if case .unknownNoise(_, _, let a, let b) = prior { (shape, scale) = (a, b) }
  }

  public var kind: String { "linear_regression" }
  public var columns: Int? { isFitted ? mean.count - 1 : nil }
  public var latentDimension: Int { mean.count }
  public var isFitted: Bool { !mean.isEmpty }
  public var freeParameters: Int? { 0 }

  public var summary: String {
    isFitted
      ? "linear_regression of \(mean.count - 1) columns, posterior of \(count) data"
      : "linear_regression(), not fitted"
  }

  public var facts: [(name: String, value: Fact)] {
    [
      ("intercept", mean.first.map { .number($0) } ?? .nothing),
      ("coefficients", isFitted ? .vector(Array(mean.dropFirst())) : .nothing),
      ("count", .integer(count)), ("log_evidence", .number(logEvidence)),
    ]
  }

  public var parameterValues: [(name: String, value: Tensor)] {
    guard isFitted else { return [] }
    let p = mean.count
    let weights = [("mean", Tensor(mean)), ("precision", Tensor(shape: [p, p], precision))]
    guard case .unknownNoise = prior else { return weights }
    return weights + [("a", Tensor(shape)), ("b", Tensor(scale))]
  }

  public func copied() -> any Model {
    let copy = BayesianRegression(prior: prior)
    (copy.count, copy.logEvidence, copy.history) = (count, logEvidence, history)
    (copy.mean, copy.precision, copy.shape, copy.scale) = (mean, precision, shape, scale)
    return copy
  }

  public func heeds(_ argument: String, by method: FitMethod) -> Bool { false }

  // MARK: Learning

  public func fit(_ data: DataSet, _ request: FitRequest, _ observer: FitObserver) throws {
    guard request.method == .auto || request.method == .exact else {
      throw Failure(
        "L517",
        "a `linear_regression` is fitted by Bayes' rule, not by \"\(request.method.rawValue)\"",
        argument: "method", help: "leave `method` out")
    }
    guard let y = data["y"], y.count == data.x.shape.first else {
      throw Failure(
        "L511", "a regression needs the field `y` beside `x`, one number per row",
        argument: "data", help: "write `fit(m, (x: X, y: y))`")
    }
    if let columns, data.x.shape.last != columns {
      throw wrongWidth(data.x.shape.last ?? 0, argument: "data")
    }
    for (name, values) in [("x", data.x), ("y", y)] {
      guard let place = values.values.firstIndex(where: { !$0.isFinite }) else { continue }
      throw Failure(
        "L524", "`\(name)` holds \(NumberText.shortest(values[flat: place])) at position \(place)",
        argument: "data", help: "leave rows with missing values out")
    }
    let start = Date()
    let p = (data.x.shape.last ?? 0) + 1
    let (oldMean, oldPrecision) = isFitted ? (mean, precision) : initial(p)
    let design = Self.design(data.x)
    let targets = Tensor(shape: [y.count, 1], y.values)
    let old = Tensor(shape: [p, p], oldPrecision)
    let start0 = Tensor(shape: [p, 1], oldMean)
    let gram = try design.transposed().matrixProduct(design)
    let new = try Tensor.elementwise(.add, old, gram)
    let right = try Tensor.elementwise(
      .add, try old.matrixProduct(start0), try design.transposed().matrixProduct(targets))
    let solution = try new.solving(right)
    let residual = try Tensor.elementwise(.subtract, targets, try design.matrixProduct(solution))
    let shift = try Tensor.elementwise(.subtract, solution, start0)
    let square =
      residual.values.reduce(0) { $0 + $1 * $1 }
      + zip(shift.values, try old.matrixProduct(shift).values).reduce(0) { $0 + $1.0 * $1.1 }
    let n = Double(y.count)
    let determinants =
      0.5 * ((try old.logDeterminant().values[0]) - (try new.logDeterminant().values[0]))
    switch prior {
    case .knownNoise(_, _, let noise):
      logEvidence +=
        determinants - 0.5 * n * log(2 * .pi * noise * noise) - square / (2 * noise * noise)
    case .unknownNoise:
      let (a, b) = (shape + n / 2, scale + square / 2)
      logEvidence +=
        determinants - 0.5 * n * log(2 * .pi) + shape * log(scale) - a * log(b)
        + SpecialFunction.lgamma(a) - SpecialFunction.lgamma(shape)
      (shape, scale) = (a, b)
    }
    (mean, precision) = (solution.values, new.values)
    count += y.count
    history.logLikelihood.append(logEvidence)
    history.seconds += Date().timeIntervalSince(start)
    history.steps += 1
    history.converged = true
    history.reason = "exact posterior"
  }

  private func initial(_ p: Int) -> (mean: [Double], precision: [Double]) {
    let (center, weight): (Double, Double) =
      switch prior {
      case .knownNoise(let mean, let sd, let noise): (mean, noise * noise / (sd * sd))
      case .unknownNoise(let m, let kappa, _, _): (m, kappa)
      }
    var precision = [Double](repeating: 0, count: p * p)
    for i in 0..<p { precision[i * (p + 1)] = weight }
    return ([Double](repeating: center, count: p), precision)
  }

  /// A column of ones before x.
  private static func design(_ x: Tensor) -> Tensor {
    let (n, d) = (x.shape[0], x.shape[1])
    let values = x.values
    return Tensor(
      shape: [n, d + 1], (0..<n).flatMap { [1] + values[($0 * d)..<(($0 + 1) * d)] })
  }

  // MARK: What is known

  /// The posterior of intercept and coefficients: normal, or Student's t with the noise integrated
  /// out.
  public func posterior() throws -> Distribution {
    try checkFitted()
    let p = mean.count
    let matrix = Tensor(shape: [p, p], precision)
    switch prior {
    case .knownNoise(_, _, let noise):
      return try Distribution(
        .mvnormalByPrecision, [Tensor(mean), matrix.mapping { $0 / (noise * noise) }])
    case .unknownNoise:
      let covariance = try matrix.inverse()
      let ratio = scale / shape
      let symmetric = try Tensor.elementwise(.add, covariance, covariance.transposed())
      return try Distribution(
        .mvStudentT,
        [Tensor(2 * shape), Tensor(mean), symmetric.mapping { $0 * 0.5 * ratio }])
    }
  }

  /// The posterior of the noise's variance; nil where the noise is known.
  public func noise() throws -> Distribution? {
    guard case .unknownNoise = prior else { return nil }
    try checkFitted()
    return try Distribution(.inverseGamma, shape, scale)
  }

  /// p(y | x, data) of each row by itself.
  public func predictive(_ x: Tensor) throws -> Distribution {
    try check(x, argument: "x")
    let design = Self.design(x)
    let p = mean.count
    let centers = try design.matrixProduct(Tensor(shape: [p, 1], mean)).values
    // xᵀ Λ⁻¹ x by rows.
    let solved = try Tensor(shape: [p, p], precision).solving(design.transposed()).values
    let n = x.shape[0]
    let values = design.values
    let spreads = (0..<n).map { row in
      1 + (0..<p).reduce(0.0) { $0 + values[row * p + $1] * solved[$1 * n + row] }
    }
    switch prior {
    case .knownNoise(_, _, let noise):
      return try Distribution(
        .normal, [Tensor(centers), Tensor(spreads.map { noise * $0.squareRoot() })])
    case .unknownNoise:
      return try Distribution(
        .studentT,
        [
          Tensor(2 * shape), Tensor(centers),
          Tensor(spreads.map { (scale / shape * $0).squareRoot() }),
        ])
    }
  }

  public func explanation() throws -> [String] {
    switch prior {
    case .knownNoise:
      ["normal prior, known noise: the posterior of the coefficients is normal and exact"]
    case .unknownNoise:
      [
        "normal-inverse-gamma prior: the posterior is exact; with the noise integrated out, "
          + "coefficients and predictions have Student's t"
      ]
    }
  }
}
