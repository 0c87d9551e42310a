// Every vector loop at every instruction set of this machine, against libm in double precision.

import CKernels
import Foundation
import Testing

@testable import LatentAutodiff

private let levels: [ck_level] = [CK_BASELINE, CK_AVX2, CK_AVX512]

func applyKernel<T: BinaryFloatingPoint>(
  _ operation: Elementwise, _ level: ck_level, _ type: ck_type, _ operands: [[T]]
) -> [T]? {
  guard let table = ck_kernels_at(type, level) else { return nil }
  let kernel = withUnsafeBytes(of: table.pointee.elementwise) {
    $0.bindMemory(to: ck_elementwise?.self)[Int(operation.kernel.rawValue)]
  }
  var result = [T](repeating: 0, count: operands[0].count)
  let b = operands.count > 1 ? operands[1] : operands[0]
  let c = operands.count > 2 ? operands[2] : operands[0]
  let count = Int64(result.count)
  result.withUnsafeMutableBytes { d in
    operands[0].withUnsafeBytes { a in
      b.withUnsafeBytes { b in
        c.withUnsafeBytes { c in
          kernel?(d.baseAddress, a.baseAddress, b.baseAddress, c.baseAddress, count)
        }
      }
    }
  }
  return result
}

/// The distance in units in the last place of float32, by the reference's own spacing.
func ulps(_ value: Float, _ reference: Double) -> Double {
  if value.isNaN || reference.isNaN { return value.isNaN == reference.isNaN ? 0 : .infinity }
  let rounded = Float(reference)
  if rounded == value { return 0 }
  if !rounded.isFinite || !value.isFinite { return .infinity }
  return abs(Double(value) - reference) / Double(rounded.ulp)
}

@Suite struct KernelTests {
  @Test(arguments: levels)
  func everyLoopHandlesTails(level: ck_level) {
    for operation in Elementwise.allCases {
      for count in [1, 5, 15, 16, 17, 33] {
        let operands: [[Double]] = (0..<operation.arity).map { k in
          (0..<count).map { i -> Double in
            let whole = Double((i * 7 + k * 3) % 5)
            return whole + 0.5 * Double(k) + 0.25
          }
        }
        guard let results = applyKernel(operation, level, CK_FLOAT64, operands) else { return }
        for i in 0..<count {
          let reference = operation.plain(operands.map { $0[i] })
          let tolerance = operation == .digamma ? 1e-12 : 1e-14
          #expect(abs(results[i] - reference) <= tolerance * max(1, abs(reference)))
        }
      }
    }
  }

  @Test func digammaHasKnownValues() {
    // −γ, −γ − 2 log 2, and Γ′(10)/Γ(10) (Abramowitz & Stegun, table 6.2).
    let known = [(1.0, -0.5772156649015329), (0.5, -1.9635100260214235), (10, 2.251752589066721)]
    for (x, y) in known { #expect(abs(Elementwise.digamma.reference([x]) - y) < 1e-14) }
  }

  @Test func trigammaHasKnownValues() {
    // π²/6, π²/2, and by reflection 4 + π²/2.
    let known = [(1.0, 1.6449340668482264), (0.5, 4.934802200544679), (-0.5, 8.934802200544679)]
    for (x, y) in known { #expect(abs(Elementwise.trigamma.reference([x]) - y) < 1e-14 * y) }
  }

  @Test(arguments: levels, [CK_FLOAT32, CK_FLOAT64])
  func productsOfAllShapesAgreeWithPlainSums(level: ck_level, type: ck_type) {
    guard let table = ck_kernels_at(type, level) else { return }
    for (m, n, k) in [(1, 1, 1), (3, 5, 7), (8, 48, 9), (37, 51, 19), (16, 100, 1030), (65, 17, 4)]
    {
      for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
        let a = (0..<(m * k)).map { Double(($0 * 31) % 17) - 8 }
        let b = (0..<(k * n)).map { Double(($0 * 13) % 11) - 5 }
        func multiply<T: BinaryFloatingPoint>(_: T.Type) -> [Double] {
          let (ta, tb) = (a.map { T($0) }, b.map { T($0) })
          var c = [T](repeating: .nan, count: m * n)
          ta.withUnsafeBytes { pa in
            tb.withUnsafeBytes { pb in
              c.withUnsafeMutableBytes { pc in
                var body = ck_product()
                (body.m, body.n, body.k) = (Int64(m), Int64(n), Int64(k))
                (body.a, body.b, body.c) = (pa.baseAddress, pb.baseAddress, pc.baseAddress)
                (body.a_row, body.a_col) = transposeA ? (1, Int64(m)) : (Int64(k), 1)
                (body.b_row, body.b_col) = transposeB ? (1, Int64(k)) : (Int64(n), 1)
                body.c_row = Int64(n)
                body.batches = 1
                var context = ck_context()
                withUnsafePointer(to: body) {
                  var step = ck_step(
                    kernel: table.pointee.product, body: UnsafeRawPointer($0), barrier: 0)
                  _ = ck_run(&step, 1, &context, 0)
                }
              }
            }
          }
          return c.map { Double($0) }
        }
        let c = type == CK_FLOAT32 ? multiply(Float.self) : multiply(Double.self)
        var worst = 0.0
        for i in 0..<m {
          for j in 0..<n {
            var sum = 0.0
            for l in 0..<k {
              sum += a[transposeA ? l * m + i : i * k + l] * b[transposeB ? j * k + l : l * n + j]
            }
            worst = max(worst, abs(sum - c[i * n + j]))
          }
        }
        // Integers this small are exact in float32.
        #expect(worst == 0, "\(m)×\(n)×\(k) \(transposeA) \(transposeB) level \(level.rawValue)")
      }
    }
  }
}
