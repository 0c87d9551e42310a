// Mixtures against closed forms and a plain evaluation of the same formulas.

import CKernels
import Foundation
import LatentTensor
import Testing

@testable import LatentModels

@Suite struct MixtureTests {
  private static let rows = 3000
  private static let columns = 7

  /// Three clusters in seven correlated dimensions.
  private static let data: [Double] = {
    var random = Philox(seed: 5)
    return (0..<rows).flatMap { row -> [Double] in
      let noise = random.normals(columns)
      var sum = Double(row % 3) * 1.5
      return noise.map { e in
        sum += 0.6 * e
        return sum
      }
    }
  }()

  private static let parameters: MixtureParameters = {
    let triangle = Triangle(size: columns)
    var random = Philox(seed: 6)
    let factors = (0..<3).flatMap { _ in
      (0..<columns).flatMap { i in (0...i).map { $0 == i ? 0.7 + random.uniform() : 0.2 } }
    }
    precondition(factors.count == 3 * triangle.count)
    return MixtureParameters(
      weights: [0.2, 0.3, 0.5],
      components: GaussianComponents(
        .full, count: 3, columns: columns, means: random.normals(3 * columns), factors: factors))
  }()

  /// log N(x; μ, LLᵀ) by forward substitution.
  private func logDensity(_ x: ArraySlice<Double>, _ mean: [Double], _ root: [Double]) -> Double {
    var solution: [Double] = []
    var sum = -0.5 * Double(mean.count) * log(2 * .pi)
    for (i, value) in x.enumerated() {
      let row = Triangle.start(i)
      let rest = (0..<i).reduce(value - mean[i]) { $0 - root[row + $1] * solution[$1] }
      solution.append(rest / root[row + i])
      sum -= log(root[row + i]) + 0.5 * solution[i] * solution[i]
    }
    return sum
  }

  @Test func expectationIsThatOfAPlainLoop() throws {
    let (n, d) = (Self.rows, Self.columns)
    let parameters = Self.parameters
    let gaussian = try #require(parameters.components as? GaussianComponents)
    let weights = (0..<n).map { Double($0 % 4) }
    let data = MixtureData(Self.data, rows: n, columns: d, weights: weights)
    let found = try parameters.expectation(data)
    var (total, entropy) = (0.0, 0.0)
    var counts = [0.0, 0, 0]
    var sums = [Double](repeating: 0, count: 3 * d)
    var squares = [Double](repeating: 0, count: 3 * d * d)
    for row in 0..<n {
      let x = Self.data[(row * d)..<((row + 1) * d)]
      let joint = (0..<3).map {
        log(parameters.weights[$0]) + logDensity(x, gaussian.mean($0), gaussian.factor($0))
      }
      let top = joint.max() ?? 0
      let evidence = top + log(joint.reduce(0) { $0 + exp($1 - top) })
      total += weights[row] * evidence
      for k in 0..<3 {
        let r = exp(joint[k] - evidence)
        if r > 0 { entropy -= weights[row] * r * log(r) }
        counts[k] += weights[row] * r
        for (i, a) in x.enumerated() {
          sums[k * d + i] += weights[row] * r * a
          for (j, b) in x.enumerated() {
            squares[(k * d + i) * d + j] += weights[row] * r * a * b
          }
        }
      }
    }
    #expect(abs(found.logLikelihood - total) < 1e-11 * abs(total))
    #expect(abs(found.entropy - entropy) < 1e-10 * entropy)
    for k in 0..<3 {
      #expect(abs(found.moments.counts[k] - counts[k]) < 1e-9)
      for i in 0..<d {
        let mean = sums[k * d + i] / counts[k]
        #expect(abs(found.moments.means[k * d + i] - mean) < 1e-11)
        for j in 0...i {
          let other = sums[k * d + j] / counts[k]
          let scatter = squares[(k * d + i) * d + j] - counts[k] * mean * other
          let place = k * found.moments.width + Triangle.start(i) + j
          #expect(abs(found.moments.seconds[place] - scatter) < 1e-8 * max(1, counts[k]))
        }
      }
    }
  }

  @Test func anyNumberOfThreadsGivesTheSameBits() throws {
    let data = MixtureData(Self.data, rows: Self.rows, columns: Self.columns)
    let before = ck_threads()
    defer { ck_set_threads(before) }
    let results = try [1, 2, 5].map { threads in
      ck_set_threads(Int32(threads))
      return try Self.parameters.expectation(data)
    }
    for other in results.dropFirst() {
      #expect(other.logLikelihood == results[0].logLikelihood)
      #expect(other.moments.seconds == results[0].moments.seconds)
      #expect(other.moments.means == results[0].moments.means)
    }
  }

