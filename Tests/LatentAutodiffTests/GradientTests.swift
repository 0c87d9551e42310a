// Values and derivatives of graphs: compiled programs against the reference evaluator, gradients
// against central differences.

import Foundation
import LatentTensor
import Testing

@testable import LatentAutodiff

/// Numbers in (0.3, 1.7) that no symmetry hides behind.
func sampleValues(_ count: Int, _ salt: Int = 0) -> [Double] {
  (0..<count).map { 1 + 0.7 * sin(Double($0 * 37 + salt * 101 + 1) * 1.7) }
}

/// Asserts that a compiled scalar and its gradient agree with plain evaluation and differences.
func expectConsistent(
  _ comment: Comment, tolerance: Double = 1e-7, parameters slots: [Graph.Slot],
  _ build: (Graph, [Symbol]) -> Symbol
) throws {
  let graph = Graph()
  let symbols = slots.map { graph.parameter($0.name, shape: $0.shape) }
  let loss = build(graph, symbols)
  var values: [String: [Double]] = [:]
  for (place, slot) in slots.enumerated() { values[slot.name] = sampleValues(slot.count, place) }

  let buffer = ParameterBuffer(slots, precision: .float64)
  for slot in slots {
    buffer[slot.name] = Tensor(shape: slot.shape, values[slot.name] ?? [])
  }
  let program = try Program(
    graph, outputs: [loss], loss: loss, parameters: buffer, precision: .float64)
  try program.run()

  func evaluate(_ parameters: [String: [Double]]) -> Double {
    ReferenceEvaluator(parameters: parameters).values(graph)[loss.id].reduce(0, +)
  }
  let expected = evaluate(values)
  let computed = program.output(0).values.reduce(0, +)
  #expect(abs(computed - expected) <= 1e-11 * max(1, abs(expected)), comment)
  for slot in slots {
    let gradient = program.gradient(of: slot.name)?.values ?? []
    for i in 0..<slot.count {
      let h = 1e-5
      var (up, down) = (values, values)
      up[slot.name]?[i] += h
      down[slot.name]?[i] -= h
      let difference = (evaluate(up) - evaluate(down)) / (2 * h)
      #expect(
        abs(gradient[i] - difference) <= tolerance * max(1, abs(difference)),
        "\(comment): \(slot.name)[\(i)] \(gradient[i]) against \(difference)")
    }
  }
}

@Suite struct GradientTests {
  @Test func elementwiseDerivatives() throws {
    for operation in Elementwise.allCases where operation.isDifferentiableAnywhere {
      let slots = (0..<operation.arity).map { Graph.Slot("x\($0)", shape: [3, 5]) }
      try expectConsistent("\(operation)", parameters: slots) { graph, x in
        (graph.elementwise(operation, x).square() * 0.3).sum()
      }
    }
  }

  @Test func quantilesOfTheGammaDistribution() throws {
    let slots = [Graph.Slot("a", shape: [3, 5]), Graph.Slot("u", shape: [3, 5])]
    try expectConsistent("quantile", parameters: slots) { _, x in
      x[0].applying(.logGammaQuantile, (3 * x[1] - 3).sigmoid()).square().sum()
    }
  }

  @Test func broadcasting() throws {
    let shapes: [([Int], [Int])] = [
      ([4, 3], [3]), ([4, 3], [4, 1]), ([4, 3], []), ([2, 4, 3], [4, 3]), ([2, 4, 3], [2, 1, 3]),
      ([2, 4, 3], [1, 4, 1]), ([3], [4, 1]), ([2, 1, 3], [4, 1]), ([5, 700], [700]),
      ([3, 2100], [3, 1]),
    ]
    for (a, b) in shapes where a.reduce(1, *) < 100 {
      try expectConsistent(
        "\(a) and \(b)", parameters: [.init("a", shape: a), .init("b", shape: b)]
      ) { _, x in (x[0] * x[1] + x[1].exp() / (x[0] + 2)).sum() }
    }
  }

