// From a graph to units of work with levels and views.
//
// A level is a node's place in the order of execution. An elementwise node has the level of its
// elementwise operands of the same shape, and one more than any other operand; elementwise nodes of
// one level and shape form one fused chain. That grouping is always legal: a path between two
// members that left the chain would have raised the level of the second. Units of one level are
// independent of each other. Which levels need a barrier between them is found afterwards (see
// Segments).

import LatentTensor

struct Lowering {
  /// A chain of elementwise operations over one shape, evaluated block by block in the cache.
  struct Chain {
    var level: Int
    var shape: [Int]
    /// Nodes in the order of evaluation; reductions over the last axis among them.
    var members: [Int] = []
  }

  enum Work {
    case chain(Chain)
    /// A node with a kernel of its own.
    case node(Int)
    /// Copies a view into a buffer without gaps.
    case copy(View, into: Int)
  }

  struct Unit {
    var level: Int
    var work: Work
    /// The number of barriers before it, and the rows it is split by if its neighbours rely on
    /// them (see Segments).
    var segment = 0
    var rows = 0
  }

  /// Where a node's value comes from.
  enum Origin: Hashable {
    case leaf
    /// Computed at this level; elementwise members of a chain can be read within the chain.
    case computed(level: Int, chain: Int?)
    /// A view of such a value.
    case alias(level: Int)

    /// The level from which others may read the memory.
    var readable: Int {
      switch self {
      case .leaf: 0
      case .computed(let level, _), .alias(let level): level + 1
      }
    }
  }

  /// A run of memory in the arena, or, for a gradient, in the flat gradient buffer.
  struct Buffer {
    var count: Int
    /// Its first and last use: a level, and a segment once those are known.
    var level: Int
    var lastLevel: Int
    /// Read outside the chain that makes it; the others live in scratch memory only.
    var isNeeded = false
    /// The buffer whose memory it takes over, row by row.
    var partner: Int?
    var place: Place = .arena

    enum Place: Hashable {
      case arena
      /// Kept to the end and from the start: inputs and outputs.
      case persistent
      case gradient(offset: Int)
    }
  }

  let graph: Graph
  private(set) var units: [Unit] = []
  private(set) var chains: [Chain] = []
  private(set) var buffers: [Buffer] = []
  private(set) var constants: [Double] = []
  /// How to read a node.
  private(set) var views: [Int: View] = [:]
  /// Where an output stands at the end. Who reads the node on the way does so by `views`.
  private(set) var outputs: [Int: View] = [:]
  /// Nodes that a kernel or chain reads by `views`.
  private var readNodes: Set<Int> = []
  /// Nodes copied although something else read them before; such a copy would come too late for it.
  private var lateCopies: Set<Int> = []
  /// The buffer a node's own kernel or chain writes.
  private(set) var homes: [Int: Int] = [:]
  private(set) var inputBuffers: [Int: Int] = [:]
  private var origins: [Int: Origin] = [:]
  private var openChains: [Chain.Key: Int] = [:]
  private let parameterOffsets: [Int]

  /// Chains are cut at this length, which bounds the kernel's table of values.
  private static let longestChain = 48

  init(
    _ graph: Graph, outputs: [Symbol], gradients: [(offset: Int, value: Symbol)],
    parameterOffsets: [Int]
  ) throws {
    if let failure = graph.failure { throw failure }
    let nodes = Lowering.reachable(graph, from: outputs.map(\.id) + gradients.map(\.value.id))
    var early: Set<Int> = []
    self.init(graph, parameterOffsets)
    try lower(nodes, copying: early)
    // What must be copied for one reader is then copied before the first: once more from the start.
    while !lateCopies.isSubset(of: early) {
      early.formUnion(lateCopies)
      self = Lowering(graph, parameterOffsets)
      try lower(nodes, copying: early)
    }
    for output in outputs { try keep(output.id, at: .persistent) }
    for gradient in gradients {
      try keep(gradient.value.id, at: .gradient(offset: gradient.offset))
    }
    markNeeded()
    units += chains.map { Unit(level: $0.level, work: .chain($0)) }
    units.sort { $0.level < $1.level }
    let segments = Segments(self)
    (units, buffers) = (segments.units, segments.buffers)
  }

