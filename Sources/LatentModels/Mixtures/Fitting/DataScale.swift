// What must be known of the data before a mixture can be fitted: their means and covariance, and
// that a likelihood with a maximum exists at all.

import CKernels
import Foundation
import LatentTensor

/// Means, variances and, for full covariances, the covariance of the columns; rows by weight.
struct DataScale: Sendable {
  var means: [Double]
  var variances: [Double]
  /// The covariance, packed; empty unless asked for. Its correlations are those with missing values
  /// replaced by their mean, its diagonal the variances.
  var covariance: [Double] = []

  init(_ data: MixtureData, withCovariance: Bool) throws {
    let d = data.columns
    var moments = Moments(.squares, components: 1, columns: d)
    let flat = KernelForm(
      form: CK_MIX_LINEAR, offsets: [0], locations: [],
      factors: [Double](repeating: 0, count: d))
    // Twice: about a first guess, then about the means, so that nothing cancels.
    var center = [Double](repeating: 0, count: d)
    for group in data.groups where group.count > 0 {
      for (j, column) in group.observed.enumerated() where center[column] == 0 {
        center[column] = group.x[j]
      }
    }
    for _ in 0..<2 {
      moments = Moments(.squares, components: 1, columns: d)
      for group in data.groups {
        var form = flat
        form.factors = [Double](repeating: 0, count: group.observed.count)
        let sweep = Sweep(
          form: form, logWeights: [0], shift: group.observed.map { center[$0] },
          wanted: .init(moments: .squares))
        guard let part = try sweep.run(group.withoutLabels).moments else { continue }
        var whole = Moments(.squares, components: 1, columns: d)
        whole.counts = part.counts
        for (j, column) in group.observed.enumerated() {
          whole.means[column] = part.means[j]
          whole.columnCounts[column] = part.columnCounts[j]
          whole.seconds[column] = part.seconds[j]
        }
        moments.add(whole)
      }
      center = moments.means
    }
    means = moments.means
    variances = zip(moments.seconds, moments.columnCounts).map { $1 > 0 ? $0 / $1 : .nan }
    guard withCovariance, let group = data.imputed(means).groups.first else { return }
    var form = flat
    form.factors = [Double](repeating: 0, count: d)
    let sweep = Sweep(
      form: form, logWeights: [0], shift: means, wanted: .init(moments: .scatter))
    let total = data.total
    covariance = try sweep.run(group.withoutLabels).moments?.seconds.map { $0 / total } ?? []
    if data.isComplete { return }
    let triangle = Triangle(size: d)
    let factors = zip(variances, triangle.diagonal(covariance)).map { variance, found in
      found > 0 && variance > 0 ? (variance / found).squareRoot() : 1
    }
    for i in 0..<d {
      for j in 0...i { covariance[Triangle.start(i) + j] *= factors[i] * factors[j] }
    }
  }

  /// - Throws: `L531` for columns without a value or with one value only, and, for full covariances
  ///   without a prior, for columns that depend on those before them.
  func check(_ family: CovarianceFamily, hasPrior: Bool, total: Double) throws -> CovarianceFloor {
    for (j, variance) in variances.enumerated() {
      if variance.isNaN {
        throw Failure(
          "L531", "column \(j) of the data has no value at all", argument: "data",
          help: "leave the column out")
      }
      // A spread of rounding errors is none.
      let isConstant = !(variance > 1e-30 * means[j] * means[j]) || variance == 0
      if isConstant, family != .spherical || variances.allSatisfy({ $0 == 0 }) {
        throw Failure(
          "L531",
          "column \(j) of the data is constant, so the likelihood grows without bound as its "
            + "variance goes to 0", argument: "data", help: "leave the column out")
      }
    }
    var floor = CovarianceFloor(factor: [], inverseFactor: [], variances: variances)
    guard family == .full || family == .tied else { return floor }
    let triangle = Triangle(size: variances.count)
    let deviations = variances.map { $0 > 0 ? $0.squareRoot() : 1 }
    var correlation = covariance
    for i in deviations.indices {
      for j in 0...i { correlation[Triangle.start(i) + j] /= deviations[i] * deviations[j] }
    }
    let root = triangle.cholesky(correlation)
    let pivots = root.map { triangle.diagonal($0) }
    let dependent =
      pivots.map { $0.firstIndex { $0 < 1e-7 } } ?? triangle.firstDependent(correlation)
    if let dependent, !hasPrior {
      throw Failure(
        "L531",
        total <= Double(variances.count)
          ? "there are too few rows for a covariance of \(variances.count) columns"
          : "column \(dependent) of the data is a linear function of the columns before it, so the "
            + "likelihood has no maximum", argument: "data",
        help: "leave columns out, use `covariance: \"diag\"`, or `prior: \"conjugate\"`")
    }
    floor.factor =
      dependent == nil ? triangle.cholesky(covariance) ?? [] : triangle.diagonal(of: deviations)
    if floor.factor.isEmpty { floor.factor = triangle.diagonal(of: deviations) }
    floor.inverseFactor = triangle.inverse(floor.factor)
    return floor
  }
}

extension MixtureData.Group {
  /// The same rows, each free to belong to any component.
  var withoutLabels: Self {
    var copy = self
    copy.labels = nil
    return copy
  }
}

extension Triangle {
  /// The first column at which a Cholesky factorisation fails.
  fileprivate func firstDependent(_ matrix: [Double]) -> Int? {
    (1...max(size, 1)).first { n in
      Triangle(size: n).cholesky(Array(matrix.prefix(Triangle(size: n).count))) == nil
    }.map { $0 - 1 }
  }
}
