// Which barriers a program needs: units of work run in segments, with one barrier between two.
//
// Most of a network works on the rows of a batch one by one: row r of a result needs row r of its
// operands and nothing else of what changes. If every thread keeps its rows from unit to unit it
// may go on without waiting for the others. So a unit needs a barrier only before what it reads
// across rows: the gradient of a weight, a sum over the batch, a product that is better split by
// columns. A forward and backward pass of small layers is then one segment, and all gradients of
// weights the next.

import LatentTensor

/// The segment of every unit, and of every buffer's first and last use.
struct Segments {
  /// In the order of execution; `rows` is set where the unit must be split by the rows of the
  /// batch, because a neighbour in its segment relies on it.
  private(set) var units: [Lowering.Unit]
  /// With lives counted in segments: without a barrier between, one thread may still read what
  /// another is about to overwrite.
  private(set) var buffers: [Lowering.Buffer]

  init(_ lowering: Lowering) {
    units = lowering.units
    buffers = lowering.buffers
    var makers: [Int: Int] = [:]
    for place in units.indices {
      let rows = lowering.rowDomain(units[place].work)
      let reads = lowering.reads(units[place].work)
      for read in reads {
        guard let maker = read.buffer.flatMap({ makers[$0] }) else { continue }
        let isLocal =
          rows > 0 && read.isByRow && lowering.rowDomain(units[maker].work) == rows
          && lowering.staysInRow(read, rows: rows)
        units[place].segment = max(
          units[place].segment, units[maker].segment + (isLocal ? 0 : 1))
      }
      for read in reads {
        guard let buffer = read.buffer else { continue }
        if let maker = makers[buffer], units[maker].segment == units[place].segment {
          units[maker].rows = rows
          units[place].rows = rows
        }
        buffers[buffer].lastLevel = max(buffers[buffer].lastLevel, units[place].segment)
      }
      for buffer in lowering.writes(units[place].work) {
        makers[buffer] = place
        buffers[buffer].level = units[place].segment
        buffers[buffer].lastLevel = units[place].segment
      }
    }
    units.sort { ($0.segment, $0.level) < ($1.segment, $1.level) }
    share(lowering)
  }

  /// Within a segment threads are at different places, so a buffer may take the memory of one that
  /// is done with only if both are cut into the same rows: every thread then overwrites its own.
  private mutating func share(_ lowering: Lowering) {
    struct Cut: Hashable {
      var segment: Int
      var rows: Int
      var count: Int
    }
    var lastUse: [Int: Int] = [:]
    for (place, unit) in units.enumerated() {
      for buffer in lowering.writes(unit.work) { lastUse[buffer] = place }
      for buffer in lowering.reads(unit.work).compactMap(\.buffer) { lastUse[buffer] = place }
    }
    var done: [Int: [(cut: Cut, buffer: Int)]] = [:]
    var free: [Cut: [Int]] = [:]
    for (place, unit) in units.enumerated() {
      if unit.rows > 0 {
        for buffer in Set(lowering.writes(unit.work)).sorted()
        where buffers[buffer].place == .arena && buffers[buffer].lastLevel == unit.segment {
          let cut = Cut(segment: unit.segment, rows: unit.rows, count: buffers[buffer].count)
          buffers[buffer].partner = free[cut]?.popLast()
          done[lastUse[buffer] ?? place, default: []].append(
            (cut, buffers[buffer].partner ?? buffer))
        }
      }
      for (cut, buffer) in done[place] ?? [] { free[cut, default: []].append(buffer) }
    }
  }
}

/// How a unit reads a value: a view in the unit's iteration space.
struct Read {
  var view: View
  var space: Space
  /// Whether row r of the unit's result reads row r of the space only.
  var isByRow = true

  var buffer: Int? {
    if case .buffer(let buffer) = view.storage { buffer } else { nil }
  }
}

extension Lowering {
  /// Fewer rows than this are not worth sharing out in blocks of eight.
  private static let fewestRows = 32
  /// Elements of the right factor up to which every thread may pack all of it for itself: packing
  /// then costs less than the barrier it saves.
  private static let smallFactor = 16_384

