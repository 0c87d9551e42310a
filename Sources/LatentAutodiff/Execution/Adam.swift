// Adam as one fused pass over the flat parameter buffer.

import CKernels

/// Adam (Kingma & Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1).
///
/// The step number of the bias correction is the one given to `update`, so that a run resumed at
/// step t goes on exactly.
public final class Adam {
  public let parameters: ParameterBuffer
  /// First and second moments, laid out as the parameters.
  let first: Memory
  let second: Memory
  private let rate: UnsafeMutablePointer<Double>
  private let body: UnsafeMutablePointer<ck_adam>
  private let storage = StepStorage()

  public init(
    _ parameters: ParameterBuffer, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8
  ) {
    self.parameters = parameters
    first = Memory(parameters.memory.count, parameters.precision)
    second = Memory(parameters.memory.count, parameters.precision)
    rate = storage.store(0)
    body = storage.store(
      ck_adam(
        count: Int64(parameters.memory.count), parameters: parameters.memory.base,
        first: first.base, second: second.base, gradient: nil, beta1: beta1, beta2: beta2,
        epsilon: epsilon, rate: UnsafePointer(rate)))
  }

  /// Moves the parameters down the gradient of the program's latest run.
  public func update(_ program: Program, rate: Double, step: Int) {
    guard let gradient = program.gradient else { return }
    self.rate.pointee = rate
    body.pointee.gradient = UnsafeRawPointer(gradient.base)
    var step = ck_context(seed: 0, step: UInt64(max(step, 0)), rows: nil)
    var instruction = ck_step(
      kernel: parameters.precision.kernels.pointee.adam, body: UnsafeRawPointer(body), barrier: 0)
    _ = ck_run(&instruction, 1, &step, parameters.precision == .float32 ? 1 : 0)
  }

  /// The moments, to come back to.
  public func snapshot() -> (Memory, Memory) {
    let copies = (Memory(first.count, first.precision), Memory(second.count, second.precision))
    copies.0.copy(from: first)
    copies.1.copy(from: second)
    return copies
  }

  public func restore(_ snapshot: (Memory, Memory)) {
    first.copy(from: snapshot.0)
    second.copy(from: snapshot.1)
  }
}
