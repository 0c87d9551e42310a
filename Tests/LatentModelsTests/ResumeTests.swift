// A training that is interrupted and resumed, against one that never stopped: the same bits.

import Foundation
import LatentAutodiff
import LatentTensor
import Testing

@testable import LatentModels

@Suite struct ResumeTests {
  private let data: Tensor = {
    let values = (0..<780).map { (place: Int) -> Double in
      let wave: Double = sin(Double(place) * 0.7)
      return 0.5 + 0.5 * wave * cos(Double(place / 6) * 1.3)
    }
    return Tensor(shape: [130, 6], values)
  }()

  private func options() -> TrainingOptions {
    var options = TrainingOptions()
    options.epochs = 6
    options.batch = 32
    options.rate = 0.02
    options.seed = 11
    return options
  }

  private func model(_ likelihood: Likelihood) -> Autoencoder {
    Autoencoder(.init(latent: 2, hidden: [7], likelihood: likelihood))
  }

  private func outcome(_ model: Autoencoder) -> [Double] {
    let history = model.history
    return (model.parameters?.values.flatMap { $0.values.values } ?? []) + history.elbo
      + history.validation + history.terms.flatMap(\.values) + [Double(history.steps)]
  }

  /// The state after a number of steps, through its form in a file.
  private func state(
    after steps: Int, _ options: TrainingOptions, _ likelihood: Likelihood, validation: Tensor?
  ) throws -> TrainingState {
    let interrupted = model(likelihood)
    var done = 0
    var state: TrainingState?
    try interrupted.fit(
      data, options: options, validation: validation,
      shouldStop: {
        done += 1
        return done == steps
      }, onCheckpoint: { state = $0 })
    let found = try #require(state)
    #expect(found.step == steps)
    return try TrainingState(tensors: found.tensors, metadata: found.metadata)
  }

  private func expectSameBits(
    _ options: TrainingOptions, _ likelihood: Likelihood = .gaussian, validation: Tensor? = nil,
    comment: Comment
  ) throws {
    let whole = model(likelihood)
    try whole.fit(data, options: options, validation: validation)
    // Five steps make an epoch: at its end, within one, at the very start.
    for steps in [10, 13, 1] {
      var resumed = options
      resumed.resume = try state(after: steps, options, likelihood, validation: validation)
      resumed.seed = 0
      let other = model(likelihood)
      try other.fit(data, options: resumed, validation: validation)
      #expect(outcome(other) == outcome(whole), comment)
      #expect(other.history.reason == whole.history.reason, comment)
    }
  }

  @Test func everyMethodGoesOnExactly() throws {
    let methods: [OptimizationMethod] = [
      .adam(), .sgd(momentum: 0.9, nesterov: true), .rmsprop(), .adagrad(),
    ]
    for method in methods {
      for precision in Precision.allCases {
        var options = options()
        options.method = method
        options.precision = precision
        if case .sgd = method { options.rate = 1e-3 }
        try expectSameBits(options, comment: "\(method) in \(precision)")
      }
    }
  }

  @Test func schedulesAndDrawsGoOnExactly() throws {
    for shape in Schedule.Shape.allCases {
      var options = options()
      options.schedule = shape
      options.warmup = 4
      options.clipNorm = 0.5
      options.samples = 2
      options.decay = WeightDecay(0.01, decoupled: true)
      options.plateau = Plateau(factor: 0.5, patience: 0)
      options.binarization = .dynamic
      try expectSameBits(options, .bernoulli, validation: data, comment: "\(shape)")
      options.binarization = .static
      try expectSameBits(options, .bernoulli, comment: "\(shape), static")
    }
  }

  @Test func alternatingStepsGoOnExactly() throws {
    var options = options()
    options.isAlternating = true
    for method in [OptimizationMethod.adam(), .sgd(momentum: 0.5)] {
      options.method = method
      options.rate = 1e-3
      try expectSameBits(options, validation: data, comment: "alternating, \(method)")
    }
  }

