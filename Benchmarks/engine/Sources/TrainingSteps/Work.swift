// The training steps that are timed, each with its twin in Benchmarks/peers/steps.py.

import LatentAutodiff
import LatentDistributions
import LatentModels
import LatentTensor

/// A step to replay: forward, backward, Adam.
public struct Work {
  public var run: (_ step: Int) throws -> Void
  /// Every kernel call of the step timed by itself, Adam left out.
  public var profile: () -> [KernelTime]
  /// The seconds that a trainer takes from the end of its first step to the end of its last, and how
  /// many steps lie between, when it makes so many epochs of such steps; nil where there is none.
  public var train: ((_ epochs: Int) throws -> (seconds: Double, steps: Int))?

  /// By the name that Benchmarks/peers/steps.py knows it by as well.
  public static func named(_ name: String) throws -> Work? {
    switch name {
    case "vae-400": try .autoencoder(hidden: [400], latent: 20, batch: 128)
    case "vae-64": try .autoencoder(hidden: [64], latent: 2, batch: 64)
    case "vae-200-200": try .autoencoder(hidden: [200, 200], latent: 50, batch: 100, samples: 5)
    case "couplings": try .couplings(batch: 256)
    case "convolutions": try .convolutions(batch: 64)
    default: nil
    }
  }

  private static let images = Tensor(
    shape: [4096, 784],
    storage: .bytes((0..<(4096 * 784)).map { UInt8(($0 * 7919) % 251) }, scale: 1 / 255))

  /// A variational autoencoder on binary pixels drawn anew in every step.
  static func autoencoder(
    hidden: [Int], latent: Int, batch: Int, samples: Int = 1
  ) throws -> Work? {
    let data = images
    let model = Autoencoder(
      .init(latent: latent, hidden: hidden, likelihood: .bernoulli))
    var options = TrainingOptions()
    options.epochs = 0
    options.binarization = .dynamic
    options.samples = samples
    try model.fit(data, options: options)
    guard let parameters = model.parameters else { return nil }
    let graph = Graph()
    let objective = try model.objective(graph, rows: batch, options: options)
    let program = try Program(
      graph, outputs: [objective.bound], loss: -objective.bound, parameters: parameters,
      precision: .float32)
    let optimizer = Optimizer(parameters)
    var random = Philox(seed: 1)
    let order = random.permutation(4096)
    let run = { (step: Int) in
      try order.withUnsafeBufferPointer { order in
        try program.withSources([data]) {
          let start = step % (4096 / batch) * batch
          try program.run(seed: 1, step: step, rows: order.baseAddress.map { $0 + start })
        }
      }
      optimizer.update(program, rate: 1e-3, step: step)
    }
    let profile = {
      order.withUnsafeBufferPointer { order in
        program.withSources([data]) { program.profile(rows: order.baseAddress) }
      }
    }
    return Work(run: run, profile: profile) { epochs in
      var (trainer, clock, steps) = (Trainer(options), ContinuousClock(), 0)
      (trainer.options.epochs, trainer.options.batch) = (epochs, batch)
      var (first, last) = (clock.now, clock.now)
      trainer.shouldStop = {
        last = clock.now
        if steps == 0 { first = last }
        steps += 1
        return false
      }
      _ = try trainer.train(model, on: data)
      let (whole, fraction) = (last - first).components
      return (Double(whole) + Double(fraction) * 1e-18, steps - 1)
    }
  }

  /// An autoencoder of images by convolutions, 1-16-32 channels of 28, 14 and 7 pixels a side.
  static func convolutions(batch: Int) throws -> Work {
    let graph = Graph()
    func convolution(_ channels: Int, _ filters: Int, back: Bool = false) -> Layer {
      .convolution(
        Convolution(
          channels: channels, filters: filters, kernel: [4, 4], stride: 2, padding: 1,
          isTransposed: back))
    }
    let latent = 10
    let encoder = Network(
      "encoder",
      [
        convolution(1, 16), .activation(.relu), convolution(16, 32), .activation(.relu),
        .dense(inputs: 32 * 49, outputs: 2 * latent),
      ])
    let decoder = Network(
      "decoder",
      [
        .dense(inputs: latent, outputs: 32 * 49), .activation(.relu),
        convolution(32, 16, back: true), .activation(.relu), convolution(16, 1, back: true),
      ])
    let x = graph.batch("x", rows: batch, columns: 784, binarized: true)
    let q = encoder(x)
    let (mean, logSD) = (q.columns(0..<latent), q.columns(latent..<(2 * latent)))
    let z = mean + logSD.exp() * graph.draw(.normal, shape: [batch, latent])
    let logits = decoder(z)
    let likelihood = bernoulliLogDensity(x, logits: logits).sum(axis: -1)
    let divergence = ((mean.square() + (logSD * 2).exp() - 1) * 0.5 - logSD).sum(axis: -1)
    let loss = (divergence - likelihood).mean()
    let parameters = ParameterBuffer(graph.parameters, precision: .float32)
    var random = Philox(seed: 2)
    for network in [encoder, decoder] { network.initialise(parameters, &random) }
    let program = try Program(
      graph, outputs: [loss], loss: loss, parameters: parameters, precision: .float32)
    let optimizer = Optimizer(parameters)
    let order = random.permutation(4096)
    let data = images
    let run = { (step: Int) in
      try order.withUnsafeBufferPointer { order in
        try program.withSources([data]) {
          let start = step % (4096 / batch) * batch
          try program.run(seed: 1, step: step, rows: order.baseAddress.map { $0 + start })
        }
      }
      optimizer.update(program, rate: 1e-3, step: step)
    }
    return Work(run: run) { program.withSources([data]) { program.profile(rows: order) } }
  }

  /// Eight affine couplings in two dimensions, networks 2-64-64-4, maximum likelihood.
  static func couplings(batch: Int) throws -> Work {
    let graph = Graph()
    let masks = [graph.input("even", shape: [2]), graph.input("odd", shape: [2])]
    var x = graph.batch("x", rows: batch, columns: 2, binarized: false)
    var logDeterminant = graph.constant(0)
    var networks: [Perceptron] = []
    for layer in 0..<8 {
      let network = Perceptron("\(layer)", widths: [2, 64, 64, 4], activation: .relu)
      networks.append(network)
      let keep = masks[layer % 2]
      let output = network(x * keep)
      let scale = output.columns(0..<2).tanh() * (1 - keep)
      let shift = output.columns(2..<4) * (1 - keep)
      x = x * scale.exp() + shift
      logDeterminant = logDeterminant + scale.sum(axis: -1)
    }
    let zero = graph.constant(0)
    let density = normalLogDensity(x, mean: zero, logScale: zero).sum(axis: -1) + logDeterminant
    let loss = -density.mean()
    let parameters = ParameterBuffer(graph.parameters, precision: .float32)
    var random = Philox(seed: 2)
    for network in networks { network.initialise(parameters, &random) }
    let program = try Program(
      graph, outputs: [loss], loss: loss, parameters: parameters, precision: .float32)
    try program.setInput(masks[0], Tensor([1.0, 0.0]))
    try program.setInput(masks[1], Tensor([0.0, 1.0]))
    let optimizer = Optimizer(parameters)
    let data = Tensor(shape: [batch, 2], random.normals(2 * batch))
    let rows = (0..<Int32(batch)).map { $0 }
    let run = { (step: Int) in
      try program.withSources([data]) { try program.run(step: step, rows: rows) }
      optimizer.update(program, rate: 1e-3, step: step)
    }
    return Work(run: run) { program.withSources([data]) { program.profile(rows: rows) } }
  }
}
