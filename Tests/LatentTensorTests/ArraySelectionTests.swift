// Indexing and assignment against a naive implementation by coordinates, and every refusal.

import LatentTensor
import Testing

@Suite struct ArraySelectionTests {
  /// What a selection of one axis of length `n` should be, spelled out; nil positions drop it.
  private struct Case {
    let selection: AxisSelection
    let positions: [Int]
    var drops = false
  }

  private func cases(_ n: Int) -> [Case] {
    [
      Case(selection: .all, positions: Array(0..<n)),
      Case(selection: .index(0), positions: [0], drops: true),
      Case(selection: .index(-1), positions: [n - 1], drops: true),
      Case(
        selection: .range(lower: 1, upper: nil, closed: false, step: 1),
        positions: Array(1..<n)),
      Case(
        selection: .range(lower: nil, upper: -1, closed: false, step: 1),
        positions: Array(0..<(n - 1))),
      Case(
        selection: .range(lower: nil, upper: nil, closed: true, step: -1),
        positions: (0..<n).reversed()),
      Case(
        selection: .range(lower: -2, upper: -1, closed: true, step: 1),
        positions: [n - 2, n - 1]),
      Case(
        selection: .range(lower: 0, upper: n, closed: false, step: 2),
        positions: Array(stride(from: 0, to: n, by: 2))),
      Case(selection: .positions([n - 1, 0, -1]), positions: [n - 1, 0, n - 1]),
      Case(selection: .positions([]), positions: []),
      Case(
        selection: .mask((0..<n).map { $0 % 2 == 1 }),
        positions: (0..<n).filter { $0 % 2 == 1 }),
    ]
  }

  @Test func selectionsAgreeWithCoordinates() throws {
    let shape = [3, 2, 4]
    let x = counting(shape)
    for a in cases(3) {
      for b in cases(2) {
        for c in cases(4) {
          let result = try x.selecting([a.selection, b.selection, c.selection])
          let expected = a.positions.flatMap { i in
            b.positions.flatMap { j in c.positions.map { Double(position([i, j, $0], shape)) } }
          }
          #expect(result.values == expected, "\(a.selection) \(b.selection) \(c.selection)")
          #expect(result.shape == [a, b, c].filter { !$0.drops }.map(\.positions.count))

          // Assignment writes exactly there (positions may repeat: the last one wins).
          var y = x
          let new = counting(result.shape, from: 1000)
          try y.replace([a.selection, b.selection, c.selection], with: new)
          var naive = x.values
          for (place, target) in expected.enumerated() {
            naive[Int(target)] = 1000 + Double(place)
          }
          #expect(y.values == naive)
        }
      }
    }
  }

