// What the q of a block makes of its latents: which dimensions carry anything about the data, what
// they cost, and how much of the cost is information.

import Foundation
import LatentAutodiff
import LatentLanguage
import LatentModels
import LatentTensor

extension BlockModel {
  /// Turns of draws that means and divergences are averaged over.
  private static let turns = 16
  /// Data that the aggregate of q is made of at most.
  private static let aggregated = 1000

  func diagnosis(
    _ x: Tensor, seed: UInt64, shouldStop: () -> Bool
  ) throws -> [(name: String, value: Fact)] {
    try check(x, argument: "x")
    let rows = MissingRows(x, observed)
    guard rows.isComplete, let pattern = rows.patterns.first, x.shape[0] > 1 else {
      throw Failure(
        "L516", "`doctor` compares the codes of data: it needs two complete rows at least",
        argument: "x")
    }
    let plan = try plan(of: pattern)
    guard !plan.proposed.isEmpty else {
      throw Failure(
        "L516", "`doctor` examines q, and `\(name)` draws no latent of a datum from one",
        argument: "model", help: "`explain(m)` tells how its latents are dealt with")
    }
    let activities = try activities(x, seed: seed)
    let divergences = try divergences(x, seed: seed)
    if shouldStop() { throw Failure("L705", "interrupted") }
    let information = try mutualInformation(x, seed: seed)
    let total = divergences.reduce(0, +)
    let isByDimension = divergences.count == activities.count
    let found = LatentDiagnosis(
      divergences: isByDimension ? divergences : [], activities: activities, divergence: total,
      mutualInformation: information.mean, informationError: information.error,
      aggregated: information.rows)
    return found.facts
  }

  /// What `body` gives for each row, turn after turn with other draws: all rows of the first turn,
  /// then those of the second.
  private func repeated(
    _ x: Tensor, _ turns: Int, _ seed: UInt64, _ body: RowAnswer
  ) throws -> Tensor {
    var (shape, values) = ([Int](), [Double]())
    try each(x, seeds: seeds(seed, samples: turns), body) { _, result in
      shape = Array(result.shape.dropFirst())
      values += result.values
    }
    return Tensor(shape: [values.count / max(shape.reduce(1, *), 1)] + shape, values)
  }

  /// What q draws, one latent after the other, of one datum.
  private func walk(
    _ plan: BlockPlan, _ instance: BlockInstance, _ data: [String: Value], _ runtime: Runtime,
    _ visit: (_ name: String, _ law: BlockLaw, _ draw: Value) throws -> Void
  ) throws {
    var known = data
    for density in BlockInstance.ordered(densities.filter { $0.family == "q" }) {
      guard let name = density.subjects.first, plan.isProposed(name) else { continue }
      let law = try instance.law(density, known)
      let draw = try known[name] ?? law.recorded(by: runtime).draw(runtime)
      known[name] = draw
      try visit(name, law, draw)
    }
  }

  /// Var_x(E_q z) by dimension. The mean of a latent given others is a mean over their draws: two
  /// halves of the turns have errors of their own, so that their covariance has none.
  private func activities(_ x: Tensor, seed: UInt64) throws -> [Double] {
    let all = try repeated(x, BlockModel.turns, seed) { plan, instance, data, runtime in
      var means: [Value] = []
      try walk(plan, instance, data, runtime) { _, law, _ in means.append(try law.mean()) }
      return try Value.flattened(means, runtime)
    }
    let (rows, width) = (x.shape[0], all.shape.dropFirst().reduce(1, *))
    var halves = [[Double]](repeating: [Double](repeating: 0, count: rows * width), count: 2)
    for (place, value) in all.values.enumerated() {
      let turn = place / (rows * width)
      halves[turn % 2][place % (rows * width)] += value / Double(BlockModel.turns / 2)
    }
    return (0..<width).map { column in
      let columns = halves.map { half in (0..<rows).map { half[$0 * width + column] } }
      let means = columns.map { $0.reduce(0, +) / Double(rows) }
      let sum = (0..<rows).reduce(0.0) {
        $0 + (columns[0][$1] - means[0]) * (columns[1][$1] - means[1])
      }
      return max(sum / Double(rows), 0)
    }
  }

  /// KL(q ‖ p) averaged over the data, by dimension where it has a closed form.
  private func divergences(_ x: Tensor, seed: UInt64) throws -> [Double] {
    let all = try repeated(x, BlockModel.turns, seed) { plan, instance, data, runtime in
      let terms = try BlockBound(plan: plan, instance: instance, runtime: runtime).terms(data)
      return try Value.flattened(terms.divergences.map(\.value), runtime)
    }
    let width = all.shape.dropFirst().reduce(1, *)
    var sums = [Double](repeating: 0, count: width)
    for (place, value) in all.values.enumerated() { sums[place % max(width, 1)] += value }
    return sums.map { $0 / Double(all.shape[0]) }
  }

