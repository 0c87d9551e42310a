// How a linear Gaussian model answers: every answer is exact, with missing entries integrated out.

import Foundation
import LatentTensor

extension LinearGaussian {
  /// Rows worked on at a time.
  private static let block = 2048

  /// The posterior of some rows that share their seen columns.
  struct Posteriors {
    /// The places of these rows in the data.
    var places: [Int]
    /// The model of the columns that were seen.
    var factors: GaussianFactors
    var inference: GaussianFactors.Inference
    var rows: Matrix
    /// Rows × latent.
    var means: Matrix
    var logProbability: [Double]
  }

  /// Visits the data block by block.
  func forEachBlock(
    _ x: Tensor, argument: String = "x", _ body: (GaussianFactors, Posteriors) throws -> Void
  ) throws {
    try check(x, argument: argument)
    guard let factors else { return }
    let width = factors.columns
    let whole = try factors.inference()
    var inferences: [[Int]: (GaussianFactors, GaussianFactors.Inference)] = [:]
    for start in stride(from: 0, to: x.shape[0], by: LinearGaussian.block) {
      let count = min(LinearGaussian.block, x.shape[0] - start)
      let values = x.elements((start * width)..<((start + count) * width))
      if let wrong = values.firstIndex(where: \.isInfinite) {
        throw infinite(start + wrong / width, wrong % width, argument: argument)
      }
      if !values.contains(where: \.isNaN) {
        let rows = Matrix(count, width, values)
        let (means, densities) = factors.posteriorMeans(rows, whole)
        try body(
          factors,
          Posteriors(
            places: Array(start..<(start + count)), factors: factors, inference: whole,
            rows: rows, means: means, logProbability: densities))
        continue
      }
      let incomplete = IncompleteRows(Tensor(shape: [count, width], values))
      for pattern in incomplete.patterns {
        let (part, inference): (GaussianFactors, GaussianFactors.Inference)
        if let known = inferences[pattern.columns] {
          (part, inference) = known
        } else {
          part = factors.restricted(to: pattern.columns)
          inference = try part.inference()
          if inferences.count < 1000 { inferences[pattern.columns] = (part, inference) }
        }
        let (means, densities) = part.posteriorMeans(pattern.rows, inference)
        try body(
          factors,
          Posteriors(
            places: pattern.places.map { $0 + start }, factors: part, inference: inference,
            rows: pattern.rows, means: means, logProbability: densities))
      }
    }
  }

  func infinite(_ row: Int, _ column: Int, argument: String) -> Failure {
    Failure(
      "L513", "the data hold an infinite value, in row \(row), column \(column)",
      argument: argument, help: "a missing value is written `nan`")
  }

  // MARK: The questions of the protocol

  /// Of what was seen of each row: a row of which nothing was seen has log p = 0.
  public func logProbability(_ x: Tensor) throws -> [Double] {
    var result = [Double](repeating: 0, count: x.shape.first ?? 0)
    try forEachBlock(x) { _, part in
      for (i, place) in part.places.enumerated() { result[place] = part.logProbability[i] }
    }
    return result
  }

  /// The bound at q(z|x) = p(z|x), where it is log p(x) itself.
  public func elbo(_ x: Tensor, samples: Int, seed: UInt64) throws -> [Double] {
    try logProbability(x)
  }

  public func encode(_ x: Tensor) throws -> Tensor {
    let q = latentDimension
    var result = [Double](repeating: 0, count: (x.shape.first ?? 0) * q)
    try forEachBlock(x) { _, part in
      for (i, place) in part.places.enumerated() {
        for k in 0..<q { result[place * q + k] = part.means[i, k] }
      }
    }
    return Tensor(shape: [x.shape.first ?? 0, q], result)
  }

  /// `mean`, rows × latent, and `cov`, rows × latent × latent: rows with the same columns seen have
  /// the same covariance.
  public func posterior(_ x: Tensor) throws -> [(name: String, value: Fact)] {
    let means = try encode(x)
    let (n, q) = (means.shape[0], latentDimension)
    var covariances = [Double](repeating: 0, count: try Shape.count([n, q, q]))
    try forEachBlock(x) { _, part in
      for place in part.places {
        for (e, value) in part.inference.covariance.elements.enumerated() {
          covariances[place * q * q + e] = value
        }
      }
    }
    return [
      ("mean", .tensor(means)), ("cov", .tensor(Tensor(shape: [n, q, q], covariances))),
    ]
  }

  public func decode(_ z: Tensor) throws -> Tensor {
    try checkFitted()
    guard let factors else { return z }
    guard z.rank == 2, z.shape[1] == factors.latent else {
      throw Failure(
        "L512",
        "`z` must have \(factors.latent) columns, one per latent dimension, but its shape is "
          + "\(z.shape)", argument: "z",
        help: "give one row per code, as `encode(m, x)` does")
    }
    var x = Matrix(z.shape[0], factors.latent, z.values).times(factors.loadings, with: true)
    for i in 0..<x.rows { for j in 0..<x.columns { x[i, j] += factors.mean[j] } }
    return x.tensor
  }

  public func reconstruct(_ x: Tensor) throws -> Tensor { try decode(try encode(x)) }

  /// The mean of what is missing given what was seen: W_j E[z|x] + μ_j.
  public func impute(_ x: Tensor) throws -> Tensor {
    let fitted = try reconstruct(x).values
    return Tensor(shape: x.shape, zip(x.values, fitted).map { $0.isNaN ? $1 : $0 })
  }

  public func sample(_ count: Int, seed: UInt64) throws -> Tensor {
    try checkFitted()
    guard let factors else { return Tensor([Double]()) }
    let (d, q) = (factors.columns, factors.latent)
    _ = try Shape.count([count, max(d, q)])
    var random = Philox(seed: seed, stream: 0x11A6)
    let z = Tensor(shape: [count, q], random.normals(count * q))
    let deviations = factors.noise.map { $0.squareRoot() }
    var x = try decode(z).values
    let errors = random.normals(count * d)
    for place in x.indices { x[place] += deviations[place % d] * errors[place] }
    return Tensor(shape: [count, d], x)
  }
}

extension Tensor {
  /// Some elements in row-major order, without a copy of the others.
  func elements(_ range: Range<Int>) -> [Double] {
    switch storage {
    case .float64(let values): Array(values[range])
    case .float32(let values): values[range].map(Double.init)
    case .bytes(let values, let scale): values[range].map { Double($0) * scale }
    case .mask(let values): values[range].map { $0 ? 1 : 0 }
    }
  }
}