  @Test func fewerSelectionsAndTheEllipsisTakeWholeAxes() throws {
    let x = counting([3, 2, 4])
    #expect(try x.selecting([.index(1)]).values == x.selecting([.index(1), .all, .all]).values)
    #expect(
      try x.selecting([.ellipsis, .index(3)]).values
        == x.selecting([.all, .all, .index(3)]).values)
    #expect(
      try x.selecting([.index(0), .ellipsis, .index(3)]).values
        == x.selecting([.index(0), .all, .index(3)]).values)
    #expect(try x.selecting([.index(0), .index(0), .index(0), .ellipsis]).values == [0])
    #expect(try Tensor(5).selecting([.ellipsis]).values == [5])
  }

  @Test func negativeRangesCountFromTheEnd() throws {
    let x = counting([5])
    func range(_ lower: Int?, _ upper: Int?, closed: Bool = false, by step: Int = 1) throws
      -> [Double]
    { try x.selecting([.range(lower: lower, upper: upper, closed: closed, step: step)]).values }
    #expect(try range(-3, 0) == [2, 3, 4])
    #expect(try range(-3, nil) == [2, 3, 4])
    #expect(try range(1, -1) == [1, 2, 3])
    #expect(try range(1, -1, closed: true) == [1, 2, 3, 4])
    #expect(try range(5, 5) == [])
    #expect(try range(3, 1) == [])
    #expect(try range(4, 0, closed: true, by: -2) == [4, 2, 0])
    #expect(try range(4, 0, by: -2) == [4, 2])
    #expect(failure { try range(0, 6) }?.code == "L423")
    #expect(failure { try range(0, 5, closed: true) }?.code == "L423")
    #expect(failure { try range(-6, nil) }?.code == "L423")
    #expect(failure { try range(0, 5, by: 0) }?.code == "L426")
    #expect(failure { try range(Int.min, Int.max) }?.code == "L423")
  }

  @Test func masksAndIndexTensors() throws {
    let x = counting([2, 3])
    let mask = try Tensor.compare(.greater, x, Tensor(2))
    #expect(try x.selecting([AxisSelection(mask)]).values == [3, 4, 5])
    #expect(
      try x.replacing([AxisSelection(mask)], with: Tensor(0)).values == [0, 1, 2, 0, 0, 0])
    let table = Tensor([1, 0, 0, -1]).reshaped([2, 2])
    let gathered = try x.selecting([AxisSelection(table)])
    #expect(gathered.shape == [2, 2, 3])
    #expect(gathered.values == [3, 4, 5, 0, 1, 2, 0, 1, 2, 3, 4, 5])
    let cube = counting([2, 3, 2])
    let inner = Tensor(shape: [3, 2], mask: [true, false, false, false, false, true])
    #expect(try cube.selecting([.all, AxisSelection(inner)]).values == [0, 5, 6, 11])
    #expect(failure { try AxisSelection(Tensor([0.5])) }?.code == "L424")
    #expect(failure { try AxisSelection(Tensor([.nan])) }?.code == "L424")
    #expect(failure { try AxisSelection(Tensor([1e300])) }?.code == "L424")
  }

  @Test func selectionKeepsStorage() throws {
    let images = Tensor(
      shape: [3, 2], storage: .bytes([0, 51, 102, 153, 204, 255], scale: 1 / 255))
    let rows = try images.selecting([.positions([2, 0])])
    guard case .bytes(let bytes, let scale) = rows.storage else {
      Issue.record("rows of bytes are \(rows.storage)")
      return
    }
    #expect(bytes == [204, 255, 0, 51] && scale == 1 / 255)
    let mask = Tensor(shape: [2, 2], mask: [true, false, false, true])
    #expect(try mask.selecting([.index(0)]).isMask)
    let floats = Tensor(shape: [2], floats: [Float(0.1), 0.2])
    guard case .float32 = try floats.selecting([.index(1)]).storage else {
      Issue.record("a float32 element changed its storage")
      return
    }
  }

  @Test func assignmentBroadcastsTheRightSide() throws {
    var x = counting([2, 3])
    try x.replace([.all, .index(1)], with: Tensor([10, 20]))
    #expect(x.values == [0, 10, 2, 3, 20, 5])
    try x.replace([.index(0)], with: Tensor(7))
    #expect(x.values == [7, 7, 7, 3, 20, 5])
    try x.replace([.ellipsis], with: Tensor([1, 2, 3]))
    #expect(x.values == [1, 2, 3, 1, 2, 3])
    try x.replace(
      [.all, .range(lower: 0, upper: 2, closed: false, step: 1)],
      with: Tensor([8, 9]).reshaped([2, 1]))
    #expect(x.values == [8, 8, 3, 9, 9, 3])
    #expect(failure { try x.replacing([.index(0)], with: Tensor([1, 2])) }?.code == "L420")
    #expect(failure { try x.replacing([.index(0)], with: counting([2, 3])) }?.code == "L420")
  }

  @Test func assignmentLeavesCopiesAlone() throws {
    let w = counting([2, 2])
    var v = w
    try v.replace([.index(0), .index(1)], with: Tensor(.nan))
    #expect(w.values == [0, 1, 2, 3])
    #expect(v[flat: 1].isNaN)
    var mask = Tensor(shape: [2], mask: [true, true])
    try mask.replace([.index(0)], with: Tensor(shape: [], mask: [false]))
    #expect(mask.isMask && mask.values == [0, 1])
    try mask.replace([.index(0)], with: Tensor(0.5))
    #expect(!mask.isMask && mask.values == [0.5, 1])
  }

  @Test func refusalsSayIndexAxisAndLength() throws {
    let x = counting([3, 4])
    let outside = try #require(failure { try x.selecting([.index(0), .index(7)]) })
    #expect(outside.code == "L423")
    for part in ["7", "axis 1", "length 4"] { #expect(outside.message.contains(part)) }
    #expect(outside.helps == ["indices are 0...3, or -1 for the last"])
    #expect(failure { try x.selecting([.index(-4)]) }?.code == "L423")
    #expect(failure { try x.selecting([.index(.min)]) }?.code == "L423")
    #expect(failure { try x.selecting([.positions([0, 3])]) }?.code == "L423")
    #expect(failure { try x.selecting([.all, .all, .all]) }?.code == "L424")
    #expect(failure { try x.selecting([.ellipsis, .ellipsis]) }?.code == "L424")
    #expect(failure { try x.selecting([.mask([true])]) }?.code == "L424")
    #expect(
      failure { try x.selecting([.maskOver([true, true], shape: [2, 1])]) }?.code == "L424")
    #expect(failure { try Tensor(1).selecting([.index(0)]) }?.code == "L424")
    #expect(failure { try counting([0]).selecting([.index(0)]) }?.code == "L423")
  }
}