  /// E_i E_{q(z|x_i)}[log q(z|x_i) − log q̄(z)] with q̄ the mean of q(z|x_j) over the data.
  private func mutualInformation(
    _ x: Tensor, seed: UInt64
  ) throws -> (mean: Double, error: Double, rows: Int) {
    let plan = try BlockPlan(self, bound: observed.map(\.name))
    let isChained = densities.contains {
      $0.family == "q" && $0.givens.contains(where: plan.isProposed)
    }
    let count = min(x.shape[0], isChained ? 200 : BlockModel.aggregated)
    let width = x.shape[1]
    let values = x.values
    let some = (0..<count).flatMap { row -> ArraySlice<Double> in
      let start = row * x.shape[0] / count * width
      return values[start..<(start + width)]
    }
    let part = Tensor(shape: [count, width], some)
    let turns = 4
    let draws = try repeated(part, turns, seed &+ 1) { plan, instance, data, runtime in
      var codes: [Value] = []
      try walk(plan, instance, data, runtime) { _, _, draw in codes.append(draw) }
      return try Value.flattened(codes, runtime)
    }
    let program = try crossed(plan, part)
    let size = draws.shape.dropFirst().reduce(1, *)
    var terms: [Double] = []
    for turn in 0..<turns {
      let codes = draws.values[(turn * count * size)..<((turn + 1) * count * size)]
      try program.program.setInput(
        program.codes, Tensor(shape: [count, 1, size], Array(codes)))
      try program.program.run()
      let cross = program.program.output(0).values
      for row in 0..<count {
        let own = cross[(row * count)..<((row + 1) * count)]
        let top = own.max() ?? 0
        let mixture = top + log(own.reduce(0) { $0 + exp($1 - top) } / Double(count))
        terms.append(cross[row * count + row] - mixture)
      }
    }
    let n = Double(terms.count)
    let mean = terms.reduce(0, +) / n
    let squares = terms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / (n - 1) / n).squareRoot(), count)
  }

  /// log q(z_i|x_j) of every draw under the q of every datum: [draws, rows].
  private func crossed(
    _ plan: BlockPlan, _ x: Tensor
  ) throws -> (program: Program, codes: Symbol) {
    guard let runtime else {
      throw Failure("L562", "the interpreter that the model belongs to is gone")
    }
    let data = MissingRows(x, observed)
    let variables = data.patterns.first.map(data.values) ?? []
    let rows = x.shape[0]
    let trace = Trace()
    let (outer, random) = (runtime.trace, runtime.random)
    runtime.trace = trace
    defer {
      runtime.trace = outer
      runtime.random = random
    }
    let graph = trace.graph
    let instance = try instance()
    let sizes = BlockInstance.ordered(densities.filter { $0.family == "q" })
      .compactMap(\.subjects.first).filter(plan.isProposed).map { (name: $0, shape: shape(of: $0)) }
    let size = sizes.reduce(0) { $0 + ($1.shape ?? []).reduce(1, *) }
    let leaf = graph.input("z", shape: [size])
    let leaves = variables.map { graph.input($0.name, shape: Array($0.values.shape.dropFirst())) }
    let value = try trace.opening([leaf] + leaves) {
      var known: [String: Value] = [:]
      for (variable, leaf) in zip(variables, leaves) {
        known[variable.name] = .object(TracedObject(leaf, in: trace))
      }
      var start = 0
      for (name, shape) in sizes {
        let count = (shape ?? []).reduce(1, *)
        let own = leaf.columns(start..<(start + count)).reshaped(shape ?? [])
        known[name] = .object(TracedObject(own, in: trace))
        start += count
      }
      var sum: Value = 0
      try walk(plan, instance, known, runtime) { _, law, draw in
        sum = try LogSum.sum(sum, law.logProbability(draw, runtime), runtime)
      }
      return sum
    }
    guard let symbol = try trace.symbol(of: value) else {
      throw Failure("L562", "the density q of `\(name)` is no number")
    }
    let codes = graph.input("codes", shape: [rows, 1, size])
    let blocks = leaves.map { graph.input("rows", shape: [1, rows] + $0.shape) }
    let all = graph.vectorized(
      [symbol], over: [(leaf, codes)] + zip(leaves, blocks).map { ($0, $1) }, plate: [rows, rows])
    if let failure = graph.failure { throw failure }
    let program = try Program(graph, outputs: all, precision: .float64)
    for (leaf, value) in trace.given { try program.setInput(leaf, value) }
    for (block, variable) in zip(blocks, variables) {
      try program.setInput(block, variable.values.reshaped(block.shape))
    }
    return (program, codes)
  }
}

extension Value {
  /// All elements of some numbers and tensors side by side.
  fileprivate static func flattened(_ values: [Value], _ runtime: Runtime) throws -> Value {
    guard let trace = runtime.trace as? Trace else {
      return .vector(values.flatMap { $0.asTensor?.values ?? [] })
    }
    let parts = try values.compactMap { value in
      try trace.symbol(of: value).map { $0.reshaped([$0.count]) }
    }
    guard let all = Symbol.concatenated(parts) else { return .vector([]) }
    return .object(TracedObject(all, in: trace))
  }
}
