// Networks as values: `mlp(…)`, `conv(…)` and the like make one, a `param` of a model block owns its
// numbers.

import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentModels
import LatentTensor

import struct LatentSyntax.Diagnostic

/// A network that can be called.
final class NetworkObject: Object {
  /// What a network is, apart from its numbers.
  struct Design {
    var network: Network
    /// As it is written in the language.
    var text: String
    /// Where it was made, for messages about what it is given.
    var place: Diagnostic.Label?

    func named(_ name: String) -> Design {
      var copy = self
      copy.network.name = name
      return copy
    }
  }

  /// The numbers, in the order of the network's slots.
  enum Weights {
    case values([Tensor])
    /// Parameters of the graph of a trace.
    case symbols(Trace, [Graph.Slot])
  }

  let design: Design
  let weights: Weights
  var network: Network { design.network }

  init(_ design: Design, _ weights: Weights) {
    self.design = design
    self.weights = weights
  }

  /// With numbers drawn anew.
  convenience init(_ design: Design, key: RandomKey) throws {
    for slot in design.network.slots { _ = try Shape.count(slot.shape) }
    let buffer = ParameterBuffer(design.network.slots, precision: .float64)
    var random = Philox(seed: key.combined, stream: 0x1417)
    design.network.initialise(buffer, &random)
    self.init(
      design,
      .values(
        design.network.slots.map { buffer[$0.name] ?? Tensor(repeating: 0, shape: $0.shape) }))
  }

  override var kind: String { "network" }

  override func display(_ style: DisplayStyle) -> String { design.text }

  override var memberNames: [String] { ["widths"] }

  /// `widths`: the lengths of the vectors between dense layers.
  override func member(_ name: String) throws -> Value? {
    guard name == "widths" else { return nil }
    var widths: [Int] = []
    func add(_ layers: [Layer]) {
      for layer in layers {
        switch layer {
        case .dense(let inputs, let outputs):
          widths += widths.isEmpty ? [inputs, outputs] : [outputs]
        case .skip(let inner): add(inner)
        default: break
        }
      }
    }
    add(network.layers)
    return .vector(widths.map(Double.init))
  }

  // MARK: Calling

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
    let shape = try checkedShape(of: x, call)
    let network = network
    let isTraining = (call.runtime.trace as? Trace)?.isTraining ?? false
    func output(_ x: Symbol, _ weights: (Graph.Slot) -> Symbol) -> Symbol {
      let y = network(
        x.shape == shape ? x : x.reshaped(shape), isTraining: isTraining, weights: weights)
      return x.shape.isEmpty && y.shape == [1] ? y.reshaped([]) : y
    }
    switch weights {
    case .symbols(let trace, let slots):
      guard let symbol = try trace.symbol(of: x) else { return .nothing }
      let places = NetworkObject.places(network, slots)
      return .object(
        TracedObject(
          output(symbol) { own in
            trace.graph.parameter((places[own.name] ?? own).name, shape: own.shape)
          }, in: trace))
    case .values(let values):
      let places = NetworkObject.places(network, values)
      if x.isSymbolic {
        let trace = try call.trace()
        guard let symbol = try trace.symbol(of: x) else { return .nothing }
        return .object(
          TracedObject(
            output(symbol) { places[$0.name].map(trace.input) ?? trace.graph.constant(.nan) },
            in: trace))
      }
      return .tensor(
        try evaluate([try call.tensor("x")] + values) { symbols in
          let places = NetworkObject.places(network, Array(symbols.dropFirst()))
          return output(symbols[0]) { places[$0.name] ?? symbols[0] }
        })
    }
  }

  /// What belongs to each slot of a network, by its name.
  private static func places<Content>(
    _ network: Network, _ contents: [Content]
  ) -> [String: Content] {
    Dictionary(
      zip(network.slots.map(\.name), contents), uniquingKeysWith: { first, _ in first })
  }

  /// The shape the network works on; a number is a vector of length 1 to it.
  private func checkedShape(of x: Value, _ call: BuiltinCall) throws -> [Int] {
    let traced = (x.object as? TracedObject)?.symbol.shape
    var shape = try traced ?? call.tensor("x").shape
    do {
      if case .embedding(let count, _) = network.layers.first {
        if traced == nil { try check(call.tensor("x"), areBelow: count) }
      } else if shape.isEmpty {
        shape = [1]
      }
      _ = try Shape.count(network.shape(for: shape))
      return shape
    } catch var failure as Failure {
      failure.argument = nil
      let made = design.place.map {
        Diagnostic.Label($0.source, $0.span, "`\(network.name)` is made here")
      }
      var diagnostic = Diagnostic(failure, at: call.place(of: "x"))
      diagnostic.secondary = [made].compactMap { $0 }
      throw diagnostic
    }
  }

  private func check(_ indices: Tensor, areBelow count: Int) throws {
    let wrong = indices.values.first { !($0 >= 0 && $0 < Double(count) && $0.rounded() == $0) }
    guard let wrong else { return }
    throw Failure(
      "L404",
      "`\(network.layers.first?.title ?? network.name)` has no row \(Value.number(wrong).display())",
      help: "its rows are the whole numbers from 0 to \(count - 1)")
  }
}
