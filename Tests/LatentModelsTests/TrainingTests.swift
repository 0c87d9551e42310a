// Training as a user relies on it: repeatable, interruptible, and never silently broken.

import Foundation
import LatentAutodiff
import LatentTensor
import Testing

@testable import LatentModels

/// 300 points near a line in five dimensions.
private let line: Tensor = {
  var values: [Double] = []
  for i in 0..<300 {
    let t: Double = sin(Double(i) * 0.7) * 2
    for j in 0..<5 { values.append(t * Double(j - 2) + 0.1 * cos(Double(i * 5 + j) * 12.9)) }
  }
  return Tensor(shape: [300, 5], values)
}()

/// 256 patterns of eight bits with a parity bit.
private let bits: Tensor = {
  var values: [Double] = []
  for i in 0..<256 {
    for j in 0..<8 { values.append(Double((i >> j) & 1)) }
    values.append(Double(i.nonzeroBitCount % 2))
  }
  return Tensor(shape: [256, 9], values)
}()

private func options(_ epochs: Int, batch: Int = 50) -> TrainingOptions {
  var options = TrainingOptions()
  options.epochs = epochs
  options.batch = batch
  options.rate = 1e-2
  options.seed = 6
  return options
}

@Suite(.serialized) struct TrainingTests {
  @Test func theBoundRises() throws {
    let model = Autoencoder(.init(latent: 1, hidden: [16]))
    var chosen = ""
    try model.fit(line, options: options(40), onDecision: { chosen = $0 })
    #expect(chosen.contains("gaussian"))
    let elbo = model.history.elbo
    #expect(elbo.count == 40)
    #expect(elbo[39] > elbo[0] + 3)
    for (epoch, value) in elbo.enumerated() {
      let parts = model.history.term("reconstruction")[epoch] - model.history.term("kl")[epoch]
      #expect(abs(value - parts) < 1e-3)
    }
    // The line explains the data: reconstructions are close to what was seen.
    let close = try model.reconstruct(line).values
    let error = zip(close, line.values).reduce(0) { $0 + pow($1.0 - $1.1, 2) } / 1500
    #expect(error < 0.2)
    #expect(try model.encode(line).shape == [300, 1])
    #expect(try model.decode(Tensor(shape: [3, 1], [0, 1, 2])).shape == [3, 5])
    #expect(try model.sample(700, seed: 1).shape == [700, 5])
  }

  @Test func sameSeedSameLossesForAnyThreads() throws {
    func losses(_ threads: Int, seed: UInt64 = 6) throws -> [Double] {
      setThreadCount(threads)
      defer { setThreadCount(0) }
      let model = Autoencoder(.init(latent: 2, hidden: [33], likelihood: .bernoulli))
      var chosen = options(3)
      chosen.seed = seed
      chosen.binarization = .dynamic
      try model.fit(bits, options: chosen)
      let values = model.parameters?.slots.flatMap { model.parameters?[$0.name]?.values ?? [] }
      return model.history.elbo + (values ?? [])
    }
    let first = try losses(1)
    #expect(try losses(1) == first)
    #expect(try losses(2) == first)
    #expect(try losses(3) == first)
    #expect(try losses(1, seed: 7) != first)
  }

  @Test func fittingGoesOnFromTheParametersThere() throws {
    let model = Autoencoder(.init(latent: 1, hidden: [8]))
    try model.fit(line, options: options(20))
    let before = try model.elbo(line, samples: 20, seed: 1).reduce(0, +) / 300
    let twin = model.copy()
    try model.fit(line, options: options(1))
    #expect(model.history.elbo.count == 21 && model.history.elbo[20] > before - 1)
    let kept = try twin.elbo(line, samples: 20, seed: 1).reduce(0, +) / 300
    #expect(kept == before)
  }

  @Test func anInterruptKeepsWhatWasLearned() throws {
    let model = Autoencoder(.init(latent: 1, hidden: [8]))
    var steps = 0
    try model.fit(
      line, options: options(1000),
      shouldStop: {
        steps += 1
        return steps == 9
      })
    #expect(model.history.steps == 9)
    #expect(model.history.reason.contains("interrupted"))
    #expect(try model.elbo(line, samples: 1, seed: 1).allSatisfy { $0.isFinite })
  }

