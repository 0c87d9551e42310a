// Fitting an autoencoder: checks of the data against the model, then training.

import LatentAutodiff
import LatentTensor

extension Autoencoder {
  /// Trains on rows × columns data, in place; goes on from the present parameters if there are any.
  ///
  /// - Parameter validation: data whose bound is recorded after each epoch.
  /// - Parameter onDecision: told what was chosen by looking at the data.
  /// - Throws: `Failure` for data the model cannot take, and `L601` when training leaves the finite
  ///   numbers; the last good parameters are then kept.
  public func fit(
    _ data: Tensor, options: TrainingOptions, validation: Tensor? = nil,
    onDecision: (String) -> Void = { _ in },
    onProgress: @escaping (TrainingProgress) -> Void = { _ in },
    shouldStop: @escaping () -> Bool = { false },
    onCheckpoint: ((TrainingState) throws -> Void)? = nil
  ) throws {
    var options = options
    if let state = options.resume { options.seed = state.seed }
    let scan = try DataScan(data)
    if let columns, columns != scan.columns {
      throw wrongWidth(scan.columns, argument: "data")
    }
    try checkFinite(scan, argument: "data")
    let chosen = try likelihood ?? choose(scan, options: options, onDecision)
    try check(scan, likelihood: chosen, options: options)
    if parameters == nil {
      initialise(scan, likelihood: chosen, precision: options.precision, seed: options.seed)
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
        rows = binarized(validation, how: options.binarization, seed: options.seed &+ 1)
      }
      trainer.validate = { [self] in
        let parts = try elbo(rows, samples: 1, seed: options.seed)
        return parts.reduce(0, +) / Double(max(parts.count, 1))
      }
    }
    var training = data
    if let how = options.binarization, how != .dynamic, !scan.isBinary {
      training = binarized(data, how: how, seed: options.seed)
    }
    binarization = options.binarization
    let done = try trainer.train(self, on: training)
    if let state = options.resume { history = state.earlier }
    history.append(done)
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

  private func checkFinite(_ scan: DataScan, argument: String) throws {
    guard let place = scan.firstNonFinite else { return }
    throw Failure(
      "L513",
      "the data hold a value that is not a finite number, in row \(place.row), "
        + "column \(place.column)", argument: argument,
      help: "drop such rows, e.g. `x[all(isfinite(x), axis: 1)]`")
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

  /// The data with each element p replaced by 0 or 1.
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
    return Tensor(shape: data.shape, storage: .bytes(bits, scale: 1))
  }
}
