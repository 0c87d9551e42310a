// Fitting a model block: its bound for one datum is traced, becomes that of a minibatch, and is
// maximised as that of any other model. The interpreter runs once per size of batch.

import LatentAutodiff
import LatentLanguage
import LatentModels
import LatentTensor

final class BlockTraining: GradientTrained {
  let model: BlockModel
  /// Where in the block what is trained was recorded.
  let places = TracedPlaces()
  /// How each kind of rows is dealt with; kinds differ in what is missing.
  let plans: [BlockPlan]
  /// Values of variables that are the same for all rows of a kind.
  private let fixed: [[String: Value]]
  private let runtime: Runtime
  /// How many data there are, each as often as it counts: the prior of a parameter is one of so
  /// many parts.
  private let count: Double
  /// How many times each row counts; nil where all count alike.
  let weights: [Double]?
  /// Whether elements of networks drop out: where every step has its own draws, not where a search
  /// must see the same function again.
  var dropsOut = true

  /// - Parameters:
  ///   - plans: of several, columns of the data behind the variables say which a row goes by.
  ///   - weights: how many times each of `count` rows counts.
  ///   - fixed: values that variables have in all rows that go by a plan, for each plan.
  init(
    _ model: BlockModel, _ plans: [BlockPlan], _ runtime: Runtime, count: Int,
    weights: [Double]? = nil, fixed: [[String: Value]] = []
  ) {
    self.model = model
    self.plans = plans
    self.fixed = fixed
    self.runtime = runtime
    self.weights = weights
    self.count = weights?.reduce(0, +) ?? Double(count)
  }

  convenience init(_ model: BlockModel, _ plan: BlockPlan, _ runtime: Runtime, count: Int) {
    self.init(model, [plan], runtime, count: count)
  }

  var parameters: ParameterBuffer? { model.free }

  var posteriorParameters: Set<String> { (try? model.posteriorSlots()) ?? [] }

  /// The data as `objective` reads them: with a last column of weights, where rows differ in theirs.
  func table(_ values: Tensor) -> Tensor {
    weights.map { values.weighted(by: $0) } ?? values
  }

