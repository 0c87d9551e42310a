// A computation recorded for one datum and vectorised gives, row by row, what it gives for that row
// alone; so do its gradients.

import LatentTensor
import Testing

@testable import LatentAutodiff

struct VectorizationTests {
  private static let rows = 3

  /// What stands for one datum: a vector, a matrix and a number.
  private struct Datum {
    let vector: Symbol
    let matrix: Symbol
    let number: Symbol
    /// The same for all.
    let weights: Symbol
  }

  private static let square = Windows(
    height: 2, width: 2, channels: 1, kernel: (2, 2), padding: 1)

  private static let computations: [(name: String, body: @Sendable (Datum) -> Symbol)] = [
    ("elementwise", { d in d.vector.exp() + d.number * d.vector }),
    ("vector and matrix", { d in d.matrix * d.vector + d.number }),
    ("shared", { d in d.weights.exp() }),
    ("row times weights", { d in d.vector.product(d.weights) }),
    ("weights times column", { d in d.weights.transposed().product(d.vector.reshaped([4, 1])) }),
    ("weights times matrix", { d in d.weights.transposed().product(d.matrix.transposed()) }),
    ("matrix times column", { d in d.matrix.product(d.vector.reshaped([4, 1])) }),
    ("matrix times its transpose", { d in d.matrix.product(d.matrix.transposed()) }),
    ("matrix times weights", { d in d.matrix.product(d.weights) }),
    ("transposed times weights", { d in d.matrix.transposed().product(d.matrix) }),
    ("sum", { d in d.matrix.sum(axis: 0) }),
    ("sum of all", { d in d.matrix.square().sum() }),
    ("maximum", { d in d.matrix.maximum(axis: 1, keep: true) }),
    ("log sum exp", { d in d.vector.logSumExp(axis: 0) }),
    ("patches", { d in square.map { d.vector.windows($0) } ?? d.vector }),
    ("patches added up", { d in square.map { d.vector.windows($0).overlap($0) } ?? d.vector }),
    ("a row of a table", { d in d.weights.looked(up: d.number.applying(.floor)) * d.number }),
    ("slice", { d in d.vector.columns(1..<3) }),
    ("reshape", { d in d.matrix.reshaped([4, 2]) + d.number }),
    ("transpose", { d in d.matrix.transposed() + d.vector.reshaped([4, 1]) }),
    ("broadcast", { d in d.vector.broadcast(to: [2, 4]) * d.matrix }),
    ("collect", { d in d.vector.collecting([3, 0, nil, 0, 1, 1], shape: [2, 3]) }),
    (
      "concatenate",
      { d in Symbol.concatenated([d.vector, d.weights.reshaped([8])]) ?? d.vector }
    ),
  ]

  @Test(arguments: computations.indices)
  func rowsAreComputedAsAlone(_ place: Int) throws {
    let (name, body) = VectorizationTests.computations[place]
    let rows = VectorizationTests.rows
    let weights = values(8, 0.3)
    let (vectors, matrices, numbers) = (
      values(rows * 4, 0.1), values(rows * 8, 0.7), values(rows, 2)
    )

    let graph = Graph()
    let datum = Datum(
      vector: graph.input("v", shape: [4]), matrix: graph.input("m", shape: [2, 4]),
      number: graph.input("n", shape: []), weights: graph.input("w", shape: [4, 2]))
    let single = body(datum)
    let inputs = [
      graph.input("V", shape: [rows, 4]), graph.input("M", shape: [rows, 2, 4]),
      graph.input("N", shape: [rows]),
    ]
    let leaves = [(datum.vector, inputs[0]), (datum.matrix, inputs[1]), (datum.number, inputs[2])]
    let all = graph.vectorized([single], over: leaves.map { ($0, $1) }, plate: [rows])[0]
    #expect(all.shape == [rows] + single.shape, "\(name)")
    let gradients = all.square().gradients(of: inputs)
    let single2 = single.square().gradients(of: [datum.vector, datum.matrix, datum.number])

    let together = try Program(graph, outputs: [all] + gradients, precision: .float64)
    let alone = try Program(graph, outputs: [single] + single2, precision: .float64)
    let data = [vectors, matrices, numbers]
    for (input, value) in zip(inputs, data) {
      try together.setInput(input, Tensor(shape: input.shape, value))
    }
    try together.setInput(datum.weights, Tensor(shape: [4, 2], weights))
    try together.run()
    for row in 0..<rows {
      for (leaf, value) in zip([datum.vector, datum.matrix, datum.number], data) {
        let count = leaf.shape.reduce(1, *)
        try alone.setInput(
          leaf, Tensor(shape: leaf.shape, Array(value[(row * count)..<((row + 1) * count)])))
      }
      try alone.setInput(datum.weights, Tensor(shape: [4, 2], weights))
      try alone.run()
      for output in 0...3 {
        let expected = alone.output(output).values
        let found = together.output(output).values
        let part = found[(row * expected.count)..<((row + 1) * expected.count)]
        for (a, b) in zip(expected, part) {
          #expect(abs(a - b) <= 1e-12 * max(1, abs(a)), "\(name), output \(output)")
        }
      }
    }
  }

