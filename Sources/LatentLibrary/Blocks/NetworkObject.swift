// Networks as values: `mlp(…)` makes one, a `param` of a model block owns its weights.

import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentModels
import LatentTensor

/// A network that can be called.
final class NetworkObject: Object {
  enum Weights {
    case values([String: Tensor])
    /// Parameters of the graph of a trace.
    case symbols(Trace)
  }

  let network: Perceptron
  let weights: Weights

  init(_ network: Perceptron, _ weights: Weights) {
    self.network = network
    self.weights = weights
  }

  /// With weights drawn anew.
  convenience init(_ network: Perceptron, key: RandomKey) {
    let buffer = ParameterBuffer(network.slots, precision: .float64)
    var random = Philox(seed: key.combined, stream: 0x1417)
    network.initialise(buffer, &random)
    self.init(
      network,
      .values(
        Dictionary(
          uniqueKeysWithValues: network.slots.map {
            ($0.name, buffer[$0.name] ?? Tensor(repeating: 0, shape: $0.shape))
          })))
  }

  override var kind: String { "network" }

  override func display(_ style: DisplayStyle) -> String {
    let widths = network.widths
    let hidden = widths.dropFirst().dropLast().map(String.init)
    let middle = hidden.count == 1 ? hidden[0] : "[\(hidden.joined(separator: ", "))]"
    let activation =
      network.activation == .relu ? "" : ", activation: \"\(network.activation.rawValue)\""
    return "mlp(\(widths.first ?? 0), \(middle), \(widths.last ?? 0)\(activation))"
  }

  override var memberNames: [String] { ["widths"] }

  override func member(_ name: String) throws -> Value? {
    name == "widths" ? .vector(network.widths.map(Double.init)) : nil
  }

  override var callable: FunctionObject? {
    let own = Own(network: self)
    return FunctionObject(
      Builtin(
        "network", in: .models, help: "The output of the network for each row of x.",
        parameters: [.numeric("x")], returns: .numeric,
        traced: { try own.network.output($0) }, body: { try own.network.output($0) }))
  }

  /// An object of one interpreter, which only the thread of that interpreter calls.
  private struct Own: @unchecked Sendable {
    let network: NetworkObject
  }

  private func output(_ call: BuiltinCall) throws -> Value {
    let x = call.value("x")
    let inputs = network.widths.first ?? 0
    let shape = try shape(of: x, call)
    guard shape.last == inputs || (shape.isEmpty && inputs == 1) else {
      throw Failure(
        "L411",
        "the network takes \(plural(inputs, "number")), but `x` has the shape "
          + Shape.text(shape), argument: "x")
    }
    func output(_ x: Symbol, _ weights: (Graph.Slot) -> Symbol) -> Symbol {
      let y = network(shape.isEmpty ? x.reshaped([1]) : x, weights: weights)
      return shape.isEmpty && y.shape == [1] ? y.reshaped([]) : y
    }
    switch weights {
    case .symbols(let trace):
      guard let symbol = try trace.symbol(of: x) else { return .nothing }
      return .object(
        TracedObject(
          output(symbol) { trace.graph.parameter($0.name, shape: $0.shape) }, in: trace))
    case .values(let values):
      if x.isSymbolic {
        let trace = try call.trace()
        guard let symbol = try trace.symbol(of: x) else { return .nothing }
        return .object(
          TracedObject(
            output(symbol) { values[$0.name].map(trace.input) ?? trace.graph.constant(.nan) },
            in: trace))
      }
      let slots = network.slots
      let given = slots.compactMap { values[$0.name] }
      return .tensor(
        try evaluate([try call.tensor("x")] + given) { symbols in
          let places = Dictionary(
            uniqueKeysWithValues: zip(slots.map(\.name), symbols.dropFirst()))
          return output(symbols[0]) { places[$0.name] ?? symbols[0] }
        })
    }
  }

  private func shape(of x: Value, _ call: BuiltinCall) throws -> [Int] {
    if let traced = x.object as? TracedObject { return traced.symbol.shape }
    return try call.tensor("x").shape
  }
}

extension Builtin {
  static let networks: [Builtin] = [
    Builtin(
      "mlp", in: .models,
      help: """
        A multilayer perceptron: layers of weights and biases with a nonlinearity between them. As \
        a `param` of a model block its weights are trained; on its own it keeps those it starts \
        with (uniform, of variance 2/(inputs + outputs); Glorot and Bengio 2010).
        """,
      parameters: [
        .integer("inputs", in: 1...1_000_000, "Length of the vectors it takes."),
        .shape("hidden", "Widths of the layers between: a number, or a list of them."),
        .integer("outputs", in: 1...1_000_000, "Length of the vectors it gives."),
        .choice(
          "activation", Activation.allCases.map(\.rawValue), default: "relu",
          "The nonlinearity of hidden layers."),
        .seed,
      ],
      returns: Result("network"),
      examples: ["mlp(2, 8, 3)([1, 2]).shape  #=> [3]", "mlp(2, [8, 4], 3)  #=> mlp(2, [8, 4], 3)"]
    ) { call in
      let hidden = try call.shape("hidden")
      let widths = [try call.integer("inputs")] + hidden + [try call.integer("outputs")]
      if let wrong = hidden.first(where: { $0 < 1 || $0 > 1_000_000 }) {
        throw Failure(
          "L402", "a hidden layer cannot have \(wrong) units", argument: "hidden",
          help: "write e.g. `mlp(2, [200, 100], 64)`")
      }
      for (a, b) in zip(widths, widths.dropFirst()) { _ = try Shape.count([a, b]) }
      return .object(
        NetworkObject(
          Perceptron(
            "mlp", widths: widths,
            activation: Activation(rawValue: try call.text("activation")) ?? .relu),
          key: try call.randomKey()))
    }
  ]
}