  /// Runs `body`; a failure that comes from something in the block shows it.
  func placing<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch { throw places.resolved(error, "made here") }
  }

  func objective(_ graph: Graph, rows: Int, options: TrainingOptions) throws -> Objective {
    let trace = Trace(recording: graph, places: places)
    trace.isTraining = dropsOut
    let (outer, random) = (runtime.trace, runtime.random)
    runtime.trace = trace
    defer {
      runtime.trace = outer
      runtime.random = random
    }
    let options = try resolved(options)
    let width = model.observed.reduce(0) { $0 + $1.columns }
    let columns = width + (plans.count > 1 ? plans.count : 0)
    let isBinarized = options.binarization == .dynamic
    let all = columns + (weights == nil ? 0 : 1)
    let batch = graph.batch("data", rows: rows, columns: all, binarized: isBinarized)
    let rowWeights = weights.map { _ in
      (isBinarized ? graph.batch("data", rows: rows, columns: all, binarized: false) : batch)
        .columns(columns..<all).reshaped([rows])
    }
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
    let instance = try model.instance(in: trace)
    instance.missing = model.missing
    let shared = try SharedLatents(plans.first?.shared ?? [], instance, runtime)
      .drawn(samples: options.samples, in: trace)
    leaves += shared.leaves
    data.merge(shared.values) { $1 }
    var kinds: [(mask: Symbol, terms: LogWeightTerms)] = []
    for (place, plan) in plans.enumerated() {
      let bound = BlockBound(
        plan: plan, instance: instance, runtime: runtime, gradient: options.bound.gradient)
      var known = data.filter { name, _ in
        plan.observed.contains(name) || plan.shared.contains { $0.name == name }
      }
      if fixed.indices.contains(place) { known.merge(fixed[place]) { $1 } }
      let terms = try weights(
        of: bound.terms(known), plan, leaves, rows: rows, options: options, in: trace)
      let mask =
        plans.count > 1
        ? batch.columns((width + place)..<(width + place + 1)).reshaped([1, rows])
        : graph.constant(1)
      kinds.append((mask, terms))
    }
    guard var terms = LogWeightTerms.chosen(kinds), let plan = plans.first else {
      throw Failure("L562", "no variable of `\(model.name)` is observed")
    }
    terms.rowWeights = rowWeights
    var objective: Objective
    if plans.allSatisfy(\.proposed.isEmpty) {
      let bound = (rowWeights.map { terms.likelihood * $0 } ?? terms.likelihood).mean()
      objective = Objective(bound: bound, terms: [("reconstruction", bound)])
    } else {
      objective = terms.objective(options.bound)
    }
    func add(_ name: String, _ term: Symbol) {
      let share = term / max(count, .leastNormalMagnitude)
      objective.terms.append((name, share))
      objective.bound = objective.bound + share
      objective.loss = objective.loss - share
    }
    if let divergence = shared.divergence { add("shared", -divergence) }
    let bound = BlockBound(plan: plan, instance: instance, runtime: runtime)
    if !plan.priors.isEmpty, let prior = try trace.symbol(of: try bound.logPriors()) {
      add("prior", prior)
    }
    if let failure = graph.failure { throw failure }
    objective.inputs = trace.given
    return objective
  }

  /// The estimator that suits the plan in the place of "auto".
  func resolved(_ options: TrainingOptions) throws -> TrainingOptions {
    var options = options
    let latents = plans.flatMap(\.latents)
    let drawn = latents.filter { $0.choice == .pathwise || $0.choice == .scored }
    if let shared = plans.first?.shared.first, options.bound.order != 1 {
      throw Failure(
        "L544",
        "`\(shared.name)` is shared by all data, so the weights of single data bound nothing",
        argument: "objective", help: "leave `objective` out")
    }
    if drawn.isEmpty {
      if plans.allSatisfy(\.shared.isEmpty) { options.samples = 1 }
      options.bound.gradient = .pathwise
      return options
    }
    if options.bound.gradient == .enumerate {
      // What is finite is averaged already, and the paths of the others are followed.
      guard latents.allSatisfy({ $0.choice == .pathwise }) else {
        options.bound.gradient = .pathwise
        return try resolved(options)
      }
      throw Failure(
        "L544", "`\(drawn[0].name)` is continuous: its values cannot be enumerated",
        argument: "gradient", help: "leave `gradient` out: what is finite is enumerated by itself")
    }
    options.bound = try options.bound.resolved(
      samples: options.samples, isReparametrisable: plans.allSatisfy(\.scored.isEmpty))
    return options
  }

  /// The terms of a minibatch from those of one datum.
  private func weights(
    of terms: BlockBound.Terms, _ plan: BlockPlan, _ leaves: [(leaf: Symbol, rows: Symbol)],
    rows: Int, options: TrainingOptions, in trace: Trace
  ) throws -> LogWeightTerms {
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
    let isScored = !plan.scored.isEmpty
    let dimensions = terms.divergences.reduce(0) { $0 + $1.dimensions }
    var weights = LogWeightTerms(
      likelihood: all[0], prior: all[1], posterior: all[2], scored: isScored ? all[3] : nil,
      draws: stride(from: fixed.count + columns.count, to: all.count, by: 2).map {
        LatentDraw(attached: all[$0], seen: all[$0 + 1])
      }, dimensions: dimensions)
    // Differences of logarithms at draws stand in for closed forms, but not where a score function
    // would have to reach them.
    if !columns.isEmpty, terms.isExact || !isScored {
      let parts = all[fixed.count..<(fixed.count + columns.count)]
      weights.divergence = Symbol.concatenated(
        parts.map { $0.reshaped([options.samples * rows, $0.shape[2]]) })
      weights.columnDimensions = zip(parts, terms.divergences).flatMap { part, own in
        let columns = part.shape[2]
        let each = Double(own.dimensions) / Double(max(columns, 1))
        return [Double](repeating: each, count: columns)
      }
    }
    return weights
  }
}