  @Test func axesOfLengthOneAreBroadcast() throws {
    let graph = Graph()
    let (x, z) = (graph.input("x", shape: [2]), graph.input("z", shape: [2]))
    let single = (x * z).sum()
    let (rows, draws) = (graph.input("X", shape: [1, 3, 2]), graph.input("Z", shape: [4, 1, 2]))
    let all = graph.vectorized([single], over: [(x, rows), (z, draws)], plate: [4, 3])[0]
    let program = try Program(graph, outputs: [all], precision: .float64)
    let (a, b) = (values(6, 0.4), values(8, 1.1))
    try program.setInput(rows, Tensor(shape: [1, 3, 2], a))
    try program.setInput(draws, Tensor(shape: [4, 1, 2], b))
    try program.run()
    let found = program.output(0).values
    for s in 0..<4 {
      for r in 0..<3 {
        let expected: Double = a[2 * r] * b[2 * s] + a[2 * r + 1] * b[2 * s + 1]
        #expect(abs(found[3 * s + r] - expected) < 1e-12)
      }
    }
  }

  @Test func drawsAreIndependentInEveryRow() throws {
    let graph = Graph()
    let noise = graph.draw(.normal, shape: [2])
    let all = graph.vectorized([noise * 2], over: [], plate: [50])[0]
    let program = try Program(graph, outputs: [all], precision: .float64)
    try program.run(seed: 5)
    #expect(Set(program.output(0).values).count == 100)
  }

  private func values(_ count: Int, _ start: Double) -> [Double] {
    (0..<count).map { 0.5 + 0.4 * (start + Double($0) * 0.77).remainder(dividingBy: 1) }
  }
}

/// Broadcasting over axes that no kernel walks through at once.
struct BroadcastingTests {
  @Test(arguments: [
    ([3, 2, 4, 1], [3, 1, 4, 1]), ([3, 2, 4, 2], [3, 1, 4, 2]), ([2, 3, 2, 2], [1, 3, 1, 2]),
    ([2, 1, 2, 3], [1, 4, 2, 1]), ([2, 1, 3, 1, 2], [1, 2, 1, 2, 1]), ([2, 3, 1, 2], [3, 4, 2]),
  ])
  func anyAxesAreRepeated(_ first: [Int], _ second: [Int]) throws {
    let graph = Graph()
    let (a, b) = (graph.input("a", shape: first), graph.input("b", shape: second))
    let product = a * b
    let sums = (product.square() * 0.5).gradients(of: [a, b])
    let program = try Program(graph, outputs: [product] + sums, precision: .float64)
    let p = (0..<a.shape.reduce(1, *)).map { Double($0) + 1 }
    let q = (0..<b.shape.reduce(1, *)).map { Double($0) * 0.5 - 1 }
    try program.setInput(a, Tensor(shape: first, p))
    try program.setInput(b, Tensor(shape: second, q))
    try program.run()
    let shape = product.shape
    var (found, slopes) = ([Double](), [[Double](repeating: 0, count: p.count), q.map { _ in 0 }])
    for place in 0..<shape.reduce(1, *) {
      let (i, j) = (position(place, shape, first), position(place, shape, second))
      found.append(p[i] * q[j])
      slopes[0][i] += p[i] * q[j] * q[j]
      slopes[1][j] += p[i] * p[i] * q[j]
    }
    #expect(program.output(0).values == found)
    #expect(program.output(1).values == slopes[0])
    #expect(program.output(2).values == slopes[1])
  }

  /// Where the element of a result comes from.
  private func position(_ place: Int, _ shape: [Int], _ own: [Int]) -> Int {
    var (rest, stride, result) = (place, 1, 0)
    for axis in 0..<shape.count {
      let length = shape[shape.count - 1 - axis]
      let there = axis < own.count ? own[own.count - 1 - axis] : 1
      if there != 1 { result += rest % length * stride }
      stride *= there
      rest /= length
    }
    return result
  }
}
