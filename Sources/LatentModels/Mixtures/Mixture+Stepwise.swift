// Fitting by minibatches, from memory or from a file that does not fit there.

import Foundation
import LatentTensor

/// Where minibatches come from.
private protocol BatchSource {
  var rows: Int { get }
  /// Σ w.
  var total: Double { get }
  func batch(_ range: Range<Int>) throws -> MixtureData
}

/// Rows in memory, in an order that changes every epoch, with their weights and what is known of
/// their components.
private struct MemoryRows: BatchSource {
  let data: MixtureData
  /// rows × columns, with nan for what is missing.
  let values: [Double]
  var order: [Int32]

  var rows: Int { data.rows }
  var total: Double { data.total }

  init(_ data: MixtureData) {
    self.data = data
    values = data.values
    order = []
  }

  func batch(_ range: Range<Int>) -> MixtureData {
    let (d, chosen) = (data.columns, range.map { order.isEmpty ? $0 : Int(order[$0]) })
    return MixtureData(
      chosen.flatMap { values[($0 * d)..<(($0 + 1) * d)] }, rows: chosen.count, columns: d,
      weights: data.weights.map { w in chosen.map { w[$0] } },
      labels: data.labels.map { l in chosen.map { l[$0] } })
  }
}

/// Rows that are read as they are needed.
private struct DistantRows: BatchSource {
  let source: any RowSource

  var rows: Int { source.rows }
  var total: Double { Double(source.rows) }

  func batch(_ range: Range<Int>) throws -> MixtureData {
    let values = try source.read(range)
    guard values.allSatisfy({ $0.isNaN || abs($0) < 1e150 }) else {
      throw Failure(
        "L513",
        "rows \(range.lowerBound) to \(range.upperBound - 1) hold a value that is not "
          + "a finite number", argument: "data", help: "write nan for what is missing")
    }
    return MixtureData(values, rows: range.count, columns: source.columns)
  }
}

extension Mixture {
  /// EM on minibatches of data in memory.
  func fitStepwise(
    _ data: MixtureData, _ maker: StartMaker, _ constraint: MStepConstraint,
    _ request: FitRequest, _ observer: FitObserver
  ) throws -> TrainingHistory {
    try fitStepwise(MemoryRows(data), sample: data, maker, constraint, request, observer) {
      source, random in
      var source = source
      source.order = random.permutation(source.rows)
      return source
    }
  }

  /// EM on minibatches of rows that are read as they are needed. What is known of the scale of the
  /// data, and the start, come from a sample of blocks of adjacent rows.
  public func fit(
    _ source: any RowSource, _ request: FitRequest, _ observer: FitObserver
  ) throws {
    let began = Date()
    guard !request.given.contains("weights") else {
      throw Failure("L517", "rows on disk all count once", argument: "weights")
    }
    guard design.family == .gaussian, design.prior == nil,
      request.method == .auto || request.method == .em
    else {
      throw Failure(
        "L517", "rows on disk are for gaussian mixtures by EM without a prior", argument: "data")
    }
    if let columns, columns != source.columns {
      throw wrongWidth(source.columns, argument: "data")
    }
    var random = Philox(seed: request.seed, stream: 0xD15C)
    let sample = try arranged(
      DataSet(x: try Mixture.sample(source, &random)), argument: "data")
    guard sample.rows >= design.components else {
      throw KMeans.tooFew(sample.rows, design.components)
    }
    let scale = try DataScale(sample, withCovariance: !isDiagonalDesign)
    var constraint = MStepConstraint()
    constraint.floor = try scale.check(
      design.covariance, hasPrior: false, total: Double(sample.rows))
    let maker = StartMaker(sample, scale, template(columns: source.columns), constraint)
    var later = try fitStepwise(
      DistantRows(source: source), sample: sample, maker, constraint, request, observer
    ) { source, _ in source }
    later.seconds = Date().timeIntervalSince(began)
    history.append(later)
    columns = source.columns
  }

  /// Rows of a minibatch unless said otherwise.
  private static let batch = 10_000

