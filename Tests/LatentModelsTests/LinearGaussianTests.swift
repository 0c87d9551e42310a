// Linear Gaussian models against brute force: dense joint Gaussians, finite differences, other
// routes to the same maximum.

import Foundation
import LatentTensor
import Testing

@testable import LatentModels

/// A d × q model with entries of no special structure.
private func example(_ d: Int, _ q: Int, isotropic: Bool = false) -> GaussianFactors {
  var random = Philox(seed: 11, stream: UInt32(d * 10 + q))
  let noise = isotropic ? [Double](repeating: 0.4, count: d) : random.uniforms(d).map { 0.2 + $0 }
  return GaussianFactors(
    loadings: Matrix(d, q, random.normals(d * q)), mean: random.normals(d), noise: noise)
}

private func draws(_ factors: GaussianFactors, _ count: Int, seed: UInt64 = 5) throws -> Tensor {
  let model = try LinearGaussian(
    .diagonal, loadings: factors.loadings.tensor, mean: factors.mean, variances: factors.noise)
  return try model.sample(count, seed: seed)
}

/// W Wᵀ + Ψ.
private func covariance(_ f: GaussianFactors) -> Tensor {
  var s = f.loadings.times(f.loadings, with: true)
  for j in 0..<f.columns { s[j, j] += f.noise[j] }
  return s.tensor
}

/// log N(x; μ, Σ) by a dense solution and determinant.
private func density(_ x: [Double], _ mean: [Double], _ covariance: Tensor) throws -> Double {
  let shift = Tensor(zip(x, mean).map { $0 - $1 })
  let solution = try covariance.solving(shift).values
  let square = zip(shift.values, solution).reduce(0) { $0 + $1.0 * $1.1 }
  let logDeterminant = try covariance.logDeterminant().values[0]
  return -0.5 * (Double(x.count) * log(2 * .pi) + logDeterminant + square)
}

private func fitted(
  _ noise: LinearGaussian.Noise, _ q: Int?, _ x: Tensor, weights: [Double]? = nil,
  _ change: (inout FitRequest) -> Void = { _ in }
) throws -> LinearGaussian {
  let model = LinearGaussian(noise, latent: q)
  var request = FitRequest()
  change(&request)
  try model.fit(DataSet(x: x, weights: weights), request, FitObserver())
  return model
}

private func near(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance }
}

@Suite struct LinearGaussianTests {
  @Test func densitiesAndPosteriorsEqualTheDenseJoint() throws {
    let f = example(5, 2)
    let model = try LinearGaussian(
      .diagonal, loadings: f.loadings.tensor, mean: f.mean, variances: f.noise)
    let x = try draws(f, 7)
    let sigma = covariance(f)
    let densities = try model.logProbability(x)
    let codes = try model.encode(x).values
    for i in 0..<7 {
      let row = Array(x.values[(i * 5)..<(i * 5 + 5)])
      #expect(abs(densities[i] - (try density(row, f.mean, sigma))) < 1e-12)
      // E[z|x] = Wᵀ Σ⁻¹ (x − μ): conditioning of the joint normal of (z, x).
      let solution = try sigma.solving(Tensor(zip(row, f.mean).map { $0 - $1 })).values
      let mean = f.loadings.times(Matrix(5, 1, solution), transposed: true).elements
      #expect(near(Array(codes[(i * 2)..<(i * 2 + 2)]), mean, 1e-12))
    }
    // cov[z|x] = I − Wᵀ Σ⁻¹ W.
    let inner = try f.loadings.tensor.transposed()
      .matrixProduct(try sigma.solving(f.loadings.tensor)).values
    let known = try f.inference().covariance.elements
    #expect(near(known, zip([1, 0, 0, 1.0], inner).map { $0 - $1 }, 1e-12))
  }

