// The code of a chain for the machine of CKernels/chain.h, whose only register is a tile: an
// operation takes one operand from the tile, where the latest result is, and others from memory. A
// result goes to memory only if somebody reads it there: outside the chain, a reduction, or an
// operation that does not follow at once.

import CKernels

struct ChainCode {
  private(set) var values: [ck_value] = []
  private(set) var micros: [ck_micro] = []
  private(set) var reductions: [ck_reduction] = []
  /// Blocks of scratch memory.
  private(set) var slotCount = 0
  /// Whether results are stored past the cache.
  private(set) var streams = false

  /// Where a node's value is read: the same number may be needed as such and as a block of it.
  private struct Place: Hashable {
    var id: Int
    var isNumber: Bool
  }

  private var places: [Place: Int32] = [:]
  private var freeSlots: [Int32] = []

  init() {}

  init(_ emission: Emission, _ chain: Lowering.Chain, _ space: Space, _ blocking: Blocking) {
    let uses = Uses(emission.graph, chain)
    let source = Source(
      emission: emission, members: uses.members, shape: chain.shape, space: space,
      blocking: blocking)
    let bytes = chain.shape.reduce(emission.precision.elementSize, *)
    // Rows that end within a tile would be streamed in pieces.
    let mayStream =
      bytes >= Int(CK_STREAM_BYTES)
      && (blocking.rows * blocking.columns % Blocking.tile == 0)
    for (time, id) in chain.members.enumerated() {
      let node = emission.graph.nodes[id]
      switch node.operation {
      case .elementwise(let operation):
        apply(operation, node.inputs, uses, source, time)
        store(id, uses, source, mayStream: mayStream)
      case .reduce(let reduction, _):
        let home = emission.home(id)
        let strides = home.strides(over: space)
        reductions.append(
          ck_reduction(
            value: operand(node.inputs[0], source), kind: reduction.code,
            base: emission.address(home), outer: Int64(strides?.outer ?? 0),
            row: Int64(strides?.row ?? 0)))
      default:
        break
      }
      release(node.inputs, uses, at: time)
    }
    emit(Int(CK_END))
  }

  private mutating func emit(
    _ code: Int, form: ck_form = CK_WITH_MEMORY, _ operands: Int32...
  ) {
    micros.append(
      ck_micro(
        code: Int32(code) * Int32(CK_FORMS) + Int32(form.rawValue), operand: operands.first ?? 0,
        second: operands.last ?? 0))
  }

  // MARK: Operations

  private mutating func apply(
    _ operation: Elementwise, _ inputs: [Int], _ uses: Uses, _ source: Source, _ time: Int
  ) {
    let code = Int(operation.kernel.rawValue)
    let inTile = uses.inTile[time]
    switch operation.arity {
    case 1:
      if inTile == nil { load(inputs[0], source) }
      emit(code)
    case 2:
      let taken = inTile ?? (source.isNumber(inputs[0]) && !source.isNumber(inputs[1]) ? 1 : 0)
      if inTile == nil { load(inputs[taken], source) }
      let other = inputs[1 - taken]
      let isNumber = source.isNumber(other)
      let form: ck_form =
        switch (taken, isNumber) {
        case (0, false): CK_WITH_MEMORY
        case (0, true): CK_WITH_NUMBER
        case (_, false): CK_MEMORY_FIRST
        case (_, true): CK_NUMBER_FIRST
        }
      emit(code, form: form, operand(other, source, asNumber: isNumber))
    default:
      if inTile == nil { load(inputs[0], source) }
      emit(code, operand(inputs[1], source), operand(inputs[2], source))
    }
  }

  private mutating func load(_ id: Int, _ source: Source) {
    let isNumber = source.isNumber(id)
    emit(
      Int(CK_LOAD), form: isNumber ? CK_WITH_NUMBER : CK_WITH_MEMORY,
      operand(id, source, asNumber: isNumber))
  }

  /// Puts a result where it is read: in its buffer if that is outside the chain, else in a block.
  private mutating func store(_ id: Int, _ uses: Uses, _ source: Source, mayStream: Bool) {
    var value = ck_value()
    value.written = 1
    var code = Int(CK_STORE)
    if let view = source.home(id) {
      value.kind = Int32(CK_MEMORY.rawValue)
      value.slot = -1
      value.base = source.emission.address(view)
      let strides = view.strides(over: source.space) ?? (0, 0, 0)
      (value.outer, value.row) = (Int64(strides.outer), Int64(strides.row))
      if mayStream, uses.lastRead[id] == nil {
        code = Int(CK_STREAM)
        streams = true
      }
    } else if uses.lastRead[id] != nil {
      value.kind = Int32(CK_SCRATCH.rawValue)
      value.slot = freeSlots.popLast() ?? ownSlot()
    } else {
      return
    }
    emit(code, newValue(value, at: Place(id: id, isNumber: false)))
  }

