// How a model written in a block answers the questions every model is asked.

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
      case .network(let design):
        return design.network.slots.compactMap { slot in free[slot.name].map { (slot.name, $0) } }
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
      + named.map { ($0.name, try value(of: $0)) }
  }

  func heeds(_ argument: String, by method: FitMethod) -> Bool {
    if argument == "init" || argument == "accelerate" { return false }
    let climbs = BlockAscent.arguments.contains(argument)
    if method == .em { return climbs }
    if method == .variational { return !climbs }
    return !climbs || (try? BlockPlan(self, bound: nil).isExact) == true
  }

  // MARK: Questions

  /// What a question about one datum is answered by.
  typealias RowAnswer = (BlockPlan, BlockInstance, [String: Value], Runtime) throws -> Value

  /// What `body` gives for each row of the data: numbers of one shape.
  ///
  /// - Parameter x: rows × columns of the observed variables, nan where one is missing.
  func each(_ x: Tensor, seed: UInt64, _ body: RowAnswer) throws -> Tensor {
    let count = x.shape.first ?? 0
    var (shape, values) = ([Int]?.none, [Double]())
    try each(x, seeds: [seed], body) { rows, result in
      let own = Array(result.shape.dropFirst())
      let width = own.reduce(1, *)
      if shape == nil {
        (shape, values) = (own, [Double](repeating: 0, count: count * width))
      }
      guard own == shape else {
        throw Failure("L562", "rows with missing variables have answers of another shape")
      }
      let numbers = result.values
      for (position, row) in rows.enumerated() {
        for column in 0..<width {
          values[row * width + column] = numbers[position * width + column]
        }
      }
    }
    return Tensor(shape: [count] + (shape ?? []), values)
  }

  /// What `body` gives for each row of the data under each of several seeds; it is recorded once.
  ///
  /// - Parameter found: gets the answers for some rows; those for a row come in the order of the
  ///   seeds.
  func each(
    _ x: Tensor, seeds: [UInt64], _ body: RowAnswer,
    found: (_ rows: [Int], _ result: Tensor) throws -> Void
  ) throws {
    guard let runtime else {
      throw Failure("L562", "the interpreter that the model belongs to is gone")
    }
    try check(x, argument: "x")
    let instance = try instance()
    let (random, missing) = (runtime.random, instance.missing)
    defer {
      runtime.random = random
      instance.missing = missing
    }
    let rows = MissingRows(x, observed)
    for (place, pattern) in rows.patterns.enumerated() {
      let plan = try plan(of: pattern)
      let data = rows.values(of: pattern)
      let keys = seeds.map { RandomKey(seed: $0, stream: UInt32(truncatingIfNeeded: place)) }
      instance.missing = try missingVariables(
        data.map { (name: $0.name, values: Value.tensor($0.values)) })
      // What is shared by all rows has other values under every seed, and is part of the record.
      for keys in plan.shared.isEmpty ? [keys] : keys.map({ [$0] }) {
        guard let key = keys.first else { continue }
        runtime.random = RandomStream(seed: key.combined)
        let shared = try SharedLatents(plan.shared, instance, runtime).draws().values
        try Rows(count: pattern.rows.count, runtime: runtime, key: key)
          .map(data.map { .tensor($0.values) }, keys: keys) { row in
            let known = Dictionary(uniqueKeysWithValues: zip(data.map(\.name), row))
            return try body(plan, instance, known.merging(shared) { $1 }, runtime)
          } found: { result in
            guard let result = result.asTensor, result.shape.first == pattern.rows.count else {
              if pattern.rows.isEmpty { return }
              throw Failure("L562", "the answer for a datum is no number")
            }
            try found(pattern.rows, result)
          }
      }
    }
  }

  /// Seeds of the samples of an estimate, one after the other.
  func seeds(_ seed: UInt64, samples: Int) -> [UInt64] {
    (0..<samples).map { seed &+ UInt64($0) &* 0x9E37_79B9_7F4A_7C15 }
  }

  func elbo(_ x: Tensor, samples: Int, seed: UInt64) throws -> [Double] {
    var sums = [Double](repeating: 0, count: x.shape.first ?? 0)
    try each(x, seeds: seeds(seed, samples: samples)) { plan, instance, data, runtime in
      try BlockBound(plan: plan, instance: instance, runtime: runtime).value(data)
    } found: { rows, values in
      for (row, value) in zip(rows, values.values) { sums[row] += value }
    }
    let cost = try sharedDivergence(samples: samples, seed: seed)
    let share = cost / Double(max(x.shape.first ?? 1, 1))
    return sums.map { $0 / Double(samples) - share }
  }

  /// What the shared latents cost the data together.
  private func sharedDivergence(samples: Int, seed: UInt64) throws -> Double {
    guard let runtime, densities.contains(where: \.isShared) else { return 0 }
    let shared = try BlockPlan(self, bound: observed.map(\.name)).shared
    let random = runtime.random
    defer { runtime.random = random }
    runtime.random = RandomStream(seed: seed)
    let instance = try instance()
    let costs = try (0..<max(samples, 1)).map { _ in
      try SharedLatents(shared, instance, runtime).draws().divergence.asNumber ?? .nan
    }
    return costs.reduce(0, +) / Double(costs.count)
  }

  /// The plans of all kinds of rows.
  private func plans(_ x: Tensor) throws -> [BlockPlan] {
    try check(x, argument: "x")
    return try MissingRows(x, observed).patterns.map { try plan(of: $0) }
  }

  func logProbability(_ x: Tensor) throws -> [Double] {
    if let shared = try plans(x).first?.shared.first { throw noEvidence(shared.name) }
    return try exactLogProbability(x)
  }

  /// Data that share a latent depend on each other.
  func noEvidence(_ shared: String) -> Failure {
    Failure(
      "L516",
      "`\(shared)` is shared by all data, so that single data have no evidence of their own",
      argument: "model",
      help: "`elbo(m, x)` adds up to a bound of that of all data; "
        + "`m.p(…|\(shared): …)` is a density given `\(shared)`")
  }

  /// "auto" is exact where all latents are finite, else importance sampling with q.
  func evidence(
    _ x: Tensor, by method: EvidenceMethod, samples: Int, seed: UInt64, shouldStop: () -> Bool
  ) throws -> Evidence {
    let plans = try plans(x)
    if method != .elbo, let shared = plans.first?.shared.first { throw noEvidence(shared.name) }
    let isExact = try method == .auto && (plans.allSatisfy(\.proposed.isEmpty) || isExact(x))
    switch method {
    case .exact: return .exact(try logProbability(x))
    case .auto where isExact: return .exact(try exactLogProbability(x))
    case .elbo:
      let half = (samples + 1) / 2
      let halves = try (0..<2).map { try elbo(x, samples: half, seed: seed &+ UInt64($0)) }
      return Evidence(
        .lowerBound, perDatum: zip(halves[0], halves[1]).map { ($0 + $1) / 2 },
        standardErrors: zip(halves[0], halves[1]).map { abs($0 - $1) / 2 }, samples: half * 2)
    case .auto, .importance:
      var weights = [[Double]](repeating: [], count: x.shape.first ?? 0)
      try each(x, seeds: seeds(seed, samples: samples)) { plan, instance, data, runtime in
        try BlockBound(plan: plan, instance: instance, runtime: runtime).logWeight(data)
      } found: { rows, values in
        if shouldStop() { throw Failure("L705", "interrupted") }
        for (row, value) in zip(rows, values.values) { weights[row].append(value) }
      }
      return Evidence(logWeights: weights)
    case .naive, .ais:
      return try withoutActuallyEscaping(shouldStop) { shouldStop in
        var options = EvidenceOptions()
        (options.samples, options.seed, options.shouldStop) = (samples, seed, shouldStop)
        return try estimate(x, by: method, options)
      }
    }
  }

  /// The mean of q(z|x) for each datum: rows × latent.
  func encode(_ x: Tensor) throws -> Tensor {
    let plan = try BlockPlan(self, bound: observed.map(\.name))
    if plan.proposed.isEmpty { return try exactCode(x, plan) }
    return try each(x, seed: 0) { plan, instance, data, runtime in
      guard let latent = plan.proposed.first,
        let density = self.densities.first(where: {
          $0.family == "q" && $0.subjects.contains(latent)
        }),
        density.givens.allSatisfy({ given in
          data[given] != nil || instance.values[given] != nil
            || self.isAmortised(density) && !plan.isProposed(given)
        })
      else {
        throw Failure(
          "L516", "`\(self.name)` has no `q` given the data alone, whose mean a code would be",
          argument: "model", help: "`z ~ q(z|x)` draws the latents one by one")
      }
      return try instance.law(density, data).mean()
    }
  }

  /// The mean of the first observed variable that depends on the latents, these at their means
  /// under q, one given the other; finite latents without a q are averaged out.
  func reconstruct(_ x: Tensor) throws -> Tensor {
    let plan = try BlockPlan(self, bound: observed.map(\.name))
    if plan.proposed.isEmpty, let codes = try? exactCode(x, plan) { return try decode(codes) }
    return try each(x, seed: 0) { plan, instance, data, runtime in
      var known = data
      for density in BlockInstance.ordered(self.densities.filter { $0.family == "q" }) {
        guard let name = density.subjects.first, plan.isProposed(name) else { continue }
        known[name] = try instance.law(density, known).mean()
      }
      let latents = Set(plan.latents.map(\.name) + plan.shared.map(\.name))
      let target = self.densities.first {
        $0.family == "p" && $0.subjects.contains(where: plan.observed.contains)
          && $0.givens.contains(where: latents.contains)
      }
      guard let target, let variable = target.subjects.first else {
        throw Failure(
          "L516",
          "no observed variable of `\(self.name)` depends on a latent, so there is nothing "
            + "to reconstruct from", argument: "model")
      }
      return try self.mean(of: variable, instance, known, known.keys.sorted(), runtime)
    }
  }

  /// The mean of a variable given others, finite latents summed out under their posterior.
  private func mean(
    of variable: String, _ instance: BlockInstance, _ known: [String: Value],
    _ givens: [String], _ runtime: Runtime
  ) throws -> Value {
    func term(_ subject: String, _ known: [String: Value], _ givens: [String]) throws
      -> BoundDensity
    {
      try BoundDensity(
        DensityTerm(
          family: "p", subjects: [.init(name: subject, value: nil)],
          givens: givens.map { .init(name: $0, value: known[$0]) }), instance)
    }
    guard
      let density = instance.model.densities.first(where: {
        $0.family == "p" && $0.subjects.contains(variable)
      })
    else {
      throw Failure(
        "L516", "`\(variable)` has no density in the model, so nothing predicts it",
        argument: "model", help: "write `p(\(variable)|…) = …` in the block")
    }
    guard
      let hidden = density.givens.first(where: {
        known[$0] == nil && instance.values[$0] == nil
      })
    else { return try instance.law(density, known).mean() }
    // Σ_z p(z|known) E[x|z, known], where z is finite.
    let law = try term(hidden, known, givens.filter { $0 != variable }).law(known, runtime)
    guard let values = try law.support() else {
      throw Failure(
        "L561",
        "the mean of `\(variable)` is not known exactly: `\(hidden)` has no small finite "
          + "number of values", argument: "model",
        help: "draw instead: `sample(m.p(\(variable)|…))`")
    }
    var sum: Value?
    for value in values {
      var next = known
      next[hidden] = value
      let weight = try LogSum.exponentiated(law.logProbability(value, runtime), runtime)
      let mean = try self.mean(of: variable, instance, next, givens + [hidden], runtime)
      sum = try weight.weighted(mean, added: sum, runtime)
    }
    return sum ?? .nothing
  }

  /// The mean of the first observed variable that the data leave out, given the others.
  func prediction(_ x: Tensor) throws -> Tensor {
    try each(x, seed: 0) { plan, instance, data, runtime in
      guard let target = self.observed.first(where: { data[$0.name] == nil }) else {
        throw Failure(
          "L511", "every observed variable has data, so there is nothing to predict",
          argument: "x",
          help: "leave one out: "
            + "`predict(m, (\(self.observed.dropLast().map { "\($0.name): …" }.joined(separator: ", "))))`"
        )
      }
      let known = data.keys.sorted()
      let term = DensityTerm(
        family: "p", subjects: [.init(name: target.name, value: nil)],
        givens: known.map { .init(name: $0, value: data[$0]) })
      // What is known may depend on what is asked for.
      let density = try BoundDensity(term, instance)
      if density.isPosterior { return try density.law(data, runtime).mean() }
      return try self.mean(of: target.name, instance, data, known, runtime)
    }
  }

  /// Draws of the observed variables side by side: count × columns.
  func sample(_ count: Int, seed: UInt64) throws -> Tensor {
    let parts = try samples(count, seed: seed)
    if parts.count == 1, let only = parts.first { return only.values }
    let widths = parts.map { $0.values.shape.dropFirst().reduce(1, *) }
    let rows = (0..<count).flatMap { row in
      zip(parts, widths).flatMap { part, width in
        part.values.values[(row * width)..<((row + 1) * width)]
      }
    }
    return Tensor(shape: [count, widths.reduce(0, +)], rows)
  }

  /// Draws of each observed variable: count × shape.
  func samples(_ count: Int, seed: UInt64) throws -> [(name: String, values: Tensor)] {
    let plan = try BlockPlan(self, bound: observed.isEmpty ? nil : observed.map(\.name))
    let instance = try instance()
    guard let runtime else { return [] }
    let random = runtime.random
    defer { runtime.random = random }
    var shapes: [String: [Int]] = [:]
    var rows: [String: [Double]] = [:]
    for row in 0..<count {
      try runtime.checkLimits()
      let own = seed &+ UInt64(row) &* 0x9E37_79B9_7F4A_7C15
      // What is shared is drawn as it is known: from q once there were data.
      runtime.random = RandomStream(seed: own)
      let shared =
        isFitted ? try SharedLatents(plan.shared, instance, runtime).draws().values : [:]
      let draw = try instance.ancestralDraw(key: RandomKey(seed: own, stream: 1), known: shared)
      for name in plan.observed {
        guard let values = draw[name]?.asTensor else {
          throw Failure(
            "L562", "`\(name)` has no density, so it cannot be drawn", argument: "d",
            help: "`sample(m.p(…|\(name): …))` draws from one member")
        }
        shapes[name] = values.shape
        rows[name, default: []] += values.values
      }
    }
    return plan.observed.map { name in
      let shape = shapes[name] ?? self.shape(of: name) ?? []
      return (name, Tensor(shape: [count] + shape, rows[name] ?? []))
    }
  }

  func copied() -> any Model { copy() }
}
