// Every primitive against its promise: the error of its float32 loops, its derivatives, and
// compiled programs against the evaluator that shares no code with the compiler.

import CKernels
import Foundation
import LatentTensor
import Testing

@testable import LatentAutodiff

@Suite struct PrimitiveTests {
  /// Ordinary and extreme operands: signs, both zeros, subnormals, the ends of the range,
  /// infinities, nan, and a spread of bit patterns.
  private static let grid: [Float] =
    [
      0, -0.0, 1, -1, 0.5, -0.5, 2, 3, -3, 0.1, 7.25, 1e-3, -1e-3, 88.5, -88.5, 1e-30, -1e-30, 1e30,
      -1e30, .leastNormalMagnitude, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
      -.greatestFiniteMagnitude, .infinity, -.infinity, .nan,
    ]
    + stride(from: UInt32(0), to: UInt32.max - 67_108_859, by: 67_108_859).map {
      Float(bitPattern: $0)
    }

  /// The operands of an operation: all bit patterns in steps for one, all pairs of the grid for two,
  /// with every third for three.
  private static func operands(_ operation: Elementwise) -> [[Float]] {
    switch operation.arity {
    case 1:
      // The reference of these two is a sum of a thousand terms.
      let isSlow = [.digamma, .trigamma].contains(operation)
      let step: UInt32 = isSlow ? 8_388_593 : 20_483
      let patterns = stride(from: UInt32(0), through: UInt32.max - step, by: Int(step))
      return [patterns.map { Float(bitPattern: $0) } + grid]
    case 2:
      return [grid.flatMap { a in grid.map { _ in a } }, grid.flatMap { _ in grid }]
    default:
      let pairs = grid.flatMap { a in grid.map { (a, $0) } }
      return [pairs.map(\.0), pairs.map(\.1), pairs.indices.map { grid[$0 % grid.count] }]
    }
  }

