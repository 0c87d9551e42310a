// Densities on symbols: their gradients by every parameter and by x against central differences,
// and draws that a graph makes.

import Foundation
import LatentAutodiff
import LatentTensor
import Testing

@testable import LatentDistributions

/// A family with parameters and a point inside of its support.
private struct Case: Sendable, CustomStringConvertible {
  var family: Family
  var parameters: [Tensor]
  var x: Tensor
  var description: String { "\(family.name) by \(family.parameters.last?.name ?? "")" }

  init(_ family: Family, _ parameters: [Double], at x: Double) {
    self.init(family, parameters.map { Tensor($0) }, at: Tensor(x))
  }

  init(_ family: Family, _ parameters: [Tensor], at x: Tensor) {
    (self.family, self.parameters, self.x) = (family, parameters, x)
  }

  static let covariance = Tensor(shape: [2, 2], [2, 0.5, 0.5, 1])
  static let all: [Case] = [
    Case(.normal, [0.5, 1.5], at: 2), Case(.laplace, [0.5, 1.5], at: 2),
    Case(.logistic, [0.5, 1.5], at: -2), Case(.studentT, [3.5, 0.5, 1.5], at: 2),
    Case(.logNormal, [0.5, 1.5], at: 2), Case(.exponential, [1.5], at: 2),
    Case(.uniform, [-1, 3], at: 2), Case(.gamma, [2.5, 1.5], at: 2),
    Case(.inverseGamma, [2.5, 1.5], at: 2), Case(.beta, [2.5, 1.5], at: 0.3),
    Case(.lomax, [2.5, 1.5], at: 2), Case(.bernoulli, [0.3], at: 1),
    Case(.bernoulliByLogits, [0.3], at: 0), Case(.poisson, [2.5], at: 3),
    Case(.discretizedLogistic, [0.4, 0.2, 5], at: 0.75),
    Case(.categorical, [Tensor([0.2, 0.3, 0.5])], at: Tensor(1)),
    Case(.categoricalByLogits, [Tensor([0.2, 0.3, 0.5])], at: Tensor(1)),
    Case(.binomial, [7, 0.3], at: 2), Case(.binomialByLogits, [7, 0.3], at: 2),
    Case(.multinomial, [Tensor(3), Tensor([0.2, 0.3, 0.5])], at: Tensor([1, 0, 2])),
    Case(.dirichlet, [Tensor([1.5, 2, 3])], at: Tensor([0.2, 0.3, 0.5])),
    Case(.mvnormal, [Tensor([0.5, -1]), covariance], at: Tensor([1, 0.3])),
    Case(
      .mvnormalByFactor, [Tensor([0.5, -1]), Tensor(shape: [2, 2], [1.2, 0, -0.4, 0.8])],
      at: Tensor([1, 0.3])),
    Case(.mvnormalByPrecision, [Tensor([0.5, -1]), covariance], at: Tensor([1, 0.3])),
    Case(.mvStudentT, [Tensor(3.5), Tensor([0.5, -1]), covariance], at: Tensor([1, 0.3])),
    Case(
      .inverseWishart, [Tensor(4.5), covariance],
      at: Tensor(shape: [2, 2], [1.5, 0.2, 0.2, 0.8])),
    Case(.negativeBinomial, [2.5, 0.3], at: 3), Case(.betaBinomial, [7, 2, 3], at: 3),
    Case(.dirichletMultinomial, [Tensor(3), Tensor([1.5, 2, 3])], at: Tensor([1, 0, 2])),
  ]
}

@Suite struct SymbolTests {
  @Test(arguments: Case.all) private func gradients(_ one: Case) throws {
    let values = one.parameters + [one.x]
    func density(_ values: [Tensor]) throws -> Double {
      try evaluate(values) { one.family.logProbability($0.dropLast(), $0[$0.count - 1]) }
        .values[0]
    }
    // What is a count has no derivative.
    let last = one.family.isDiscrete ? values.count - 1 : values.count
    for place in 0..<last
    where place == values.count - 1 || one.family.parameters[place].constraint != .count {
      let gradient = try evaluate(values) { symbols in
        one.family.logProbability(symbols.dropLast(), symbols[symbols.count - 1])
          .gradients(of: [symbols[place]])[0]
      }
      // Levels are a count, and a step of one coordinate leaves the simplex.
      if one.family.name == "discretized_logistic", place == 2 { continue }
      if one.family.name == "dirichlet", place == 1 { continue }
      let isSymmetric = gradient.rank == 2 && one.family.parameters.last?.constraint != .factor
      for element in 0..<values[place].count {
        let (i, j) = gradient.rank == 2 ? (element / 2, element % 2) : (element, element)
        // A symmetric matrix moves in both places at once; of a factor the upper part is not read.
        if gradient.rank == 2, i < j { continue }
        let mirror = j * 2 + i
        func moved(_ step: Double) throws -> Double {
          var changed = values
          changed[place][flat: element] += step
          if isSymmetric, i != j { changed[place][flat: mirror] += step }
          return try density(changed)
        }
        let h = 1e-5
        let slope = (try moved(h) - moved(-h)) / (2 * h)
        let own =
          gradient.values[element]
          + (isSymmetric && i != j ? gradient.values[mirror] : 0)
        #expect(abs(own - slope) < 1e-7 * max(1, abs(slope)), "\(one) parameter \(place)")
      }
    }
  }

