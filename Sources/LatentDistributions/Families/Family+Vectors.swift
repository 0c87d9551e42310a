// Families of vectors: dirichlet, the normal by covariance, Cholesky factor or precision, and
// Student's t.

import Foundation
import LatentAutodiff
import LatentTensor

extension Family {
  /// Dirichlet(α) on the simplex, by its first K − 1 coordinates: Σ (α − 1) log x − log B(α).
  public static let dirichlet = Family(
    "dirichlet", [.init("alpha", .positiveVector)],
    logProbability: { p, x in
      let outside = (1 - x.isAtLeast(0)).summedLast()
      let offset = (x.summedLast() - 1).absolute()
      let inside = outside.isEqual(to: 0) * offset.isAtMost(1e-6)
      let safe = x.isAtLeast(0).select(x, x.number(1))
      let terms = (p[0] - 1).timesLog(safe) - p[0].logGamma()
      let value = terms.summedLast() + p[0].summedLast().logGamma()
      return value.supported(where: inside, by: x.summedLast())
    },
    mean: { $0[0] / $0[0].summedLast().withLastAxis },
    variance: { p in
      let total = p[0].summedLast().withLastAxis
      let share = p[0] / total
      return share * (1 - share) / (total + 1)
    },
    entropy: { p in
      let total = p[0].summedLast()
      let size = p[0].logGamma().summedLast() - total.logGamma()
      let count = Double(p[0].shape.last ?? 1)
      return size + (total - count) * total.digamma()
        - ((p[0] - 1) * p[0].digamma()).summedLast()
    }
  ).with {
    $0.eventRank = 1
    $0.eventShape = { [$0[0]] }
    $0.composedDraw = dirichletDraw
    $0.sampler = .array { p, random in random.dirichlet(p.arrays[0]) }
  }

  /// N(μ, Σ): −½ (x − μ)ᵀ Σ⁻¹ (x − μ) − ½ log |2πΣ|, by Σ = L·Lᵀ.
  public static let mvnormal = mvnormal("cov", .covariance) { TriangularFactor(factoring: $0) }

  /// The same by L, the lower triangular Cholesky factor of the covariance.
  public static let mvnormalByFactor = mvnormal("chol", .factor) { TriangularFactor($0) }

  private static func mvnormal(
    _ name: String, _ constraint: Constraint,
    factor: @escaping @Sendable (Symbol) -> TriangularFactor
  ) -> Family {
    Family(
      "mvnormal", [.init("mean", .vector), .init(name, constraint)],
      logProbability: { p, x in
        let factor = factor(p[1])
        let z = factor.solving(x - p[0])
        return -0.5 * z.square().summedLast() - factor.logDeterminant
          - Double(factor.size) * halfLogTwoPi
      },
      mean: { $0[0].sharing($0[1].last(0)) },
      variance: { factor($0[1]).squaredRows.sharing($0[0]) },
      entropy: { p in
        let factor = factor(p[1])
        let constant = Double(factor.size) * 0.5 * log(2 * .pi * M_E)
        return (factor.logDeterminant + constant).sharing(p[0].last(0))
      }
    ).with {
      $0.eventRank = 1
      $0.eventShape = { [$0[0]] }
      $0.noise = .normal
      $0.draw = { p, noise in p[0] + factor(p[1]).times(noise) }
      $0.check = { try requireSize($0[1], of: $0[0], names: (name, "mean"), in: "mvnormal") }
      if name == "cov" {
        $0.prepared = { (.mvnormalByFactor, [$0[0], try $0[1].cholesky()]) }
      }
    }
  }

  /// The same by Σ⁻¹ = L·Lᵀ, which is never inverted for a density: −½ ‖Lᵀ(x − μ)‖² + log |L| − …
  public static let mvnormalByPrecision = Family(
    "mvnormal", [.init("mean", .vector), .init("precision", .covariance)],
    logProbability: { p, x in
      let factor = TriangularFactor(factoring: p[1])
      let z = factor.timesTransposed(x - p[0])
      return -0.5 * z.square().summedLast() + factor.logDeterminant
        - Double(factor.size) * halfLogTwoPi
    },
    mean: { $0[0].sharing($0[1].last(0)) },
    variance: { p in
      // Row i of the identity gives column i of L⁻¹, whose squares sum to Σ_ii.
      let factor = TriangularFactor(factoring: p[1])
      let places = p[0].counting(factor.size)
      let columns = (0..<factor.size).map { i in
        factor.solving(places.isEqual(to: Double(i))).square().summedLast().withLastAxis
      }
      return (Symbol.concatenated(columns) ?? p[0]).sharing(p[0])
    },
    entropy: { p in
      let factor = TriangularFactor(factoring: p[1])
      let constant = Double(factor.size) * 0.5 * log(2 * .pi * M_E)
      return (constant - factor.logDeterminant).sharing(p[0].last(0))
    }
  ).with {
    $0.eventRank = 1
    $0.eventShape = { [$0[0]] }
    $0.noise = .normal
    $0.draw = { p, noise in
      p[0] + TriangularFactor(factoring: p[1]).solvingTransposed(noise)
    }
    $0.check = { try requireSize($0[1], of: $0[0], names: ("precision", "mean"), in: "mvnormal") }
    $0.prepared = { (.mvnormalByFactor, [$0[0], try $0[1].factorOfInverse()]) }
  }

