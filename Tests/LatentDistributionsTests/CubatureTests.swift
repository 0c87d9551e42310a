// Points that make expectations of polynomials exact, against moments of SciPy 1.17 and closed forms.

import Foundation
import LatentTensor
import Testing

@testable import LatentDistributions

struct CubatureTests {
  /// `scipy.stats.….moment(degree)`; of the logistic 31 π⁶/21.
  struct Moment: CustomTestStringConvertible {
    let family: Family
    let parameters: [Double]
    let degree: Int
    let value: Double
    var testDescription: String { "\(family.name)\(parameters)^\(degree)" }

    init(_ family: Family, _ parameters: [Double], _ degree: Int, _ value: Double) {
      (self.family, self.parameters, self.degree, self.value) = (family, parameters, degree, value)
    }
  }

  @Test(arguments: [
    Moment(.normal, [1, 2], 4, 73), Moment(.normal, [0, 1], 10, 945),
    Moment(.gamma, [2.5, 3], 4, 2.6736111111111107), Moment(.exponential, [2], 5, 3.75),
    Moment(.beta, [2, 3], 5, 0.047619047619047616), Moment(.beta, [0.5, 0.5], 4, 0.2734375),
    Moment(.uniform, [-1, 2], 5, 3.5), Moment(.logistic, [0, 1], 6, 1419.1935714683063),
    Moment(.poisson, [2], 6, 2430), Moment(.negativeBinomial, [2, 0.3], 3, 407.5555555555556),
    Moment(.negativeBinomial, [2, 1], 3, 0), Moment(.laplace, [1, 2], 2, 9),
    Moment(.studentT, [5, 0, 1], 2, 5.0 / 3), Moment(.logNormal, [0, 0.5], 2, 1.648721270700128),
  ])
  func momentsAreThoseOfTheFamily(_ moment: Moment) throws {
    let d = try Distribution(moment.family, moment.parameters.map { Tensor($0) })
    let rule = try #require(try d.cubature(degree: moment.degree))
    let found = zip(rule.points.values, rule.weights).reduce(0) {
      $0 + $1.1 * pow($1.0, Double(moment.degree))
    }
    #expect(abs(found - moment.value) <= 1e-12 * max(1, abs(moment.value)))
    #expect(abs(rule.weights.reduce(0, +) - 1) < 1e-13)
  }

  @Test func productsOfSeveralNumbers() throws {
    // E x₀² x₁² x₂² of independent numbers, by 3 numbers of degree 2 each.
    let d = try Distribution(
      .gamma, [Tensor([1, 2, 3]), Tensor(2)])
    let rule = try #require(try d.cubature(degree: 6))
    var sum = 0.0
    for (row, weight) in rule.weights.enumerated() {
      sum += weight * (try rule.points.row(row)).values.reduce(1) { $0 * $1 * $1 }
    }
    let moments = [1.0, 2, 3].map { $0 * ($0 + 1) / 4 }
    #expect(abs(sum - moments.reduce(1, *)) < 1e-12)
  }

  @Test func correlatedNormals() throws {
    // Isserlis' theorem about the means; 31 by a grid of 20 × 20 nodes in NumPy.
    let d = try Distribution(
      .mvnormal, [Tensor([1, 2]), Tensor(shape: [2, 2], [2, 1, 1, 3])])
    let rule = try #require(try d.cubature(degree: 4))
    var sum = 0.0
    for (row, weight) in rule.weights.enumerated() {
      sum += weight * (try rule.points.row(row)).values.reduce(1) { $0 * $1 * $1 }
    }
    #expect(abs(sum - 31) < 1e-12)
    #expect(rule.weights.count < 30)
  }

  @Test func thereIsNoneWithoutMoments() throws {
    #expect(try Distribution(.studentT, 2, 0, 1).cubature(degree: 2) == nil)
    #expect(try Distribution(.studentT, 1, 0, 1).cubature(degree: 1) == nil)
    #expect(try Distribution(.laplace, 0, 1).cubature(degree: 3) == nil)
    #expect(try Distribution(.dirichlet, [Tensor([1, 2])]).cubature(degree: 2) == nil)
  }

  @Test func manyNumbersOfHighDegreeAreRefused() throws {
    let d = try Distribution(.normal, [Tensor(repeating: 0, shape: [200]), Tensor(1)])
    #expect(try d.cubature(degree: 2) != nil)
    #expect(try d.cubature(degree: 8) == nil)
  }
}
