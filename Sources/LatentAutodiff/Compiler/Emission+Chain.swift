// A fused chain: which values live in cache blocks, which are read and written in place.

import CKernels

extension Emission {
  /// Elements in a block: 2 KB of float32, so that a dozen blocks fit a 48 KB cache beside the memory
  /// that streams through it.
  private static let block = 512

  func emit(_ chain: Lowering.Chain, rows: Int) -> ck_step {
    let space = Space(chain.shape)
    let columns = max(space.columns, 1)
    var body = ck_fused()
    (body.outer, body.rows, body.cols) = (
      Int64(space.outer), Int64(space.rows), Int64(columns)
    )
    let (chunkRows, chunkColumns) = chunks(rows: space.outer * space.rows, columns: columns)
    (body.chunk_rows, body.chunk_cols) = (Int64(chunkRows), Int64(chunkColumns))
    body.by_row = rows > 0 ? 1 : 0
    var builder = ChainBuilder(
      emission: self, chain: chain, space: space, chunkRows: chunkRows)
    builder.build()
    // Blocks are padded to whole vectors.
    body.slot_elements = Int64((chunkRows * chunkColumns + 15) / 16 * 16)
    body.value_count = Int32(builder.values.count)
    body.micro_count = Int32(builder.micros.count)
    body.reduction_count = Int32(builder.reductions.count)
    body.values = UnsafePointer(storage.store(builder.values))
    body.micros = UnsafePointer(storage.store(builder.micros))
    body.reductions = UnsafePointer(storage.store(builder.reductions))
    return ck_step(
      kernel: kernels.fused, body: UnsafeRawPointer(storage.store(body)), barrier: 0)
  }

  /// Several short rows to a block, or a long row in equal parts of whole vectors.
  private func chunks(rows: Int, columns: Int) -> (rows: Int, columns: Int) {
    if columns <= Emission.block / 2 {
      return (max(1, min(Emission.block / columns, rows)), columns)
    }
    let parts = (columns + Emission.block - 1) / Emission.block
    return (1, (((columns + parts - 1) / parts) + 15) / 16 * 16)
  }
}

/// Assigns values and cache blocks for one chain.
private struct ChainBuilder {
  let emission: Emission
  let chain: Lowering.Chain
  let space: Space
  let chunkRows: Int
  var values: [ck_value] = []
  var micros: [ck_micro] = []
  var reductions: [ck_reduction] = []
  private var places: [Int: Int32] = [:]
  private var freeSlots: [Int32] = []
  private var slotCount: Int32 = 0
  private var lastUse: [Int: Int] = [:]

  init(emission: Emission, chain: Lowering.Chain, space: Space, chunkRows: Int) {
    self.emission = emission
    self.chain = chain
    self.space = space
    self.chunkRows = chunkRows
    for (time, id) in chain.members.enumerated() {
      let node = emission.graph.nodes[id]
      // Reductions read their input after all operations of a block: it keeps its place.
      for input in node.inputs where lastUse[input] != Int.max {
        lastUse[input] = node.isReduction ? Int.max : time
      }
    }
  }

  private var members: Set<Int> { Set(chain.members) }

  mutating func build() {
    let graph = emission.graph
    let table = withUnsafeBytes(of: emission.kernels.elementwise) {
      Array($0.bindMemory(to: ck_elementwise?.self))
    }
    let members = self.members
    for (time, id) in chain.members.enumerated() {
      let node = graph.nodes[id]
      let operands = node.inputs.map { input in
        members.contains(input) && graph.nodes[input].shape == chain.shape
          ? places[input] ?? 0 : operand(input)
      }
      switch node.operation {
      case .elementwise(let operation):
        let result = newResult(id)
        places[id] = result
        micros.append(
          ck_micro(
            apply: table[Int(operation.kernel.rawValue)], d: result, a: operands[0],
            b: operands.count > 1 ? operands[1] : operands[0],
            c: operands.count > 2 ? operands[2] : operands[0]))
      case .reduce(let reduction, _):
        let home = emission.home(id)
        let strides = home.strides(over: space)
        reductions.append(
          ck_reduction(
            value: operands[0], kind: reduction.code, base: emission.address(home),
            outer: Int64(strides?.outer ?? 0), row: Int64(strides?.row ?? 0)))
      default:
        break
      }
      release(node.inputs, at: time, members: members)
    }
  }

  /// A value from outside: used in place where its rows lie as the blocks do, else loaded.
  private mutating func operand(_ id: Int) -> Int32 {
    if let place = places[id] { return place }
    let view = emission.view(id).broadcast(to: chain.shape)
    let strides = view.strides(over: space) ?? (0, 0, 0)
    var value = ck_value()
    value.base = emission.address(view)
    (value.outer, value.row) = (Int64(strides.outer), Int64(strides.row))
    if strides.outer == 0, strides.row == 0, strides.column == 0 {
      value.kind = Int32(CK_CONSTANT.rawValue)
      value.slot = ownSlot()
    } else if strides.column == 0, !(space.columns == 1 && isDense(strides)) {
      value.kind = Int32(CK_PER_ROW.rawValue)
      value.slot = ownSlot()
    } else {
      value.kind = Int32(CK_MEMORY.rawValue)
      value.slot = isDense(strides) || chunkRows == 1 ? -1 : ownSlot()
    }
    values.append(value)
    places[id] = Int32(values.count - 1)
    return Int32(values.count - 1)
  }

  /// Whether consecutive rows are adjacent, so that a block of several rows is one run of memory.
  private func isDense(_ strides: (outer: Int, row: Int, column: Int)) -> Bool {
    (space.rows == 1 || strides.row == space.columns)
      && (space.outer == 1 || strides.outer == space.rows * space.columns)
  }

  /// The result of an operation: in its buffer if somebody outside reads it, else in a block.
  private mutating func newResult(_ id: Int) -> Int32 {
    var value = ck_value()
    if let home = emission.lowering.homes[id], emission.lowering.buffers[home].isNeeded {
      let view = emission.home(id)
      let strides = view.strides(over: space) ?? (0, 0, 0)
      value.kind = Int32(CK_MEMORY.rawValue)
      value.slot = -1
      value.base = emission.address(view)
      (value.outer, value.row) = (Int64(strides.outer), Int64(strides.row))
    } else {
      value.kind = Int32(CK_SCRATCH.rawValue)
      value.slot = freeSlots.popLast() ?? ownSlot()
    }
    values.append(value)
    return Int32(values.count - 1)
  }

  private mutating func ownSlot() -> Int32 {
    slotCount += 1
    return slotCount - 1
  }

  /// Gives back the blocks of results nobody reads after `time`. Blocks of loaded values are not
  /// given back: some are filled once for all blocks.
  private mutating func release(_ inputs: [Int], at time: Int, members: Set<Int>) {
    for input in Set(inputs) where members.contains(input) && lastUse[input] == time {
      guard let place = places[input] else { continue }
      let value = values[Int(place)]
      if value.kind == Int32(CK_SCRATCH.rawValue) { freeSlots.append(value.slot) }
    }
  }
}
