// The recorded computation: a list of nodes, each defined by earlier ones.
//
// A graph only grows, so the order of its nodes is a topological one. Equal nodes are made once
// (hash-consing), which shares common subexpressions while the graph is being built, the gradient's
// among them; arithmetic on constants and with 0 and 1 is done on the spot.

import LatentTensor

public final class Graph {
  public struct Node: Hashable, Sendable {
    public var operation: Operation
    public var inputs: [Int]
    public var shape: [Int]
  }

  /// A parameter's name and shape, in the order of the flat buffer.
  public struct Slot: Hashable, Sendable {
    public var name: String
    public var shape: [Int]

    public init(_ name: String, shape: [Int]) {
      self.name = name
      self.shape = shape
    }

    public var count: Int { shape.reduce(1, *) }
  }

  public private(set) var nodes: [Node] = []
  public private(set) var parameters: [Slot] = []
  public private(set) var inputs: [Slot] = []
  /// Data matrices by name, with the number of columns.
  public private(set) var sources: [Slot] = []
  /// The first thing that went wrong while recording; compiling throws it.
  public private(set) var failure: Failure?
  /// What nodes are a part of, in words, where the recording code said so.
  public private(set) var origins: [Int: String] = [:]
  /// Where nodes were made in the code that was traced, as numbers that the tracer gave.
  public private(set) var places: [Int: Int] = [:]
  private var origin: String?
  private var place: Int?
  private var known: [Node: Int] = [:]
  private var streams: UInt32 = 0

  public init() {}

  // MARK: Leaves

  public func constant(_ value: Double) -> Symbol {
    insert(.constant(value), [], shape: [])
  }

  /// A trained parameter. A second request for the same name gives the same parameter.
  public func parameter(_ name: String, shape: [Int]) -> Symbol {
    let slot = Slot(name, shape: shape)
    if let place = parameters.firstIndex(where: { $0.name == name }) {
      if parameters[place] != slot {
        record("`\(name)` is used with shapes \(parameters[place].shape) and \(shape)")
      }
      return insert(.parameter(place), [], shape: parameters[place].shape)
    }
    parameters.append(slot)
    return insert(.parameter(parameters.count - 1), [], shape: shape)
  }

  /// Values that the host writes before each run.
  public func input(_ name: String, shape: [Int]) -> Symbol {
    inputs.append(Slot(name, shape: shape))
    return insert(.input(inputs.count - 1), [], shape: shape)
  }

  /// The minibatch of a data matrix: rows × columns. `binarized` draws 0 or 1 from each element.
  public func batch(_ name: String, rows: Int, columns: Int, binarized: Bool) -> Symbol {
    let place: Int
    if let known = sources.firstIndex(where: { $0.name == name }) {
      place = known
    } else {
      sources.append(Slot(name, shape: [columns]))
      place = sources.count - 1
    }
    return insert(
      .batch(source: place, binarized: binarized ? nextStream() : nil), [],
      shape: [rows, columns])
  }

  /// Independent draws, new at every step; two calls give independent draws.
  public func draw(_ kind: Draw, shape: [Int]) -> Symbol {
    insert(.draw(kind, stream: nextStream()), [], shape: shape)
  }

  func variable(_ value: Symbol) -> Symbol {
    // The number keeps two variables of the same value apart.
    insert(.variable(nodes.count), [value.id], shape: value.shape)
  }

  private func nextStream() -> UInt32 {
    streams += 1
    return streams
  }

  // MARK: Recording

  /// Says of what the nodes that `body` records are a part, e.g. "decoder, layer 2".
  public func within<Result>(_ part: String, _ body: () throws -> Result) rethrows -> Result {
    let outer = origin
    origin = outer.map { "\($0), \(part)" } ?? part
    defer { origin = outer }
    return try body()
  }

  /// Says where the nodes from `first` on were made, as far as that was not said before: what a
  /// piece of code records is known when it is done, and its parts are done before it.
  public func attribute(from first: Int, to place: Int) {
    for id in nodes.indices.suffix(from: min(first, nodes.count)) where places[id] == nil {
      places[id] = place
    }
    if failure != nil, failure?.origin == nil { failure?.origin = place }
  }

  /// Records what follows from a node: derivatives of it, or the same for many data. It has the
  /// origin of the node.
  func following<Result>(_ id: Int, _ body: () throws -> Result) rethrows -> Result {
    let outer = (origin, place)
    (origin, place) = (origins[id] ?? origin, places[id] ?? place)
    defer { (origin, place) = outer }
    return try body()
  }

