// Gaussian components with the four usual families of covariances.

import CKernels
import Foundation
import LatentTensor

/// How the covariances of a Gaussian mixture may differ.
public enum CovarianceFamily: String, CaseIterable, Sendable {
  /// Every component has its own.
  case full
  /// One for all components.
  case tied
  /// Columns are independent within a component.
  case diag
  /// One variance per component.
  case spherical
}

/// N(μ_k, Σ_k), the covariances kept as Cholesky factors or as variances.
struct GaussianComponents: MixtureComponents {
  let family: CovarianceFamily
  private(set) var count: Int
  let columns: Int
  /// components × columns.
  var means: [Double]
  /// Packed Cholesky factors of `matrices` matrices; of the diagonal families the standard
  /// deviations, components × columns (spherical: equal ones).
  var factors: [Double]

  init(
    _ family: CovarianceFamily, count: Int, columns: Int, means: [Double], factors: [Double]
  ) {
    self.family = family
    self.count = count
    self.columns = columns
    self.means = means
    self.factors = factors
  }

  var triangle: Triangle { Triangle(size: columns) }
  var isDiagonal: Bool { family == .diag || family == .spherical }
  var matrices: Int { family == .tied ? 1 : count }
  var order: Moments.Order { isDiagonal ? .squares : .scatter }

  func factor(_ component: Int) -> [Double] {
    if isDiagonal {
      return triangle.diagonal(
        of: Array(factors[(component * columns)..<((component + 1) * columns)]))
    }
    let place = family == .tied ? 0 : component
    return Array(factors[(place * triangle.count)..<((place + 1) * triangle.count)])
  }

  func mean(_ component: Int) -> [Double] {
    Array(means[(component * columns)..<((component + 1) * columns)])
  }

  /// Σ_k as a packed lower triangle.
  func covariance(_ component: Int) -> [Double] { triangle.square(factor(component)) }

  var freeParameters: Int {
    let d = columns
    return switch family {
    case .full: count * (d + triangle.count)
    case .tied: count * d + triangle.count
    case .diag: count * 2 * d
    case .spherical: count * (d + 1)
    }
  }

  var parameters: [(name: String, value: Tensor)] {
    let d = columns
    let covariances: Tensor =
      switch family {
      case .full:
        Tensor(shape: [count, d, d], (0..<count).flatMap { triangle.unpacked(covariance($0)) })
      case .tied: Tensor(shape: [d, d], triangle.unpacked(covariance(0)))
      case .diag: Tensor(shape: [count, d], factors.map { $0 * $0 })
      case .spherical:
        Tensor((0..<count).map { factors[$0 * columns] * factors[$0 * columns] })
      }
    return [("means", Tensor(shape: [count, d], means)), ("covariances", covariances)]
  }

  // MARK: E-step

  func form(observed: [Int]) throws -> KernelForm {
    let size = observed.count
    let constant = -0.5 * Double(size) * log(2 * .pi)
    let locations =
      size == columns
      ? means : (0..<count).flatMap { k in observed.map { means[k * columns + $0] } }
    if isDiagonal {
      let scales = (0..<count).flatMap { k in observed.map { factors[k * columns + $0] } }
      let offsets = (0..<count).map { k in
        constant - scales[(k * size)..<((k + 1) * size)].reduce(0) { $0 + log($1) }
      }
      return KernelForm(
        form: CK_MIX_DIAGONAL, offsets: offsets, locations: locations,
        factors: scales.map { 1 / $0 })
    }
    let triangle = Triangle(size: size)
    var (offsets, triangles) = ([Double](), [Double]())
    for k in 0..<matrices {
      let root = try marginalFactor(k, observed: observed)
      let (inverse, offset) = (triangle.inverse(root), constant - triangle.logDeterminant(root))
      for _ in 0..<(count / matrices) {
        triangles += inverse
        offsets.append(offset)
      }
    }
    return KernelForm(
      form: CK_MIX_FULL, offsets: offsets, locations: locations, factors: triangles)
  }

