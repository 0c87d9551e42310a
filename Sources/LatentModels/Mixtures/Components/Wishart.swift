// What variational Bayes knows of a precision: a Wishart distribution, which in one dimension is the
// gamma distribution of a single precision.

import Foundation
import LatentTensor

/// W(Λ; W, ν), kept by the Cholesky factor of W⁻¹; of size 1, Λ ~ Gamma(ν/2, rate W⁻¹/2) (Bishop,
/// "Pattern recognition and machine learning", B.78–B.82).
struct Wishart: Sendable {
  /// ν, above size − 1.
  var degrees: Double
  /// The Cholesky factor of W⁻¹, packed.
  var root: [Double]
  let triangle: Triangle

  /// - Returns: nil where `scale`, W⁻¹ packed, is not positive definite.
  init?(degrees: Double, scale: [Double], size: Int) {
    triangle = Triangle(size: size)
    guard let root = triangle.cholesky(scale) else { return nil }
    self.root = root
    self.degrees = degrees
  }

  /// The Cholesky factor of (E Λ)⁻¹ = W⁻¹/ν.
  var centralFactor: [Double] {
    let scale = 1 / degrees.squareRoot()
    return root.map { $0 * scale }
  }

  /// E log |Λ| (10.65).
  var expectedLogDeterminant: Double {
    var sum = Double(triangle.size) * log(2) - 2 * triangle.logDeterminant(root)
    for i in 0..<triangle.size { sum += SpecialFunction.digamma((degrees - Double(i)) / 2) }
    return sum
  }

  /// E log |Λ| − log |E Λ|, which is negative and goes to 0 as ν grows.
  var logarithmicLoss: Double {
    let size = triangle.size
    return (0..<size).reduce(Double(size) * log(2 / degrees)) {
      $0 + SpecialFunction.digamma((degrees - Double($1)) / 2)
    }
  }

  /// log B(W, ν) (B.79).
  private var logNormaliser: Double {
    let d = Double(triangle.size)
    var sum = degrees * triangle.logDeterminant(root)
    sum -= 0.5 * degrees * d * log(2) + 0.25 * d * (d - 1) * log(.pi)
    for i in 0..<triangle.size {
      sum -= SpecialFunction.lgamma((degrees - Double(i)) / 2)
    }
    return sum
  }

  /// KL(self ‖ prior).
  func divergence(from prior: Self) -> Double {
    let relative = triangle.product(triangle.inverse(root), prior.root)
    let trace = triangle.sumOfSquares(relative)
    return logNormaliser - prior.logNormaliser
      + 0.5 * (degrees - prior.degrees) * expectedLogDeterminant
      + 0.5 * degrees * (trace - Double(triangle.size))
  }
}
