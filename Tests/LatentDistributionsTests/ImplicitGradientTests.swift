// Pathwise gradients through draws that no formula makes: against differences of quantiles and
// against expectations in closed form.

import Foundation
import LatentAutodiff
import LatentTensor
import Testing

@testable import LatentDistributions

/// An expectation E f(z) with its derivatives by the parameters.
private struct Expectation: Sendable, CustomStringConvertible {
  var family: Family
  var parameters: [Tensor]
  /// The element of a draw that f looks at, and the power it is raised to.
  var element: Int
  var power: Int
  var derivatives: [[Double]]
  var description: String { "\(family.name)^\(power)" }

  init(
    _ family: Family, _ parameters: [Tensor], element: Int = 0, power: Int = 1,
    derivatives: [[Double]]
  ) {
    (self.family, self.parameters, self.element) = (family, parameters, element)
    (self.power, self.derivatives) = (power, derivatives)
  }

  static let all: [Expectation] = [
    // E z = a/b; E z² = a(a + 1)/b².
    Expectation(.gamma, [Tensor(2.5), Tensor(1.5)], derivatives: [[1 / 1.5], [-2.5 / 2.25]]),
    Expectation(
      .gamma, [Tensor(0.3), Tensor(2)], power: 2, derivatives: [[1.6 / 4], [-2 * 0.39 / 8]]),
    Expectation(.gamma, [Tensor(200), Tensor(2)], derivatives: [[0.5], [-50]]),
    // E z = b/(a − 1).
    Expectation(.inverseGamma, [Tensor(5), Tensor(2)], derivatives: [[-2.0 / 16], [1.0 / 4]]),
    // E z = a/(a + b).
    Expectation(.beta, [Tensor(2), Tensor(3)], derivatives: [[3.0 / 25], [-2.0 / 25]]),
    Expectation(.beta, [Tensor(0.4), Tensor(0.6)], derivatives: [[0.6], [-0.4]]),
    Expectation(
      .dirichlet, [Tensor([1, 2, 3])], element: 1, derivatives: [[-2.0 / 36, 4.0 / 36, -2.0 / 36]]),
    // E z² = μ² + s² ν/(ν − 2).
    Expectation(
      .studentT, [Tensor(12), Tensor(0.5), Tensor(1.5)], power: 2,
      derivatives: [[-2.25 * 2 / 100], [1], [2 * 1.5 * 1.2]]),
    Expectation(
      .normalInverseGamma, [Tensor(1), Tensor(2), Tensor(5), Tensor(3)], power: 2,
      derivatives: [[2], [-0.75 / 4], [-3.0 / 16 / 2], [1.0 / 8]]),
  ]
}

