// From units of work to the C structures that kernels read.

import CKernels
import LatentTensor

struct Emission {
  let lowering: Lowering
  let plan: MemoryPlan
  let arena: Memory
  let gradient: Memory?
  let parameters: Memory?
  let precision: Precision
  let storage: StepStorage
  let constants: UnsafeMutableRawPointer

  init(
    lowering: Lowering, plan: MemoryPlan, arena: Memory, gradient: Memory?, parameters: Memory?,
    precision: Precision, storage: StepStorage
  ) {
    self.lowering = lowering
    self.plan = plan
    self.arena = arena
    self.gradient = gradient
    self.parameters = parameters
    self.precision = precision
    self.storage = storage
    constants =
      precision == .float32
      ? UnsafeMutableRawPointer(storage.store(lowering.constants.map { Float($0) }))
      : UnsafeMutableRawPointer(storage.store(lowering.constants))
  }

  var graph: Graph { lowering.graph }
  var kernels: ck_kernels { precision.kernels.pointee }

  func emit() -> (
    steps: [ck_step], gathers: [[UnsafeMutablePointer<ck_gather>]], work: Double
  ) {
    var steps: [ck_step] = []
    var gathers = [[UnsafeMutablePointer<ck_gather>]](repeating: [], count: graph.sources.count)
    var work = 0.0
    for (place, unit) in lowering.units.enumerated() {
      let before = steps.count
      switch unit.work {
      case .chain(let chain):
        steps.append(emit(chain, rows: unit.rows))
        work += Double(chain.members.count) * Double(chain.shape.reduce(1, *))
      case .copy(let view, let buffer):
        steps += copies(view, to: View(.buffer(buffer), contiguous: view.shape), rows: unit.rows)
      case .node(let id):
        if case .batch(let source, _) = graph.nodes[id].operation {
          let body = storage.store(gather(id, rows: unit.rows))
          gathers[source].append(body)
          steps.append(ck_step(kernel: kernels.gather, body: UnsafeRawPointer(body), barrier: 0))
        } else {
          steps += emit(node: id, rows: unit.rows)
          work += self.work(id)
        }
      }
      let last = place + 1 == lowering.units.count
      if steps.count > before, !last, lowering.units[place + 1].segment != unit.segment {
        steps[steps.count - 1].barrier = 1
      }
    }
    return (steps, gathers, work)
  }

  // MARK: Addresses

  func address(_ storage: View.Storage, _ offset: Int) -> UnsafeMutableRawPointer {
    switch storage {
    case .parameters:
      return (parameters ?? arena).address(offset)
    case .constant(let place):
      return constants + place * precision.elementSize
    case .buffer(let buffer):
      if case .gradient(let start) = lowering.buffers[buffer].place, let gradient {
        return gradient.address(start + offset)
      }
      return arena.address(plan.offsets[buffer] + offset)
    }
  }

  func address(_ view: View) -> UnsafeMutableRawPointer { address(view.storage, view.offset) }

  func view(_ id: Int) -> View { lowering.views[id] ?? View(.constant(0), contiguous: []) }

  /// Where the node's own kernel writes.
  func home(_ id: Int) -> View {
    View(.buffer(lowering.homes[id] ?? 0), contiguous: graph.nodes[id].shape)
  }

  private func step<Body>(_ kernel: ck_kernel?, _ body: Body) -> ck_step {
    ck_step(kernel: kernel, body: UnsafeRawPointer(storage.store(body)), barrier: 0)
  }

  // MARK: Nodes with kernels of their own