  private init(_ graph: Graph, _ parameterOffsets: [Int]) {
    self.graph = graph
    self.parameterOffsets = parameterOffsets
  }

  /// - Parameter early: nodes that are copied as soon as they can be read.
  private mutating func lower(_ nodes: [Int], copying early: Set<Int>) throws {
    for id in nodes {
      try lower(id)
      if early.contains(id) { try materialize(id) }
      if !graph.nodes[id].isView { readNodes.formUnion(graph.nodes[id].inputs) }
    }
  }

  private static func reachable(_ graph: Graph, from roots: [Int]) -> [Int] {
    var marked = [Bool](repeating: false, count: graph.nodes.count)
    for root in roots { marked[root] = true }
    for id in graph.nodes.indices.reversed() where marked[id] {
      for input in graph.nodes[id].inputs { marked[input] = true }
    }
    return graph.nodes.indices.filter { marked[$0] }
  }

  // MARK: One node

  private mutating func lower(_ id: Int) throws {
    let node = graph.nodes[id]
    switch node.operation {
    case .constant(let value):
      constants.append(value)
      views[id] = View(.constant(constants.count - 1), contiguous: [])
      origins[id] = .leaf
    case .parameter(let place):
      views[id] = View(.parameters, offset: parameterOffsets[place], contiguous: node.shape)
      origins[id] = .leaf
    case .input(let place):
      let buffer = newBuffer(node.shape, level: 0)
      buffers[buffer].place = .persistent
      buffers[buffer].isNeeded = true
      inputBuffers[place] = buffer
      views[id] = View(.buffer(buffer), contiguous: node.shape)
      origins[id] = .leaf
    case .slice(let start, let count):
      try alias(id) { $0.columns(from: start, count: count) }
    case .broadcast:
      try alias(id) { $0.broadcast(to: node.shape) }
    case .transpose:
      try alias(id) { $0.transposed() }
    case .stopGradient, .undifferentiable, .variable:
      try alias(id) { $0 }
    case .reshape:
      if view(of: node.inputs[0]).reshaped(node.shape) == nil { try materialize(node.inputs[0]) }
      try alias(id) { $0.reshaped(node.shape) ?? $0 }
    case .elementwise:
      try lowerElementwise(id)
    case .reduce(_, let axis) where axis == graph.nodes[node.inputs[0]].shape.count - 1:
      try lowerElementwise(id)
    case .reduce, .collect, .windows, .overlap, .lookup, .scatter:
      for input in node.inputs where !view(of: input).isContiguous { try materialize(input) }
      compute(id)
    case .product:
      for input in node.inputs where !view(of: input).strides.contains(1) {
        try materialize(input)
      }
      compute(id)
    case .batch, .draw, .pad, .concatenate:
      compute(id)
    }
  }

  private func view(of id: Int) -> View {
    views[id] ?? View(.constant(0), contiguous: [])
  }

  private func readableLevel(_ id: Int) -> Int { origins[id]?.readable ?? 0 }

  private mutating func newBuffer(_ shape: [Int], level: Int) -> Int {
    buffers.append(Buffer(count: shape.reduce(1, *), level: level, lastLevel: level))
    return buffers.count - 1
  }

  private mutating func alias(_ id: Int, _ transform: (View) -> View) throws {
    let input = graph.nodes[id].inputs[0]
    views[id] = transform(view(of: input))
    let readable = readableLevel(input)
    origins[id] = readable == 0 ? .leaf : .alias(level: readable - 1)
  }

  /// A node with its own kernel.
  private mutating func compute(_ id: Int) {
    let node = graph.nodes[id]
    let level = node.inputs.map(readableLevel).max() ?? 0
    let buffer = newBuffer(node.shape, level: level)
    homes[id] = buffer
    views[id] = View(.buffer(buffer), contiguous: node.shape)
    origins[id] = .computed(level: level, chain: nil)
    units.append(Unit(level: level, work: .node(id)))
  }

