// What is wrong with a fitted linear model, if anything: directions that noise alone would give,
// columns without noise, rows that do not belong.

import Foundation
import LatentDistributions
import LatentTensor

/// Findings about a linear Gaussian model on data.
struct LinearDiagnosis {
  /// λ_k − 1 for the eigenvalues λ of Ψ^−½ Σ Ψ^−½: what a direction of z has over the noise, the
  /// largest first.
  var signal: [Double]
  /// How many of the directions stand out of the noise of n rows.
  var effective: Int
  /// The share of each column's variance that z explains.
  var explained: [Double]
  /// (x − μ)ᵀ Σ⁻¹ (x − μ) of what was seen of each row; chi-square under the model.
  var distances: [Double]
  /// P(a row fits worse), by row: 1 where nothing was seen.
  var tails: [Double]

  /// Below this share of its variance a column has no noise left.
  static let vanishing = 1e-4

  /// Columns whose noise has gone to 0.
  var heywood: [Int] { explained.indices.filter { 1 - explained[$0] < LinearDiagnosis.vanishing } }

  /// Rows that would be seen once in a hundred data sets like this, the worst first.
  var outliers: [Int] {
    tails.indices.filter { tails[$0] * Double(tails.count) < 0.01 }
      .sorted { tails[$0] == tails[$1] ? distances[$0] > distances[$1] : tails[$0] < tails[$1] }
  }

  /// The 99 % point of the largest eigenvalue of the sample covariance of n rows of white noise in p
  /// columns (Johnstone, "On the distribution of the largest eigenvalue in principal components
  /// analysis", 2001).
  static func edge(rows n: Int, columns p: Int) -> Double {
    let (n, p) = (Double(n) - 0.5, Double(p) - 0.5)
    guard n > 0, p > 0 else { return .infinity }
    let root = n.squareRoot() + p.squareRoot()
    let width = root * pow(1 / n.squareRoot() + 1 / p.squareRoot(), 1.0 / 3)
    // 2.02: that point of the Tracy–Widom law of order 1.
    return (root * root + 2.02 * width) / (n + 0.5)
  }
}

extension GaussianFactors {
  /// How many of the directions of z stand out of the noise of n rows: the first k, if the largest
  /// eigenvalue of what the others leave of the covariance, as a share of the noise that they and Ψ
  /// make, is within what chance gives.
  ///
  /// Directions that fit noise take it from Ψ, so they are measured against both. The noise is that of
  /// each column, or the mean over the columns where all have the same.
  func standingOut(rows: Int, isIsotropic: Bool) throws -> Int {
    let d = columns
    var rest = loadings.times(loadings, with: true)
    for j in 0..<d { rest[j, j] += noise[j] }
    for k in 0..<latent {
      var level = [Double](repeating: 0, count: d)
      for j in 0..<d { level[j] = rest[j, j] }
      if isIsotropic {
        // The k directions are gone but for their noise.
        let mean =
          (level.reduce(0, +) - Double(k) * (noise.first ?? 0)) / Double(max(d - k, 1))
        level = [Double](repeating: mean, count: d)
      }
      let scales = level.map { 1 / $0.squareRoot() }
      let relative = rest.scalingRows(by: scales).scalingColumns(by: scales)
      let top = try relative.leadingEigen(1).0.first ?? 0
      if top <= LinearDiagnosis.edge(rows: rows, columns: d - k) { return k }
      for i in 0..<d { for j in 0..<d { rest[i, j] -= loadings[i, k] * loadings[j, k] } }
    }
    return latent
  }
}

extension LinearGaussian {
  func diagnose(_ x: Tensor) throws -> LinearDiagnosis {
    try check(x, argument: "x")
    let n = x.shape[0]
    guard n > 0 else {
      throw Failure("L511", "the data have no rows", argument: "x", help: "give at least one row")
    }
    var found = LinearDiagnosis(
      signal: [], effective: 0, explained: [], distances: [Double](repeating: 0, count: n),
      tails: [Double](repeating: 1, count: n))
    guard let factors = try factors?.aligned() else { return found }
    let (d, q) = (factors.columns, factors.latent)
    found.signal = (0..<q).map { k in
      (0..<d).reduce(0) { sum, j in
        sum + factors.loadings[j, k] * factors.loadings[j, k] / factors.noise[j]
      }
    }.sorted(by: >)
    found.explained = (0..<d).map { j in
      let shared = (0..<q).reduce(0) { $0 + factors.loadings[j, $1] * factors.loadings[j, $1] }
      return shared / (shared + factors.noise[j])
    }
    found.effective = try factors.standingOut(rows: n, isIsotropic: isIsotropic)
    try forEachBlock(x) { _, part in
      let seen = Double(part.factors.columns)
      guard seen > 0 else { return }
      let constant = seen * log(2 * .pi) + part.inference.logDeterminant
      for (i, place) in part.places.enumerated() {
        let distance = max(-2 * part.logProbability[i] - constant, 0)
        found.distances[place] = distance
        found.tails[place] = GammaIntegral.tails(seen / 2, distance / 2).upper
      }
    }
    return found
  }

  public func diagnosis(
    _ x: Tensor, seed: UInt64, shouldStop: () -> Bool
  ) throws -> [(name: String, value: Fact)] {
    let found = try diagnose(x)
    let findings = findings(found)
    return [
      ("verdict", .text(verdict(findings))), ("sound", .bool(findings.isEmpty)),
      ("effective", .integer(found.effective)), ("signal", .vector(found.signal)),
      ("explained", .vector(found.explained)),
      ("heywood", .vector(found.heywood.map(Double.init))),
      ("outliers", .vector(found.outliers.map(Double.init))),
      ("distances", .vector(found.distances)), ("tails", .vector(found.tails)),
    ]
  }

  private func findings(_ found: LinearDiagnosis) -> [String] {
    var findings: [String] = []
    let q = found.signal.count
    if found.effective < q {
      findings.append(
        found.effective == 0
          ? "no direction of z stands out of the noise: the columns are all but independent"
          : "\(found.effective) of \(q) directions of z stand\(found.effective == 1 ? "s" : "") out "
            + "of the noise: `latent: \(found.effective)` says as much")
    }
    if !found.heywood.isEmpty {
      findings.append(
        "\(columnList(found.heywood)) \(found.heywood.count == 1 ? "has" : "have") no noise left, a "
          + "Heywood case: fewer latent dimensions or other columns may have a maximum, and `ppca` "
          + "always has")
    }
    if !found.outliers.isEmpty {
      let rows = found.outliers
      findings.append(
        "\(rows.count == 1 ? "row" : "\(rows.count) rows fit badly, the worst first:") "
          + rows.prefix(8).map(String.init).joined(separator: ", ")
          + (rows.count > 8 ? ", …" : rows.count == 1 ? " fits badly" : ""))
    }
    if !history.converged, history.steps > 0, found.heywood.isEmpty {
      findings.append("the fit has not converged: `fit` again goes on")
    }
    return findings
  }
}
