// How a model written in a block answers the questions every model is asked.

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentModels
import LatentTensor

extension BlockModel: Model {
  var kind: String { name }

  var columns: Int? {
    observed.isEmpty ? nil : observed.reduce(0) { $0 + $1.columns }
  }

  var latentDimension: Int {
    guard let plan = try? BlockPlan(self, bound: nil) else { return 0 }
    return plan.latents.reduce(0) { $0 + (shape(of: $1.name) ?? []).reduce(1, *) }
  }

  var isFitted: Bool { !history.elbo.isEmpty || !observed.isEmpty }

  var parameterValues: [(name: String, value: Tensor)] {
    declared.flatMap { parameter -> [(name: String, value: Tensor)] in
      switch parameter.content {
      case .network(let network):
        return network.slots.compactMap { slot in free[slot.name].map { (slot.name, $0) } }
      case .tensor, .fixed:
        return ((try? value(of: parameter))?.asTensor).map { [(parameter.name, $0)] } ?? []
      }
    }
  }

  var freeParameters: Int? { free.parameterCount }

  /// `digit_vae(latent: 2)`, and how well it was fitted.
  var summary: String {
    let names = constructor.parameterNames
    let list = zip(names, arguments).map { "\($0): \($1.display())" }.joined(separator: ", ")
    var text = "\(name)(\(list)), \(plural(free.parameterCount, "parameter"))"
    guard let last = history.elbo.last else { return text + ", not fitted" }
    text += ", bound \(fixed(last)) nats after \(plural(history.elbo.count, "epoch"))"
    return text
  }

  func opened() throws -> [(name: String, value: Value)] {
    try families.map { ($0, .object(FamilyObject($0, of: self))) }
      + declared.map { ($0.name, try value(of: $0)) }
  }

  func heeds(_ argument: String, by method: FitMethod) -> Bool {
    method == .em
      ? argument == "max_iter"
      : !["weights", "restarts", "init", "tol", "max_iter"].contains(argument)
  }

  // MARK: Fitting

  func fit(_ data: DataSet, _ request: FitRequest, _ observer: FitObserver) throws {
    guard let runtime else {
      throw Failure("L562", "the interpreter that the model belongs to is gone")
    }
    let first = try BlockPlan(self, bound: nil)
    guard request.method != .exact, request.method != .em || first.proposed.isEmpty else {
      throw Failure(
        "L517",
        first.proposed.first.flatMap { request.method == .em ? $0 : nil }.map {
          "\"em\" needs log p(x) exactly, but `\($0)` is drawn from `q`"
        } ?? "a model block is fitted by gradients, not by \"\(request.method.rawValue)\"",
        argument: "method", help: "leave `method` out")
    }
    let values = try bind(data, first)
    let wishes = BlockPlan.Wishes(
      gradient: request.gradient.bound.gradient,
      isWeighted: request.gradient.bound.order != 1 && request.gradient.samples > 1)
    let plan = try BlockPlan(self, bound: observed.map(\.name), wishes: wishes)
    self.wishes = wishes
    if !request.given.contains("precision") || request.gradient.precision == .float64 {
      use(hasNetworks && request.gradient.precision == .float32 ? .float32 : .float64)
    }
    defer { parametersChanged() }
    if request.method == .em {
      use(.float64)
      var ascent = Ascent()
      (ascent.onProgress, ascent.shouldStop) = (observer.progressed, observer.shouldStop)
      ascent.iterations = request.em.iterations
      let training = BlockTraining(self, plan, runtime, count: values.shape[0])
      // Small steps first: from a start far off the data a large one throws components out for good.
      var approach = TrainingOptions()
      (approach.epochs, approach.batch, approach.rate) = (300, values.shape[0], 0.05)
      approach.seed = request.seed
      var trainer = Trainer(approach)
      trainer.shouldStop = observer.shouldStop
      return try training.placing {
        _ = try trainer.train(training, on: values)
        history.append(try ascent.train(training, on: values))
      }
    }
    var trainer = Trainer(request.gradient)
    trainer.onProgress = observer.progressed
    trainer.shouldStop = observer.shouldStop
    let training = BlockTraining(self, plan, runtime, count: values.shape[0])
    if let validation = request.validation {
      trainer.validate = { [self] in
        parametersChanged()
        let bounds = try elbo(validation, samples: 1, seed: request.seed)
        return bounds.reduce(0, +) / Double(max(bounds.count, 1))
      }
    }
    try training.placing { history.append(try trainer.train(training, on: values)) }
  }