  @Test(arguments: [CK_BASELINE, CK_AVX2, CK_AVX512])
  func floatLoopsKeepTheirBounds(level: ck_level) {
    for operation in Elementwise.allCases {
      let promise = operation.promise
      let operands = Self.operands(operation)
      guard let results = applyKernel(operation, level, CK_FLOAT32, operands) else { return }
      var worst = (error: 0.0, place: 0)
      for place in results.indices {
        let first = operands[0][place]
        guard promise.domain.contains(first) || promise.domain.upperBound == .infinity else {
          continue
        }
        // At the poles of Γ and what follows from it, each convention is as good as another.
        let isPole = first <= 0 && first == first.rounded(.down)
        if isPole, [.logGamma, .digamma, .trigamma].contains(operation) { continue }
        let reference = operation.plain(operands.map { Double($0[place]) })
        // Below the normal range programs flush to zero, so there the absolute error counts.
        if abs(reference) < 1.2e-38, abs(Double(results[place])) < 1.7e-38 { continue }
        let error = ulps(results[place], reference)
        if error > worst.error { worst = (error, place) }
      }
      let at = operands.map { $0[worst.place] }
      #expect(
        worst.error <= promise.ulps,
        "\(operation) at level \(level.rawValue): \(worst.error) ULP at \(at)")
    }
  }

  /// Central differences of two steps, combined so that the error is of fourth order.
  private func slope(_ f: (Double) -> Double, at x: Double) -> Double {
    func difference(_ h: Double) -> Double { (f(x + h) - f(x - h)) / (2 * h) }
    let h = 2e-3 * min(1, abs(x))
    return (4 * difference(h / 2) - difference(h)) / 3
  }

  @Test func derivativesOfElementwisePrimitives() throws {
    for operation in Elementwise.allCases {
      let promise = operation.promise
      let graph = Graph()
      let count = promise.points.count
      let x = (0..<operation.arity).map { graph.parameter("x\($0)", shape: [count]) }
      let loss = graph.elementwise(operation, x).sum()
      let buffer = ParameterBuffer(graph.parameters, precision: .float64)
      for place in x.indices {
        buffer["x\(place)"] = Tensor(promise.points.map { $0[place] })
      }
      guard promise.hasDerivative else {
        #expect(throws: Failure.self, "\(operation)") {
          try Program(graph, outputs: [], loss: loss, parameters: buffer, precision: .float64)
        }
        continue
      }
      let program = try Program(
        graph, outputs: [], loss: loss, parameters: buffer, precision: .float64)
      try program.run()
      for place in x.indices {
        let gradient = try #require(program.gradient(of: "x\(place)")).values
        for (number, point) in promise.points.enumerated() {
          // The condition of a choice is no smooth argument.
          let isCondition = operation == .select && place == 0
          let expected =
            isCondition
            ? 0
            : slope(
              {
                var moved = point
                moved[place] = $0
                return operation.plain(moved)
              }, at: point[place])
          #expect(
            abs(gradient[number] - expected) <= 1e-8 * max(1, abs(expected)),
            "\(operation) by operand \(place) at \(point): \(gradient[number]), \(expected)")
        }
      }
    }
  }

  @Test(arguments: Primitive.allCases)
  func compiledAsEvaluated(primitive: Primitive) throws {
    for example in primitive.examples {
      let slots = [Graph.Slot("a", shape: [3, 4]), Graph.Slot("b", shape: [4, 2])]
      let graph = Graph()
      let loss = example.build(
        graph, graph.parameter("a", shape: [3, 4]), graph.parameter("b", shape: [4, 2]))
      #expect(graph.failure == nil)
      #expect(graph.nodes.contains { Primitive($0.operation) == primitive })
      var values = Dictionary(
        uniqueKeysWithValues: slots.enumerated().map { ($1.name, sampleValues($1.count, $0)) })
      let data = sampleValues(20, 5)
      let rows: [Int32] = [4, 0, 2]
      func reference() -> [Double] {
        var evaluator = ReferenceEvaluator(parameters: values)
        evaluator.inputs = ["i": sampleValues(12, 3)]
        (evaluator.sources, evaluator.rows) = ([data], rows.map { Int($0) })
        (evaluator.seed, evaluator.step) = (9, 2)
        return evaluator.values(graph)[loss.id]
      }
      let expected = reference()[0]
      #expect(expected.isFinite)
      for precision in Precision.allCases {
        // The normal draws of the two precisions are not roundings of each other.
        if primitive == .draw, precision == .float32 { continue }
        let buffer = ParameterBuffer(slots, precision: precision)
        for slot in slots { buffer[slot.name] = Tensor(shape: slot.shape, values[slot.name] ?? []) }
        let program = try Program(
          graph, outputs: [loss], loss: primitive == .undifferentiable ? nil : loss,
          parameters: buffer, precision: precision)
        for (place, node) in graph.nodes.enumerated() {
          guard case .input = node.operation else { continue }
          try program.setInput(
            Symbol(graph: graph, id: place), Tensor(shape: [3, 4], sampleValues(12, 3)))
        }
        try program.withSources([Tensor(shape: [5, 4], data)]) {
          try program.run(seed: 9, step: 2, rows: rows)
        }
        let tolerance = precision == .float64 ? 1e-12 : 1e-5
        #expect(abs(program.scalar(0) - expected) <= tolerance * max(1, abs(expected)))
        guard precision == .float64, example.comparesDerivative else { continue }
        for slot in slots {
          let gradient = program.gradient(of: slot.name)?.values ?? []
          for place in 0..<slot.count {
            let here = values[slot.name]?[place] ?? 0
            let difference = slope(
              {
                values[slot.name]?[place] = $0
                return reference()[0]
              }, at: here)
            values[slot.name]?[place] = here
            #expect(
              abs(gradient[place] - difference) <= 1e-8 * max(1, abs(difference)),
              "\(primitive): \(slot.name)[\(place)] \(gradient[place]) against \(difference)")
          }
        }
      }
    }
  }

  @Test func whatHasNoDerivativeSaysSo() throws {
    let graph = Graph()
    let a = graph.parameter("a", shape: [3])
    let buffer = ParameterBuffer(graph.parameters, precision: .float64)
    let failure = #expect(throws: Failure.self) {
      try Program(
        graph, outputs: [], loss: a.undifferentiable("no way through").sum(), parameters: buffer,
        precision: .float64)
    }
    #expect(failure?.message == "no way through")
  }
}