  private func emit(node id: Int, rows: Int) -> [ck_step] {
    let node = graph.nodes[id]
    let out = home(id)
    switch node.operation {
    case .product(let transposeLeft, let transposeRight):
      return [
        product(
          transposeLeft ? view(node.inputs[0]).transposed() : view(node.inputs[0]),
          transposeRight ? view(node.inputs[1]).transposed() : view(node.inputs[1]), out,
          rows: rows)
      ]
    case .draw(let draw, let stream):
      return [
        step(
          kernels.draw,
          ck_draw(
            kind: Int32((draw == .uniform ? CK_UNIFORM : CK_NORMAL).rawValue), stream: stream,
            count: Int64(out.count), out: address(out)))
      ]
    case .reduce(let reduction, let axis):
      let input = view(node.inputs[0])
      return [
        step(
          kernels.fold,
          ck_fold(
            kind: reduction.code, before: Int64(input.shape.prefix(axis).reduce(1, *)),
            extent: Int64(input.shape[axis]),
            after: Int64(input.shape.dropFirst(axis + 1).reduce(1, *)), in: address(input),
            out: address(out)))
      ]
    case .collect(let incidence):
      return [
        step(
          kernels.collect,
          ck_collect(
            count: Int64(incidence.count), starts: storage.store(incidence.starts.map(Int64.init)),
            sources: storage.store(incidence.sources.map(Int64.init)),
            in: address(view(node.inputs[0])), out: address(out)))
      ]
    case .windows(let windows):
      let images = graph.nodes[node.inputs[0]].shape.dropLast().reduce(1, *)
      return [step(kernels.windows, body(windows, images, view(node.inputs[0]), out, rows: rows))]
    case .overlap(let windows):
      let images = node.shape.dropLast().reduce(1, *)
      return [step(kernels.overlap, body(windows, images, view(node.inputs[0]), out, rows: rows))]
    case .lookup:
      return [step(kernels.lookup, lookup(node, out, rows: rows))]
    case .scatter:
      return [step(kernels.scatter, lookup(node, out, rows: 0))]
    case .pad(let start, let total):
      let input = view(node.inputs[0])
      let width = input.shape.last ?? 0
      return [
        fill(out.columns(from: 0, count: start), rows: rows),
        fill(out.columns(from: start + width, count: total - start - width), rows: rows),
      ].compactMap { $0 } + copies(input, to: out.columns(from: start, count: width), rows: rows)
    case .concatenate:
      var start = 0
      return node.inputs.flatMap { input in
        let width = graph.nodes[input].shape.last ?? 0
        defer { start += width }
        return copies(view(input), to: out.columns(from: start, count: width), rows: rows)
      }
    default:
      return []
    }
  }

  private func product(_ a: View, _ b: View, _ c: View, rows: Int) -> ck_step {
    var body = ck_product()
    (body.m, body.n, body.k) = (Int64(a.shape[0]), Int64(b.shape[1]), Int64(a.shape[1]))
    (body.a, body.b, body.c) = (
      UnsafeRawPointer(address(a)), UnsafeRawPointer(address(b)), address(c)
    )
    (body.a_row, body.a_col) = (Int64(a.strides[0]), Int64(a.strides[1]))
    (body.b_row, body.b_col) = (Int64(b.strides[0]), Int64(b.strides[1]))
    body.c_row = Int64(c.strides[0])
    body.batches = 1
    body.by_row = rows > 0 ? 1 : 0
    return step(kernels.product, body)
  }

  /// Floating-point operations of a node with a kernel of its own; copies have none.
  private func work(_ id: Int) -> Double {
    let node = graph.nodes[id]
    let count = Double(node.shape.reduce(1, *))
    switch node.operation {
    case .product(let transposed, _):
      return 2 * count * Double(graph.nodes[node.inputs[0]].shape[transposed ? 0 : 1])
    case .reduce: return Double(graph.nodes[node.inputs[0]].shape.reduce(1, *))
    case .draw: return count
    case .collect(let incidence): return Double(incidence.sources.count)
    default: return 0
    }
  }