@Suite struct ImplicitGradientTests {
  /// Draws and the sums of their derivatives by each parameter, one draw per row.
  private func derivatives(
    _ family: Family, _ parameters: [Tensor], rows: Int, noise: @escaping (Draw, [Int]) -> Tensor,
    of function: (Symbol) -> Symbol
  ) throws -> (values: [Double], slopes: [[Double]]) {
    let graph = Graph()
    // Parameters per row, so that each row has a derivative of its own.
    let inputs = parameters.enumerated().map {
      graph.input("p\($0)", shape: [rows] + $1.shape)
    }
    var made: [(Symbol, Tensor)] = []
    let law = try SymbolicDistribution(family, inputs)
    let draw = try #require(
      law.draw { kind, shape in
        let symbol = graph.input("noise\(made.count)", shape: shape)
        made.append((symbol, noise(kind, shape)))
        return symbol
      })
    let value = function(draw)
    let program = try Program(
      graph, outputs: [value] + value.sum().gradients(of: inputs), precision: .float64)
    for (symbol, tensor) in zip(inputs, parameters) {
      let values = (0..<rows).flatMap { _ in tensor.values }
      try program.setInput(symbol, Tensor(shape: symbol.shape, values))
    }
    for (symbol, tensor) in made { try program.setInput(symbol, tensor) }
    try program.run()
    return (program.output(0).values, parameters.indices.map { program.output($0 + 1).values })
  }

  @Test(arguments: Expectation.all)
  private func gradientsOfExpectations(_ one: Expectation) throws {
    let rows = 20_000
    var random = Philox(seed: 11)
    let result = try derivatives(one.family, one.parameters, rows: rows) { kind, shape in
      let count = shape.reduce(1, *)
      return Tensor(
        shape: shape, kind == .normal ? random.normals(count) : random.uniforms(count))
    } of: { draw in
      let z = draw.shape.count > 1 ? draw.last(one.element) : draw
      return one.power == 2 ? z.square() : z
    }
    for (place, exact) in one.derivatives.enumerated() {
      for (i, wanted) in exact.enumerated() {
        let each = stride(from: i, to: rows * exact.count, by: exact.count).map {
          result.slopes[place][$0]
        }
        let mean = each.reduce(0, +) / Double(rows)
        let variance = each.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows)
        let error = (variance / Double(rows)).squareRoot()
        #expect(
          abs(mean - wanted) <= 4 * error + 1e-9,
          "\(one) by parameter \(place): \(mean) ± \(error), exactly \(wanted)")
        #expect(error < 0.05 * max(abs(wanted), 0.1), "\(one): the error is \(error)")
      }
    }
  }

  /// dz/da at a fixed probability, against quantiles that other code finds.
  @Test(arguments: [0.2, 0.9, 2.5, 40, 3000])
  func movesAsTheQuantileDoes(shape: Double) throws {
    let u = [0.001, 0.05, 0.3, 0.5, 0.7, 0.95, 0.999]
    for family in [Family.gamma, .inverseGamma] {
      let probabilities = family.name == "gamma" ? u : u.map { 1 - $0 }
      let result = try derivatives(family, [Tensor(shape), Tensor(1.5)], rows: u.count) { _, s in
        Tensor(shape: s, u)
      } of: {
        $0
      }
      func quantiles(_ a: Double) throws -> [Double] {
        try Distribution(.family(family, [Tensor(a), Tensor(1.5)])).quantile(Tensor(probabilities))
          .values
      }
      let h = 1e-4 * shape
      let (up, down) = (try quantiles(shape + h), try quantiles(shape - h))
      let (far, low) = (try quantiles(shape + 2 * h), try quantiles(shape - 2 * h))
      let middle = try quantiles(shape)
      for i in u.indices {
        let slope = (8 * (up[i] - down[i]) - (far[i] - low[i])) / (12 * h)
        #expect(abs(result.values[i] - middle[i]) <= 1e-11 * middle[i] + 1e-30)
        #expect(
          abs(result.slopes[0][i] - slope) <= 1e-6 * abs(slope) + 1e-25,
          "\(family.name) \(shape) at \(u[i]): \(result.slopes[0][i]) against \(slope)")
      }
    }
  }

  /// Shapes and probabilities at which z itself would be 0 or ∞.
  @Test func extremesStayFinite() throws {
    for shape in [1e-3, 0.01, 1, 1e6] {
      let u = [0, 1e-12, 0.5, 1 - 1e-12]
      for family in [Family.gamma, .inverseGamma, .beta] {
        let result = try derivatives(
          family, [Tensor(shape), Tensor(shape)], rows: 4, noise: { Tensor(shape: $1, u) },
          of: { $0.log() })
        let all = result.values + result.slopes.flatMap { $0 }
        #expect(all.filter { !$0.isFinite }.isEmpty, "\(family.name) \(shape)")
      }
    }
  }

  @Test func densitiesOfDrawsHaveTheRightShapes() throws {
    let graph = Graph()
    let alpha = graph.input("a", shape: [5, 3])
    let law = try SymbolicDistribution(.dirichlet, [alpha])
    let draw = try #require(law.draw(leading: [7]) { graph.draw($0, shape: $1) })
    #expect(draw.shape == [7, 5, 3])
    #expect(law.logProbability(draw).shape == [7, 5])
  }
}