  @Test func missingEntriesAreIntegratedOut() throws {
    let f = example(4, 2)
    let model = try LinearGaussian(
      .diagonal, loadings: f.loadings.tensor, mean: f.mean, variances: f.noise)
    var values = try draws(f, 3).values
    let full = values
    values[1] = .nan
    values[3] = .nan
    for j in 8..<12 { values[j] = .nan }
    let x = Tensor(shape: [3, 4], values)
    let densities = try model.logProbability(x)
    let sigma = covariance(f)
    let part = Tensor(
      shape: [2, 2], [sigma[flat: 0], sigma[flat: 2], sigma[flat: 8], sigma[flat: 10]])
    let expected = try density([full[0], full[2]], [f.mean[0], f.mean[2]], part)
    #expect(abs(densities[0] - expected) < 1e-12)
    #expect(densities[2] == 0)
    // A row of which nothing was seen: the prior.
    #expect(near(Array(try model.encode(x).values.suffix(2)), [0, 0], 0))
    // x₂ | x₁ by conditioning: μ + Σ_mo Σ_oo⁻¹ (x − μ).
    let shift = Tensor([full[0] - f.mean[0], full[2] - f.mean[2]])
    let solution = try part.solving(shift).values
    let filled = try model.impute(x).values
    for j in [1, 3] {
      let mean =
        f.mean[j] + sigma[flat: j * 4] * solution[0] + sigma[flat: j * 4 + 2] * solution[1]
      #expect(abs(filled[j] - mean) < 1e-12)
    }
    #expect(filled[0] == full[0] && near(Array(filled.suffix(4)), f.mean, 1e-12))
  }