  @Test func aLossThatStopsBeingFiniteIsNamedAndUndone() throws {
    let model = Autoencoder(.init(latent: 1, hidden: [16]))
    var wild = options(200)
    wild.rate = 1e30
    let failure = #expect(throws: Failure.self) { try model.fit(line, options: wild) }
    #expect(failure?.code == "L601")
    #expect(failure?.notes.contains { $0.contains("last good") } == true)
    let values = model.parameters?.slots.flatMap { model.parameters?[$0.name]?.values ?? [] }
    #expect(values?.allSatisfy { $0.isFinite && abs($0) < 1e6 } == true)
    #expect(try model.elbo(line, samples: 1, seed: 1).allSatisfy { $0.isFinite })
  }

  @Test func validationIsRecordedEveryEpoch() throws {
    let model = Autoencoder(.init(latent: 1, hidden: [8]))
    try model.fit(line, options: options(5), validation: line)
    #expect(model.history.validation.count == 5)
    let last = try model.elbo(line, samples: 1, seed: 6).reduce(0, +) / 300
    #expect(abs(last - model.history.validation[4]) < 1e-6)
  }

  @Test func zeroEpochsLeaveAModelThatAnswers() throws {
    let model = Autoencoder(.init(latent: 1, hidden: [8], likelihood: .bernoulli))
    try model.fit(bits, options: options(0))
    #expect(model.history.steps == 0)
    // Untrained, each column has its mean: all one half here.
    let start = try model.decode(Tensor(shape: [1, 1], [0])).values
    #expect(start.allSatisfy { abs($0 - 0.5) < 1e-6 })
  }

  private func refusal(_ likelihood: Likelihood?, _ data: Tensor, _ options: TrainingOptions)
    -> Failure?
  {
    let model = Autoencoder(.init(latent: 1, hidden: [4], likelihood: likelihood))
    return #expect(throws: Failure.self) { try model.fit(data, options: options) }
  }

  @Test func dataTheModelCannotTakeAreRefused() throws {
    let grey = Tensor(shape: [4, 2], [0, 1, 0.5, 1, 0, 0, 1, 1])
    #expect(refusal(.bernoulli, grey, options(1))?.helps.first?.contains("binarize") == true)
    #expect(refusal(.bernoulli, grey, options(1))?.message.contains("row 1, column 0") == true)
    var binarized = options(1)
    binarized.binarization = .dynamic
    #expect(refusal(.gaussian, grey, binarized)?.code == "L514")
    #expect(refusal(nil, line, binarized)?.message.contains("[0, 1]") == true)
    var holed = line
    holed[flat: 7] = .infinity
    #expect(refusal(nil, holed, options(1))?.message.contains("row 1, column 2") == true)
    #expect(refusal(nil, holed, options(1))?.code == "L513")
    #expect(refusal(nil, Tensor([1, 2]), options(1))?.code == "L511")
    #expect(refusal(nil, Tensor(shape: [0, 3], [Double]()), options(1))?.code == "L511")

    let model = Autoencoder(.init(latent: 1, hidden: [4]))
    #expect(throws: Failure.self) { try model.elbo(line, samples: 1, seed: 0) }
    try model.fit(line, options: options(1))
    #expect(throws: Failure.self) { try model.fit(bits, options: options(1)) }
    #expect(throws: Failure.self) { try model.encode(bits) }
    #expect(throws: Failure.self) { try model.decode(Tensor(shape: [1, 2], [0, 0])) }
  }

  @Test func binarizationsDoWhatTheySay() throws {
    let grey = Tensor(shape: [4, 2], [0, 1, 0.2, 0.8, 0.5, 0.4, 0.9, 0.1])
    for how in TrainingOptions.Binarization.allCases {
      let model = Autoencoder(.init(latent: 1, hidden: [4]))
      var chosen = options(2)
      chosen.binarization = how
      try model.fit(grey, options: chosen, validation: grey)
      #expect(model.likelihood == .bernoulli)
      #expect(model.history.elbo.allSatisfy { $0 < 0 })
    }
  }
}