  @Test func productsInAllOrientations() throws {
    try expectConsistent(
      "a b", parameters: [.init("a", shape: [3, 4]), .init("b", shape: [4, 2])]
    ) {
      $1[0].product($1[1]).square().sum()
    }
    try expectConsistent(
      "aᵀ b", parameters: [.init("a", shape: [4, 3]), .init("b", shape: [4, 2])]
    ) { $1[0].transposed().product($1[1]).square().sum() }
    try expectConsistent(
      "a bᵀ", parameters: [.init("a", shape: [3, 4]), .init("b", shape: [2, 4])]
    ) { $1[0].product($1[1].transposed()).square().sum() }
    try expectConsistent(
      "aᵀ bᵀ", parameters: [.init("a", shape: [4, 3]), .init("b", shape: [2, 4])]
    ) { $1[0].transposed().product($1[1].transposed()).square().sum() }
    try expectConsistent(
      "three axes", parameters: [.init("a", shape: [2, 3, 4]), .init("b", shape: [4, 5])]
    ) { $1[0].product($1[1]).tanh().sum() }
    try expectConsistent(
      "of a slice", parameters: [.init("a", shape: [3, 6]), .init("b", shape: [2, 4])]
    ) { $1[0].columns(1..<3).product($1[1]).square().sum() }
  }

  @Test func reductionsAndShapes() throws {
    let a = [Graph.Slot("a", shape: [2, 3, 4])]
    for axis in 0..<3 {
      try expectConsistent("sum over \(axis)", parameters: a) {
        $1[0].sum(axis: axis).square().sum()
      }
      try expectConsistent("log-sum-exp over \(axis)", parameters: a) {
        $1[0].logSumExp(axis: axis).square().sum()
      }
      try expectConsistent("maximum over \(axis)", parameters: a) {
        $1[0].maximum(axis: axis).square().sum()
      }
    }
    try expectConsistent("split", parameters: [.init("a", shape: [3, 4])]) {
      ($1[0].columns(0..<2) * $1[0].columns(2..<4).exp()).sum()
    }
    try expectConsistent("overlapping slices", parameters: [.init("a", shape: [3, 4])]) {
      ($1[0].columns(0..<3) * $1[0].columns(1..<4).exp()).sum()
    }
    try expectConsistent("reshape of a slice", parameters: [.init("a", shape: [3, 4])]) {
      $1[0].columns(1..<3).reshaped([2, 3]).square().sum(axis: 0).exp().sum()
    }
    try expectConsistent("transpose", parameters: [.init("a", shape: [3, 4])]) {
      ($1[0].transposed() * $1[0].transposed().exp()).sum(axis: 0).square().sum()
    }
    try expectConsistent("unused and scalar", parameters: a + [.init("b", shape: [])]) {
      ($1[0] * 2).sum() + 0 * $1[1]
    }
  }

  @Test func elementsAtPositions() throws {
    let a = [Graph.Slot("a", shape: [3, 4])]
    let some: [Int?] = [11, 0, nil, 5, 5, 2]
    try expectConsistent("picked, repeated and left out", parameters: a) {
      $1[0].exp().collecting(some, shape: [2, 3]).square().sum()
    }
    try expectConsistent("a run of neighbours", parameters: a) {
      $1[0].collecting([4, 5, 6, 7], shape: [2, 2]).square().sum()
    }
    try expectConsistent("of a transpose", parameters: a) {
      $1[0].transposed().collecting([1, 4, 9], shape: [3]).square().sum()
    }
    try expectConsistent("side by side", parameters: a) {
      let parts = [$1[0].exp(), $1[0].columns(1..<2), $1[0] * 2]
      return (Symbol.concatenated(parts) ?? $1[0]).square().sum()
    }
    try expectConsistent("the gradient of a gradient", parameters: a) {
      let f = $1[0].exp().collecting(some, shape: [6]).square().sum()
      return f.gradients(of: [$1[0]])[0].square().sum()
    }
    let graph = Graph()
    _ = graph.parameter("a", shape: [3]).collecting([3], shape: [1])
    #expect(graph.failure != nil)
  }

  @Test func aVariableIsApartFromItsValue() {
    let graph = Graph()
    let a = graph.parameter("a", shape: [])
    let b = a.variable()
    let derivative = (a * b.square()).gradients(of: [b])[0]
    let all = ReferenceEvaluator(parameters: ["a": [3]]).values(graph)
    #expect(all[derivative.id] == [18])
  }

  @Test func maximaAreShared() {
    let graph = Graph()
    let a = graph.parameter("a", shape: [3])
    let derivative = a.maximum(axis: 0).gradients(of: [a])[0]
    let all = ReferenceEvaluator(parameters: ["a": [5, 1, 5]]).values(graph)
    #expect(all[derivative.id] == [0.5, 0, 0.5])
  }

  @Test func secondDerivatives() throws {
    // ∂/∂a of |∂/∂a f|², for a function with a product, a reduction and a nonlinearity.
    try expectConsistent(
      "gradient of a gradient",
      parameters: [.init("a", shape: [3, 2]), .init("b", shape: [2, 2])]
    ) { _, x in
      let f = x[0].product(x[1]).tanh().square().sum()
      return f.gradients(of: [x[0]])[0].square().sum()
    }
  }