  /// Up to 20,000 rows in blocks spread over the source.
  private static func sample(_ source: any RowSource, _ random: inout Philox) throws -> Tensor {
    let blocks = 40
    let length = MixtureStart.rowsForSeeding / blocks
    let stretch = source.rows / blocks
    guard stretch > length else {
      return Tensor(
        shape: [source.rows, source.columns], try source.read(0..<source.rows))
    }
    let values = try (0..<blocks).flatMap { block in
      let start = block * stretch + random.integer(below: stretch - length + 1)
      return try source.read(start..<(start + length))
    }
    return Tensor(shape: [blocks * length, source.columns], values)
  }

  private func fitStepwise<Source: BatchSource>(
    _ source: Source, sample: MixtureData, _ maker: StartMaker, _ constraint: MStepConstraint,
    _ request: FitRequest, _ observer: FitObserver,
    reordered: (Source, inout Philox) -> Source
  ) throws -> TrainingHistory {
    let kind = MixtureStart(rawValue: request.em.start) ?? .auto
    // The start is the best of EM on the sample, where restarts are cheap.
    var optima = Optima(tolerance: request.em.tolerance)
    var options = request.em
    options.iterations = min(options.iterations, 100)
    if let parameters { optima.add(EMRun(parameters)) }
    let startRows = sample.prefix(atMost: MixtureStart.rowsForSeeding)
    for number in 0..<(isFitted || maker.isUnique(kind) ? (isFitted ? 0 : 1) : options.restarts) {
      if number > 0, observer.shouldStop() { break }
      var run = EMRun(
        try maker.parameters(
          kind, number: number, seed: request.seed, shouldStop: observer.shouldStop))
      try run.run(
        on: startRows, constraint, options, base: 0,
        isAccelerated: false, shouldStop: observer.shouldStop)
      optima.add(run)
    }
    guard let start = optima.best else { throw Failure("L601", "no start of EM has led anywhere") }
    var em = StepwiseEM(start.parameters)
    let (n, total) = (source.rows, source.total)
    let wanted = request.given.contains("batch") ? request.gradient.batch : Mixture.batch
    let size = max(1, min(wanted, n))
    var random = Philox(seed: request.seed, stream: 0xBA7C)
    var later = TrainingHistory()
    let began = Date()
    var told = began
    let batches = (n + size - 1) / size
    let limit = max(request.gradient.epochs, 1)
    epochs: for epoch in 0..<limit {
      let rows = reordered(source, &random)
      var (sum, seenWeight) = (0.0, 0.0)
      // Adjacent rows are often alike, so batches are visited in a random order.
      for (done, place) in random.permutation(batches).enumerated() {
        if observer.shouldStop() { break epochs }
        let range = (Int(place) * size)..<min((Int(place) + 1) * size, n)
        let batch = try rows.batch(range)
        sum += try em.learn(batch, total: total, constraint) + base(batch)
        seenWeight += batch.total
        later.steps += 1
        let now = Date()
        guard now.timeIntervalSince(told) > 0.2 else { continue }
        told = now
        let seen = Double(epoch) + Double(done + 1) / Double(batches)
        let pace = now.timeIntervalSince(began) / seen
        observer.progressed(
          TrainingProgress(
            epoch: epoch + 1, epochs: limit, step: later.steps, steps: batches * limit,
            elbo: sum / max(seenWeight, 1e-300), validation: nil, rate: Double(n) / pace,
            secondsLeft: pace * (Double(limit) - seen), epochIsComplete: false,
            isFinished: false))
      }
      later.elbo.append(sum / total)
      later.logLikelihood.append(sum)
      guard let before = later.elbo.dropLast().last else { continue }
      if abs(sum / total - before) < 1e-6 * max(abs(before), 1) {
        later.converged = true
        break
      }
    }
    parameters = em.parameters
    collapsed = em.raised
    later.reason =
      "\(later.elbo.count) passes of \(batches) minibatches: "
      + (later.converged
        ? "the latest changed the mean log-likelihood by less than 1e-6 of it"
        : "the mean log-likelihood has not settled; more `epochs` go on")
    later.details = [
      ("objective", .text("log p(x) of each batch before it was learned from"))
    ]
    return later
  }
}

extension MixtureData {
  /// Rows spread over all, at most so many: starts only.
  fileprivate func prefix(atMost limit: Int) -> MixtureData {
    rows <= limit ? self : selecting(stride(from: 0, to: rows, by: rows / limit + 1).map { $0 })
  }
}
