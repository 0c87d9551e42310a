// Places buffers in one arena so that two share memory only when their lives do not meet.

/// Offsets in elements, each a multiple of 16 so that rows of vectors are aligned.
struct MemoryPlan {
  private(set) var offsets: [Int]
  private(set) var count = 0

  private static let alignment = 16

  /// Largest first, each at the lowest place where no buffer of an overlapping life lies: within a
  /// few per cent of the peak of live memory for training graphs, whose lives are nested.
  init(_ buffers: [Lowering.Buffer]) {
    offsets = [Int](repeating: -1, count: buffers.count)
    let forever = Int.max
    func life(_ buffer: Lowering.Buffer) -> ClosedRange<Int> {
      buffer.place == .persistent ? 0...forever : buffer.level...buffer.lastLevel
    }
    func size(_ buffer: Lowering.Buffer) -> Int {
      (buffer.count + MemoryPlan.alignment - 1) / MemoryPlan.alignment * MemoryPlan.alignment
    }
    let placed = buffers.indices.filter { index in
      guard buffers[index].isNeeded, buffers[index].partner == nil else { return false }
      if case .gradient = buffers[index].place { return false }
      return true
    }
    var done: [Int] = []
    for index in placed.sorted(by: { (buffers[$0].count, $1) > (buffers[$1].count, $0) }) {
      let own = life(buffers[index])
      let taken = done.filter { life(buffers[$0]).overlaps(own) }
        .map { (start: offsets[$0], end: offsets[$0] + size(buffers[$0])) }
        .sorted { $0.start < $1.start }
      var offset = 0
      for range in taken {
        if range.start >= offset + size(buffers[index]) { break }
        offset = max(offset, range.end)
      }
      offsets[index] = offset
      count = max(count, offset + size(buffers[index]))
      done.append(index)
    }
    for index in buffers.indices {
      if let partner = buffers[index].partner { offsets[index] = offsets[partner] }
    }
  }
}
