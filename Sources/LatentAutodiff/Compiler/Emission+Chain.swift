// A fused chain: how it is cut into blocks, and the code that a tile of registers passes through.

import CKernels

extension Emission {
  /// Elements in a block, the first whose blocks of scratch memory fit: long blocks begin seldom,
  /// short ones leave room in the first-level cache for many values.
  private static let blocks = [4096, 1024, 512]
  private static let scratchBytes = 32 << 10

  func emit(_ chain: Lowering.Chain, rows: Int) -> ck_step {
    let space = Space(chain.shape)
    let reduces = chain.members.contains { graph.nodes[$0].isReduction }
    var (blocking, code) = (Blocking(space, reduces: reduces, block: 0), ChainCode())
    for block in Emission.blocks {
      blocking = Blocking(space, reduces: reduces, block: block)
      code = ChainCode(self, chain, space, blocking)
      if code.slotCount * blocking.padded * precision.elementSize <= Emission.scratchBytes { break }
    }
    var body = ck_fused()
    (body.outer, body.rows, body.cols) = (
      Int64(space.outer), Int64(space.rows), Int64(max(space.columns, 1))
    )
    (body.chunk_rows, body.chunk_cols) = (Int64(blocking.rows), Int64(blocking.columns))
    body.part = Int64(blocking.part)
    body.by_row = rows > 0 ? 1 : 0
    body.slot_elements = Int64(blocking.padded)
    body.streams = code.streams ? 1 : 0
    body.value_count = Int32(code.values.count)
    body.reduction_count = Int32(code.reductions.count)
    body.values = UnsafePointer(storage.store(code.values))
    body.micros = UnsafePointer(storage.store(code.micros))
    body.reductions = UnsafePointer(storage.store(code.reductions))
    return ck_step(
      kernel: kernels.fused, body: UnsafeRawPointer(storage.store(body)), barrier: 0)
  }
}

/// How an iteration space is cut: several short rows to a block, or a long row in parts.
struct Blocking {
  var rows = 1
  var columns: Int
  /// Sums over a row are made by parts of this many columns, whatever the blocks.
  let part: Int

  /// Elements of the largest tile, of either precision.
  static let tile = Int(CK_TILE_BYTES) / 4
  /// The length of a part, and the least of a block.
  private static let shortest = 512
  /// So many blocks, if they do not get too short, keep the threads equally busy.
  private static let fewest = 16

  init(_ space: Space, reduces: Bool, block: Int) {
    let (all, width) = (space.outer * space.rows, max(space.columns, 1))
    let longest = max(
      Blocking.shortest, min(block, all.multipliedReportingOverflow(by: width).0 / Blocking.fewest))
    let parts = (width + Blocking.shortest - 1) / Blocking.shortest
    part =
      width <= Blocking.shortest / 2
      ? width : Blocking.roundedUp((width + parts - 1) / parts, to: 16)
    columns = width
    if all > 1, width <= longest {
      rows = Blocking.rows(of: width, atMost: all, longest: longest)
    } else if width > longest {
      let pieces = (width + longest - 1) / longest
      columns = Blocking.roundedUp(
        (width + pieces - 1) / pieces, to: reduces ? part : Blocking.tile)
    }
  }

  /// Elements of a block, in whole tiles.
  var padded: Int { Blocking.roundedUp(rows * columns, to: Blocking.tile) }

  /// The number of rows with which the last tile of a block is filled well.
  private static func rows(of width: Int, atMost all: Int, longest: Int) -> Int {
    let least = min(all, max(1, longest / width / 2))
    var best = (rows: least, filled: 0.0)
    for rows in least...min(all, least + 15) where rows == least || rows * width <= longest {
      let filled = Double(rows * width) / Double(roundedUp(rows * width, to: tile))
      if filled >= 0.94 { return rows }
      if filled > best.filled { best = (rows, filled) }
    }
    return best.rows
  }

  private static func roundedUp(_ count: Int, to multiple: Int) -> Int {
    (count + multiple - 1) / multiple * multiple
  }
}