  @Test func exponentialAndLogarithmKeepTheirDigits() throws {
    // The exponential and the logarithm of the kernel, through a mixture of two points far apart.
    let far = MixtureParameters(
      weights: [0.5, 0.5],
      components: GaussianComponents(
        .diag, count: 2, columns: 1, means: [0, 1], factors: [1, 1]))
    let x = (0..<4000).map { Double($0) * 0.3 - 600 }
    let result = try far.sweep([0], .init(logDensity: true, responsibilities: true)).run(
      MixtureData(x, rows: x.count, columns: 1).groups[0])
    for (row, value) in x.enumerated() {
      // r₁ = 1/(1 + e^{½ − x}), log p = −½ x² − ½ log 2π + log ½ + log(1 + e^{x − ½}).
      let r = SpecialFunction.sigmoid(value - 0.5)
      let found = result.responsibilities[2 * row + 1]
      // The log-densities, of the size x²/2, are themselves rounded.
      #expect(abs(found - r) <= 1e-15 * (10 + value * value) * r + 1e-300, "\(value)")
      let exact =
        -0.5 * value * value - 0.5 * log(2 * .pi) + log(0.5) + SpecialFunction.softplus(value - 0.5)
      #expect(abs(result.logDensity[row] - exact) <= 4 * exact.ulp + 2e-15, "\(value)")
    }
  }

  @Test func farFromTheOriginNothingCancels() throws {
    // Shifted by 1e8, the sd of 1 is still found to ten digits of what the shift leaves.
    var random = Philox(seed: 9)
    let noise = random.normals(1000)
    let model = Mixture(Mixture.Design.gaussian(1))
    try model.fit(
      DataSet(x: Tensor(shape: [1000, 1], noise.map { $0 + 1e8 })), FitRequest(), FitObserver())
    let mean = noise.reduce(0, +) / 1000
    let variance = noise.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1000
    let found = model.parameterValues.first { $0.name == "covariances" }?.value.values.first ?? 0
    #expect(abs(found - variance) < 1e-7)
  }

  /// Normal-inverse-gamma, m = 0, κ = 1, a = 2, b = 2, x = 1, 2, 3: log evidence −6.126965705423
  /// (MODELS §3.6). With one component variational Bayes is exact.
  @Test func variationalBoundOfOneComponentIsTheEvidence() throws {
    let prior = ConjugatePrior(
      shrinkage: 1, degrees: 4, mean: [0], scale: [4], concentration: 1)
    var moments = Moments(.scatter, components: 1, columns: 1)
    (moments.counts, moments.columnCounts) = ([3], [3])
    (moments.means, moments.seconds) = ([2], [2])
    let posterior = try VariationalPosterior(moments, prior, .full)
    #expect(
      posterior.center.means == [1.5] && posterior.beta == [4]
        && posterior.precisions[0].degrees == 7)
    let data = MixtureData([1, 2, 3], rows: 3, columns: 1)
    #expect(abs(try posterior.expectation(data).bound - -6.126965705423) < 1e-11)
  }

  @Test func momentsOfPartsAddUp() throws {
    let d = Self.columns
    let whole = try Self.parameters.expectation(
      MixtureData(Self.data, rows: Self.rows, columns: d)
    ).moments
    var sum = Moments(.scatter, components: 3, columns: d)
    for part in [0..<100, 100..<101, 101..<3000] {
      let rows = Array(Self.data[(part.lowerBound * d)..<(part.upperBound * d)])
      sum.add(
        try Self.parameters.expectation(MixtureData(rows, rows: part.count, columns: d)).moments)
    }
    for (a, b) in zip(whole.seconds, sum.seconds) { #expect(abs(a - b) < 1e-8 * max(abs(a), 1)) }
    for (a, b) in zip(whole.means, sum.means) { #expect(abs(a - b) < 1e-11) }
  }

  /// A pattern of missing columns against conditioning by brute force on the precision matrix.
  @Test func regressionOfMissingColumns() throws {
    let gaussian = try #require(Self.parameters.components as? GaussianComponents)
    let observed = [1, 4, 5]
    let regression = try gaussian.regression(2, observed: observed)
    let full = Tensor(
      shape: [7, 7], gaussian.triangle.unpacked(gaussian.covariance(2)))
    let precision = try full.inverse()
    // x_m | x_o has the covariance (Λ_mm)⁻¹ and the slopes −Λ_mm⁻¹ Λ_mo.
    func block(_ rows: [Int], _ columns: [Int]) throws -> Tensor {
      Tensor(
        shape: [rows.count, columns.count],
        rows.flatMap { i in columns.map { precision.values[i * 7 + $0] } })
    }
    let missing = [0, 2, 3, 6]
    let inner = try block(missing, missing).inverse()
    let slopes = try inner.matrixProduct(try block(missing, observed)).values.map { -$0 }
    #expect(regression.missing == missing)
    for (a, b) in zip(regression.slopes, slopes) { #expect(abs(a - b) < 1e-12) }
    for (a, b) in zip(Triangle(size: 4).unpacked(regression.residual), inner.values) {
      #expect(abs(a - b) < 1e-12)
    }
  }
}

extension Mixture.Design {
  static func gaussian(_ components: Int) -> Self {
    var design = Self()
    design.components = components
    return design
  }
}