  /// The observed variables side by side, checked against the densities.
  private func bind(_ data: DataSet, _ plan: BlockPlan) throws -> Tensor {
    guard let principal = BlockPlan.principal(self) else {
      throw Failure("L562", "no variable of `\(name)` is observed")
    }
    var bound: [(Observed, Tensor)] = []
    for variable in plan.observed {
      guard var values = variable == principal ? data.x : data[variable] else {
        throw Failure(
          "L511", "the data have no `\(variable)`", argument: "data",
          help: "give it beside the others: "
            + "`(\(plan.observed.map { "\($0): …" }.joined(separator: ", ")))`")
      }
      if values.rank == 2, values.shape[1] == 1, (shape(of: variable) ?? []).isEmpty {
        values = values.reshaped([values.shape[0]])
      }
      let own = Array(values.shape.dropFirst())
      if let wanted = shape(of: variable), wanted != own { throw misfit(variable, wanted, own) }
      guard values.count > 0 else {
        throw Failure(
          "L511", "the data have no elements (shape \(Shape.text(values.shape)))",
          argument: "data")
      }
      try check(values, of: variable, rowWidth: max(own.reduce(1, *), 1), plan)
      bound.append((Observed(name: variable, shape: own), values))
    }
    observed = bound.map(\.0)
    missing = Set(
      bound.filter { $0.1.values.contains(where: \.isNaN) }.map(\.0.name))
    example = Dictionary(
      uniqueKeysWithValues: try bound.map { ($0.0.name, .tensor(try $0.1.row(0))) })
    let rows = bound.first?.1.shape[0] ?? 0
    if bound.count == 1, let only = bound.first {
      return only.1.reshaped([rows, only.0.columns])
    }
    let parts = bound.map { (values: $0.1.values, columns: $0.0.columns) }
    let all = (0..<rows).flatMap { row in
      parts.flatMap { $0.values[(row * $0.columns)..<((row + 1) * $0.columns)] }
    }
    return Tensor(shape: [rows, columns ?? 0], all)
  }

  private func misfit(_ variable: String, _ wanted: [Int], _ own: [Int]) -> Failure {
    let title =
      densities.first { $0.family == "p" && $0.subjects.contains(variable) }?.title ?? variable
    if wanted.count == 1, own.count == 1 {
      return Failure(
        "L512", "`\(title)` gives \(wanted[0]) numbers per row but the data have \(own[0])",
        argument: "data", help: "make the model for these data, or the data for this model")
    }
    return Failure(
      "L512",
      "a datum of `\(title)` has the shape \(Shape.text(wanted)) but the data have "
        + "\(Shape.text(own)) per row", argument: "data",
      help: "make the model for these data, or the data for this model")
  }

  // MARK: Questions

  /// Splits data of the width of the model into its variables.
  func variables(_ x: Tensor) throws -> [(name: String, values: Value)] {
    try checkFitted()
    var matrix = x
    if matrix.rank == 1 { matrix = matrix.reshaped([matrix.count, 1]) }
    guard matrix.rank == 2 else {
      throw Failure(
        "L511", "the data must be a matrix (rows × columns), not a tensor of shape \(x.shape)",
        argument: "x")
    }
    if matrix.shape[1] != columns { throw wrongWidth(matrix.shape[1], argument: "x") }
    let (rows, width, values) = (matrix.shape[0], matrix.shape[1], matrix.values)
    var start = 0
    return observed.map { variable in
      defer { start += variable.columns }
      let own = (0..<rows).flatMap { row in
        values[(row * width + start)..<(row * width + start + variable.columns)]
      }
      return (variable.name, .tensor(Tensor(shape: [rows] + variable.shape, own)))
    }
  }

  /// What `body` gives for each row of the data.
  func each(
    _ x: Tensor, seed: UInt64, _ body: (BlockInstance, [String: Value], Runtime) throws -> Value
  ) throws -> Tensor {
    guard let runtime else {
      throw Failure("L562", "the interpreter that the model belongs to is gone")
    }
    let data = try variables(x)
    let instance = try instance()
    let (random, missing) = (runtime.random, instance.missing)
    instance.missing = try missingVariables(data)
    defer {
      runtime.random = random
      instance.missing = missing
    }
    let count = x.shape.first ?? 0
    let result = try Rows(
      count: count, runtime: runtime, key: RandomKey(seed: seed, stream: 0)
    ).map(data.map(\.values)) { row in
      try body(
        instance, Dictionary(uniqueKeysWithValues: zip(data.map(\.name), row)), runtime)
    }
    return result.asTensor ?? Tensor([])
  }

  func elbo(_ x: Tensor, samples: Int, seed: UInt64) throws -> [Double] {
    let plan = try BlockPlan(self, bound: observed.map(\.name))
    var sums = [Double](repeating: 0, count: x.shape.first ?? 0)
    for sample in 0..<samples {
      let values = try each(x, seed: seed &+ UInt64(sample) &* 0x9E37_79B9_7F4A_7C15) {
        instance, data, runtime in
        try BlockBound(plan: plan, instance: instance, runtime: runtime).value(data)
      }.values
      for (row, value) in values.enumerated() { sums[row] += value }
    }
    return sums.map { $0 / Double(samples) }
  }

