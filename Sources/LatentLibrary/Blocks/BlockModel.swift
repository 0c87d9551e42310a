// A model written in a model block: its parameters, and its densities as functions of the language
// that are run again whenever the parameters have other values.

import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentModels
import LatentTensor

/// A model made by calling a model block.
final class BlockModel {
  /// One `param`.
  struct Parameter {
    enum Content {
      /// A value of a type, by the free numbers behind it.
      case tensor(ParameterSpace, shape: [Int])
      case network(NetworkObject.Design)
      /// Whole numbers, which are not trained.
      case fixed(Value)
    }
    var name: String
    var content: Content
    /// Whether it starts at a draw, not at a value of the user's.
    var isDrawn = false

    var slots: [Graph.Slot] {
      switch content {
      case .tensor(let space, let shape): [Graph.Slot(name, shape: space.freeShape(shape))]
      case .network(let design): design.network.slots
      case .fixed: []
      }
    }
  }

  let name: String
  let constructor: FunctionObject
  let arguments: [Value]
  private(set) weak var runtime: Runtime?
  /// Where the random stream stood when the model was made: what its clauses draw stays the same.
  let randomAtStart: RandomStream
  var declared: [Parameter] = []
  /// The densities as they are declared; their bodies belong to instances.
  var densities: [BlockDensity] = []
  /// What stands in for the densities q that the block lacks; their heads are in `densities`, their
  /// networks in `declared`.
  private(set) var amortised: [AmortisedPosterior] = []
  /// The free numbers of all parameters.
  var free: ParameterBuffer
  var history = TrainingHistory()
  /// The observed variables in the order of the columns, once data were seen.
  var observed: [Observed] = []
  /// The observed variables whose data hold nan in the present fit.
  var missing: Set<String> = []
  /// What was asked for in the last fit.
  var wishes = BlockPlan.Wishes()
  /// The expression of the file that the model was loaded from.
  var origin: String?
  /// The first datum.
  var example: [String: Value] = [:]
  /// The densities at the present parameters, while nobody has changed these.
  private var current: BlockInstance?
  private var shapes: [String: [Int]]?

  /// A variable that `fit` bound to data.
  struct Observed {
    var name: String
    /// The shape of one datum.
    var shape: [Int]
    var columns: Int { shape.reduce(1, *) }
  }

  init(
    name: String, constructor: FunctionObject, arguments: [Value], runtime: Runtime,
    random: RandomStream
  ) {
    self.name = name
    self.constructor = constructor
    self.arguments = arguments
    self.runtime = runtime
    randomAtStart = random
    free = ParameterBuffer([], precision: .float64)
  }

  /// Whether there are networks: then training is in float32 unless said otherwise.
  var hasNetworks: Bool {
    declared.contains { if case .network = $0.content { true } else { false } }
  }

  var families: [String] {
    var names: [String] = []
    for density in densities where !names.contains(density.family) { names.append(density.family) }
    // Without a q the posterior is what q would be.
    if names.contains("p"), !names.contains("q") { names.append("q") }
    return names
  }

  /// The densities of a family; those of p where there is no q.
  func members(of family: String) -> [BlockDensity] {
    let own = densities.filter { $0.family == family }
    return own.isEmpty && family == "q" ? densities.filter { $0.family == "p" } : own
  }

  /// Subjects and givens of all densities, in order of appearance.
  var variables: [String] {
    var names: [String] = []
    for density in densities {
      for name in density.subjects + density.givens where !names.contains(name) {
        names.append(name)
      }
    }
    return names
  }

  func parametersChanged() {
    current = nil
  }

  // MARK: Instances

  /// The densities at the present parameters.
  func instance() throws -> BlockInstance {
    if let current { return current }
    let made = try instance(.numbers)
    current = made
    return made
  }

  /// The densities with the parameters as symbols of a trace.
  func instance(in trace: Trace) throws -> BlockInstance { try instance(.symbols(trace)) }

  private func instance(_ mode: BlockBuilder.Mode) throws -> BlockInstance {
    guard let runtime, let blocks = runtime.models as? BlockBuilding else {
      throw Failure("L562", "the interpreter that the model belongs to is gone")
    }
    let builder = BlockBuilder(self, mode)
    let random = runtime.random
    runtime.random = randomAtStart
    blocks.next = builder
    defer {
      runtime.random = random
      blocks.next = nil
    }
    _ = try runtime.invoke(constructor, arguments)
    try builder.addAmortised()
    return builder.instance
  }

  // MARK: Parameters

  /// The value that the parameter has now.
  func value(of parameter: Parameter) throws -> Value {
    switch parameter.content {
    case .fixed(let value): return value
    case .tensor(let space, let shape):
      guard let numbers = free[parameter.name] else { return .nothing }
      if space == .real { return .tensor(Tensor(shape: shape, numbers.values)) }
      return .tensor(try evaluate([numbers]) { space.value(of: $0[0], shape: shape) })
    case .network(let design):
      let values = design.network.slots.map { slot in
        free[slot.name] ?? Tensor(repeating: 0, shape: slot.shape)
      }
      return .object(NetworkObject(design, .values(values)))
    }
  }