  /// Student's t of vectors with scale matrix Σ: z = L⁻¹(x − μ), density
  /// Γ((ν+d)/2)/(Γ(ν/2) |νπΣ|^½) (1 + ‖z‖²/ν)^{−(ν+d)/2}. Its covariance is Σ ν/(ν − 2).
  public static let mvStudentT = Family(
    "mvstudent_t", [.init("df", .positive), .init("loc", .vector), .init("scale", .covariance)],
    logProbability: { p, x in
      let factor = TriangularFactor(factoring: p[2])
      let d = Double(factor.size)
      let square = factor.solving(x - p[1]).square().summedLast()
      let constant = gammaRatio(0.5 * p[0], 0.5 * d) - 0.5 * d * (.pi * p[0]).log()
      return constant - factor.logDeterminant - 0.5 * (p[0] + d) * (square / p[0]).log1p()
    },
    mean: { p in
      p[0].isAbove(1).withLastAxis.select(p[1], p[0].number(.nan)).sharing(p[2].last(0))
    },
    variance: { p in
      let df = p[0].withLastAxis
      let many = df.isAbove(2)
      let rest = df.isAbove(1).select(df.number(.infinity), df.number(.nan))
      let scale = TriangularFactor(factoring: p[2]).squaredRows
      let finite = scale * (df / many.select(df - 2, df.number(1)))
      return many.select(finite, rest).sharing(p[1])
    },
    entropy: { p in
      let factor = TriangularFactor(factoring: p[2])
      let (d, half) = (Double(factor.size), 0.5 * p[0])
      let slope = (half + 0.5 * d).digamma() - half.digamma()
      let constant = gammaRatio(half, 0.5 * d) - 0.5 * d * (.pi * p[0]).log()
      return factor.logDeterminant - constant + (half + 0.5 * d) * slope
    }
  ).with {
    $0.eventRank = 1
    $0.eventShape = { [$0[1]] }
    $0.check = { try requireSize($0[2], of: $0[1], names: ("scale", "loc"), in: "mvstudent_t") }
    $0.composedDraw = mvStudentDraw
    $0.sampler = .array { p, random in
      let d = p.arrays[1].count
      let factor = try Tensor(shape: [d, d], p.arrays[2]).cholesky()
      let noise = (0..<d).map { _ in random.normal() }
      let stretch = (p[0] / (2 * random.gamma(p[0] / 2))).squareRoot()
      return (0..<d).map { i in
        let sum = (0...i).reduce(0.0) { $0 + factor[flat: i * d + $1] * noise[$1] }
        return p.arrays[1][i] + stretch * sum
      }
    }
  }
}

/// - Throws: unless a matrix has the size of a vector.
func requireSize(
  _ matrix: Tensor, of vector: Tensor, names: (String, String), in family: String
) throws {
  guard let d = vector.shape.last, matrix.shape.last == d else {
    throw Failure(
      "L520",
      "`\(names.0)` of `\(family)` has the shape \(Shape.text(matrix.shape)), but `\(names.1)` has "
        + "the length \(vector.shape.last ?? 0)", argument: names.0)
  }
}

/// - Throws: unless the first is below the second wherever they meet.
func requireOrder(
  _ low: Tensor, _ high: Tensor, names: (String, String), of family: String
) throws {
  let shape = try Shape.broadcast(low.shape, high.shape)
  let (a, b) = (low.spread(over: shape), high.spread(over: shape))
  guard zip(a, b).allSatisfy({ $0 < $1 }) else {
    throw Failure(
      "L520", "`\(names.0)` of `\(family)` must be below `\(names.1)`", argument: names.1,
      help: "give the smaller one as `\(names.0)`")
  }
}

extension Tensor {
  /// The elements under a larger shape.
  func spread(over target: [Int]) -> [Double] {
    let values = self.values
    let count = target.reduce(1, *)
    if shape == target { return values }
    if values.count == 1 { return [Double](repeating: values[0], count: count) }
    let own = Shape.strides(shape)
    let offset = target.count - shape.count
    var result: [Double] = []
    result.reserveCapacity(count)
    var index = [Int](repeating: 0, count: target.count)
    var place = 0
    for _ in 0..<count {
      result.append(values[place])
      for axis in target.indices.reversed() {
        let stride = axis < offset || shape[axis - offset] == 1 ? 0 : own[axis - offset]
        index[axis] += 1
        place += stride
        if index[axis] < target[axis] { break }
        place -= stride * index[axis]
        index[axis] = 0
      }
    }
    return result
  }

  /// The lower triangular L with A⁻¹ = L·Lᵀ. With J the reversal of rows, J·A·J = M·Mᵀ gives
  /// A = U·Uᵀ with the upper triangular U = J·M·J, and L = U⁻ᵀ.
  func factorOfInverse() throws -> Tensor {
    let d = shape.last ?? 0
    let size = d * d
    let elements = values
    var result: [Double] = []
    for matrix in 0..<(size == 0 ? 0 : elements.count / size) {
      let own = Array(elements[(matrix * size)..<((matrix + 1) * size)])
      let factor = try Tensor(shape: [d, d], own.reversed()).cholesky()
      // Reversing all elements of M gives U by rows; read by columns it is Uᵀ.
      let upper = Tensor(shape: [d, d], factor.values.reversed())
      let inverse = try upper.transposed().solving(try Tensor.eye(d)).values
      for i in 0..<d { for j in 0..<d { result.append(j > i ? 0 : inverse[i * d + j]) } }
    }
    return Tensor(shape: shape, result)
  }
}
