// log p(x|z) of an autoencoder and its gradient in z, as one compiled program per number of chains.

import LatentAutodiff
import LatentTensor

extension Autoencoder: LatentSampling {
  public func estimate(
    _ x: Tensor, by method: EvidenceMethod, _ options: EvidenceOptions
  ) throws -> Evidence {
    try checkLikelihoodData(x)
    if method == .importance {
      return try evidence(
        x, samples: options.samples, seed: options.seed, shouldStop: options.shouldStop)
    }
    return try EvidenceEstimator(
      joint: AutoencoderJoint(model: self, data: x), options: options
    ).evidence(method)
  }
}

final class AutoencoderJoint: LatentJoint {
  private struct Key: Hashable {
    var rows, chains: Int
  }

  private let model: Autoencoder
  private let data: Tensor
  private var programs: [Key: (program: Program, codes: Symbol)] = [:]
  private var priors: [Int: (program: Program, codes: Symbol)] = [:]

  init(model: Autoencoder, data: Tensor) {
    self.model = model
    self.data = data
  }

  var count: Int { data.shape[0] }
  var latent: Int { model.architecture.dimensions }
  private var isStandard: Bool {
    model.architecture.prior == .normal && model.architecture.above.isEmpty
  }

  func likelihood(
    rows: [Int], z: [Double], chains: Int, gradient: Bool
  ) throws -> (values: [Double], gradient: [Double]) {
    let (program, codes) = try compiled(rows: rows.count, chains: chains)
    try program.setInput(codes, Tensor(shape: codes.shape, z))
    let places = rows.map { Int32(clamping: $0) }
    try program.withSources([data]) { try program.run(rows: places) }
    return (program.output(0).values, gradient ? program.output(1).values : [])
  }

  private func compiled(rows: Int, chains: Int) throws -> (program: Program, codes: Symbol) {
    let key = Key(rows: rows, chains: chains)
    if let known = programs[key] { return known }
    guard let parameters = model.parameters, let columns = model.columns else {
      throw Failure("L510", "the model has not been fitted yet", argument: "model")
    }
    let graph = Graph()
    let x = graph.batch("data", rows: rows, columns: columns, binarized: false)
    let z = graph.input("z", shape: [chains, rows, latent])
    let density = model.logLikelihood(x, z)
    let slope = density.sum().gradients(of: [z])[0]
    let program = try Program(
      graph, outputs: [density, slope], parameters: parameters, precision: parameters.precision)
    programs[key] = (program, z)
    return (program, z)
  }

  // MARK: The prior, which may be learned

  func prior(_ z: [Double]) throws -> (values: [Double], gradient: [Double]) {
    if isStandard { return standardPrior(z) }
    let count = z.count / max(latent, 1)
    let (program, codes) = try compiledPrior(count)
    try program.setInput(codes, Tensor(shape: codes.shape, z))
    try program.run()
    return (program.output(0).values, program.output(1).values)
  }

  private func compiledPrior(_ count: Int) throws -> (program: Program, codes: Symbol) {
    if let known = priors[count] { return known }
    guard let parameters = model.parameters else {
      throw Failure("L510", "the model has not been fitted yet", argument: "model")
    }
    let graph = Graph()
    let z = graph.input("z", shape: [1, count, latent])
    let density = model.prior(graph).logDensity(z)
    let program = try Program(
      graph, outputs: [density, density.sum().gradients(of: [z])[0]], parameters: parameters,
      precision: parameters.precision)
    priors[count] = (program, z)
    return (program, z)
  }

  func priorDraws(_ count: Int, _ random: inout Philox) throws -> [Double] {
    if isStandard { return random.normals(count * latent) }
    let halves = random.uniforms(2).map { UInt64($0 * 4_294_967_296) }
    return try model.priorDraws(count, seed: halves[0] << 32 | halves[1]).values
  }

  /// The encoder's draws are weighed by the model's own compiled program.
  func proposalDraws(
    rows: [Int], chains: Int, _ random: inout Philox
  ) throws -> (z: [Double], logDensity: [Double])? { nil }

  func simulated(_ count: Int, seed: UInt64) throws -> (joint: any LatentJoint, z: [Double]) {
    var random = Philox(seed: seed, stream: 0x51D)
    let z = try priorDraws(count, &random)
    let x = try model.hostBlocks(
      Tensor(shape: [count, latent], z), .sample, seed: seed)
    return (AutoencoderJoint(model: model, data: x), z)
  }
}
