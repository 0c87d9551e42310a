// Every reduction reads a tensor as lanes: the runs of numbers along one axis (or the one run of
// all elements). A kernel sees a lane as a contiguous buffer, whatever the axis and the storage.
//
// Lanes along an outer axis lie scattered through memory. They are gathered sixteen neighbours at
// a time, so that each cache line of the source is read once, and bytes become numbers on the way
// without a float64 copy of the whole tensor.

extension Tensor {
  /// A tensor seen as `outer` blocks of `length` rows of `inner` elements; lanes run over rows.
  struct LaneLayout {
    var outer = 1
    var length: Int
    var inner = 1
    /// The shape of one number per lane.
    var reduced: [Int]

    /// - Parameter keep: leave the reduced axis, of length 1, so that the result broadcasts.
    init(_ tensor: Tensor, axis: Int?, keep: Bool) throws {
      guard let axis else {
        length = tensor.count
        reduced = keep ? [Int](repeating: 1, count: tensor.rank) : []
        return
      }
      let place = try Shape.axis(axis, of: tensor.shape)
      length = tensor.shape[place]
      outer = tensor.shape[..<place].reduce(1, *)
      inner = tensor.shape[(place + 1)...].reduce(1, *)
      reduced = tensor.shape
      if keep { reduced[place] = 1 } else { reduced.remove(at: place) }
    }
  }

  /// Calls `body` with every lane in order; the buffer is scratch the body may overwrite.
  func forEachLane(
    _ layout: LaneLayout, _ body: (Int, UnsafeMutableBufferPointer<Double>) throws -> Void
  ) rethrows {
    let (length, inner) = (layout.length, layout.inner)
    let width = min(16, max(inner, 1))
    var scratch = [Double](repeating: 0, count: max(length * width, 1))
    try scratch.withUnsafeMutableBufferPointer { scratch in
      for block in 0..<layout.outer {
        for first in stride(from: 0, to: inner, by: width) {
          let lanes = min(width, inner - first)
          gatherLanes(
            from: block * length * inner + first, length: length, stride: inner, lanes: lanes,
            into: scratch)
          for lane in 0..<lanes {
            try body(
              block * inner + first + lane,
              UnsafeMutableBufferPointer(
                rebasing: scratch[(lane * length)..<((lane + 1) * length)]))
          }
        }
      }
    }
  }

  private func gatherLanes(
    from start: Int, length: Int, stride: Int, lanes: Int,
    into scratch: UnsafeMutableBufferPointer<Double>
  ) {
    func gather<Element>(_ source: [Element], _ number: (Element) -> Double) {
      source.withUnsafeBufferPointer { source in
        for row in 0..<length {
          for lane in 0..<lanes {
            scratch[lane * length + row] = number(source[start + row * stride + lane])
          }
        }
      }
    }
    switch storage {
    case .float64(let source): gather(source) { $0 }
    case .float32(let source): gather(source) { Double($0) }
    case .bytes(let source, let scale): gather(source) { Double($0) * scale }
    case .mask(let source): gather(source) { $0 ? 1 : 0 }
    }
  }

  /// One number per lane.
  func reduced(
    axis: Int?, keep: Bool, _ kernel: (UnsafeMutableBufferPointer<Double>) throws -> Double
  ) throws -> Tensor {
    let layout = try LaneLayout(self, axis: axis, keep: keep)
    var result = [Double](repeating: 0, count: layout.outer * layout.inner)
    try forEachLane(layout) { lane, elements in result[lane] = try kernel(elements) }
    return Tensor(shape: layout.reduced, result)
  }

  /// As many numbers per lane as it has, in place of it; the kernel overwrites its buffer.
  public func transformed(
    axis: Int, _ kernel: (UnsafeMutableBufferPointer<Double>) throws -> Void
  ) throws -> Tensor {
    let layout = try LaneLayout(self, axis: axis, keep: true)
    var result = [Double](repeating: 0, count: count)
    try forEachLane(layout) { lane, elements in
      try kernel(elements)
      let start = lane / layout.inner * layout.length * layout.inner + lane % layout.inner
      for row in elements.indices { result[start + row * layout.inner] = elements[row] }
    }
    return Tensor(shape: shape, result)
  }

  /// The elements at a range of row-major positions, without converting the others.
  public func values(in range: Range<Int>) -> [Double] {
    switch storage {
    case .float64(let values): Array(values[range])
    case .float32(let values): values[range].map(Double.init)
    case .bytes(let values, let scale): values[range].map { Double($0) * scale }
    case .mask(let values): values[range].map { $0 ? 1 : 0 }
    }
  }

  /// Refuses a reduction that has no value for no elements.
  func requireElements(_ name: String, axis: Int?) throws {
    let layout = try LaneLayout(self, axis: axis, keep: false)
    // With no lanes at all the result is empty, not undefined.
    guard layout.length > 0 || layout.outer * layout.inner == 0 else {
      throw Failure(
        .empty,
        axis.map { "`\(name)` along axis \($0) of shape \(Shape.text(shape)), which is empty" }
          ?? "`\(name)` of no elements", argument: "x",
        help: "ask first whether there are any: `if len(x) > 0 { … }`")
    }
  }
}
