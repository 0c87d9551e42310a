// Steps that are split by rows and run without barriers: the same numbers as the reference
// evaluator gives, for any number of threads, with as few barriers as the data flow needs.

import Foundation
import LatentTensor
import Testing

@testable import LatentAutodiff

@Suite(.serialized) struct SegmentsTests {
  /// Layers of a network with a split, a concatenation and a sum along the way, and its gradient.
  private func program(rows: Int, layers: Int) throws -> (Program, ParameterBuffer) {
    let graph = Graph()
    var x = graph.input("x", shape: [rows, 4])
    var total = graph.constant(0)
    for layer in 0..<layers {
      let w = graph.parameter("w\(layer)", shape: [4, 24])
      let b = graph.parameter("b\(layer)", shape: [24])
      let v = graph.parameter("v\(layer)", shape: [24, 4])
      let h = (x.product(w) + b).applying(.relu).product(v)
      let scale = h.columns(0..<2).tanh()
      let rest = x.columns(2..<4) * scale.exp() + h.columns(2..<4)
      x = Symbol.concatenated([rest, x.columns(0..<2)]) ?? x
      total = total + scale.sum(axis: -1)
    }
    let loss = (x.square().sum(axis: -1) - total).mean()
    let parameters = ParameterBuffer(graph.parameters, precision: .float64)
    for slot in parameters.slots {
      parameters[slot.name] = Tensor(shape: slot.shape, sampleValues(slot.count).map { $0 * 0.1 })
    }
    let program = try Program(
      graph, outputs: [loss], loss: loss, parameters: parameters, precision: .float64)
    try program.setInput(
      Symbol(graph: graph, id: 0), Tensor(shape: [rows, 4], sampleValues(rows * 4)))
    return (program, parameters)
  }

  private func results(_ program: Program, _ parameters: ParameterBuffer) throws -> [Double] {
    try program.run()
    return [program.scalar(0)]
      + parameters.slots.flatMap { program.gradient(of: $0.name)?.values ?? [] }
  }

  @Test(arguments: [32, 33, 71, 256]) func gradientsAreTheDifferencesOfTheLoss(rows: Int) throws {
    defer { setThreadCount(0) }
    let (program, parameters) = try program(rows: rows, layers: 3)
    setThreadCount(1)
    let expected = try results(program, parameters)
    for threads in [2, 3, 5] {
      setThreadCount(threads)
      for _ in 0..<20 { #expect(try results(program, parameters) == expected) }
    }
    let step = 1e-6
    for name in ["w0", "b0", "v0", "w1", "b2", "v2"] {
      guard let start = parameters[name] else { continue }
      try program.run()
      let slope = program.gradient(of: name)?.values[1] ?? .nan
      var sides: [Double] = []
      for sign in [1.0, -1.0] {
        var values = start.values
        values[1] += sign * step
        parameters[name] = Tensor(shape: start.shape, values)
        try program.run()
        sides.append(program.scalar(0))
      }
      parameters[name] = start
      #expect(abs(slope - (sides[0] - sides[1]) / (2 * step)) < 1e-7)
    }
  }

  @Test func barriersDoNotGrowWithTheDepth() throws {
    let counts = try [2, 8].map { layers in
      try program(rows: 64, layers: layers).0.steps.count { $0.barrier != 0 }
    }
    #expect(counts[0] == counts[1])
    #expect(counts[1] <= 3)
  }

  @Test func aLongSegmentReusesMemory() throws {
    // Forward only: two buffers of rows × width would do, and each layer would add one otherwise.
    let bytes = try [4, 40].map { layers in
      let graph = Graph()
      var x = graph.input("x", shape: [64, 32])
      let w = graph.input("w", shape: [32, 32])
      for _ in 0..<layers { x = x.product(w).tanh() }
      return try Program(graph, outputs: [x], precision: .float32).size.arenaBytes
    }
    #expect(bytes[1] == bytes[0])
  }

  @Test func profilesNameProductsWithTheirExtents() throws {
    let (program, _) = try program(rows: 64, layers: 1)
    let calls = program.profile(repetitions: 2)
    #expect(calls.count == program.size.calls)
    #expect(calls.contains { $0.extents == [64, 24, 4] && $0.work == 2 * 64 * 24 * 4 })
    #expect(calls.allSatisfy { $0.seconds > 0 })
  }

  /// A part of a matrix that is an output, that a product reads as it is, and that a sum over rows
  /// needs a copy of: who reads it first must not read the copy before it is made.
  @Test func partsAreReadBeforeTheyAreCopied() throws {
    defer { setThreadCount(0) }
    let rows = 5
    let graph = Graph()
    let x = graph.input("x", shape: [rows, 4])
    let part = (x * 2).columns(1..<3)
    let product = part.product(graph.constant(1).broadcast(to: [2, 1]) * 3)
    let sum = part.sum(axis: 0)
    let program = try Program(
      graph, outputs: [part, product, sum, part.exp()], parameters: nil, precision: .float64)
    let values = sampleValues(rows * 4)
    try program.setInput(x, Tensor(shape: [rows, 4], values))
    let expected: [[Double]] = (0..<rows).map { row in
      values[(4 * row + 1)..<(4 * row + 3)].map { 2 * $0 }
    }
    for threads in [1, 2, 3] {
      setThreadCount(threads)
      try program.run()
      #expect(program.output(0).values == expected.flatMap { $0 })
      for (row, value) in program.output(1).values.enumerated() {
        let total: Double = expected[row].reduce(0, +)
        #expect(abs(value - 3 * total) < 1e-12)
      }
      for (column, value) in program.output(2).values.enumerated() {
        let total: Double = expected.map { $0[column] }.reduce(0, +)
        #expect(abs(value - total) < 1e-12)
      }
      for (value, entry) in zip(program.output(3).values, expected.joined()) {
        #expect(abs(value - exp(entry)) < 1e-12)
      }
    }
  }
}