  /// Copies a value whose strides no kernel can read.
  private mutating func materialize(_ id: Int) throws {
    if readNodes.contains(id) { lateCopies.insert(id) }
    let view = view(of: id)
    let level = readableLevel(id)
    let buffer = newBuffer(view.shape, level: level)
    buffers[buffer].isNeeded = true
    use(view, at: level)
    units.append(Unit(level: level, work: .copy(view, into: buffer)))
    views[id] = View(.buffer(buffer), contiguous: view.shape)
    origins[id] = .alias(level: level)
  }

  private mutating func lowerElementwise(_ id: Int) throws {
    let node = graph.nodes[id]
    let shape = node.isReduction ? graph.nodes[node.inputs[0]].shape : node.shape
    let space = Space(shape)
    var level = 0
    for input in node.inputs {
      if case .computed(let made, let chain?) = origins[input], chains[chain].shape == shape,
        graph.nodes[input].shape == shape
      {
        level = max(level, made)
        continue
      }
      let strides = view(of: input).broadcast(to: shape).strides(over: space)
      if strides == nil || (strides?.column ?? 0) > 1 { try materialize(input) }
      level = max(level, readableLevel(input))
    }
    while let open = openChains[.init(level: level, shape: shape)],
      chains[open].members.count >= Lowering.longestChain
    {
      level += 1
    }
    let key = Chain.Key(level: level, shape: shape)
    let chain = openChains[key] ?? chains.count
    if chain == chains.count {
      chains.append(Chain(level: level, shape: shape))
      openChains[key] = chain
    }
    chains[chain].members.append(id)
    let buffer = newBuffer(node.shape, level: level)
    homes[id] = buffer
    views[id] = View(.buffer(buffer), contiguous: node.shape)
    origins[id] = .computed(level: level, chain: node.isReduction ? nil : chain)
  }

  // MARK: What stays in memory

  /// Lets an output or gradient be computed in its final place, or copies it there.
  private mutating func keep(_ id: Int, at place: Buffer.Place) throws {
    let view = view(of: id)
    if case .buffer(let buffer) = view.storage, view.isContiguous, view.offset == 0,
      buffers[buffer].count == view.count, buffers[buffer].place == .arena
    {
      buffers[buffer].place = place
      buffers[buffer].isNeeded = true
      if place == .persistent { outputs[id] = view }
      return
    }
    if case .buffer(let buffer) = view.storage, place == .persistent,
      buffers[buffer].place == .persistent, view.isContiguous
    {
      outputs[id] = view
      return
    }
    let level = readableLevel(id)
    let copy = newBuffer(view.shape, level: level)
    buffers[copy].place = place
    buffers[copy].isNeeded = true
    use(view, at: level)
    units.append(Unit(level: level, work: .copy(view, into: copy)))
    if place == .persistent { outputs[id] = View(.buffer(copy), contiguous: view.shape) }
  }

  private mutating func use(_ view: View, at level: Int) {
    guard case .buffer(let buffer) = view.storage else { return }
    buffers[buffer].isNeeded = true
    buffers[buffer].lastLevel = max(buffers[buffer].lastLevel, level)
  }

  private mutating func markNeeded() {
    for unit in units {
      guard case .node(let id) = unit.work else { continue }
      if let home = homes[id] { buffers[home].isNeeded = true }
      for input in graph.nodes[id].inputs { use(view(of: input), at: unit.level) }
    }
    for chain in chains {
      let members = Set(chain.members)
      for id in chain.members {
        if graph.nodes[id].isReduction, let home = homes[id] { buffers[home].isNeeded = true }
        for input in graph.nodes[id].inputs
        where !(members.contains(input) && graph.nodes[input].shape == chain.shape) {
          use(view(of: input), at: chain.level)
        }
      }
    }
  }
}

extension Lowering.Chain {
  struct Key: Hashable {
    var level: Int
    var shape: [Int]
  }
}

extension Graph.Node {
  /// Whether it is only another way to read its operand.
  fileprivate var isView: Bool {
    switch operation {
    case .slice, .broadcast, .transpose, .stopGradient, .undifferentiable, .variable, .reshape:
      true
    default: false
    }
  }

  var isReduction: Bool {
    if case .reduce = operation { true } else { false }
  }
}
