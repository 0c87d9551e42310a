// The latents of a block as one vector z: what estimators of log p(x) that draw z from its prior, or
// lead it there along a path of temperatures, ask of a model. q has no part in it.

import LatentAutodiff
import LatentLanguage
import LatentModels
import LatentTensor

extension BlockModel: LatentSampling {
  func estimate(
    _ x: Tensor, by method: EvidenceMethod, _ options: EvidenceOptions
  ) throws -> Evidence {
    if method == .importance {
      return try evidence(
        x, by: method, samples: options.samples, seed: options.seed,
        shouldStop: options.shouldStop)
    }
    return try EvidenceEstimator(joint: try BlockJoint(self, x, method), options: options)
      .evidence(method)
  }
}

final class BlockJoint: LatentJoint {
  private struct Latent {
    var name: String
    var shape: [Int]
    /// Its elements in z.
    var range: Range<Int>
  }

  private enum Question: Hashable {
    case likelihood, prior
  }

  private struct Key: Hashable {
    var question: Question
    var rows, chains: Int
    var gradient: Bool
  }

  private struct Compiled {
    var program: Program
    var codes: Symbol
    var data: [Symbol]
  }

  private let model: BlockModel
  private let runtime: Runtime
  private let instance: BlockInstance
  private let latents: [Latent]
  /// The values of the observed variables: rows × shape.
  private let data: [(name: String, values: Tensor)]
  private let likelihood: BoundDensity
  private let priorDensity: BoundDensity
  private var programs: [Key: Compiled] = [:]
  let count: Int
  let latent: Int

  /// Drawn are the latents that have a q, all where none has one; on a path all that are continuous.
  /// The others are summed out.
  ///
  /// - Throws: L516 where a latent cannot be dealt with so.
  init(_ model: BlockModel, _ x: Tensor, _ method: EvidenceMethod) throws {
    func refuse(_ message: String, _ help: String) -> Failure {
      Failure("L516", message, argument: "method", help: help)
    }
    guard let runtime = model.runtime else {
      throw Failure("L562", "the interpreter that the model belongs to is gone")
    }
    try model.check(x, argument: "x")
    let rows = MissingRows(x, model.observed)
    guard rows.isComplete, let pattern = rows.patterns.first else {
      throw refuse(
        "\"\(method.rawValue)\" needs complete rows, and these have missing values",
        "leave `method` out, or drop such rows")
    }
    let plan = try model.plan(of: pattern)
    if let shared = plan.shared.first { throw model.noEvidence(shared.name) }
    instance = try model.instance()
    let draw = try instance.ancestralDraw(
      key: RandomKey(seed: 1, stream: 0), known: model.example)
    let generative = BlockInstance.ordered(model.members(of: "p"))
    let names = plan.latents.map(\.name)
    let proposed = plan.proposed
    var latents: [Latent] = []
    for density in generative {
      guard let name = density.subjects.first, names.contains(name) else { continue }
      let law = try instance.law(density, draw)
      let isDrawn =
        method == .ais ? !law.isDiscrete : proposed.isEmpty || proposed.contains(name)
      guard isDrawn else { continue }
      let start = latents.last?.range.upperBound ?? 0
      latents.append(
        Latent(
          name: name, shape: law.shape, range: start..<(start + law.shape.reduce(1, *))))
    }
    guard let size = latents.last?.range.upperBound else {
      throw refuse(
        names.first.map {
          "\"\(method.rawValue)\" moves z by a gradient, and `\($0)` of `\(model.name)` is discrete"
        } ?? "`\(model.name)` has no latent to draw",
        "leave `method` out: what is finite is summed out exactly")
    }
    let subjects = Set(generative.flatMap(\.subjects))
    let drawn = latents.map { DensityTerm.Variable(name: $0.name, value: nil) }
    func variables(_ names: [String]) -> [DensityTerm.Variable] {
      names.map { DensityTerm.Variable(name: $0, value: nil) }
    }
    let fixed = plan.observed.filter { !subjects.contains($0) }
    do {
      priorDensity = try BoundDensity(
        DensityTerm(family: "p", subjects: drawn, givens: []), instance)
    } catch let failure as Failure where failure.code == "L557" {
      let list = fixed.map { "`\($0)`" }.joined(separator: ", ")
      throw refuse(
        "the prior of the latents of `\(model.name)` is given \(list), which differs from datum to "
          + "datum", "choose \"importance\" or \"elbo\"")
    }
    likelihood = try BoundDensity(
      DensityTerm(
        family: "p", subjects: variables(plan.observed.filter(subjects.contains)),
        givens: drawn + variables(fixed)), instance)
    self.model = model
    self.runtime = runtime
    self.latents = latents
    data = rows.values(of: pattern)
    count = x.shape[0]
    latent = size
  }

