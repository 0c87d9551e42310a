// Forward mode, primitive by primitive: J·v against central differences, and wᵀ(J·v) against
// (Jᵀw)·v of reverse mode.

import Foundation
import LatentTensor
import Testing

@testable import LatentAutodiff

@Suite struct TangentTests {
  /// Checks the tangent of a function of parameters along a direction of irregular numbers.
  private func expectTangent(
    _ comment: Comment, _ shapes: [[Int]], tolerance: Double = 1e-7,
    _ build: (Graph, [Symbol]) -> Symbol
  ) throws {
    let graph = Graph()
    let slots = shapes.enumerated().map { Graph.Slot("x\($0)", shape: $1) }
    let x = slots.map { graph.parameter($0.name, shape: $0.shape) }
    let v = slots.map { graph.input("v" + $0.name, shape: $0.shape) }
    let y = build(graph, x)
    let w = graph.input("w", shape: y.shape)
    let forward = y.tangent(along: Array(zip(x, v)))
    #expect(forward.shape == y.shape, comment)
    // Of a tensor, reverse mode gives the gradient of the sum.
    let reverse = zip((y * w).gradients(of: x), v).map { ($0 * $1).sum() }
      .reduce(graph.constant(0), +)
    let paired = (forward * w).sum()

    var values: [String: [Double]] = [:]
    var inputs = ["w": sampleValues(w.shape.reduce(1, *), 9)]
    for (place, slot) in slots.enumerated() {
      values[slot.name] = sampleValues(slot.count, place)
      inputs["v" + slot.name] = sampleValues(slot.count, place + 5).map { $0 - 1.1 }
    }
    func evaluate(_ t: Double) -> [[Double]] {
      var moved = values
      for slot in slots {
        moved[slot.name] = zip(values[slot.name] ?? [], inputs["v" + slot.name] ?? [])
          .map { $0 + t * $1 }
      }
      return ReferenceEvaluator(parameters: moved, inputs: inputs).values(graph)
    }
    let all = evaluate(0)
    let h = 1e-5
    let (up, down) = (evaluate(h)[y.id], evaluate(-h)[y.id])
    #expect(all[forward.id].count == up.count || up.count == 1, comment)
    for place in up.indices {
      let difference = (up[place] - down[place]) / (2 * h)
      let tangent = all[forward.id][place]
      #expect(
        abs(tangent - difference) <= tolerance * max(1, abs(difference)),
        "\(comment)[\(place)]: \(tangent) against \(difference)")
    }
    let (a, b) = (all[paired.id].first ?? .nan, all[reverse.id].first ?? .nan)
    #expect(abs(a - b) <= 1e-10 * max(1, abs(b)), "\(comment): \(a) against reverse \(b)")