  @Test func emReachesTheClosedForm() throws {
    let x = try draws(example(6, 2, isotropic: true), 80)
    for q in 1...4 {
      let exact = try fitted(.isotropic, q, x)
      let em = try fitted(.isotropic, q, x) {
        $0.method = .em
        $0.em.tolerance = 0
        $0.em.iterations = 3000
      }
      guard let a = exact.factors, let b = em.factors else { continue }
      #expect(
        near(
          a.loadings.times(a.loadings, with: true).elements,
          b.loadings.times(b.loadings, with: true).elements, 1e-8))
      #expect(near(a.noise, b.noise, 1e-8))
      #expect(abs((exact.fitted ?? 0) - (em.fitted ?? 1)) < 1e-8)
      #expect(!em.history.converged, "tol 0 promises nothing")
      // Against the density itself.
      #expect(abs((exact.fitted ?? 0) - (try exact.logProbability(x)).reduce(0, +)) < 1e-9)
    }
  }

  @Test func theBoundTouchesAfterTheEStepAndNeverFalls() throws {
    let x = try draws(example(5, 2), 60)
    for noise in [LinearGaussian.Noise.isotropic, .diagonal] {
      var values = x.values
      for place in stride(from: 3, to: values.count, by: 7) { values[place] = .nan }
      for data in [x, Tensor(shape: x.shape, values)] {
        let model = try fitted(noise, 2, data) {
          $0.method = .em
          $0.em.iterations = 50
        }
        guard let factors = model.factors else { continue }
        let complete = try SampleCovariance(finite: data, weights: nil)
        let expectation =
          try complete.map { try CompleteMoments($0).expectation(factors) }
          ?? IncompleteRows(data).expectation(factors)
        #expect(abs(expectation.bound(factors) - expectation.logLikelihood) < 1e-10)
        let likelihood = try model.logProbability(data).reduce(0, +)
        #expect(abs(expectation.logLikelihood - likelihood) < 1e-9)
        let steps = model.history.logLikelihood
        for (a, b) in zip(steps, steps.dropFirst()) { #expect(b >= a - 1e-10 * abs(a)) }
      }
    }
  }

  /// At a maximum no parameter moves the likelihood to first order.
  @Test(arguments: [LinearGaussian.Noise.isotropic, .diagonal], [false, true])
  func theGradientVanishesAtConvergence(_ noise: LinearGaussian.Noise, _ gaps: Bool) throws {
    var values = try draws(example(5, 1), 120).values
    if gaps { for place in stride(from: 2, to: values.count, by: 9) { values[place] = .nan } }
    let x = Tensor(shape: [120, 5], values)
    let model = try fitted(noise, 1, x) {
      $0.em.tolerance = 1e-11
      $0.em.iterations = 20_000
    }
    #expect(model.history.converged)
    guard let best = model.factors else { return }
    func likelihood(_ f: GaussianFactors) throws -> Double {
      let other = LinearGaussian(noise, latent: 1)
      other.factors = f
      return try other.logProbability(x).reduce(0, +)
    }
    let h = 1e-5
    var slopes: [Double] = []
    for j in 0..<5 {
      for part in 0..<3 where part < 2 || noise == .diagonal || j == 0 {
        var (up, down) = (best, best)
        switch part {
        case 0:
          up.loadings[j, 0] += h
          down.loadings[j, 0] -= h
        case 1:
          up.mean[j] += h
          down.mean[j] -= h
        default:
          for k in 0..<5 where k == j || noise == .isotropic {
            up.noise[k] += h
            down.noise[k] -= h
          }
        }
        slopes.append((try likelihood(up) - likelihood(down)) / (2 * h))
      }
    }
    for slope in slopes { #expect(abs(slope) < 1e-5 * 120) }
  }

  @Test func factorAnalysisByTwoRoutesAgrees() throws {
    let x = try draws(example(7, 2), 300)
    let direct = try fitted(.diagonal, 2, x)
    let em = try fitted(.diagonal, 2, x) {
      $0.method = .em
      $0.em.tolerance = 1e-10
      $0.em.iterations = 100_000
    }
    #expect(direct.history.converged && em.history.converged)
    #expect(abs((direct.fitted ?? 0) - (em.fitted ?? 1)) < 1e-7)
    #expect(near(direct.factors?.noise ?? [], em.factors?.noise ?? [], 1e-4))
    // The model's variances are the sample's at the maximum.
    let variances = try SampleCovariance(finite: x, weights: nil)?.variances ?? []
    let implied = direct.factors.map { f in
      (0..<7).map { j in f.noise[j] + f.loadings.row(j).reduce(0) { $0 + $1 * $1 } }
    }
    #expect(near(implied ?? [], variances, 1e-8))
  }

  @Test func weightsCountRows() throws {
    let x = try draws(example(6, 1), 60)
    let weights = (0..<60).map { Double($0 % 3) }
    let repeated = (0..<60).flatMap { i in
      (0..<(i % 3)).flatMap { _ in Array(x.values[(i * 6)..<(i * 6 + 6)]) }
    }
    let twice = Tensor(shape: [repeated.count / 6, 6], repeated)
    for noise in [LinearGaussian.Noise.isotropic, .diagonal] {
      let a = try fitted(noise, 1, x, weights: weights)
      let b = try fitted(noise, 1, twice)
      #expect(near(a.factors?.noise ?? [], b.factors?.noise ?? [1], 1e-8))
      #expect(near(a.factors?.loadings.elements ?? [], b.factors?.loadings.elements ?? [1], 1e-7))
      #expect(abs((a.fitted ?? 0) - (b.fitted ?? 1)) < 1e-8)
    }
  }

  @Test func wideDataNeedNoSquareMatrix() throws {
    let x = try draws(example(9, 2), 6)
    guard let wide = try SampleCovariance(finite: x, weights: nil) else { return }
    guard case .rows = wide.form else {
      Issue.record("six rows of nine columns are kept as rows")
      return
    }
    let dense = SampleCovariance(weight: 6, mean: wide.mean, covariance: wide.dense)
    #expect(near(try wide.spectrum(), try dense.spectrum(), 1e-12))
    let (a, b) = (try wide.leadingEigen(3), try dense.leadingEigen(3))
    #expect(near(a.values, b.values, 1e-12))
    #expect(near(a.vectors.withPositiveTops.elements, b.vectors.elements, 1e-10))
    let model = try fitted(.isotropic, 2, x)
    #expect(abs((model.fitted ?? 0) - (try model.logProbability(x)).reduce(0, +)) < 1e-9)
  }

  /// Against the textbook two passes, for every way data are stored, with many blocks of rows.
  @Test func momentsOfLargeDataAreExact() throws {
    let (n, d) = (2500, 70)
    let bytes = (0..<(n * d)).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }
    let doubles = bytes.map { Double($0) / 256 + 1e6 }
    var random = Philox(seed: 1)
    let weights = random.uniforms(n)
    let stored: [(Tensor, [Double]?)] = [
      (Tensor(shape: [n, d], storage: .bytes(bytes, scale: 0.5)), nil),
      (Tensor(shape: [n, d], doubles), nil), (Tensor(shape: [n, d], doubles), weights),
      (Tensor(shape: [n, d], floats: bytes.map { Float($0) }), nil),
    ]
    for (x, weights) in stored {
      guard let moments = try SampleCovariance(finite: x, weights: weights) else { continue }
      let (values, total) = (x.values, weights?.reduce(0, +) ?? Double(n))
      func mean(_ f: (Int) -> Double) -> Double {
        (0..<n).reduce(0) { $0 + (weights?[$1] ?? 1) * f($1) } / total
      }
      for (a, b) in [(0, 0), (3, 69), (69, 68), (17, 40)] {
        let (ma, mb) = (mean { values[$0 * d + a] }, mean { values[$0 * d + b] })
        let s = mean { (values[$0 * d + a] - ma) * (values[$0 * d + b] - mb) }
        #expect(abs(moments.mean[a] - ma) <= 1e-13 * abs(ma))
        #expect(abs(moments.dense[a, b] - s) < 1e-9 * max(1, abs(s)))
        #expect(moments.dense[a, b] == moments.dense[b, a])
      }
    }
  }

  @Test func lectureBoundsForAnyNormalQ() throws {
    // p(z) = N(0, 1), p(x|z) = N(z, 1), x = 2: the posterior is N(1, ½).
    let model = try LinearGaussian(
      .isotropic, loadings: Tensor(shape: [1, 1], [1]), mean: [0], variances: [1])
    let x = Tensor(shape: [1, 1], [2])
    func terms(_ mean: Double, _ variance: Double) throws -> LinearGaussian.BoundTerms? {
      try model.boundTerms(x, q: ([mean], Matrix(1, 1, [variance]))).first
    }
    guard let off = try terms(0.5, 1), let tight = try terms(1, 0.5) else { return }
    #expect(abs(off.logEvidence + 2.265512123) < 1e-6)
    #expect(abs(off.bound + 2.668939) < 1e-6)
    #expect(abs(off.bound + off.posteriorDivergence - off.logEvidence) < 1e-12)
    #expect(abs(tight.bound - tight.logEvidence) < 1e-12)
    #expect(abs(tight.posteriorDivergence) < 1e-12)
    // The same in more dimensions, for a q that is off in mean and covariance.
    let f = example(5, 2)
    let wide = try LinearGaussian(
      .diagonal, loadings: f.loadings.tensor, mean: f.mean, variances: f.noise)
    for t in try wide.boundTerms(
      try draws(f, 4), q: ([0.3, -1], Matrix(2, 2, [0.5, 0.2, 0.2, 0.9])))
    {
      #expect(abs(t.bound + t.posteriorDivergence - t.logEvidence) < 1e-12)
    }
  }

  @Test func minkasEvidence() throws {
    // scikit-learn's _assess_dimension for the spectrum of iris (1/n), n = 150.
    let spectrum = [4.2000534280, 0.2410529429, 0.0776881034, 0.0236761924]
    let ours = LatentDimension.evidence(spectrum, count: 150)
    #expect(near(ours, [366.0404279380551, 422.9420732033581, 442.42517991890753], 1e-6))
  }

  @Test func varimaxIsTheBestRotation() {
    let w = example(8, 2).loadings
    func criterion(_ m: Matrix) -> Double {
      (0..<2).reduce(0) { sum, k in
        let squares = (0..<8).map { m[$0, k] * m[$0, k] }
        let mean = squares.reduce(0, +) / 8
        return sum + squares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      }
    }
    let (turned, rotation) = varimax(w, normalize: false)
    #expect(near(turned.elements, w.times(rotation).elements, 1e-12))
    #expect(near(rotation.times(rotation, with: true).elements, [1, 0, 0, 1], 1e-12))
    for step in 0..<1000 {
      let angle = Double(step) * .pi / 1000
      let other = w.times(Matrix(2, 2, [cos(angle), -sin(angle), sin(angle), cos(angle)]))
      #expect(criterion(other) <= criterion(turned) + 1e-12)
    }
  }
}
