// A compiled graph: a flat list of kernel calls over memory planned in advance.

import CKernels
import LatentTensor

/// A computation ready to be replayed. Running it allocates nothing and takes no lock but the
/// pool's.
public final class Program {
  public let precision: Precision
  let graph: Graph
  let arena: Memory
  let gradient: Memory?
  var steps: [ck_step] = []
  let storage = StepStorage()
  private let outputs: [(shape: [Int], offset: Int, count: Int)]
  private let inputOffsets: [Int: Int]
  private var gathers: [[UnsafeMutablePointer<ck_gather>]]
  /// The parameters are kept alive as long as the program points into them.
  private let parameters: ParameterBuffer?

  /// What it is made of and what a run costs.
  public private(set) var size: ProgramSize

  /// Compiles the graph so that a run computes `outputs` and, with respect to each parameter, the
  /// gradient of `loss`.
  ///
  /// - Parameter trained: the names of the parameters whose gradient is wanted; nil for all.
  /// - Parameter purpose: what it is for, as the subject of a sentence.
  /// - Throws: the first failure recorded while the graph was traced; `L602` before anything is
  ///   allocated when there is not enough memory.
  public init(
    _ graph: Graph, outputs: [Symbol], loss: Symbol? = nil, parameters: ParameterBuffer? = nil,
    trained: Set<String>? = nil, precision: Precision,
    purpose: String = "one run of the computation"
  ) throws {
    let clock = ContinuousClock()
    let begin = clock.now
    self.precision = precision
    self.graph = graph
    self.parameters = parameters
    var gradients: [(offset: Int, value: Symbol)] = []
    var offsets: [Int] = []
    for slot in graph.parameters {
      guard let place = parameters?.slots.firstIndex(of: slot), let parameters else {
        throw Failure("L590", "the parameter `\(slot.name)` of the graph has no values")
      }
      offsets.append(parameters.offsets[place])
    }
    if let loss {
      let wanted = zip(graph.parameters, offsets).filter {
        trained?.contains($0.0.name) ?? true
      }
      let variables = wanted.map { graph.parameter($0.0.name, shape: $0.0.shape) }
      gradients = zip(wanted, loss.gradients(of: variables)).map { ($0.1, $1) }
    }
    let lowering = try Lowering(
      graph, outputs: outputs, gradients: gradients, parameterOffsets: offsets)
    let plan = MemoryPlan(lowering.buffers)
    let gradientCount = loss == nil ? 0 : parameters?.memory.count ?? 0
    try MemoryAccount.require(
      precision.bytes(plan.count + gradientCount), for: purpose,
      helps: ["a smaller `batch`, fewer `samples` or narrower layers need less"])
    arena = Memory(plan.count, precision)
    gradient = loss == nil ? nil : parameters.map { Memory($0.memory.count, precision) }
    size = ProgramSize()
    self.outputs = outputs.map { output in
      let view = lowering.views[output.id]
      var offset = 0
      if case .buffer(let buffer)? = view?.storage { offset = plan.offsets[buffer] }
      return (output.shape, offset + (view?.offset ?? 0), output.shape.reduce(1, *))
    }
    inputOffsets = lowering.inputBuffers.mapValues { plan.offsets[$0] }
    gathers = Array(repeating: [], count: graph.sources.count)
    let emission = Emission(
      lowering: lowering, plan: plan, arena: arena, gradient: gradient,
      parameters: parameters?.memory, precision: precision, storage: storage)
    (steps, gathers, size.work) = emission.emit()
    size.calls = steps.count
    size.segments = steps.isEmpty ? 0 : 1 + steps.filter { $0.barrier != 0 }.count
    size.arenaBytes = arena.bytes
    size.gradientBytes = gradient?.bytes ?? 0
    size.tableBytes = storage.bytes + steps.count * MemoryLayout<ck_step>.stride
    size.compileSeconds = (clock.now - begin).inSeconds
  }

  // MARK: Running

  /// A minibatch's data, borrowed for the duration of `body`.
  ///
  /// `sources` are the data matrices in the order of the graph's list.
  public func withSources<Result>(_ sources: [Tensor], _ body: () throws -> Result) rethrows
    -> Result
  {
    try bind(sources, at: 0, body)
  }