  @Test func aChosenRateIsNotChosenAgain() throws {
    var options = options()
    options.choosesRate = true
    let whole = model(.gaussian)
    var states: [TrainingState] = []
    try whole.fit(data, options: options, onCheckpoint: { states.append($0) })
    let rate = try #require(whole.history.rate)
    var resumed = options
    resumed.resume = try TrainingState(tensors: states[1].tensors, metadata: states[1].metadata)
    let other = model(.gaussian)
    try other.fit(data, options: resumed)
    #expect(outcome(other) == outcome(whole))
    #expect(other.history.rate == rate)
    // The trials leave nothing behind: given, the rate does the same.
    options.choosesRate = false
    options.rate = rate
    let given = model(.gaussian)
    try given.fit(data, options: options)
    #expect(outcome(given) == outcome(whole))
    #expect(given.history.rate == nil)
  }

  @Test func anInterruptedChoiceLeavesTheParameters() throws {
    var options = options()
    options.choosesRate = true
    let interrupted = model(.gaussian)
    var asked = 0
    try interrupted.fit(
      data, options: options,
      shouldStop: {
        asked += 1
        return asked == 30
      })
    var none = options
    none.epochs = 0
    let fresh = model(.gaussian)
    try fresh.fit(data, options: none)
    #expect(asked == 30)
    #expect(interrupted.history.steps == 0)
    #expect(interrupted.history.rate == nil)
    #expect(
      interrupted.parameters?.values.map(\.values.values)
        == fresh.parameters?.values.map(\.values.values))
  }

  @Test func aSecondRunGoesOnWithTheHistoryOfTheFirst() throws {
    let whole = model(.gaussian)
    try whole.fit(data, options: options())
    let other = whole.copy()
    var second = options()
    second.seed = 12
    try whole.fit(data, options: second)

    var state: TrainingState?
    var done = 0
    try other.fit(
      data, options: second,
      shouldStop: {
        done += 1
        return done == 12
      }, onCheckpoint: { state = $0 })
    #expect(other.history.reason.contains("interrupted"))
    second.resume = state
    try other.fit(data, options: second)
    #expect(outcome(other) == outcome(whole))
    #expect(other.history.elbo.count == 12)
  }

  @Test func aFinishedRunIsExtended() throws {
    var short = options()
    short.epochs = 4
    var state: TrainingState?
    let first = model(.gaussian)
    try first.fit(data, options: short, onCheckpoint: { state = $0 })
    var long = options()
    long.resume = state
    try first.fit(data, options: long)
    let whole = model(.gaussian)
    try whole.fit(data, options: options())
    #expect(outcome(first) == outcome(whole))
    // A rate that falls over the run cannot be extended to the same numbers.
    short.schedule = .cosine
    try model(.gaussian).fit(data, options: short, onCheckpoint: { state = $0 })
    long.resume = state
    long.schedule = .cosine
    let failure = #expect(throws: Failure.self) {
      try model(.gaussian).fit(data, options: long)
    }
    #expect(failure?.message.contains("`epochs` 4, this one has 6") == true)
  }

  @Test func anotherRunIsRefused() throws {
    let state = try state(after: 5, options(), .gaussian, validation: nil)
    func refusal(_ data: Tensor, hidden: Int = 7, _ change: (inout TrainingOptions) -> Void)
      -> Failure?
    {
      var options = options()
      options.resume = state
      change(&options)
      let model = Autoencoder(.init(latent: 2, hidden: [hidden], likelihood: .gaussian))
      return #expect(throws: Failure.self) { try model.fit(data, options: options) }
    }
    #expect(refusal(data) { $0.batch = 31 }?.message.contains("`batch` 32") == true)
    #expect(refusal(data) { $0.rate = 0.1 }?.message.contains("`lr` 0.02") == true)
    #expect(refusal(data) { $0.method = .rmsprop() }?.code == "L519")
    #expect(refusal(data, hidden: 8) { _ in }?.message.contains("another model") == true)
    var moved = data
    moved[flat: 700] += 1e-12
    #expect(refusal(moved) { _ in }?.message.contains("other data") == true)
    #expect(throws: Failure.self) { _ = try TrainingState(tensors: [], metadata: []) }
  }
}
