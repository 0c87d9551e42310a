// What training promises to cost against what it costs: nothing allocated per step, and no more
// memory than planned.

import CAllocations
import Foundation
import LatentAutodiff
import LatentTensor
import Testing

@testable import LatentModels

private func waves(_ rows: Int, _ columns: Int) -> Tensor {
  let values = (0..<(rows * columns)).map { (place: Int) -> Float in
    Float(0.5 + 0.5 * sin(Double(place) * 0.7) * cos(Double(place / columns) * 1.3))
  }
  return Tensor(shape: [rows, columns], floats: values)
}

@Suite(.serialized) struct TrainingCostTests {
  /// The allocations of this thread between the ends of consecutive steps, epoch by epoch without
  /// the first step of each.
  private func allocations(
    _ data: Tensor, _ options: TrainingOptions, _ architecture: Autoencoder.Architecture
  ) throws -> [[Int64]] {
    let model = Autoencoder(architecture)
    var start = options
    start.epochs = 0
    try model.fit(data, options: start)
    let perEpoch = (data.shape[0] + options.batch - 1) / options.batch
    var counts = [Int64](repeating: 0, count: options.epochs * perEpoch)
    var step = 0
    var trainer = Trainer(options)
    // A report between two steps is not part of a step.
    trainer.progressInterval = .infinity
    trainer.shouldStop = {
      counts[step] = allocations_count()
      step += 1
      return false
    }
    let history = try trainer.train(model, on: data)
    #expect(history.steps == counts.count)
    return (0..<options.epochs).map { epoch in
      let own = counts[(epoch * perEpoch)..<((epoch + 1) * perEpoch)]
      return zip(own.dropFirst(), own).map { $0 - $1 }
    }
  }

  /// 700 rows in batches of 32 are 22 steps, the last of them smaller: copies of the parameters
  /// and every schedule are among 88 steps.
  @Test(.enabled(if: allocations_are_counted() != 0))
  func aStepAllocatesNothing() throws {
    let data = waves(700, 12)
    var options = TrainingOptions()
    (options.epochs, options.batch, options.rate) = (4, 32, 1e-3)
    let normal = Autoencoder.Architecture(latent: 3, hidden: [20])
    var cases: [(String, TrainingOptions)] = [("adam", options)]
    let methods: [OptimizationMethod] = [.sgd(momentum: 0.9), .rmsprop(), .adagrad()]
    for method in methods {
      var other = options
      other.method = method
      other.clipNorm = 1
      other.precision = .float64
      cases.append(("\(method)", other))
    }
    for shape in Schedule.Shape.allCases {
      var other = options
      other.schedule = shape
      other.warmup = 5
      other.bound.warmup = 2
      other.bound.freeBits = 0.1
      other.samples = 3
      cases.append((shape.rawValue, other))
    }
    var alternating = options
    alternating.isAlternating = true
    alternating.binarization = .dynamic
    cases.append(("alternating", alternating))
    for (name, options) in cases {
      let steps = try allocations(data, options, normal)
      // The first epoch compiles a program for its first batch and one for its last.
      #expect(steps[0].dropLast().allSatisfy { $0 == 0 }, "\(name): \(steps[0])")
      for epoch in steps.dropFirst() {
        #expect(epoch.allSatisfy { $0 == 0 }, "\(name): \(epoch)")
      }
    }
  }

  /// Bytes that are really allocated at the peak of a training, against the plan.
  @Test(.enabled(if: allocations_are_counted() != 0), arguments: [false, true])
  func memoryIsWhatWasPlanned(isAlternating: Bool) throws {
    let data = waves(600, 784)
    let model = Autoencoder(.init(latent: 20, hidden: [700, 300]))
    var options = TrainingOptions()
    (options.epochs, options.batch, options.isAlternating) = (0, 256, isAlternating)
    try model.fit(data, options: options)
    options.epochs = 2
    var trainer = Trainer(options)
    var peak: Int64 = 0
    let before = allocations_live()
    allocations_mark()
    trainer.shouldStop = {
      peak = allocations_peak() - before
      return false
    }
    let history = try trainer.train(model, on: data)
    let cost = try #require(history.cost)
    // The parameters and the threads' scratch memory were there before.
    let planned = Double(cost.bytes - cost.parameterBytes - cost.scratchBytes)
    #expect(abs(Double(peak) / planned - 1) < 0.05, "\(peak) bytes against \(planned) planned")
    #expect(planned > 2e7)
  }

  @Test func theCostIsThatOfTheModel() throws {
    let data = waves(300, 50)
    let model = Autoencoder(.init(latent: 4, hidden: [32]))
    var options = TrainingOptions()
    (options.epochs, options.batch) = (1, 100)
    try model.fit(data, options: options)
    let cost = try #require(model.history.cost)
    #expect(cost.programs.count == 1 && cost.programs[0].rows == 100)
    // Products forward, and twice as much backward except for the gradient of the data: two
    // floating-point operations for every weight and datum.
    let (encoder, decoder): (Double, Double) = (50 * 32 + 32 * 8, 4 * 32 + 32 * 50)
    let passes: Double = 3 * (encoder + decoder) - 50 * 32
    let products: Double = 200 * passes
    #expect(cost.work > products && cost.work < 1.2 * products)
    #expect(cost.compileSeconds > 0)
    #expect(cost.parameterBytes >= 4 * (model.parameters?.parameterCount ?? 0))
    #expect(cost.stateBytes == 2 * cost.parameterBytes)
    #expect(cost.lines.count == 2 && cost.lines[0].hasPrefix("one step: 100 rows, "))
  }

  @Test func whatWouldNotFitIsRefusedBeforeItIsAllocated() throws {
    let account = MemoryAccount()
    account.limit = 4_000_000
    let data = waves(2000, 100)
    func failure(hidden: [Int], batch: Int, samples: Int = 1) -> Failure? {
      let model = Autoencoder(.init(latent: 2, hidden: hidden))
      var options = TrainingOptions()
      (options.epochs, options.batch, options.samples) = (1, batch, samples)
      do {
        try account.counting { try model.fit(data, options: options) }
        return nil
      } catch { return error as? Failure }
    }
    let wide = try #require(failure(hidden: [9000], batch: 10))
    #expect(wide.code == "L602")
    #expect(wide.message.contains("the parameters of the model would take 7.49 MB of memory"))
    #expect(wide.message.contains("4.0 MB are left"))
    let large = try #require(failure(hidden: [50], batch: 2000, samples: 50))
    #expect(large.code == "L602" && large.helps[0].contains("batch"))
    let absurd = try #require(failure(hidden: [1_000_000, 1_000_000], batch: 10))
    #expect(absurd.code == "L602" && absurd.message.contains("TB"))
    #expect(failure(hidden: [10], batch: 50) == nil)
  }
}