  // MARK: Densities

  func likelihood(
    rows: [Int], z: [Double], chains: Int, gradient: Bool
  ) throws -> (values: [Double], gradient: [Double]) {
    try values(
      Key(question: .likelihood, rows: rows.count, chains: chains, gradient: gradient), z, rows)
  }

  func prior(_ z: [Double]) throws -> (values: [Double], gradient: [Double]) {
    let isSmooth = latents.allSatisfy { !isDiscrete($0.name) }
    return try values(
      Key(
        question: .prior, rows: z.count / max(latent, 1), chains: 1, gradient: isSmooth), z, [])
  }

  private func isDiscrete(_ name: String) -> Bool {
    guard let density = model.members(of: "p").first(where: { $0.subjects.contains(name) }),
      let law = try? instance.law(density, model.exampleValues())
    else { return false }
    return law.isDiscrete
  }

  private func values(
    _ key: Key, _ z: [Double], _ rows: [Int]
  ) throws -> (values: [Double], gradient: [Double]) {
    try runtime.checkLimits()
    let compiled = try compiled(key)
    try compiled.program.setInput(compiled.codes, Tensor(shape: compiled.codes.shape, z))
    for (input, variable) in zip(compiled.data, data) {
      let size = input.shape.dropFirst(2).reduce(1, *)
      let all = variable.values.values
      let own = rows.flatMap { all[($0 * size)..<(($0 + 1) * size)] }
      try compiled.program.setInput(input, Tensor(shape: input.shape, own))
    }
    try compiled.program.run()
    return (
      compiled.program.output(0).values, key.gradient ? compiled.program.output(1).values : []
    )
  }

  private func compiled(_ key: Key) throws -> Compiled {
    if let known = programs[key] { return known }
    let result = try recording { trace in
      let graph = trace.graph
      let leaf = graph.input("z", shape: [latent])
      let data = key.question == .prior ? [] : self.data
      let leaves = data.map {
        graph.input($0.name, shape: Array($0.values.shape.dropFirst()))
      }
      let value = try trace.opening([leaf] + leaves) {
        var known: [String: Value] = [:]
        for (variable, leaf) in zip(data, leaves) {
          known[variable.name] = .object(TracedObject(leaf, in: trace))
        }
        for latent in latents {
          let own = leaf.columns(latent.range).reshaped(latent.shape)
          known[latent.name] = .object(TracedObject(own, in: trace))
        }
        let density = key.question == .prior ? priorDensity : likelihood
        return try density.logProbability(known, runtime)
      }
      guard let symbol = try trace.symbol(of: value) else { throw noNumber }
      let codes = graph.input("codes", shape: [key.chains, key.rows, latent])
      let blocks = leaves.map { graph.input("rows", shape: [1, key.rows] + $0.shape) }
      let all = graph.vectorized(
        [symbol], over: [(leaf, codes)] + zip(leaves, blocks).map { ($0, $1) },
        plate: [key.chains, key.rows])
      guard let values = all.first else { throw noNumber }
      let slopes = key.gradient ? values.sum().gradients(of: [codes]) : []
      return Compiled(
        program: try program(of: [values] + slopes, trace), codes: codes, data: blocks)
    }
    programs[key] = result
    return result
  }

