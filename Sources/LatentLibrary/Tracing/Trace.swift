// The computation of a function that is being differentiated, recorded while the function runs.
//
// A function of the language is run once by the ordinary evaluator with a traced tensor in place
// of its argument; what happens to that tensor becomes a graph. All leaves of the graph are values
// at hand, so any node can be worked out at any time: the derivative inside a derivative, too,
// gives plain numbers unless it depends on what an outer one differentiates by.

import LatentAutodiff
import LatentLanguage
import LatentTensor

import struct LatentSyntax.Diagnostic

final class Trace: Recorder {
  let graph: Graph
  /// The values of the leaves.
  private(set) var given: [(symbol: Symbol, value: Tensor)] = []
  /// Where draws begin.
  var seed: UInt64 = 0
  /// Where in the source what was recorded stands; the graph knows the numbers only.
  let places: TracedPlaces
  private let cache: ProgramCache
  /// What the functions now running are differentiated by, outermost first.
  private var variables: [Symbol] = []

  init(
    _ cache: ProgramCache = ProgramCache(), recording graph: Graph = Graph(),
    places: TracedPlaces = TracedPlaces()
  ) {
    self.cache = cache
    self.places = places
    self.graph = graph
  }

  /// A known value in the graph.
  func constant(_ tensor: Tensor) -> Symbol {
    if tensor.isScalar { return graph.constant(tensor[flat: 0]) }
    // Zeros and ones are folded into what uses them.
    let values = tensor.values
    if let first = values.first, first == 0 || first == 1, values.allSatisfy({ $0 == first }) {
      return graph.constant(first).broadcast(to: tensor.shape)
    }
    return input(tensor)
  }

  /// A leaf of the graph, which stays one: constants are folded into what uses them.
  func input(_ tensor: Tensor) -> Symbol {
    let symbol = graph.input("value", shape: tensor.shape)
    given.append((symbol, tensor))
    return symbol
  }

  /// A number or tensor, traced or not, in the graph; nil for other values.
  func symbol(of value: Value) throws -> Symbol? {
    if let traced = value.object as? TracedObject {
      guard traced.trace === self else {
        throw Failure("L430", "a traced tensor was kept after its function had ended")
      }
      return traced.symbol
    }
    return value.asTensor.map(constant)
  }

  // MARK: Places

  var recordedCount: Int { graph.nodes.count }

  func attribute(from first: Int, to place: Diagnostic.Label) {
    graph.attribute(from: first, to: places.number(of: place))
  }

  // MARK: Variables

  /// A node of this value to differentiate by; nil when it is no number or tensor.
  func variable(_ value: Value) throws -> Symbol? {
    // A traced value gets a name of its own: other uses of it must not count.
    if value.isSymbolic { return try symbol(of: value)?.variable() }
    return value.asTensor.map(input)
  }

  /// Runs `body` while what depends on a variable stays a traced tensor.
  func opening<Result>(_ variable: Symbol, _ body: () throws -> Result) rethrows -> Result {
    variables.append(variable)
    defer { variables.removeLast() }
    return try body()
  }

  /// What a node is worth: numbers, or a traced tensor if it depends on an open variable.
  func value(of symbol: Symbol) throws -> Value {
    if dependsOnVariables(symbol) { return .object(TracedObject(symbol, in: self)) }
    if symbol.count == 0 { return .tensor(Tensor(repeating: 0, shape: symbol.shape)) }
    let program = try self.program(for: symbol)
    try program.run(seed: seed)
    return .tensor(program.output(0))
  }

  /// Whether a node depends on something that is not settled yet.
  func dependsOnVariables(_ symbol: Symbol) -> Bool {
    let wanted = Set(variables.map(\.id))
    guard let first = wanted.min() else { return false }
    var seen: Set<Int> = [symbol.id]
    var waiting = [symbol.id]
    while let id = waiting.popLast() {
      if wanted.contains(id) { return true }
      for input in graph.nodes[id].inputs where input >= first && seen.insert(input).inserted {
        waiting.append(input)
      }
    }
    return false
  }

  /// A program that computes a node, its known leaves filled in.
  func program(for symbol: Symbol) throws -> Program {
    let program = try cache.program(for: symbol)
    for (leaf, value) in given { try program.setInput(leaf, value) }
    return program
  }
}
