// Fitting a model block: its bound for one datum is traced, becomes that of a minibatch, and is
// maximised as that of any other model. The interpreter runs once per size of batch.

import LatentAutodiff
import LatentLanguage
import LatentModels
import LatentTensor

final class BlockTraining: GradientTrained {
  let model: BlockModel
  let plan: BlockPlan
  /// Where in the block what is trained was recorded.
  let places = TracedPlaces()
  private let runtime: Runtime
  /// How many data there are: the prior of a parameter is one of so many parts.
  private let count: Int

  init(_ model: BlockModel, _ plan: BlockPlan, _ runtime: Runtime, count: Int) {
    self.model = model
    self.plan = plan
    self.runtime = runtime
    self.count = count
  }

  var parameters: ParameterBuffer? { model.free }

  var posteriorParameters: Set<String> { (try? model.posteriorSlots()) ?? [] }

  /// Runs `body`; a failure that comes from something in the block shows it.
  func placing<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch { throw places.resolved(error, "made here") }
  }

  func objective(_ graph: Graph, rows: Int, options: TrainingOptions) throws -> Objective {
    let trace = Trace(recording: graph, places: places)
    let (outer, random) = (runtime.trace, runtime.random)
    runtime.trace = trace
    defer {
      runtime.trace = outer
      runtime.random = random
    }
    let columns = model.observed.reduce(0) { $0 + $1.columns }
    let batch = graph.batch(
      "data", rows: rows, columns: columns, binarized: options.binarization == .dynamic)
    var leaves: [(leaf: Symbol, rows: Symbol)] = []
    var data: [String: Value] = [:]
    var start = 0
    for variable in model.observed {
      let leaf = graph.input(variable.name, shape: variable.shape)
      let own = batch.columns(start..<(start + variable.columns))
      leaves.append((leaf, own.reshaped([1, rows] + variable.shape)))
      data[variable.name] = .object(TracedObject(leaf, in: trace))
      start += variable.columns
    }
    let options = try resolved(options)
    let instance = try model.instance(in: trace)
    instance.missing = model.missing
    let bound = BlockBound(
      plan: plan, instance: instance, runtime: runtime, gradient: options.bound.gradient)
    var objective = try self.objective(
      of: bound.terms(data), leaves, rows: rows, options: options, in: trace)
    if !plan.priors.isEmpty, let prior = try trace.symbol(of: try bound.logPriors()) {
      let share = prior / Double(max(count, 1))
      objective.terms.append(("prior", share))
      objective.bound = objective.bound + share
      objective.loss = objective.loss - share
    }
    if let failure = graph.failure { throw failure }
    objective.inputs = trace.given
    return objective
  }

  /// The estimator that suits the plan in the place of "auto".
  func resolved(_ options: TrainingOptions) throws -> TrainingOptions {
    var options = options
    let drawn = plan.latents.filter { $0.choice == .pathwise || $0.choice == .scored }
    if drawn.isEmpty {
      options.samples = 1
      options.bound.gradient = .pathwise
      return options
    }
    if options.bound.gradient == .enumerate {
      // What is finite is averaged already, and the paths of the others are followed.
      guard plan.latents.allSatisfy({ $0.choice == .pathwise }) else {
        options.bound.gradient = .pathwise
        return try resolved(options)
      }
      throw Failure(
        "L544", "`\(drawn[0].name)` is continuous: its values cannot be enumerated",
        argument: "gradient", help: "leave `gradient` out: what is finite is enumerated by itself")
    }
    options.bound = try options.bound.resolved(
      samples: options.samples, isReparametrisable: plan.scored.isEmpty)
    return options
  }

  /// The objective of a minibatch from the terms of one datum.
  private func objective(
    of terms: BlockBound.Terms, _ leaves: [(leaf: Symbol, rows: Symbol)], rows: Int,
    options: TrainingOptions, in trace: Trace
  ) throws -> Objective {
    func symbol(_ value: Value) throws -> Symbol {
      guard let symbol = try trace.symbol(of: value) else {
        throw Failure("L562", "the bound of the model is no number")
      }
      return symbol
    }
    let plate = [options.samples, rows]
    let fixed = try [terms.likelihood, terms.prior, terms.posterior, terms.scored].map(symbol)
    let columns = try terms.divergences.map { part in
      let symbol = try symbol(part.value)
      return symbol.reshaped([symbol.count])
    }
    let draws = terms.draws.flatMap { [$0.attached, $0.seen] }
    let all = trace.graph.vectorized(fixed + columns + draws, over: leaves, plate: plate)
    let likelihood = all[0]
    guard !plan.proposed.isEmpty else {
      let bound = likelihood.mean()
      return Objective(bound: bound, terms: [("reconstruction", bound)])
    }
    let isScored = !plan.scored.isEmpty
    let dimensions = terms.divergences.reduce(0) { $0 + $1.dimensions }
    var weights = LogWeightTerms(
      likelihood: likelihood, prior: all[1], posterior: all[2], scored: isScored ? all[3] : nil,
      draws: stride(from: fixed.count + columns.count, to: all.count, by: 2).map {
        LatentDraw(attached: all[$0], seen: all[$0 + 1])
      }, dimensions: dimensions)
    // Differences of logarithms at draws stand in for closed forms, but not where a score function
    // would have to reach them.
    if terms.isExact || !isScored {
      let parts = all[fixed.count..<(fixed.count + columns.count)]
      weights.divergence = Symbol.concatenated(
        parts.map { $0.reshaped([options.samples * rows, $0.shape[2]]) })
      weights.columnDimensions = zip(parts, terms.divergences).flatMap { part, own in
        let columns = part.shape[2]
        let each = Double(own.dimensions) / Double(max(columns, 1))
        return [Double](repeating: each, count: columns)
      }
    }
    return weights.objective(options.bound)
  }
}
