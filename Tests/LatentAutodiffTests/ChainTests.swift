// Chains of elementwise operations: every operation in every form, at every instruction set, beside
// the same operation over a whole array; and what a chain makes of broadcasts, reuse and sums.

import CKernels
import Foundation
import Testing

@testable import LatentAutodiff
@testable import LatentTensor

private let levels: [ck_level] = [CK_BASELINE, CK_AVX2, CK_AVX512]

/// What one operation makes of a tile's operand `a` and its other operands, as a chain of its own
/// and as a loop; nil where the processor lacks the level.
private func both<T: BinaryFloatingPoint>(
  _ operation: Elementwise, form: ck_form, _ level: ck_level, _ type: ck_type, _ a: [T], _ b: [T],
  _ c: [T], storing store: Int
) -> (chain: [T], loop: [T])? {
  guard let table = ck_kernels_at(type, level) else { return nil }
  let count = a.count
  var (chain, loop) = ([T](repeating: -7, count: count + 9), [T](repeating: 0, count: count))
  let isNumber = form == CK_WITH_NUMBER || form == CK_NUMBER_FIRST
  let isSecond = form == CK_MEMORY_FIRST || form == CK_NUMBER_FIRST
  let other = isNumber ? [T](repeating: b[0], count: count) : b
  let code = Int32(operation.kernel.rawValue) * Int32(CK_FORMS) + Int32(form.rawValue)
  let micros = [
    ck_micro(code: Int32(CK_LOAD) * Int32(CK_FORMS), operand: 0, second: 0),
    ck_micro(code: code, operand: isNumber ? 2 : 1, second: 3),
    ck_micro(code: Int32(store) * Int32(CK_FORMS), operand: 4, second: 4),
    ck_micro(code: Int32(CK_END) * Int32(CK_FORMS), operand: 0, second: 0),
  ]
  func value(_ kind: ck_value_kind, _ base: UnsafeRawPointer?, written: Int32 = 0) -> ck_value {
    ck_value(
      kind: Int32(kind.rawValue), slot: -1, written: written,
      base: UnsafeMutableRawPointer(mutating: base), outer: 0, row: Int64(count))
  }
  a.withUnsafeBytes { a in
    other.withUnsafeBytes { other in
      c.withUnsafeBytes { c in
        chain.withUnsafeMutableBytes { chain in
          let values = [
            value(CK_MEMORY, a.baseAddress), value(CK_MEMORY, other.baseAddress),
            value(CK_CONSTANT, other.baseAddress), value(CK_MEMORY, c.baseAddress),
            value(CK_MEMORY, chain.baseAddress, written: 1),
          ]
          values.withUnsafeBufferPointer { values in
            micros.withUnsafeBufferPointer { micros in
              var body = ck_fused()
              (body.outer, body.rows, body.cols) = (1, 1, Int64(count))
              (body.chunk_rows, body.chunk_cols, body.part) = (1, 256, 256)
              body.slot_elements = 256
              body.value_count = 5
              (body.values, body.micros) = (values.baseAddress, micros.baseAddress)
              body.streams = 1
              var context = ck_context()
              withUnsafePointer(to: body) {
                var step = ck_step(
                  kernel: table.pointee.fused, body: UnsafeRawPointer($0), barrier: 0)
                _ = ck_run(&step, 1, &context, 0)
              }
            }
          }
        }
        let kernel = withUnsafeBytes(of: table.pointee.elementwise) {
          $0.bindMemory(to: ck_elementwise?.self)[Int(operation.kernel.rawValue)]
        }
        loop.withUnsafeMutableBytes {
          kernel?(
            $0.baseAddress, isSecond ? other.baseAddress : a.baseAddress,
            isSecond ? a.baseAddress : other.baseAddress, c.baseAddress, Int64(count))
        }
      }
    }
  }
  return (chain, loop)
}