  /// The number of rows a unit can be split into, with a row's worth of every result each; 0 where
  /// it cannot or should not be.
  func rowDomain(_ work: Work) -> Int {
    let rows: Int
    switch work {
    case .chain(let chain):
      rows =
        chain.shape.count == 1 && !chain.members.contains { graph.nodes[$0].isReduction }
        ? chain.shape[0] : chain.shape.dropLast().reduce(1, *)
    case .copy(let view, _):
      // What takes several copies is not divided by rows.
      rows = view.isOuterRowsColumns ? view.shape.dropLast().reduce(1, *) : 0
    case .node(let id):
      let shape = graph.nodes[id].shape
      switch graph.nodes[id].operation {
      case .pad, .concatenate:
        let inputs = graph.nodes[id].inputs.compactMap { views[$0] }
        rows = inputs.allSatisfy(\.isOuterRowsColumns) ? shape.dropLast().reduce(1, *) : 0
      case .batch, .overlap, .lookup:
        rows = shape.dropLast().reduce(1, *)
      case .windows:
        rows = shape.dropLast(2).reduce(1, *)
      case .product(let transposed, _):
        let inner = graph.nodes[graph.nodes[id].inputs[0]].shape[transposed ? 0 : 1]
        rows = shape[0] > shape[1] || inner * shape[1] <= Lowering.smallFactor ? shape[0] : 0
      default:
        rows = 0
      }
    }
    return rows < Lowering.fewestRows ? 0 : rows
  }

  func writes(_ work: Work) -> [Int] {
    switch work {
    case .chain(let chain):
      chain.members.compactMap { homes[$0] }.filter { buffers[$0].isNeeded }
    case .node(let id): homes[id].map { [$0] } ?? []
    case .copy(_, let buffer): [buffer]
    }
  }

  func reads(_ work: Work) -> [Read] {
    switch work {
    case .copy(let view, _):
      return [Read(view: view, space: Space(view.shape))]
    case .chain(let chain):
      let space = Space(chain.shape)
      let members = Set(chain.members)
      return chain.members.flatMap { graph.nodes[$0].inputs }
        .filter { !(members.contains($0) && graph.nodes[$0].shape == chain.shape) }
        .compactMap { views[$0] }
        .map { Read(view: $0.broadcast(to: chain.shape), space: space) }
    case .node(let id):
      let node = graph.nodes[id]
      return node.inputs.enumerated().compactMap { place, input in
        guard var view = views[input] else { return nil }
        var isByRow = true
        switch node.operation {
        case .product(let transposed, _):
          if place == 0, transposed { view = view.transposed() }
          isByRow = place == 0
        case .overlap:
          // A row of the result is made of all patches of an image.
          view = view.reshaped(view.shape.dropLast(2) + [view.shape.suffix(2).reduce(1, *)]) ?? view
        case .lookup:
          if place == 0 { view = view.reshaped(view.shape + [1]) ?? view }
          isByRow = place == 0
        default:
          break
        }
        return Read(view: view, space: Space(view.shape), isByRow: isByRow)
      }
    }
  }

  /// Whether row r of a reading lies in the r-th of `rows` equal parts of its buffer.
  func staysInRow(_ read: Read, rows: Int) -> Bool {
    guard let buffer = read.buffer, buffers[buffer].count % rows == 0,
      let strides = read.view.strides(over: read.space)
    else { return false }
    let part = buffers[buffer].count / rows
    let (space, offset) = (read.space, read.view.offset)
    if space.outer * space.rows == rows {
      let follow =
        space.rows > 1
        ? strides.row == part && (space.outer == 1 || strides.outer == space.rows * part)
        : strides.outer == part
      return follow && offset >= 0 && offset + (space.columns - 1) * strides.column < part
    }
    return space.outer * space.rows == 1 && space.columns == rows && strides.column == part
      && (0..<part).contains(offset)
  }
}
