// Following the clauses of a model block: once when the model is made, to learn its parameters, and
// again with other numbers or symbols in their places.

import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentModels
import LatentSyntax
import LatentTensor

/// Makes models of the blocks of one interpreter.
public final class BlockBuilding: ModelBuilding {
  /// Who follows the next block: a model whose clauses run again.
  var next: BlockBuilder?

  public init() {}

  public func builder(
    name: String, constructor: FunctionObject, arguments: [Value], in runtime: Runtime
  ) throws -> any ModelBuilder {
    if let waiting = next {
      next = nil
      return waiting
    }
    let model = BlockModel(
      name: name, constructor: constructor, arguments: arguments, runtime: runtime,
      random: runtime.random)
    return BlockBuilder(model, .making(runtime.random.next()))
  }
}

final class BlockBuilder: ModelBuilder {
  enum Mode {
    /// The first time; starting values are drawn under the key.
    case making(RandomKey)
    /// With the present values.
    case numbers
    /// With parameters of the graph of a trace.
    case symbols(Trace)
  }

  let model: BlockModel
  let instance: BlockInstance
  private let mode: Mode
  private var random: Philox

  init(_ model: BlockModel, _ mode: Mode) {
    self.model = model
    self.mode = mode
    instance = BlockInstance(model)
    var key = RandomKey(seed: 0, stream: 0)
    if case .making(let start) = mode { key = start }
    random = Philox(seed: key.seed, stream: key.stream)
  }

  func family(_ name: String) -> Value { .object(FamilyObject(name, of: instance)) }

  func parameter(_ parameter: BlockParameter, initial: (() throws -> Value)?) throws -> Value {
    let value: Value
    switch mode {
    case .making: value = try declare(parameter, initial)
    case .numbers:
      guard let known = model.declared.first(where: { $0.name == parameter.name }) else {
        return .nothing
      }
      value = try model.value(of: known)
    case .symbols(let trace):
      guard let known = model.declared.first(where: { $0.name == parameter.name }) else {
        return .nothing
      }
      value = symbol(for: known, trace)
    }
    instance.values[parameter.name] = value
    return value
  }

  private func symbol(for parameter: BlockModel.Parameter, _ trace: Trace) -> Value {
    switch parameter.content {
    case .fixed(let value): return value
    case .network(let design):
      return .object(NetworkObject(design, .symbols(trace, design.network.slots)))
    case .tensor(let space, let shape):
      let free = trace.graph.parameter(parameter.name, shape: space.freeShape(shape))
      return .object(TracedObject(space.value(of: free, shape: shape), in: trace))
    }
  }

  /// The networks of what the library adds to the densities of the block.
  func addAmortised() throws {
    for own in model.amortised {
      guard let parameter = model.declared.first(where: { $0.name == own.parameter }) else {
        continue
      }
      switch mode {
      case .making: continue
      case .numbers: instance.values[own.parameter] = try model.value(of: parameter)
      case .symbols(let trace): instance.values[own.parameter] = symbol(for: parameter, trace)
      }
    }
  }

  func density(_ density: BlockDensity, body: FunctionObject) {
    if case .making = mode { model.densities.append(density) }
    instance.bodies.append((density, body))
  }

  func finish() throws -> Value {
    guard case .making = mode else { return .nothing }
    return .object(ModelObject(model))
  }

  // MARK: Declaring

  private func declare(_ parameter: BlockParameter, _ initial: (() throws -> Value)?) throws
    -> Value
  {
    let given = try initial?()
    if let network = given?.object as? NetworkObject {
      if let type = parameter.type {
        throw Failure(
          "L560", "a network is not `\(type)`", argument: "type",
          help: "write `param \(parameter.name) = mlp(…)`")
      }
      return try declare(network, parameter.name)
    }
    let space = try space(of: parameter)
    var shape = try parameter.dimensions.map(size)
    let isSized = !shape.isEmpty
    if let given {
      guard let tensor = given.asTensor else {
        throw Failure(
          "L560", "a parameter starts as numbers or a network, not as \(given.kindPhrase)",
          argument: "value",
          help: "write e.g. `param \(parameter.name) = 0`, or leave the value out")
      }
      if !isSized { shape = tensor.shape }
    }
    try space.check(shape: shape)
    _ = try Shape.count(shape)
    let start = try given.map { try fitted($0, shape, parameter.name) }
    if space == .int {
      guard let start else {
        throw Failure(
          "L560", "`\(parameter.name)` is whole numbers, which are not trained, and has no value",
          argument: "type", help: "write `param \(parameter.name): int = 3`")
      }
      _ = try space.free(of: start, name: parameter.name)
      model.append(.init(name: parameter.name, content: .fixed(.tensor(start))), [:])
      return .tensor(start)
    }
    let free = try start.map { try space.free(of: $0, name: parameter.name) }
    let declared = BlockModel.Parameter(
      name: parameter.name, content: .tensor(space, shape: shape), isDrawn: free == nil)
    model.append(declared, [parameter.name: free ?? space.start(shape, &random)])
    return try model.value(of: declared)
  }

  private func declare(_ network: NetworkObject, _ name: String) throws -> Value {
    guard case .values(let values) = network.weights else { return .object(network) }
    let own = network.design.named(name)
    let numbers = Dictionary(
      zip(own.network.slots.map(\.name), values), uniquingKeysWith: { first, _ in first })
    let declared = BlockModel.Parameter(name: name, content: .network(own))
    model.append(declared, numbers)
    return try model.value(of: declared)
  }

  private func space(of parameter: BlockParameter) throws -> ParameterSpace {
    guard let type = parameter.type else { return .real }
    if let space = ParameterSpace(rawValue: type) { return space }
    let known = ParameterSpace.allCases.map(\.rawValue)
    let list = known.map { "`\($0)`" }.joined(separator: ", ")
    let near = nearest(to: type, among: known).map { "the nearest type is `\($0)`" }
    throw Failure(
      "L560", "there is no type `\(type)` of parameters", argument: "type",
      help: near ?? "the types are \(list)")
  }

  private func size(_ value: Value) throws -> Int {
    guard let size = value.asInteger else {
      throw Failure(
        "L560", "a size must be a whole number from 1, not \(value.display())", argument: "type")
    }
    return size
  }

  /// The starting value in the shape that is declared; one number serves all elements.
  private func fitted(_ value: Value, _ shape: [Int], _ name: String) throws -> Tensor {
    let tensor = value.asTensor ?? Tensor(0)
    if tensor.shape == shape { return tensor }
    if tensor.isScalar {
      return Tensor(repeating: tensor[flat: 0], shape: shape)
    }
    throw Failure(
      "L560",
      "`\(name)` has the shape \(Shape.text(shape)), but its value has "
        + Shape.text(tensor.shape), argument: "value",
      help: "give numbers of that shape, or one number for all elements")
  }
}