  // MARK: Values

  private mutating func operand(_ id: Int, _ source: Source, asNumber: Bool = false) -> Int32 {
    let place = Place(id: id, isNumber: asNumber)
    if let known = places[place] { return known }
    var value = source.value(id)
    if value.kind == Int32(CK_MEMORY.rawValue) ? !source.liesAsBlocks(id) : !asNumber {
      value.slot = ownSlot()
    }
    return newValue(value, at: place)
  }

  private mutating func newValue(_ value: ck_value, at place: Place) -> Int32 {
    values.append(value)
    places[place] = Int32(values.count - 1)
    return Int32(values.count - 1)
  }

  private mutating func ownSlot() -> Int32 {
    slotCount += 1
    return Int32(slotCount - 1)
  }

  /// Gives back the blocks of results nobody reads after `time`. Blocks of loaded values are not
  /// given back: some are filled once for all blocks.
  private mutating func release(_ inputs: [Int], _ uses: Uses, at time: Int) {
    for input in Set(inputs) where uses.lastRead[input] == time {
      guard let place = places[Place(id: input, isNumber: false)] else { continue }
      let value = values[Int(place)]
      if value.kind == Int32(CK_SCRATCH.rawValue) { freeSlots.append(value.slot) }
    }
  }
}

/// Which results a chain's operations find in the tile, and which they read from memory.
private struct Uses {
  /// Nodes whose results the chain computes and its operations may read.
  let members: Set<Int>
  /// By place in the chain: the operand that is the result before.
  private(set) var inTile: [Int?] = []
  /// By node: the last place where a result is read from memory; `Int.max` by a reduction, which
  /// reads it after all operations.
  private(set) var lastRead: [Int: Int] = [:]

  init(_ graph: Graph, _ chain: Lowering.Chain) {
    members = Set(chain.members.filter { graph.nodes[$0].shape == chain.shape })
    var latest: Int?
    for (time, id) in chain.members.enumerated() {
      let node = graph.nodes[id]
      guard !node.isReduction else {
        inTile.append(nil)
        if members.contains(node.inputs[0]) { lastRead[node.inputs[0]] = .max }
        continue
      }
      // Of three operands only the first can be in the tile.
      let taken = node.inputs.prefix(2 - node.inputs.count / 3).firstIndex { $0 == latest }
      inTile.append(taken)
      for (place, input) in node.inputs.enumerated()
      where place != taken && members.contains(input) && lastRead[input] != .max {
        lastRead[input] = time
      }
      latest = id
    }
  }
}

/// How the values that a chain reads and writes lie beside its blocks.
private struct Source {
  let emission: Emission
  let members: Set<Int>
  let shape: [Int]
  let space: Space
  let blocking: Blocking

  /// Where a result goes that is read outside the chain.
  func home(_ id: Int) -> View? {
    guard let home = emission.lowering.homes[id], emission.lowering.buffers[home].isNeeded else {
      return nil
    }
    return emission.home(id)
  }

  private func strides(_ id: Int) -> (outer: Int, row: Int, column: Int) {
    emission.view(id).broadcast(to: shape).strides(over: space) ?? (0, 0, 0)
  }

  /// A value from outside as its strides have it, to be used in place.
  func value(_ id: Int) -> ck_value {
    let strides = strides(id)
    var value = ck_value()
    value.base = emission.address(emission.view(id).broadcast(to: shape))
    (value.outer, value.row) = (Int64(strides.outer), Int64(strides.row))
    value.slot = -1
    let kind =
      strides.column != 0 || (space.columns == 1 && isDense(strides))
      ? CK_MEMORY : strides.outer == 0 && strides.row == 0 ? CK_CONSTANT : CK_PER_ROW
    value.kind = Int32(kind.rawValue)
    return value
  }

  /// Whether a value from outside is one number in each block.
  func isNumber(_ id: Int) -> Bool {
    guard !members.contains(id) else { return false }
    let kind = value(id).kind
    return kind == Int32(CK_CONSTANT.rawValue)
      || (kind == Int32(CK_PER_ROW.rawValue) && blocking.rows == 1)
  }

  /// Whether a block of a value is one run of memory.
  func liesAsBlocks(_ id: Int) -> Bool { blocking.rows == 1 || isDense(strides(id)) }

  private func isDense(_ strides: (outer: Int, row: Int, column: Int)) -> Bool {
    (space.rows == 1 || strides.row == space.columns)
      && (space.outer == 1 || strides.outer == space.rows * space.columns)
  }
}