  /// The Cholesky factor of the covariance of some columns.
  func marginalFactor(_ component: Int, observed: [Int]) throws -> [Double] {
    let whole = factor(component)
    if observed.count == columns { return whole }
    let marginal = triangle.selecting(observed, from: triangle.square(whole))
    guard let root = Triangle(size: observed.count).cholesky(marginal) else {
      throw Failure(
        "L621", "the covariance of component \(component) is singular to working precision",
        help: "fewer components, `covariance: \"diag\"` or `prior: \"conjugate\"` avoid this")
    }
    return root
  }

  func expectedLogDensity(_ moments: Moments) -> Double {
    var sum = 0.0
    let d = columns
    if isDiagonal {
      for place in 0..<(count * d) {
        let (n, scale) = (moments.columnCounts[place], factors[place])
        let shift = moments.means[place] - means[place]
        sum -= n * (0.5 * log(2 * .pi) + log(scale))
        sum -= 0.5 * (moments.seconds[place] + n * shift * shift) / (scale * scale)
      }
      return sum
    }
    for k in 0..<count {
      let root = factor(k)
      let n = moments.counts[k]
      let inverse = triangle.inverse(root)
      var scatter = moments.second(k)
      for i in 0..<d {
        let a = moments.means[k * d + i] - means[k * d + i]
        for j in 0...i {
          let b = moments.means[k * d + j] - means[k * d + j]
          scatter[Triangle.start(i) + j] += n * a * b
        }
      }
      // tr(Σ⁻¹ S) = tr(L⁻¹ S L⁻ᵀ).
      let trace = triangle.diagonal(triangle.congruence(inverse, scatter)).reduce(0, +)
      sum -= n * (0.5 * Double(d) * log(2 * .pi) + triangle.logDeterminant(root)) + 0.5 * trace
    }
    return sum
  }

  // MARK: Queries

  func draw(_ component: Int, _ random: inout Philox) -> [Double] {
    let noise = random.normals(columns)
    let (center, root) = (mean(component), factor(component))
    return (0..<columns).map { i in
      (0...i).reduce(center[i]) { $0 + root[Triangle.start(i) + $1] * noise[$1] }
    }
  }

  /// The symmetrised divergence KL(a‖b) + KL(b‖a).
  func distance(_ component: Int, to other: any MixtureComponents, _ otherComponent: Int)
    -> Double?
  {
    guard let other = other as? Self, other.columns == columns else { return nil }
    func half(_ a: [Double], _ b: [Double], _ shift: [Double]) -> Double {
      let inverse = triangle.inverse(b)
      let relative = triangle.product(inverse, a)
      let moved = (0..<columns).map { i in
        (0...i).reduce(0) { $0 + inverse[Triangle.start(i) + $1] * shift[$1] }
      }
      return 0.5 * (triangle.sumOfSquares(relative) + triangle.sumOfSquares(moved))
    }
    let shift = zip(mean(component), other.mean(otherComponent)).map { $0 - $1 }
    let (a, b) = (factor(component), other.factor(otherComponent))
    return half(a, b, shift) + half(b, a, shift) - Double(columns)
  }

  mutating func reorder(_ order: [Int]) {
    let old = self
    means = order.flatMap { old.mean($0) }
    if family != .tied {
      let width = factors.count / max(count, 1)
      factors = order.flatMap { old.factors[($0 * width)..<(($0 + 1) * width)] }
    }
    count = order.count
  }

  // MARK: Extrapolation

  /// Means, then factors with logarithms on the diagonal.
  var vector: [Double] {
    if isDiagonal { return means + factors.map { log($0) } }
    return means + logarithmic(factors) { log($0) }
  }

  mutating func take(vector: [Double]) -> Bool {
    guard vector.count == means.count + factors.count, vector.allSatisfy(\.isFinite) else {
      return false
    }
    let rest = Array(vector.suffix(factors.count))
    let roots = isDiagonal ? rest.map { exp($0) } : logarithmic(rest) { exp($0) }
    guard roots.allSatisfy(\.isFinite) else { return false }
    means = Array(vector.prefix(means.count))
    factors = roots
    return true
  }

  private func logarithmic(_ elements: [Double], _ change: (Double) -> Double) -> [Double] {
    var result = elements
    for matrix in 0..<matrices {
      for i in 0..<columns {
        let place = matrix * triangle.count + Triangle.start(i) + i
        result[place] = change(result[place])
      }
    }
    return result
  }
}
