// What one asks of a trained autoencoder: codes, reconstructions, samples, bounds.

import LatentAutodiff
import LatentTensor

/// A question compiled for a number of rows and draws.
struct ProgramKey: Hashable {
  enum Question: Hashable {
    case bound, weights, encode, reconstruct, decode, sample, prior, descend, codes, impute
  }
  var question: Question
  var rows: Int
  var samples = 1
  /// Whether its graph masks missing values.
  var isIncomplete = false
}

struct CompiledQuery {
  var program: Program
  /// The host-written input, for questions about z.
  var input: Symbol?
}

extension Autoencoder {
  /// Rows evaluated at a time.
  private static let block = 512

  /// The bound of each datum, its expectation by `samples` draws of z, in nats.
  public func elbo(_ data: Tensor, samples: Int, seed: UInt64) throws -> [Double] {
    try checkLikelihoodData(data)
    let rows = max(1, min(Autoencoder.block, 8192 / samples))
    return try blocks(data, .bound, rows: rows, samples: samples, seed: seed) { program, count in
      let (a, b) = (program.output(0).values, program.output(1).values)
      return zip(a, b).prefix(count).map { $0 - $1 }
    }.flatMap { $0 }
  }

  /// The mean of q(z|x), of the layer next to the data: rows × latent.
  public func encode(_ data: Tensor) throws -> Tensor {
    try checkCodable(data)
    let rows = try blocks(data, .encode, rows: Autoencoder.block, samples: 1, seed: 0) {
      $0.output(0).values.prefix($1 * architecture.latent)
    }
    return Tensor(shape: [data.shape[0], architecture.latent], rows.flatMap { $0 })
  }

  /// Mean and standard deviation of the elements of q(z|x): each rows × latent. Those of a layer
  /// above, `mean_2` and so on, are given the mean of the layer below.
  public func posterior(_ data: Tensor) throws -> [(name: String, value: Fact)] {
    try checkCodable(data)
    let widths = architecture.widths
    let parts = try blocks(data, .encode, rows: Autoencoder.block, samples: 1, seed: 0) {
      program, count in
      widths.enumerated().flatMap { layer, size in
        [0, 1].map { program.output(2 * layer + $0).values.prefix(count * size) }
      }
    }
    return widths.enumerated().flatMap { layer, size in
      ["mean", "sd"].enumerated().map { part, name in
        let values = parts.flatMap { $0[2 * layer + part] }
        return (
          name: layer == 0 ? name : "\(name)_\(layer + 1)",
          value: Fact.tensor(Tensor(shape: [data.shape[0], size], values))
        )
      }
    }
  }

  /// The mean of p(x|z) at the mean of q(z|x): rows × columns.
  public func reconstruct(_ data: Tensor) throws -> Tensor {
    try checkCodable(data)
    let width = columns ?? 0
    let rows = try blocks(data, .reconstruct, rows: Autoencoder.block, samples: 1, seed: 0) {
      $0.output(0).values.prefix($1 * width)
    }
    return Tensor(shape: data.shape, rows.flatMap { $0 })
  }

  /// The mean of p(x|z) for rows × latent codes.
  public func decode(_ codes: Tensor) throws -> Tensor {
    try checkFitted()
    guard codes.rank == 2, codes.shape[1] == architecture.latent else {
      throw Failure(
        "L512",
        "`z` must have \(architecture.latent) columns, one per latent dimension"
          + "\(architecture.above.isEmpty ? "" : " of the first layer"), but its "
          + "shape is \(codes.shape)", argument: "z",
        help: "give one row per code, as `encode(m, x)` does")
    }
    return try hostBlocks(codes, .decode, seed: 0)
  }

  /// Draws x ~ p(x|z), z ~ p(z): count × columns.
  public func sample(_ count: Int, seed: UInt64) throws -> Tensor {
    try checkFitted()
    return try hostBlocks(try priorDraws(count, seed: seed), .sample, seed: seed)
  }

  // MARK: Checks

  /// Data for the encoder: of the right width, missing values allowed.
  func checkCodable(_ data: Tensor) throws {
    try check(data, argument: "x")
    guard data.count > 0 else { return }
    let scan = try DataScan(data, argument: "x")
    if let place = scan.firstInfinite {
      throw Failure(
        "L513", "row \(place.row), column \(place.column) of the data is not a finite number",
        argument: "x")
    }
    isIncomplete = scan.isIncomplete
  }

