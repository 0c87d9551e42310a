// What an autoencoder does with its latent dimensions: which are used, what the bound is spent on,
// and how far the encoder is from the best it could say.

import Foundation
import LatentAutodiff
import LatentTensor

/// Findings about a model with a q on data, in nats per datum.
public struct LatentDiagnosis: Sendable {
  /// KL(q(z_d|x) ‖ p(z_d)) by dimension, averaged over the data; empty without a closed form.
  public var divergences: [Double]
  /// E_q log q/p by layer, where there are several.
  public var layerDivergences: [Double] = []
  /// The dimensions of the layers, whose elements follow each other above.
  public var widths: [Int] = []
  /// Var_x(E_q z_d) by dimension.
  public var activities: [Double]
  /// Mean KL(q(z|x) ‖ p(z)).
  public var divergence: Double
  /// I(i; z) between datum and code under q, within [0, log n]: mean KL(q(z|x_i) ‖ q̄) for the
  /// aggregate q̄ = (1/n) Σ q(z|x_i) (Hoffman & Johnson, "ELBO surgery", 2016).
  public var mutualInformation: Double
  public var informationError: Double
  /// KL(q̄ ‖ p), what is left of the divergence.
  public var marginalDivergence: Double { divergence - mutualInformation }
  /// How many data the aggregate was made of.
  public var aggregated: Int
  /// Bound with a q of its own for each datum, less that of the encoder, over some data; and its
  /// standard error over them. Nan where it is not known.
  public var amortisationGap: Double
  public var gapError: Double

  public init(
    divergences: [Double], activities: [Double], divergence: Double, mutualInformation: Double,
    informationError: Double, aggregated: Int, amortisationGap: Double = .nan,
    gapError: Double = .nan
  ) {
    self.divergences = divergences
    self.activities = activities
    self.divergence = divergence
    self.mutualInformation = mutualInformation
    self.informationError = informationError
    self.aggregated = aggregated
    self.amortisationGap = amortisationGap
    self.gapError = gapError
  }

  /// A dimension is active if its posterior mean varies by more than 0.01 over the data (Burda et
  /// al. 2016).
  public var active: [Bool] { activities.map { $0 > LatentDiagnosis.activityThreshold } }
  public static let activityThreshold = 0.01
  public var activeCount: Int { active.filter { $0 }.count }
  /// By layer.
  public var activeCounts: [Int] {
    LatentDiagnosis.layers(active, widths).map { $0.filter { $0 }.count }
  }
  public var isCollapsed: Bool { activeCount < activities.count }

  /// Values of all layers side by side, layer by layer.
  static func layers<Value>(_ values: [Value], _ widths: [Int]) -> [[Value]] {
    var rest = values[...]
    return widths.map { width in
      defer { rest = rest.dropFirst(width) }
      return Array(rest.prefix(width))
    }
  }
}

extension Autoencoder {
  /// Rows the aggregate posterior is made of at most: as many as make twenty million differences.
  private var aggregateRows: Int {
    max(100, min(1000, Int((2e7 / Double(max(architecture.latent, 1))).squareRoot())))
  }
  /// Rows whose q is optimised one by one.
  private static let gapRows = 128

  /// Mean of q, log q − log p at draws, and the divergence by dimension where it has a closed form,
  /// or by layer where there are several.
  func aggregateOutputs(_ x: Symbol, samples: Int) -> [Symbol] {
    let q = posterior(x)
    let z = q.draws(samples)
    let p = prior(x.graph)
    let ratio = (q.logDensity(z) - p.logDensity(z)).mean(axis: 0)
    if let layers = p as? LayeredPrior, let q = q as? LayeredPosterior {
      let parts = layers.divergences(of: q, at: z)
      let shape = [samples, parts.shape[0] / samples, layers.widths.count]
      return [q.mean, ratio, parts.reshaped(shape).mean(axis: 0)]
    }
    return [q.mean, ratio] + (p.divergence(of: q).map { [$0] } ?? [])
  }

  /// - Parameter seed: of the draws, and of the per-datum optimisation.
  public func diagnose(
    _ data: Tensor, seed: UInt64, shouldStop: () -> Bool = { false }
  ) throws -> LatentDiagnosis {
    try checkLikelihoodData(data)
    let use = try latentUse(data, seed: seed)
    let information = try mutualInformation(data, seed: seed, shouldStop)
    let gap = try amortisationGap(data, seed: seed, shouldStop)
    var found = LatentDiagnosis(
      divergences: use.divergences,
      activities: use.activities, divergence: use.divergence,
      mutualInformation: information.mean, informationError: information.error,
      aggregated: min(data.shape[0], aggregateRows), amortisationGap: gap.mean,
      gapError: gap.error)
    (found.layerDivergences, found.widths) = (use.layers, architecture.widths)
    return found
  }