  @Test func mixturesHaveGradients() throws {
    let values = [Tensor([0.3, 0.7]), Tensor(-1), Tensor(2), Tensor([0.5, 1])]
    func total(_ s: [Symbol]) -> Symbol {
      let one = s[0].number(1)
      let law = Law<Symbol>.mixture(
        weights: s[0],
        components: [.family(.normal, [s[1], one]), .family(.normal, [s[2], one])])
      return ((try? SymbolicDistribution(law))?.logProbabilityOfDraws(s[3]) ?? one).sum()
    }
    for place in 0..<3 {
      let gradient = try evaluate(values) { total($0).gradients(of: [$0[place]])[0] }.values
      for element in gradient.indices {
        func moved(_ h: Double) throws -> Double {
          var changed = values
          changed[place][flat: element] += h
          return try evaluate(changed, total).values[0]
        }
        let slope = (try moved(1e-5) - moved(-1e-5)) / 2e-5
        #expect(abs(gradient[element] - slope) < 1e-8)
      }
    }
  }

  /// The gradient at probability 0 is finite, and outside of a support it is 0.
  @Test func gradientsStayFinite() throws {
    let cases: [(Family, [Double], Double)] = [
      (.bernoulli, [0], 0), (.bernoulli, [1], 1), (.gamma, [2, 1], -1), (.beta, [2, 2], 1.5),
      (.logNormal, [0, 1], -1), (.lomax, [2, 1], -1), (.binomial, [3, 0], 0),
    ]
    for (family, parameters, x) in cases {
      let values = (parameters + [x]).map { Tensor($0) }
      let gradient = try evaluate(values) { symbols in
        let place = symbols.count - 2
        return family.logProbability(symbols.dropLast(), symbols[symbols.count - 1])
          .gradients(of: [symbols[place]])[0]
      }
      #expect(gradient.values.allSatisfy { $0.isFinite }, "\(family.name)")
    }
  }

  /// Rows of parameters give one density per row: what a traced decoder needs.
  @Test func rowsOfParameters() throws {
    let means = Tensor(shape: [3, 2], [0, 0, 1, 1, 2, 2])
    let x = Tensor(shape: [3, 2], [0, 1, 1, 1, 0, 2])
    let rows = try evaluate([means, Case.covariance, x]) {
      Family.mvnormal.logProbability([$0[0], $0[1]], $0[2])
    }
    #expect(rows.shape == [3])
    for row in 0..<3 {
      let one = try Distribution(.mvnormal, [try means.row(row), Case.covariance])
      #expect(isClose(rows.values[row], try one.logProbability(try x.row(row)).values[0]))
    }
    let logits = Tensor(shape: [3, 2], [0, 1, 2, -1, 0.5, 0.5])
    let labels = Tensor([0, 1, 1])
    let choices = try evaluate([logits, labels]) {
      Family.categoricalByLogits.logProbability([$0[0]], $0[1])
    }
    #expect(choices.shape == [3])
    #expect(isClose(choices.values[0], -log(1 + M_E)))
  }

  /// What has no draw on symbols says so; what has gives the draws of the numbers.
  @Test func drawsOfAGraph() throws {
    let graph = Graph()
    let poisson = try SymbolicDistribution(.poisson, [graph.constant(2)])
    let draw = poisson.draw { graph.draw($0, shape: $1) }
    #expect(draw.map(\.id) == nil)
    let values = [Tensor([1, -1]), Case.covariance]
    var random = Philox(seed: 3)
    let noise = Tensor(shape: [4, 2], random.normals(8))
    let traced = try evaluate(values + [noise]) { symbols in
      let d = try? SymbolicDistribution(.mvnormal, [symbols[0], symbols[1]])
      return d?.draw(leading: [4]) { _, _ in symbols[2] } ?? symbols[2]
    }
    let plain = try Distribution(.mvnormal, values).sample(4, seed: 3)
    #expect(zip(traced.values, plain.values).allSatisfy { isClose($0, $1) })
  }
}
