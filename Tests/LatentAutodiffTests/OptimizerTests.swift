// Optimisers and schedules against their definitions, written out in plain double precision.

import Foundation
import LatentTensor
import Testing

@testable import LatentAutodiff

@Suite struct OptimizerTests {
  /// 40 steps on ½ Σ c p² with the method, and the same by `plain(p, g, t, state)`.
  private func compare(
    _ method: OptimizationMethod, decay: WeightDecay = WeightDecay(), clip: Double? = nil,
    _ plain: (_ p: Double, _ g: Double, _ t: Double, _ m: inout Double, _ v: inout Double) -> Double
  ) throws {
    let graph = Graph()
    let a = graph.parameter("a", shape: [19])
    let weights = (0..<19).map { 0.5 + Double($0 % 4) }
    let c = graph.input("c", shape: [19])
    let loss = (c * a.square() * 0.5).sum()
    let buffer = ParameterBuffer(graph.parameters, precision: .float64)
    var p = sampleValues(19)
    buffer["a"] = Tensor(p)
    let program = try Program(
      graph, outputs: [loss], loss: loss, parameters: buffer, precision: .float64)
    try program.setInput(c, Tensor(weights))
    let optimizer = Optimizer(buffer, method, decay: decay)
    optimizer.clipNorm = clip
    var m = [Double](repeating: 0, count: 19)
    var v = m
    for step in 0..<40 {
      try program.run(step: step)
      var gradient = zip(weights, p).map { $0 * $1 }
      let length = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(optimizer.gradientNorm(program) - length) < 1e-12 * length)
      if let clip, length > clip { gradient = gradient.map { $0 * clip / length } }
      optimizer.update(program, rate: 0.02, step: step)
      for i in 0..<19 {
        if !decay.isDecoupled { gradient[i] += decay.rate * p[i] }
        let next = plain(p[i], gradient[i], Double(step + 1), &m[i], &v[i])
        p[i] = next - (decay.isDecoupled ? 0.02 * decay.rate * p[i] : 0)
      }
    }
    for (x, y) in zip(buffer["a"]?.values ?? [], p) { #expect(abs(x - y) < 1e-13) }
  }

  private func adam(_ p: Double, _ g: Double, _ t: Double, _ m: inout Double, _ v: inout Double)
    -> Double
  {
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g * g
    let (mean, square) = (m / (1 - pow(0.9, t)), v / (1 - pow(0.999, t)))
    return p - 0.02 * mean / (square.squareRoot() + 1e-8)
  }

  @Test func adamFollowsItsDefinition() throws {
    try compare(.adam(), adam)
    try compare(.adam(), decay: WeightDecay(0.1), adam)
    try compare(.adam(), decay: WeightDecay(0.1, decoupled: true), adam)
    try compare(.adam(), clip: 0.5, adam)
  }

  @Test func gradientDescentFollowsItsDefinition() throws {
    try compare(.sgd()) { p, g, _, _, _ in p - 0.02 * g }
    try compare(.sgd(momentum: 0.9)) { p, g, _, m, _ in
      m = 0.9 * m + g
      return p - 0.02 * m
    }
    try compare(.sgd(momentum: 0.9, nesterov: true), decay: WeightDecay(0.01)) { p, g, _, m, _ in
      m = 0.9 * m + g
      return p - 0.02 * (g + 0.9 * m)
    }
  }

  @Test func scaledMethodsFollowTheirDefinitions() throws {
    try compare(.rmsprop()) { p, g, _, _, v in
      v = 0.99 * v + 0.01 * g * g
      return p - 0.02 * g / (v.squareRoot() + 1e-8)
    }
    try compare(.adagrad()) { p, g, _, _, v in
      v += g * g
      return p - 0.02 * g / (v.squareRoot() + 1e-10)
    }
  }

  @Test func schedulesStartAndEndWhereTheySay() {
    for shape in Schedule.Shape.allCases {
      let schedule = Schedule(shape, from: 0.1, to: 0.001, steps: 101)
      #expect(abs(schedule.rate(0) - 0.1) < 1e-15)
      let last = shape.endsWithRun ? 0.001 : 0.1
      #expect(abs(schedule.rate(100) - last) < 1e-15)
      let rates = (0...100).map { schedule.rate($0) }
      #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 >= $1 - 1e-15 })
    }
    #expect(abs(Schedule(.cosine, from: 1, to: 0, steps: 101).rate(50) - 0.5) < 1e-15)
    #expect(abs(Schedule(.exponential, from: 1, to: 1e-4, steps: 101).rate(50) - 1e-2) < 1e-15)
    let warm = Schedule(.cosine, from: 1, to: 0, steps: 110, warmup: 10)
    #expect((0..<10).map { warm.rate($0) } == (1...10).map { Double($0) / 10 })
    #expect(warm.rate(10) == 1)
  }

  @Test func aPlateauLowersTheRate() {
    let rule = Plateau(factor: 0.5, patience: 2)
    // Means of three: 1, 1.5, 2, 3, 3, 3, 3, 3, … : better up to the fourth, then not.
    let values: [Double] = [1, 2, 3, 4, 2, 3, 4, 2, 3, 4, 2, 3]
    let scales = (0...values.count).map { rule.scale(after: Array(values.prefix($0))) }
    #expect(scales == [1, 1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25])
    #expect(rule.scale(after: (0..<50).map(Double.init)) == 1)
    // Nothing that is not a number ever counts as better.
    #expect(rule.scale(after: [1, .nan, 1, 1, 1]) == 0.5)
  }
}