  private func bind<Result>(
    _ sources: [Tensor], at place: Int, _ body: () throws -> Result
  ) rethrows -> Result {
    guard place < sources.count, place < gathers.count else { return try body() }
    func next(_ kind: ck_source_kind, _ scale: Double, _ base: UnsafeRawPointer?) throws -> Result {
      // By index: an iterator of a list of pointers is an allocation in a debug build.
      for number in gathers[place].indices {
        let gather = gathers[place][number]
        gather.pointee.source_kind = Int32(kind.rawValue)
        gather.pointee.scale = scale
        gather.pointee.source = base
      }
      return try bind(sources, at: place + 1, body)
    }
    switch sources[place].storage {
    case .float64(let values):
      return try values.withUnsafeBytes { try next(CK_SOURCE_FLOAT64, 1, $0.baseAddress) }
    case .float32(let values):
      return try values.withUnsafeBytes { try next(CK_SOURCE_FLOAT32, 1, $0.baseAddress) }
    case .bytes(let values, let scale):
      return try values.withUnsafeBytes { try next(CK_SOURCE_BYTES, scale, $0.baseAddress) }
    case .mask(let values):
      return try values.withUnsafeBytes { try next(CK_SOURCE_BYTES, 1, $0.baseAddress) }
    }
  }

  /// One run. `rows` are the data rows of the minibatch, as many as the graph's batches have.
  public func run(seed: UInt64 = 0, step: Int = 0, rows: UnsafePointer<Int32>? = nil) throws {
    var context = ck_context(seed: seed, step: UInt64(max(step, 0)), rows: rows)
    let done = steps.withUnsafeBufferPointer {
      ck_run($0.baseAddress, Int64($0.count), &context, precision == .float32 ? 1 : 0)
    }
    if done == 0 {
      throw Failure(
        "L707", "there is no memory left for a training step", help: "use smaller minibatches")
    }
  }

  /// The value of an input that is one number; nothing is allocated.
  public func setInput(_ symbol: Symbol, to value: Double) {
    guard case .input(let place) = graph.nodes[symbol.id].operation,
      let offset = inputOffsets[place]
    else { return }
    switch precision {
    case .float32: arena.base.assumingMemoryBound(to: Float.self)[offset] = Float(value)
    case .float64: arena.base.assumingMemoryBound(to: Double.self)[offset] = value
    }
  }

  public func setInput(_ symbol: Symbol, _ values: Tensor) throws {
    guard case .input(let place) = graph.nodes[symbol.id].operation,
      let offset = inputOffsets[place]
    else { return }
    guard values.count == symbol.shape.reduce(1, *) else {
      throw Failure("L411", "\(values.shape) given where \(symbol.shape) is expected")
    }
    arena.write(values.values, at: offset)
  }

  /// An output of the latest run.
  public func output(_ place: Int) -> Tensor {
    let output = outputs[place]
    return Tensor(shape: output.shape, arena.read(output.offset, output.count))
  }

  /// A scalar output of the latest run.
  public func scalar(_ place: Int) -> Double {
    let offset = outputs[place].offset
    switch precision {
    case .float32: return Double(arena.base.assumingMemoryBound(to: Float.self)[offset])
    case .float64: return arena.base.assumingMemoryBound(to: Double.self)[offset]
    }
  }

  /// The gradient of the latest run with respect to a parameter.
  public func gradient(of name: String) -> Tensor? {
    guard let gradient, let parameters,
      let place = parameters.slots.firstIndex(where: { $0.name == name })
    else { return nil }
    let slot = parameters.slots[place]
    return Tensor(shape: slot.shape, gradient.read(parameters.offsets[place], slot.count))
  }
}

extension Duration {
  public var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

/// Owns the C structures the steps point to.
final class StepStorage {
  private var release: [() -> Void] = []
  private(set) var bytes = 0

  func store<T>(_ value: T) -> UnsafeMutablePointer<T> { store([value]) }

  func store<T>(_ values: [T]) -> UnsafeMutablePointer<T> {
    let memory = UnsafeMutablePointer<T>.allocate(capacity: max(values.count, 1))
    memory.initialize(from: values, count: values.count)
    bytes += max(values.count, 1) * MemoryLayout<T>.stride
    release.append {
      memory.deinitialize(count: values.count)
      memory.deallocate()
    }
    return memory
  }

  deinit { for free in release { free() } }
}