  /// Adds the free numbers of one more parameter.
  func append(_ parameter: Parameter, _ numbers: [String: Tensor]) {
    let old = free
    let slots = old.slots + parameter.slots
    free = ParameterBuffer(slots, precision: .float64)
    for slot in old.slots { free[slot.name] = old[slot.name] }
    for (name, value) in numbers { free[name] = value }
    declared.append(parameter)
  }

  /// Takes q of latents that the block has none for, in the order in which they are drawn.
  func adopt(_ posteriors: [AmortisedPosterior], seed: UInt64) throws {
    dropAmortised()
    for (place, posterior) in posteriors.enumerated() {
      amortised.append(posterior)
      densities.append(posterior.density)
      append(
        Parameter(name: posterior.parameter, content: .network(posterior.design)),
        try posterior.start(seed: seed &+ UInt64(place) &* 0x9E37_79B9_7F4A_7C15))
    }
    parametersChanged()
  }

  /// Leaves the densities and parameters that are written.
  func dropAmortised() {
    guard !amortised.isEmpty else { return }
    densities = written
    declared.removeAll { parameter in amortised.contains { $0.parameter == parameter.name } }
    amortised = []
    let old = free
    free = ParameterBuffer(declared.flatMap(\.slots), precision: old.precision)
    for slot in free.slots { free[slot.name] = old[slot.name] }
    parametersChanged()
  }

  func isAmortised(_ density: BlockDensity) -> Bool {
    amortised.contains { $0.density.title == density.title }
  }

  /// The densities of the block itself.
  var written: [BlockDensity] { densities.filter { !isAmortised($0) } }

  /// The parameters that are the user's.
  var named: [Parameter] {
    declared.filter { parameter in !amortised.contains { $0.parameter == parameter.name } }
  }

  /// Moves the free numbers to a buffer of another precision.
  func use(_ precision: Precision) {
    guard free.precision != precision else { return }
    let old = free
    free = ParameterBuffer(old.slots, precision: precision)
    for slot in old.slots { free[slot.name] = old[slot.name] }
  }

  func member(_ name: String) throws -> Value? {
    if families.contains(name) { return .object(FamilyObject(name, of: self)) }
    if let parameter = declared.first(where: { $0.name == name }) {
      return try value(of: parameter)
    }
    switch name {
    case "theta": return try parameters(reachableFrom: { $0 != "q" })
    case "phi": return try parameters(reachableFrom: { $0 == "q" })
    default: return nil
    }
  }

  var memberNames: [String] {
    families + named.map(\.name) + ["theta", "phi"]
  }

  /// A record of the parameters that bodies of densities of the families read.
  private func parameters(reachableFrom isWanted: (String) -> Bool) throws -> Value {
    let trace = Trace()
    // Which parameters a family reads shows in the graph of its densities.
    let names = try BlockReach(self, trace).parameters(of: isWanted)
    return .record(
      try declared.filter { names.contains($0.name) }.map { ($0.name, try value(of: $0)) })
  }

  /// The slots of φ: what q alone reads.
  func posteriorSlots() throws -> Set<String> {
    let own = try BlockReach(self, Trace()).parameters { $0 == "q" }
    let generative = try BlockReach(self, Trace()).parameters { $0 != "q" }
    let names = own.subtracting(generative)
    return Set(declared.filter { names.contains($0.name) }.flatMap { $0.slots.map(\.name) })
  }

  // MARK: Shapes

  /// The shape of one datum of a variable; nil where it cannot be known yet.
  func shape(of variable: String) -> [Int]? {
    if let bound = observed.first(where: { $0.name == variable }) { return bound.shape }
    if shapes == nil {
      let draws = (try? instance().ancestralDraw(key: RandomKey(seed: 1, stream: 0))) ?? [:]
      shapes = draws.compactMapValues { $0.asTensor?.shape }
    }
    return shapes?[variable]
  }

  /// A value of each variable: of the first datum if there were data, else drawn.
  func exampleValues() -> [String: Value] {
    let draws = try? instance().ancestralDraw(key: RandomKey(seed: 1, stream: 0), known: example)
    return draws ?? example
  }

  func copy() -> BlockModel {
    guard let runtime else { return self }
    let other = BlockModel(
      name: name, constructor: constructor, arguments: arguments, runtime: runtime,
      random: randomAtStart)
    other.declared = declared
    other.amortised = amortised
    other.densities = densities
    other.free = ParameterBuffer(free.slots, precision: free.precision)
    other.free.restore(free.snapshot())
    other.history = history
    other.observed = observed
    (other.example, other.wishes) = (example, wishes)
    other.origin = origin
    return other
  }
}
