// The methods that follow a gradient, each as one fused pass over the flat parameter buffer.

import CKernels
import LatentTensor

/// A first-order method and its constants.
public enum OptimizationMethod: Sendable, Equatable {
  /// Stochastic gradient descent, with heavy-ball or Nesterov momentum (Sutskever et al. 2013).
  case sgd(momentum: Double = 0, nesterov: Bool = false)
  /// Kingma & Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1.
  case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
  /// Tieleman & Hinton 2012.
  case rmsprop(decay: Double = 0.99, epsilon: Double = 1e-8)
  /// Duchi, Hazan & Singer 2011.
  case adagrad(epsilon: Double = 1e-10)

  /// How many buffers of the size of the parameters the method keeps.
  var moments: (first: Bool, second: Bool) {
    switch self {
    case .sgd: (true, false)
    case .adam: (true, true)
    case .rmsprop, .adagrad: (false, true)
    }
  }
}

/// Weight decay: as a penalty ½ λ‖p‖² in the loss, or taken off the parameters themselves
/// (AdamW: Loshchilov & Hutter, "Decoupled weight decay regularization", 2019).
public struct WeightDecay: Sendable, Equatable {
  public var rate: Double
  public var isDecoupled: Bool

  public init(_ rate: Double = 0, decoupled: Bool = false) {
    self.rate = rate
    isDecoupled = decoupled
  }
}

/// A method with its moments, bound to the parameters it moves.
///
/// The step number of Adam's bias correction is the one given to `update`, so that a run resumed at
/// step t goes on exactly.
public final class Optimizer {
  public let parameters: ParameterBuffer
  public let method: OptimizationMethod
  /// The norm to which a longer gradient is shortened; nil leaves gradients as they are
  /// (Pascanu, Mikolov & Bengio 2013).
  public var clipNorm: Double?
  /// The elements of the parameters that are moved.
  private let span: Range<Int>
  private let first: Memory
  private let second: Memory
  private let body: UnsafeMutablePointer<ck_update>
  private let partial: UnsafeMutablePointer<Double>
  private let norm: UnsafeMutablePointer<ck_norm>
  private let blocks: Int
  private let storage = StepStorage()

  /// - Parameter span: elements of the flat buffer, as `ParameterBuffer.spans` gives them; nil for
  ///   all.
  public init(
    _ parameters: ParameterBuffer, _ method: OptimizationMethod = .adam(),
    decay: WeightDecay = WeightDecay(), span: Range<Int>? = nil
  ) {
    self.parameters = parameters
    self.method = method
    let memory = parameters.memory
    let span = (span ?? 0..<memory.count).clamped(to: 0..<memory.count)
    self.span = span
    let moments = method.moments
    // The kernel reads and writes both moments; a method without one shares a buffer of its own.
    first = Memory(span.count, parameters.precision)
    second = moments.first && moments.second ? Memory(span.count, parameters.precision) : first
    var update = ck_update()
    update.count = Int64(span.count)
    update.parameters = memory.address(span.lowerBound)
    update.decay = decay.rate
    update.decoupled = decay.isDecoupled ? 1 : 0
    switch method {
    case .sgd(let momentum, let nesterov):
      update.method = Int32(CK_SGD.rawValue)
      update.beta1 = momentum
      update.nesterov = nesterov ? 1 : 0
    case .adam(let beta1, let beta2, let epsilon):
      update.method = Int32(CK_ADAM.rawValue)
      (update.beta1, update.beta2, update.epsilon) = (beta1, beta2, epsilon)
    case .rmsprop(let decay, let epsilon):
      update.method = Int32(CK_RMSPROP.rawValue)
      (update.beta2, update.epsilon) = (decay, epsilon)
    case .adagrad(let epsilon):
      update.method = Int32(CK_ADAGRAD.rawValue)
      update.epsilon = epsilon
    }
    (update.first, update.second) = (first.base, second.base)
    body = storage.store(update)
    blocks = (span.count + Int(CK_NORM_BLOCK) - 1) / Int(CK_NORM_BLOCK)
    partial = storage.store([Double](repeating: 0, count: blocks))
    norm = storage.store(ck_norm(count: Int64(span.count), gradient: nil, partial: partial))
  }

  /// What the method remembers from step to step, as flat vectors laid out as the parameters.
  ///
  /// Setting the moments that a method of the same kind had for the same parameters lets it go on
  /// where that one stopped; vectors of another length are left alone.
  public var moments: [Tensor] {
    get {
      (first === second ? [first] : [first, second]).map { $0.tensor(0, shape: [$0.count]) }
    }
    set {
      for (memory, values) in zip(first === second ? [first] : [first, second], newValue)
      where values.count == memory.count {
        memory.write(values.values, at: 0)
      }
    }
  }

  /// Forgets all steps.
  public func reset() {
    for memory in first === second ? [first] : [first, second] { memory.clear() }
  }

  /// Bytes of the moments.
  public var byteCount: Int { first === second ? first.bytes : first.bytes + second.bytes }

  /// Moves the parameters down the gradient of the program's latest run.
  public func update(_ program: Program, rate: Double, step: Int) {
    guard let gradient = program.gradient else { return }
    body.pointee.gradient = UnsafeRawPointer(gradient.address(span.lowerBound))
    body.pointee.rate = rate
    body.pointee.clip = 1
    if let clipNorm {
      let length = gradientNorm(program)
      if length > clipNorm { body.pointee.clip = clipNorm / length }
    }
    run(parameters.precision.kernels.pointee.update, UnsafeRawPointer(body), step: step)
  }

  /// The Euclidean norm of the latest gradient, summed in double precision in a fixed order.
  public func gradientNorm(_ program: Program) -> Double {
    guard let gradient = program.gradient else { return 0 }
    norm.pointee.gradient = UnsafeRawPointer(gradient.address(span.lowerBound))
    run(parameters.precision.kernels.pointee.norm, UnsafeRawPointer(norm), step: 0)
    var sum = 0.0
    for block in 0..<blocks { sum += partial[block] }
    return sum.squareRoot()
  }

  private func run(_ kernel: ck_kernel?, _ body: UnsafeRawPointer, step: Int) {
    var context = ck_context(seed: 0, step: UInt64(max(step, 0)), rows: nil)
    var instruction = ck_step(kernel: kernel, body: body, barrier: 0)
    _ = ck_run(&instruction, 1, &context, parameters.precision == .float32 ? 1 : 0)
  }
}
