// Fitting a model block: its bound for one datum is traced, becomes that of a minibatch, and is
// maximised as that of any other model. The interpreter runs once per size of batch.

import LatentAutodiff
import LatentLanguage
import LatentModels
import LatentTensor

final class BlockTraining: GradientTrained {
  let model: BlockModel
  let plan: BlockPlan
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

  func objective(_ graph: Graph, rows: Int, options: TrainingOptions) throws -> Objective {
    let trace = Trace(recording: graph)
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
    let instance = try model.instance(in: trace)
    instance.missing = model.missing
    let bound = BlockBound(plan: plan, instance: instance, runtime: runtime)
    let terms = try bound.terms(data)
    guard let reconstruction = try trace.symbol(of: terms.reconstruction),
      let divergence = try trace.symbol(of: terms.divergence)
    else { throw Failure("L562", "the bound of the model is no number") }
    let means = graph.vectorized(
      [reconstruction, divergence], over: leaves, plate: [options.samples, rows]
    ).map { $0.mean() }
    var parts = [("reconstruction", means[0])]
    var sum = means[0]
    if !plan.drawn.isEmpty {
      parts.append(("kl", means[1]))
      sum = sum - means[1]
    }
    if !plan.priors.isEmpty, let prior = try trace.symbol(of: try bound.logPriors()) {
      let share = prior / Double(max(count, 1))
      parts.append(("prior", share))
      sum = sum + share
    }
    if let failure = graph.failure { throw failure }
    return Objective(bound: sum, terms: parts, inputs: trace.given)
  }
}