@Suite struct ChainTests {
  @Test(arguments: levels, [CK_FLOAT32, CK_FLOAT64])
  func aTileGivesTheBitsOfALoop(level: ck_level, type: ck_type) {
    func check<T: BinaryFloatingPoint>(_: T.Type) {
      for operation in Elementwise.allCases {
        let forms: [ck_form] =
          operation.arity == 2
          ? [CK_WITH_MEMORY, CK_WITH_NUMBER, CK_MEMORY_FIRST, CK_NUMBER_FIRST] : [CK_WITH_MEMORY]
        for (form, count) in forms.flatMap({ form in [1, 17, 128, 300].map { (form, $0) } }) {
          var a = (0..<count).map { T(Double(($0 * 37) % 101 - 50) / 8) }
          let b = (0..<count).map { T(Double(($0 * 53) % 61 - 30) / 4) }
          let c = (0..<count).map { T(Double($0 % 9) - 4) }
          for (place, special) in [T.nan, T.infinity, -T.infinity, -0.0, 0].enumerated()
          where place + 1 < count { a[place + 1] = special }
          for store in [Int(CK_STORE), Int(CK_STREAM)] {
            guard
              let (chain, loop) = both(operation, form: form, level, type, a, b, c, storing: store)
            else { return }
            let differing = (0..<count).first {
              chain[$0] != loop[$0] && !(chain[$0].isNaN && loop[$0].isNaN)
                || chain[$0].sign != loop[$0].sign && !chain[$0].isNaN
            }
            #expect(
              differing == nil,
              "\(operation), form \(form.rawValue), \(count) elements, element \(differing ?? 0)")
            #expect(chain[count...].allSatisfy { $0 == -7 }, "written past the end")
          }
        }
      }
    }
    if type == CK_FLOAT32 { check(Float.self) } else { check(Double.self) }
  }

  /// Shapes around the edges of tiles and blocks, with operands of every kind.
  @Test(arguments: [
    [1], [130], [5000], [3, 1], [7, 5], [40, 20], [3, 257], [2, 700], [5, 3, 33], [2, 4100],
    [300, 2], [9, 1, 40],
  ])
  func broadcastsReuseAndSumsAgreeWithPlainNumbers(shape: [Int]) throws {
    let graph = Graph()
    let rowShape = shape.dropLast() + [1]
    let x = graph.input("x", shape: shape)
    let perRow = graph.input("r", shape: Array(rowShape))
    let perColumn = graph.input("c", shape: [shape.last ?? 1])
    let y = (2 - x) * perColumn + perRow
    let z = y * y + 1 / (1 + y.square())
    let w = (perRow - z).applying(.exp) * (1 - x) + y
    let total = w.sum(axis: -1)
    let most = (w * perColumn).maximum(axis: -1)
    let outside = x.sum(axis: -1)
    let program = try Program(graph, outputs: [z, w, total, most, outside], precision: .float64)
    let count = shape.reduce(1, *)
    let columns = shape.last ?? 1
    let xs = (0..<count).map { Double(($0 * 29) % 71) / 40 - 0.6 }
    let rs = (0..<(count / columns)).map { Double(($0 * 17) % 23) / 30 - 0.4 }
    let cs = (0..<columns).map { Double(($0 * 13) % 31) / 25 - 0.5 }
    try program.setInput(x, Tensor(shape: shape, xs))
    try program.setInput(perRow, Tensor(shape: Array(rowShape), rs))
    try program.setInput(perColumn, Tensor(shape: [columns], cs))
    try program.run()
    var (zs, ws): ([Double], [Double]) = ([], [])
    var (sums, maxima, xSums) = (
      [Double](repeating: 0, count: rs.count), [Double](repeating: -.infinity, count: rs.count),
      [Double](repeating: 0, count: rs.count)
    )
    for i in 0..<count {
      let (r, c) = (i / columns, i % columns)
      let y = (2 - xs[i]) * cs[c] + rs[r]
      zs.append(y * y + 1 / (1 + y * y))
      ws.append(Foundation.exp(rs[r] - zs[i]) * (1 - xs[i]) + y)
      sums[r] += ws[i]
      maxima[r] = max(maxima[r], ws[i] * cs[c])
      xSums[r] += xs[i]
    }
    func agree(_ place: Int, _ expected: [Double]) {
      let found = program.output(place).values
      let worst = zip(found, expected).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 1
      #expect(found.count == expected.count && worst < 1e-12, "output \(place): \(worst)")
    }
    agree(0, zs)
    agree(1, ws)
    agree(2, sums)
    agree(3, maxima)
    agree(4, xSums)
  }

  @Test func resultsLargerThanTheCacheAreThoseOfAnotherFormula() throws {
    let count = Int(CK_STREAM_BYTES) / 4 + 37
    let graph = Graph()
    let x = graph.draw(.uniform, shape: [count])
    let y = (x * 1.5 + 1).applying(.relu)
    // Doubling is exact, so both formulas round alike.
    let again = (x * 3 + 2) * 0.5
    let difference = (again - y.reshaped([count])).applying(.absolute).maximum(axis: 0)
    let program = try Program(
      graph, outputs: [y, difference, y.maximum(axis: 0)], precision: .float32)
    try program.run()
    #expect(program.scalar(1) == 0)
    #expect(program.scalar(2) > 2.4)
  }
}