    // The compiled program gives the same numbers.
    let buffer = ParameterBuffer(slots, precision: .float64)
    for slot in slots {
      buffer[slot.name] = Tensor(shape: slot.shape, values[slot.name] ?? [])
    }
    let program = try Program(
      graph, outputs: [forward], parameters: buffer, precision: .float64)
    for (slot, symbol) in zip(slots, v) {
      try program.setInput(symbol, Tensor(shape: slot.shape, inputs["v" + slot.name] ?? []))
    }
    try program.run()
    for (x, y) in zip(program.output(0).values, all[forward.id]) {
      #expect(abs(x - y) <= 1e-11 * max(1, abs(y)), comment)
    }
  }

  @Test func elementwise() throws {
    for operation in Elementwise.allCases where operation.isDifferentiableAnywhere {
      try expectTangent(
        "\(operation)", [[Int]](repeating: [3, 2], count: operation.arity)
      ) { graph, x in graph.elementwise(operation, x) }
    }
    try expectTangent("quantile of the gamma distribution", [[3, 2], [2]]) {
      $1[0].applying(.logGammaQuantile, (3 * $1[1] - 3).sigmoid())
    }
    try expectTangent("rows and columns", [[3, 1], [2]]) { $1[0] * $1[1].exp() + $1[1] }
    try expectTangent("a number", [[], [2, 3]]) { $1[0] / $1[1] }
  }

  @Test func products() throws {
    try expectTangent("a b", [[3, 4], [4, 2]]) { $1[0].product($1[1]) }
    try expectTangent("aᵀ b", [[4, 3], [4, 2]]) { $1[0].transposed().product($1[1]) }
    try expectTangent("a bᵀ", [[3, 4], [2, 4]]) { $1[0].product($1[1].transposed()) }
    try expectTangent("aᵀ bᵀ", [[4, 3], [2, 4]]) {
      $1[0].transposed().product($1[1].transposed())
    }
    try expectTangent("a a", [[3, 3]]) { $1[0].product($1[0]) }
  }

  @Test func shapesAndReductions() throws {
    for axis in 0..<3 {
      try expectTangent("sum over \(axis)", [[2, 3, 4]]) { $1[0].square().sum(axis: axis) }
      try expectTangent("maximum over \(axis)", [[2, 3, 4]]) { $1[0].maximum(axis: axis) }
      try expectTangent("log-sum-exp over \(axis)", [[2, 3, 4]]) { $1[0].logSumExp(axis: axis) }
    }
    try expectTangent("slice", [[3, 4]]) { $1[0].square().columns(1..<3) }
    try expectTangent("pad", [[3, 2]]) { $1[0].square().padded(start: 1, total: 4) }
    try expectTangent("transpose and reshape", [[3, 4]]) {
      $1[0].exp().transposed().reshaped([2, 6])
    }
    try expectTangent("broadcast", [[3, 1]]) { $1[0].exp().broadcast(to: [2, 3, 4]) }
    try expectTangent("side by side", [[2, 1], [2, 3]]) { _, x in
      return Symbol.concatenated([x[0].exp(), x[1].columns(0..<2)]) ?? x[0]
    }
    try expectTangent("elements at positions", [[3, 4]]) {
      $1[0].exp().collecting([11, 0, nil, 5, 5, 2], shape: [2, 3])
    }
    if let windows = Windows(
      height: 3, width: 2, channels: 2, kernel: (2, 2), stride: 1, padding: 1)
    {
      try expectTangent("patches", [[2, 12]]) { $1[0].square().windows(windows) }
      try expectTangent("patches added up", [[2, 12, 8]]) { $1[0].square().overlap(windows) }
    }
    try expectTangent("rows of a table", [[3, 2], [2]]) { graph, x in
      x[0].square().looked(up: x[1].applying(.floor))
    }
    try expectTangent("many transposes", [[2, 3, 4]]) { $1[0].exp().transposed() }
    try expectTangent("variable", [[3]]) { $1[0].exp().variable().square() }
    try expectTangent("tangent of a gradient", [[3]]) { _, x in
      (x[0].tanh() * x[0].exp()).sum().gradients(of: [x[0]])[0]
    }
  }

  @Test func whatDoesNotMoveHasNone() {
    let graph = Graph()
    let (a, b) = (graph.parameter("a", shape: [2]), graph.parameter("b", shape: [2]))
    let one = graph.constant(1)
    let apart = b.exp().tangent(along: [(a, one)])
    let still = (a.detached() * b).tangent(along: [(a, one)])
    let all = ReferenceEvaluator(parameters: ["a": [1, 2], "b": [3, 4]]).values(graph)
    #expect(apart.shape == [2] && all[apart.id] == [0, 0])
    #expect(still.shape == [2] && all[still.id].allSatisfy { $0 == 0 })
    let wall = a.undifferentiable("a wall")
    // Beside the value is no obstacle, on its way it is.
    _ = (a * b).tangent(along: [(a, one)])
    #expect(graph.failure == nil)
    _ = (wall * b).tangent(along: [(a, one)])
    #expect(graph.failure?.message == "a wall")
  }
}