  /// The elements of a shape; nil for more than any machine holds, so that sums of a whole graph's
  /// counts cannot overflow.
  static func elementCount(_ shape: [Int]) -> Int? {
    if shape.contains(0) { return 0 }
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      if overflow || product > 1 << 46 { return nil }
      count = product
    }
    return count
  }

  func insert(_ operation: Operation, _ inputs: [Int], shape: [Int]) -> Symbol {
    guard Graph.elementCount(shape) != nil else {
      if failure == nil {
        let elements = shape.reduce(1.0) { $0 * Double($1) }
        failure = Failure(
          "L602", "a value of shape \(Shape.text(shape)), \(Float(elements)) numbers, is too large",
          help: "a smaller `batch`, fewer `samples` or narrower layers need less")
      }
      return constant(.nan)
    }
    let node = Node(operation: operation, inputs: inputs, shape: shape)
    if let id = known[node] { return Symbol(graph: self, id: id) }
    nodes.append(node)
    known[node] = nodes.count - 1
    if let origin { origins[nodes.count - 1] = origin }
    if let place { places[nodes.count - 1] = place }
    return Symbol(graph: self, id: nodes.count - 1)
  }

  func record(_ message: String, help: String? = nil) {
    guard failure == nil else { return }
    failure = Failure("L411", message, helps: help.map { [$0] } ?? [])
    failure?.origin = place
  }

  /// Records a failure and gives a stand-in, so that recording goes on without a value.
  func fail(_ message: String, help: String? = nil) -> Symbol {
    record(message, help: help)
    return constant(.nan)
  }

  func constantValue(_ id: Int) -> Double? {
    if case .constant(let value) = nodes[id].operation { return value }
    return nil
  }

  // MARK: Elementwise operations

  func elementwise(_ operation: Elementwise, _ operands: [Symbol]) -> Symbol {
    var ids = operands.map(\.id)
    guard let shape = broadcast(ids.map { nodes[$0].shape }) else {
      let shapes = ids.map { "\(nodes[$0].shape)" }.joined(separator: " and ")
      return fail("the shapes \(shapes) do not fit together")
    }
    // An operand that was broadcast beforehand need not be: the operation does it by itself.
    for place in ids.indices {
      guard case .broadcast = nodes[ids[place]].operation else { continue }
      var bare = ids
      bare[place] = nodes[ids[place]].inputs[0]
      if broadcast(bare.map { nodes[$0].shape }) == shape { ids = bare }
    }
    if let simpler = simplified(operation, ids, shape: shape) { return simpler }
    if !fitsKernels(ids, shape) { return merged(operation, ids, shape) }
    return insert(.elementwise(operation), ids, shape: shape)
  }

  /// Right-aligned broadcasting: axes are equal or 1.
  func broadcast(_ shapes: [[Int]]) -> [Int]? {
    var result: [Int] = []
    for shape in shapes {
      let rank = max(result.count, shape.count)
      let a = [Int](repeating: 1, count: rank - result.count) + result
      let b = [Int](repeating: 1, count: rank - shape.count) + shape
      result = []
      for (x, y) in zip(a, b) {
        guard x == y || x == 1 || y == 1 else { return nil }
        result.append(x == 1 ? y : x)
      }
    }
    return result
  }

  /// Constant folding and the identities with 0 and 1. Identities that would change the shape
  /// (0 · x is a constant, x may be a matrix) are taken only where the shape stays.
  private func simplified(_ operation: Elementwise, _ ids: [Int], shape: [Int]) -> Symbol? {
    let constants = ids.map(constantValue)
    if let values = constants as? [Double] {
      return constant(operation.reference(values))
    }
    func keep(_ position: Int) -> Symbol? {
      nodes[ids[position]].shape == shape ? Symbol(graph: self, id: ids[position]) : nil
    }
    switch (operation, constants.first ?? nil, constants.count > 1 ? constants[1] : nil) {
    case (.add, 0, _), (.multiply, 1, _): return keep(1)
    case (.add, _, 0), (.subtract, _, 0), (.multiply, _, 1), (.divide, _, 1), (.power, _, 1):
      return keep(0)
    case (.subtract, 0, _): return elementwise(.negate, [Symbol(graph: self, id: ids[1])])
    case (.multiply, -1, _): return elementwise(.negate, [Symbol(graph: self, id: ids[1])])
    case (.multiply, _, -1): return elementwise(.negate, [Symbol(graph: self, id: ids[0])])
    case (.power, _, 2): return elementwise(.square, [Symbol(graph: self, id: ids[0])])
    case (.divide, _, let divisor?) where divisor != 0:
      return elementwise(
        .multiply, [Symbol(graph: self, id: ids[0]), constant(1 / divisor)])
    case (.log, _, _):
      // Exact where the exponential would overflow or vanish: parameters written `exp(s)`.
      if case .elementwise(.exp) = nodes[ids[0]].operation {
        return Symbol(graph: self, id: nodes[ids[0]].inputs[0])
      }
      return nil
    case (.negate, _, _):
      if case .elementwise(.negate) = nodes[ids[0]].operation {
        return Symbol(graph: self, id: nodes[ids[0]].inputs[0])
      }
      return nil
    default:
      return sumOfPads(operation, ids)
    }
  }

  /// pad(a, 0 …) + pad(b, |a| …) = [a, b]: what the gradient of a split leaves behind.
  private func sumOfPads(_ operation: Elementwise, _ ids: [Int]) -> Symbol? {
    guard operation == .add,
      case .pad(let start0, let total) = nodes[ids[0]].operation,
      case .pad(let start1, total) = nodes[ids[1]].operation
    else { return nil }
    let (first, second) = start0 < start1 ? (ids[0], ids[1]) : (ids[1], ids[0])
    let (a, b) = (nodes[first].inputs[0], nodes[second].inputs[0])
    guard min(start0, start1) == 0, nodes[a].shape.last == max(start0, start1),
      (nodes[a].shape.last ?? 0) + (nodes[b].shape.last ?? 0) == total
    else { return nil }
    return insert(.concatenate, [a, b], shape: nodes[ids[0]].shape)
  }
}