  /// Divergences by dimension, or by layer where there are several, activities by dimension, and the
  /// whole divergence, per datum.
  func latentUse(
    _ data: Tensor, seed: UInt64
  ) throws -> (
    divergences: [Double], layers: [Double], activities: [Double], divergence: Double
  ) {
    let (total, latent) = (data.shape[0], architecture.dimensions)
    let isLayered = !architecture.above.isEmpty
    let columns = isLayered ? architecture.widths.count : architecture.prior == .normal ? latent : 0
    var means: [Double] = []
    var ratios: [Double] = []
    var divergences = [Double](repeating: 0, count: columns)
    _ = try blocks(data, .codes, rows: 512, samples: 16, seed: seed) { program, count in
      means += program.output(0).values.prefix(count * latent)
      ratios += program.output(1).values.prefix(count)
      guard !divergences.isEmpty else { return }
      for (place, value) in program.output(2).values.prefix(count * columns).enumerated() {
        divergences[place % columns] += value / Double(total)
      }
    }
    let activities = (0..<latent).map { dimension -> Double in
      let values = stride(from: dimension, to: means.count, by: latent).map { means[$0] }
      let mean = values.reduce(0, +) / Double(max(values.count, 1))
      return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(values.count, 1))
    }
    let divergence =
      divergences.isEmpty
      ? ratios.reduce(0, +) / Double(max(ratios.count, 1)) : divergences.reduce(0, +)
    return isLayered
      ? ([], divergences, activities, divergence) : (divergences, [], activities, divergence)
  }

  /// Rows spread evenly over the data.
  private func spread(_ total: Int, _ limit: Int) -> [Int32] {
    let count = min(total, limit)
    return (0..<count).map { Int32($0 * total / max(count, 1)) }
  }

  /// E_i E_{q(z|x_i)}[log q(z|x_i) − log q̄(z)], each datum's own term of q̄ included; layers above
  /// the first are drawn from that one alone, and so carry nothing more.
  private func mutualInformation(
    _ data: Tensor, seed: UInt64, _ shouldStop: () -> Bool
  ) throws -> (mean: Double, error: Double) {
    guard let parameters else { return (.nan, .nan) }
    let rows = spread(data.shape[0], aggregateRows)
    let (n, latent) = (rows.count, architecture.latent)
    let graph = Graph()
    let x = graph.batch("data", rows: n, columns: columns ?? 0, binarized: false)
    let q = firstPosterior(x)
    let z = q.draws(1)
    // Every draw under every posterior: [draws, rows].
    let cross = q.logDensity(z.reshaped([n, 1, latent]))
    let own = q.logDensity(z).reshaped([n])
    let mixture = cross.logSumExp(axis: -1) - log(Double(n))
    let program = try Program(
      graph, outputs: [own - mixture], parameters: parameters, precision: parameters.precision)
    var values: [Double] = []
    for step in 0..<4 {
      if shouldStop() { throw Failure("L705", "interrupted") }
      try program.withSources([data]) { try program.run(seed: seed, step: step, rows: rows) }
      values += program.output(0).values
    }
    return meanAndError(values)
  }

  /// Maximises the bound by the parameters of q(z₁|x) of each datum, starting from the encoder's, and
  /// compares on fresh draws common to both (Cremer, Li & Duvenaud, "Inference suboptimality in
  /// variational autoencoders", 2018).
  private func amortisationGap(
    _ data: Tensor, seed: UInt64, _ shouldStop: () -> Bool
  ) throws -> (mean: Double, error: Double) {
    guard let parameters else { return (.nan, .nan) }
    let rows = spread(data.shape[0], Autoencoder.gapRows)
    let size = architecture.posterior.outputs(latent: architecture.latent)
    let kind = architecture.posterior
    let slot = Graph.Slot("codes", shape: [rows.count, size])
    // The model's parameters are copied beside the codes, since a program reads one buffer.
    let values = ParameterBuffer(parameters.slots + [slot], precision: parameters.precision)
    for held in parameters.slots { values[held.name] = parameters[held.name] }

    func encoded() throws -> Tensor {
      let graph = Graph()
      let x = graph.batch("data", rows: rows.count, columns: columns ?? 0, binarized: false)
      let program = try Program(
        graph, outputs: [self.encoded(x)], parameters: values, precision: values.precision)
      try program.withSources([data]) { try program.run(rows: rows) }
      return program.output(0)
    }
    func bounds(samples: Int, training: Bool) throws -> Program {
      let graph = Graph()
      let x = graph.batch("data", rows: rows.count, columns: columns ?? 0, binarized: false)
      let q = layered(
        kind.posterior(
          graph.parameter(slot.name, shape: slot.shape), latent: architecture.latent))
      let z = q.draws(samples)
      let p = prior(graph)
      let byDraws = { q.logDensity(z) - p.logDensity(z) }
      let spent = p.divergence(of: q)?.sum(axis: -1) ?? byDraws().mean(axis: 0)
      let bound = logLikelihood(x, z).mean(axis: 0) - spent
      return try Program(
        graph, outputs: [bound], loss: training ? -(bound.sum()) : nil, parameters: values,
        trained: [slot.name], precision: values.precision)
    }
    let start = try encoded()
    let judge = try bounds(samples: 64, training: false)
    func judged() throws -> [Double] {
      var sums = [Double](repeating: 0, count: rows.count)
      for step in 0..<4 {
        try judge.withSources([data]) {
          try judge.run(seed: seed &+ 0x6A9, step: step, rows: rows)
        }
        for (row, value) in judge.output(0).values.enumerated() { sums[row] += value / 4 }
      }
      return sums
    }
    values[slot.name] = start
    let amortised = try judged()
    let trainer = try bounds(samples: 8, training: true)
    let spans = values.spans(of: [slot.name])
    let optimizers = spans.map { Optimizer(values, span: $0) }
    let steps = 400
    let schedule = Schedule(.cosine, from: 2e-2, to: 2e-4, steps: steps)
    for step in 0..<steps {
      if shouldStop() { throw Failure("L705", "interrupted") }
      try trainer.withSources([data]) { try trainer.run(seed: seed, step: step, rows: rows) }
      for optimizer in optimizers {
        optimizer.update(trainer, rate: schedule.rate(step), step: step)
      }
    }
    let optimised = try judged()
    return meanAndError(zip(optimised, amortised).map { $0 - $1 })
  }

  private func meanAndError(_ values: [Double]) -> (mean: Double, error: Double) {
    let n = Double(values.count)
    guard n > 1 else { return (values.first ?? .nan, .nan) }
    let mean = values.reduce(0, +) / n
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / (n - 1) / n).squareRoot())
  }
}