  private func body(
    _ windows: Windows, _ images: Int, _ input: View, _ out: View, rows: Int
  ) -> ck_windows {
    var body = ck_windows()
    body.images = Int64(images)
    (body.height, body.width) = (Int64(windows.height), Int64(windows.width))
    body.channels = Int64(windows.channels)
    body.kernel_height = Int64(windows.kernelHeight)
    body.kernel_width = Int64(windows.kernelWidth)
    (body.stride, body.padding) = (Int64(windows.stride), Int64(windows.padding))
    (body.rows, body.columns) = (Int64(windows.rows), Int64(windows.columns))
    body.in = UnsafeRawPointer(address(input))
    body.out = address(out)
    body.by_row = rows > 0 ? 1 : 0
    return body
  }

  private func lookup(_ node: Graph.Node, _ out: View, rows: Int) -> ck_lookup {
    let indices = view(node.inputs[0])
    let values = view(node.inputs[1])
    var body = ck_lookup()
    body.count = Int64(indices.count)
    if case .scatter(let count) = node.operation {
      body.rows = Int64(count)
    } else {
      body.rows = Int64(values.shape.first ?? 0)
    }
    body.cols = Int64(node.shape.last ?? 0)
    body.indices = UnsafeRawPointer(address(indices))
    body.in = UnsafeRawPointer(address(values))
    body.out = address(out)
    body.by_row = rows > 0 ? 1 : 0
    return body
  }

  private func gather(_ id: Int, rows: Int) -> ck_gather {
    guard case .batch(_, let binarized) = graph.nodes[id].operation else { return ck_gather() }
    let out = home(id)
    var body = ck_gather()
    body.bernoulli = binarized == nil ? 0 : 1
    body.stream = binarized ?? 0
    body.rows = Int64(out.shape[0])
    body.cols = Int64(out.shape[1])
    body.by_row = rows > 0 ? 1 : 0
    body.out = address(out)
    return body
  }

  // MARK: Copies

  /// One copy where both views read as three axes, which is what the kernel knows; else one for
  /// each place along the shortest axis.
  private func copies(_ source: View, to target: View, rows: Int) -> [ck_step] {
    let space = Space(target.shape)
    if let from = source.strides(over: space), let to = target.strides(over: space) {
      return [copy(source, target, space, from, to, rows: rows)]
    }
    let longer = target.shape.indices.filter { target.shape[$0] != 1 }
    guard let axis = longer.min(by: { target.shape[$0] < target.shape[$1] }) else { return [] }
    return (0..<target.shape[axis]).flatMap { place in
      copies(source.slice(axis, at: place), to: target.slice(axis, at: place), rows: 0)
    }
  }

  private func copy(
    _ source: View, _ target: View, _ space: Space,
    _ from: (outer: Int, row: Int, column: Int), _ to: (outer: Int, row: Int, column: Int),
    rows: Int
  ) -> ck_step {
    step(
      kernels.copy,
      ck_copy(
        outer: Int64(space.outer), rows: Int64(space.rows), cols: Int64(space.columns),
        in: UnsafeRawPointer(address(source)), out: address(target), in_outer: Int64(from.outer),
        in_row: Int64(from.row), in_col: Int64(from.column), out_outer: Int64(to.outer),
        out_row: Int64(to.row), out_col: Int64(to.column), by_row: rows > 0 ? 1 : 0))
  }

  private func fill(_ target: View, rows: Int) -> ck_step? {
    guard target.count > 0 else { return nil }
    let space = Space(target.shape)
    guard let to = target.strides(over: space) else { return nil }
    return step(
      kernels.copy,
      ck_copy(
        outer: Int64(space.outer), rows: Int64(space.rows), cols: Int64(space.columns), in: nil,
        out: address(target), in_outer: 0, in_row: 0, in_col: 0, out_outer: Int64(to.outer),
        out_row: Int64(to.row), out_col: Int64(to.column), by_row: rows > 0 ? 1 : 0))
  }
}

extension Reduction {
  var code: Int32 { Int32((self == .sum ? CK_SUM : CK_MAX).rawValue) }
}