  /// Data of a bound or likelihood must lie in the support of p(x|z).
  func checkLikelihoodData(_ data: Tensor) throws {
    try checkCodable(data)
    let scan = try DataScan(data, argument: "x")
    if let place = scan.firstInfinite {
      throw Failure(
        "L513", "row \(place.row), column \(place.column) of the data is not a finite number",
        argument: "x")
    }
    isIncomplete = scan.isIncomplete
    if likelihood == .bernoulli, let grey = scan.firstGrey {
      throw Failure(
        "L514",
        "the bernoulli likelihood has no density at \(grey.value) (row \(grey.row), column "
          + "\(grey.column))", argument: "x",
        help: "draw binary data first: `binarize(x, seed: 1)`")
    }
    if let likelihood { try checkLevels(data, scan, likelihood, levels: levels, argument: "x") }
  }

  // MARK: Running

  func compiled(_ key: ProgramKey) throws -> CompiledQuery {
    var key = key
    key.isIncomplete = isIncomplete
    if let known = programs[key] { return known }
    guard let parameters, let columns else {
      throw Failure("L510", "the model has not been fitted yet", argument: "model")
    }
    let graph = Graph()
    var input: Symbol?
    var outputs: [Symbol] = []
    func data() -> Symbol {
      graph.batch("data", rows: key.rows, columns: columns, binarized: false)
    }
    func codes(_ width: Int) -> Symbol {
      let z = graph.input("z", shape: [key.rows, width])
      input = z
      return z
    }
    let observation = observation
    switch key.question {
    case .bound:
      let parts = bound(data(), samples: key.samples)
      outputs = [parts.reconstruction, parts.divergence]
    case .weights: outputs = [logWeights(data(), samples: key.samples)]
    case .encode:
      let first = firstPosterior(data())
      var laws: [any Posterior] = [first]
      for next in architecture.upward { laws.append(next(laws[laws.count - 1].mean)) }
      outputs = laws.flatMap { [$0.mean, $0.sd] }
    case .reconstruct: outputs = [observation.mean(decoder(firstPosterior(data()).mean))]
    case .decode: outputs = [observation.mean(decoder(codes(architecture.latent)))]
    case .sample: outputs = [observation.draw(decoded(codes(architecture.dimensions)))]
    case .impute: outputs = [imputation(data(), samples: key.samples)]
    case .codes: outputs = aggregateOutputs(data(), samples: key.samples)
    case .prior:
      guard let mixture = lastPrior(graph) as? MixturePrior else { break }
      outputs = [mixture.components.draws(key.samples), mixture.logWeights]
    case .descend:
      guard let layered = prior(graph) as? LayeredPrior else { break }
      outputs = [layered.completed(codes(architecture.lastLatent))]
    }
    let result = CompiledQuery(
      program: try Program(
        graph, outputs: outputs, parameters: parameters, precision: parameters.precision),
      input: input)
    programs[key] = result
    return result
  }

  /// Runs a question block by block; the last block is filled up by repeating rows, so that one
  /// program serves them all.
  func blocks<Result>(
    _ data: Tensor, _ question: ProgramKey.Question, rows: Int, samples: Int, seed: UInt64,
    _ body: (Program, _ count: Int) throws -> Result
  ) throws -> [Result] {
    let total = data.shape[0]
    guard total > 0 else { return [] }
    let size = min(rows, total)
    let program = try compiled(
      ProgramKey(question: question, rows: size, samples: samples)
    ).program
    var results: [Result] = []
    try program.withSources([data]) {
      for start in stride(from: 0, to: total, by: size) {
        let rows = (0..<size).map { Int32(min(start + $0, total - 1)) }
        try program.run(seed: seed, step: start / size, rows: rows)
        results.append(try body(program, min(size, total - start)))
      }
    }
    return results
  }

  /// Runs a question about z block by block.
  ///
  /// - Parameter width: of a row of the answer; nil: the columns of the data.
  func hostBlocks(
    _ codes: Tensor, _ question: ProgramKey.Question, seed: UInt64, width: Int? = nil
  ) throws -> Tensor {
    let (total, latent) = (codes.shape[0], codes.shape[1])
    let width = width ?? columns ?? 0
    guard total > 0 else { return Tensor(shape: [0, width], [Double]()) }
    let size = min(Autoencoder.block, total)
    let query = try compiled(ProgramKey(question: question, rows: size))
    let values = codes.values
    var results: [Double] = []
    for start in stride(from: 0, to: total, by: size) {
      let count = min(size, total - start)
      var block = Array(values[(start * latent)..<((start + count) * latent)])
      block += [Double](repeating: 0, count: (size - count) * latent)
      if let input = query.input {
        try query.program.setInput(input, Tensor(shape: [size, latent], block))
      }
      try query.program.run(seed: seed, step: start / size)
      results += query.program.output(0).values.prefix(count * width)
    }
    return Tensor(shape: [total, width], results)
  }
}
