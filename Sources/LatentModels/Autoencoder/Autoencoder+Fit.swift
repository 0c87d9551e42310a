// Fitting an autoencoder: checks of the data against the model, then training.

import LatentAutodiff
import LatentTensor

extension Autoencoder {
  /// Trains on rows × columns data, in place; goes on from the present parameters if there are any.
  ///
  /// - Parameter data: missing values (NaN) are integrated out.
  /// - Parameter weights: how many times each row counts.
  /// - Parameter validation: data whose bound is recorded after each epoch.
  /// - Parameter onDecision: told what was chosen by looking at the data.
  /// - Throws: `Failure` for data the model cannot take, and `L601` when training leaves the finite
  ///   numbers; the last good parameters are then kept.
  public func fit(
    _ data: Tensor, weights: [Double]? = nil, options: TrainingOptions, validation: Tensor? = nil,
    onDecision: (String) -> Void = { _ in },
    onProgress: @escaping (TrainingProgress) -> Void = { _ in },
    shouldStop: @escaping () -> Bool = { false },
    onCheckpoint: ((TrainingState) throws -> Void)? = nil
  ) throws {
    _ = try resolvedBound(options)
    var options = options
    if let state = options.resume { options.seed = state.seed }
    let scan = try DataScan(data)
    if let columns, columns != scan.columns {
      throw wrongWidth(scan.columns, argument: "data")
    }
    try checkFinite(scan, argument: "data")
    isIncomplete = scan.isIncomplete
    let chosen = try likelihood ?? choose(scan, options: options, onDecision)
    try check(scan, likelihood: chosen, options: options)
    let known = isFitted ? levels : startingLevels(chosen, scan)
    try checkLevels(data, scan, chosen, levels: known, argument: "data")
    if parameters == nil {
      try initialise(
        scan, likelihood: chosen, precision: options.precision, seed: options.seed, data: data)
    }
    var trainer = Trainer(options)
    trainer.onProgress = onProgress
    trainer.shouldStop = shouldStop
    trainer.onCheckpoint = onCheckpoint
    trainer.earlier = history
    if let validation {
      var rows = validation
      let validationScan = try DataScan(validation, argument: "validation")
      try checkFinite(validationScan, argument: "validation")
      if validationScan.columns != scan.columns {
        throw wrongWidth(validationScan.columns, argument: "validation")
      }
      if options.binarization != nil, !validationScan.isBinary {
        // One fixed draw, so that epochs are compared on the same data.
        isIncomplete = validationScan.isIncomplete
        rows = binarized(validation, how: options.binarization, seed: options.seed &+ 1)
        isIncomplete = scan.isIncomplete
      }
      trainer.validate = { [self] in
        let isMasked = isIncomplete
        defer { isIncomplete = isMasked }
        let parts = try elbo(rows, samples: 1, seed: options.seed)
        return parts.reduce(0, +) / Double(max(parts.count, 1))
      }
    }
    var training = data
    if let how = options.binarization, how != .dynamic, !scan.isBinary {
      training = binarized(data, how: how, seed: options.seed)
    }
    binarization = options.binarization
    programs = [:]
    isWeighted = weights != nil
    defer { isWeighted = false }
    var done = try trainer.train(
      self, on: weights.map { training.weighted(by: $0) } ?? training)
    isWeighted = false
    if done.steps > 0 {
      done.details = try latentUse(training, options: options)
    }
    if let state = options.resume { history = state.earlier }
    history.append(done)
  }

  /// How many dimensions of z are used, and by how many nats each, on a part of the data.
  private func latentUse(
    _ data: Tensor, options: TrainingOptions
  ) throws -> [(name: String, value: Fact)] {
    let count = min(data.shape[0], 500)
    let columns = data.shape[1]
    let rows = (0..<count).flatMap { row -> [Double] in
      let start = row * data.shape[0] / count * columns
      return (0..<columns).map { data[flat: start + $0] }
    }
    var part = Tensor(shape: [count, columns], rows)
    if options.binarization == .dynamic {
      part = binarized(part, how: .dynamic, seed: options.seed)
    }
    let use = try latentUse(part, seed: options.seed)
    let active = use.activities.filter { $0 > LatentDiagnosis.activityThreshold }.count
    return [("active_units", .integer(active))]
      + (use.divergences.isEmpty
        ? [] : [("kl_per_dimension", .vector(use.divergences))])
      + (use.layers.isEmpty ? [] : [("kl_per_layer", .vector(use.layers))])
  }

  private func choose(
    _ scan: DataScan, options: TrainingOptions, _ onDecision: (String) -> Void
  ) throws -> Likelihood {
    if let named = architecture.likelihood { return named }
    let (chosen, why): (Likelihood, String) =
      if scan.isBinary {
        (.bernoulli, "all data are 0 or 1")
      } else if options.binarization != nil {
        (.bernoulli, "the data are binarized")
      } else {
        (.gaussian, "the data are not binary; `binarize:` would make them so")
      }
    onDecision("likelihood: \(chosen.rawValue), since \(why)")
    return chosen
  }