  private var noNumber: Failure {
    Failure("L562", "the density of `\(model.name)` is no number")
  }

  private func program(of outputs: [Symbol], _ trace: Trace) throws -> Program {
    if let failure = trace.graph.failure { throw failure }
    let program = try Program(trace.graph, outputs: outputs, precision: .float64)
    for (leaf, value) in trace.given { try program.setInput(leaf, value) }
    return program
  }

  private func recording<Result>(_ body: (Trace) throws -> Result) throws -> Result {
    let trace = Trace()
    let (outer, random) = (runtime.trace, runtime.random)
    runtime.trace = trace
    defer {
      runtime.trace = outer
      runtime.random = random
    }
    return try body(trace)
  }

  // MARK: Draws

  func priorDraws(_ count: Int, _ random: inout Philox) throws -> [Double] {
    let halves = random.uniforms(2).map { UInt64($0 * 4_294_967_296) }
    return try draws(
      count, of: latents.map(\.name), seed: halves[0] << 32 | halves[1]
    ).values
  }

  /// Ancestral draws of some variables side by side: count × columns. Those without a density have
  /// the values of the first data.
  private func draws(_ count: Int, of names: [String], seed: UInt64) throws -> Tensor {
    try recording { trace in
      let graph = trace.graph
      let fixed = data.filter { variable in
        !model.members(of: "p").contains { $0.subjects.contains(variable.name) }
      }
      let leaves = fixed.map {
        graph.input($0.name, shape: Array($0.values.shape.dropFirst()))
      }
      let row = try trace.opening(leaves) {
        var known: [String: Value] = [:]
        for (variable, leaf) in zip(fixed, leaves) {
          known[variable.name] = .object(TracedObject(leaf, in: trace))
        }
        for density in BlockInstance.ordered(model.members(of: "p")) {
          let isReady = density.givens.allSatisfy {
            known[$0] != nil || instance.values[$0] != nil
          }
          guard isReady, let name = density.subjects.first else { continue }
          known[name] = try instance.law(density, known).recorded(by: runtime).draw(runtime)
        }
        let parts = try names.compactMap { name -> Symbol? in
          guard let value = known[name] else { throw instance.noValue(name) }
          return try trace.symbol(of: value).map { $0.reshaped([$0.count]) }
        }
        guard let row = Symbol.concatenated(parts) else { throw noNumber }
        return row
      }
      let blocks = leaves.map { graph.input("rows", shape: [count] + $0.shape) }
      let all = graph.vectorized(
        [row], over: zip(leaves, blocks).map { ($0, $1) }, plate: [count])
      let program = try program(of: all, trace)
      for (input, variable) in zip(blocks, fixed) {
        let values = Array(variable.values.values.prefix(input.count))
        try program.setInput(input, Tensor(shape: input.shape, values))
      }
      try program.run(seed: seed)
      return program.output(0)
    }
  }

  /// Draws from q are weighed by the model itself.
  func proposalDraws(
    rows: [Int], chains: Int, _ random: inout Philox
  ) throws -> (z: [Double], logDensity: [Double])? { nil }

  func simulated(_ count: Int, seed: UInt64) throws -> (joint: any LatentJoint, z: [Double]) {
    let names = latents.map(\.name) + model.observed.map(\.name)
    let all = try draws(min(count, self.count), of: names, seed: seed).values
    let width = latent + model.observed.reduce(0) { $0 + $1.columns }
    var (z, x): ([Double], [Double]) = ([], [])
    for start in stride(from: 0, to: all.count, by: max(width, 1)) {
      z += all[start..<(start + latent)]
      x += all[(start + latent)..<(start + width)]
    }
    let rows = Tensor(shape: [z.count / max(latent, 1), width - latent], x)
    return (try BlockJoint(model, rows, .ais), z)
  }
}