  @Test func noDerivativePassesAStop() throws {
    let graph = Graph()
    let a = graph.parameter("a", shape: [3])
    let gradient = (a * a.detached()).sum().gradients(of: [a])[0]
    let values = sampleValues(3)
    let all = ReferenceEvaluator(parameters: ["a": values]).values(graph)
    #expect(all[gradient.id] == values)
  }

  @Test func longChainsAreCutAndStayRight() throws {
    try expectConsistent(
      "a chain of 200", tolerance: 1e-6, parameters: [.init("a", shape: [2, 3])]
    ) {
      _, x in
      var y = x[0]
      for i in 0..<100 { y = (y + Double(i) * 0.001).tanh() * 1.1 }
      return y.sum()
    }
  }

  @Test func shapesThatDoNotFitAreNamed() {
    let graph = Graph()
    let sum = graph.parameter("a", shape: [3, 4]) + graph.parameter("b", shape: [3])
    #expect(throws: Failure.self) {
      _ = try Program(graph, outputs: [sum], parameters: nil, precision: .float64)
    }
    #expect(graph.failure?.message.contains("[3, 4] and [3]") == true)
  }
}

@Suite struct ProgramTests {
  /// A two-layer network in float32 with noise: what training runs, at awkward sizes.
  private func network(_ graph: Graph, rows: Int) -> Symbol {
    let x = graph.batch("x", rows: rows, columns: 50, binarized: true)
    let w = graph.parameter("w", shape: [50, 33])
    let b = graph.parameter("b", shape: [33])
    let h = (x.product(w) + b).relu() + graph.draw(.normal, shape: [rows, 33])
    return (h.softplus().sum(axis: -1) - h.square().sum(axis: -1)).mean()
  }

  @Test func resultsDoNotDependOnThreads() throws {
    let data = Tensor(shape: [100, 50], (0..<5000).map { Double(($0 * 7) % 101) / 100 })
    var seen: [[Double]] = []
    for threads in [1, 2, 3, 1] {
      setThreadCount(threads)
      let graph = Graph()
      let loss = network(graph, rows: 37)
      let buffer = ParameterBuffer(graph.parameters, precision: .float32)
      buffer["w"] = Tensor(shape: [50, 33], sampleValues(1650))
      let program = try Program(
        graph, outputs: [loss], loss: loss, parameters: buffer, precision: .float32)
      let adam = Optimizer(buffer)
      let rows = (0..<37).map { Int32($0 * 2) }
      try program.withSources([data]) {
        for step in 0..<20 {
          try program.run(seed: 5, step: step, rows: rows)
          adam.update(program, rate: 0.01, step: step)
        }
      }
      seen.append([program.scalar(0)] + (buffer["w"]?.values ?? []))
    }
    setThreadCount(0)
    for other in seen.dropFirst() { #expect(other == seen[0]) }
    #expect(seen[0].allSatisfy { $0.isFinite })
  }

  @Test func minibatchesGatherConvertAndBinarise() throws {
    let bytes = (0..<400).map { UInt8(($0 * 51) % 256) }
    let sources: [Tensor] = [
      Tensor(shape: [4, 100], storage: .bytes(bytes, scale: 1 / 255.0)),
      Tensor(shape: [4, 100], bytes.map { Double($0) / 255 }),
      Tensor(shape: [4, 100], floats: bytes.map { Float($0) / 255 }),
    ]
    for source in sources {
      let graph = Graph()
      let plain = graph.batch("x", rows: 3, columns: 100, binarized: false)
      let drawn = graph.batch("x", rows: 3, columns: 100, binarized: true)
      let program = try Program(graph, outputs: [plain + 0.0, drawn + 0.0], precision: .float32)
      var frequency = [Double](repeating: 0, count: 100)
      try program.withSources([source]) {
        for step in 0..<400 {
          try program.run(seed: 1, step: step, rows: [2, 0, 3])
          let draws = program.output(1).values
          #expect(draws.allSatisfy { $0 == 0 || $0 == 1 })
          for j in 0..<100 { frequency[j] += draws[j] / 400 }
        }
      }
      let gathered = program.output(0).values
      for (place, row) in [2, 0, 3].enumerated() {
        for j in 0..<100 {
          #expect(abs(gathered[place * 100 + j] - Double(bytes[row * 100 + j]) / 255) < 1e-7)
        }
      }
      for j in 0..<100 {
        let p = Double(bytes[200 + j]) / 255
        #expect(abs(frequency[j] - p) <= 5 * (p * (1 - p) / 400).squareRoot() + 1e-12)
      }
    }
  }
}