  /// How many classes or grey levels a discrete likelihood starts with.
  func startingLevels(_ likelihood: Likelihood, _ scan: DataScan) -> Int {
    if let levels = architecture.levels { return levels }
    guard likelihood == .categorical else { return 256 }
    return max(scan.greatest.map { Int($0) + 1 } ?? 2, 2)
  }

  /// Data of a discrete likelihood must be classes, or grey levels.
  func checkLevels(
    _ data: Tensor, _ scan: DataScan, _ likelihood: Likelihood, levels: Int, argument: String
  ) throws {
    if likelihood == .categorical {
      guard levels <= 1024 else {
        throw Failure(
          "L514", "a categorical likelihood takes at most 1024 classes, but there are \(levels)",
          argument: argument, help: "use `likelihood: \"gaussian\"` for measured values")
      }
      let wrong =
        scan.firstUncounted.map { "\($0.value) in row \($0.row), column \($0.column)" }
        ?? scan.greatest.flatMap { $0 >= Double(levels) ? "\($0)" : nil }
      guard let wrong else { return }
      throw Failure(
        "L514",
        "a categorical likelihood of \(levels) classes needs data of 0, 1, … "
          + "\(levels - 1), not \(wrong)", argument: argument,
        help: scan.firstUncounted == nil
          ? "name the number of classes: `vae(levels: 10)`" : "number the classes from 0")
    }
    guard likelihood == .discretizedLogistic else { return }
    let steps = Double(max(levels - 1, 1))
    var wrong: (place: Int, value: Double)?
    data.forEachElement { place, value in
      guard wrong == nil, !value.isNaN else { return }
      let scaled = value * steps
      if !(value >= 0 && value <= 1) || abs(scaled - scaled.rounded()) > 1e-3 {
        wrong = (place, value)
      }
    }
    guard let wrong else { return }
    throw Failure(
      "L514",
      "a discretized_logistic likelihood of \(levels) levels needs data of 0, 1/\(levels - 1), … 1, "
        + "but row \(wrong.place / scan.columns), column \(wrong.place % scan.columns) is "
        + "\(wrong.value)", argument: argument,
      help: "name the number of levels, e.g. `vae(levels: 17)` for `digits()`")
  }

  /// Infinite values are refused, and columns of which nothing was seen.
  private func checkFinite(_ scan: DataScan, argument: String) throws {
    if let place = scan.firstInfinite {
      throw Failure(
        "L513",
        "the data hold a value that is not a finite number, in row \(place.row), "
          + "column \(place.column)", argument: argument,
        help: "a missing value is written `nan`")
    }
    guard argument == "data", let column = scan.emptyColumn else { return }
    throw Failure(
      "L542", "column \(column) of the data has no value at all", argument: argument,
      help: "leave it out")
  }

  private func check(_ scan: DataScan, likelihood: Likelihood, options: TrainingOptions) throws {
    if options.binarization != nil {
      guard likelihood == .bernoulli else {
        throw Failure(
          "L514",
          "`binarize` needs a bernoulli likelihood, but the model's is "
            + "\(likelihood.rawValue)", argument: "binarize",
          help: "leave `binarize` out, or write `vae(likelihood: \"bernoulli\")`")
      }
      guard scan.isUnitInterval else {
        throw Failure(
          "L514", "`binarize` reads the data as probabilities, but they are not all in [0, 1]",
          argument: "data", help: "scale the data into [0, 1] first")
      }
    } else if likelihood == .bernoulli, let grey = scan.firstGrey {
      throw Failure(
        "L514",
        "a bernoulli likelihood needs data of 0 and 1, but row \(grey.row), column "
          + "\(grey.column) is \(grey.value)", argument: "data",
        helps: scan.isUnitInterval
          ? [
            "say `binarize: \"dynamic\"` to draw 0 or 1 from each value in every step",
            "or use `likelihood: \"gaussian\"`",
          ] : ["use `likelihood: \"gaussian\"`"])
    }
  }

  /// The data with each element p replaced by 0 or 1; missing ones stay.
  private func binarized(
    _ data: Tensor, how: TrainingOptions.Binarization?, seed: UInt64
  ) -> Tensor {
    var random = Philox(seed: seed, stream: 0xB1A2)
    var bits = [UInt8]()
    bits.reserveCapacity(data.count)
    let chunk = 4096
    var draws: [Double] = []
    data.forEachElement { place, value in
      if how == .threshold {
        bits.append(value >= 0.5 ? 1 : 0)
        return
      }
      if place % chunk == 0 { draws = random.uniforms(min(chunk, data.count - place)) }
      bits.append(draws[place % chunk] < value ? 1 : 0)
    }
    let result = Tensor(shape: data.shape, storage: .bytes(bits, scale: 1))
    guard isIncomplete else { return result }
    var values = result.values
    data.forEachElement { place, value in if value.isNaN { values[place] = .nan } }
    return Tensor(shape: data.shape, values)
  }
}