  func logProbability(_ x: Tensor) throws -> [Double] {
    try exactLogProbability(x, BlockPlan(self, bound: observed.map(\.name)))
  }

  /// "auto" is exact where p(x) can be derived, else importance sampling with q.
  func evidence(
    _ x: Tensor, by method: EvidenceMethod, samples: Int, seed: UInt64, shouldStop: () -> Bool
  ) throws -> Evidence {
    let plan = try BlockPlan(self, bound: observed.map(\.name))
    let isExact = try method == .auto && isExact(x, plan)
    switch method {
    case .exact: return .exact(try logProbability(x))
    case .auto where isExact: return .exact(try exactLogProbability(x, plan))
    case .elbo:
      let half = (samples + 1) / 2
      let halves = try (0..<2).map { try elbo(x, samples: half, seed: seed &+ UInt64($0)) }
      return Evidence(
        .lowerBound, perDatum: zip(halves[0], halves[1]).map { ($0 + $1) / 2 },
        standardErrors: zip(halves[0], halves[1]).map { abs($0 - $1) / 2 }, samples: half * 2)
    case .auto, .importance:
      var weights = [[Double]](repeating: [], count: x.shape.first ?? 0)
      for sample in 0..<samples {
        if shouldStop() { throw Failure("L705", "interrupted") }
        let values = try each(x, seed: seed &+ UInt64(sample) &* 0x9E37_79B9_7F4A_7C15) {
          instance, data, runtime in
          try BlockBound(plan: plan, instance: instance, runtime: runtime).logWeight(data)
        }.values
        for (row, value) in values.enumerated() { weights[row].append(value) }
      }
      let parts = weights.map(WeightSummary.init)
      return Evidence(
        .estimate, perDatum: parts.map(\.logMean), standardErrors: parts.map(\.standardError),
        effectiveSizes: parts.map(\.effectiveSize), samples: samples)
    case .naive, .ais:
      throw Failure(
        "L516", "the likelihood of a model block is not found by \"\(method.rawValue)\"",
        argument: "method", help: "choose \"importance\" or \"elbo\"")
    }
  }

  /// The mean of q(z|x) for each datum: rows × latent.
  func encode(_ x: Tensor) throws -> Tensor {
    let plan = try BlockPlan(self, bound: observed.map(\.name))
    if plan.proposed.isEmpty { return try exactCode(x, plan) }
    guard let latent = plan.proposed.first,
      let density = densities.first(where: { $0.family == "q" && $0.subjects.contains(latent) }),
      density.givens.allSatisfy({ plan.observed.contains($0) || !variables.contains($0) })
    else {
      throw Failure(
        "L516", "`\(name)` has no `q` given the data alone, whose mean a code would be",
        argument: "model", help: "`z ~ q(z|x)` draws the latents one by one")
    }
    return try each(x, seed: 0) { instance, data, runtime in
      try instance.law(density, data).mean()
    }
  }

  /// Draws of the observed variables side by side: count × columns.
  func sample(_ count: Int, seed: UInt64) throws -> Tensor {
    let plan = try BlockPlan(self, bound: observed.isEmpty ? nil : observed.map(\.name))
    let instance = try instance()
    var rows: [[Double]] = []
    var shape: [Int] = []
    for row in 0..<count {
      try runtime?.checkLimits()
      let draw = try instance.ancestralDraw(
        key: RandomKey(seed: seed &+ UInt64(row) &* 0x9E37_79B9_7F4A_7C15, stream: 1))
      let parts = try plan.observed.map { name in
        guard let values = draw[name]?.asTensor else {
          throw Failure(
            "L562", "`\(name)` has no density, so it cannot be drawn", argument: "d",
            help: "`m.p(…|\(name): …)` draws from one member")
        }
        return values
      }
      shape = parts.count == 1 ? parts[0].shape : [parts.reduce(0) { $0 + $1.count }]
      rows.append(parts.flatMap(\.values))
    }
    return Tensor(shape: [count] + shape, rows.flatMap { $0 })
  }

  func copied() -> any Model { copy() }
}

/// What logarithms of weights say about the logarithm of their mean.
private struct WeightSummary {
  let logMean: Double
  let standardError: Double
  let effectiveSize: Double

  init(_ logs: [Double]) {
    let n = Double(logs.count)
    let top = logs.max() ?? -.infinity
    guard top > -.infinity, n > 0 else {
      (logMean, standardError, effectiveSize) = (-.infinity, .nan, 0)
      return
    }
    let weights = logs.map { exp($0 - top) }
    let sum = weights.reduce(0, +)
    let squares = weights.reduce(0) { $0 + $1 * $1 }
    logMean = top + log(sum / n)
    effectiveSize = sum * sum / squares
    // sd(w̄)/w̄, the standard error of log w̄ to first order.
    standardError = n > 1 ? (max(n * squares / (sum * sum) - 1, 0) / (n - 1)).squareRoot() : .nan
  }
}
