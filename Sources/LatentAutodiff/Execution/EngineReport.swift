// A quick measurement of what programs can do on this machine.

import CKernels
import LatentTensor

/// The instruction set in use and the speed of products, measured in a tenth of a second.
public struct EngineReport: Sendable {
  public let instructions: String
  public let threads: Int
  /// GFLOP/s of float32 products of 512 × 512 in a program, on all threads.
  public let singlePrecision: Double
  /// GFLOP/s of float64 products of 512 × 512 by BLAS, on one thread.
  public let doublePrecision: Double

  public init() {
    instructions = String(cString: ck_kernels_best(CK_FLOAT32).pointee.name)
    threads = threadCount
    let size = 512
    let work = 2 * Double(size * size * size)
    let graph = Graph()
    let a = graph.input("a", shape: [size, size])
    let product = a.product(a.transposed())
    if let program = try? Program(graph, outputs: [product], precision: .float32) {
      singlePrecision = EngineReport.rate(work) { _ = try? program.run() }
    } else {
      singlePrecision = 0
    }
    let ones = [Double](repeating: 1, count: size * size)
    doublePrecision = EngineReport.rate(work) {
      _ = BLAS.product(ones, ones, rows: size, inner: size, columns: size)
    }
  }

  /// The best of several runs, in 10⁹ operations a second.
  private static func rate(_ work: Double, _ body: () -> Void) -> Double {
    let clock = ContinuousClock()
    var best = Double.infinity
    let end = clock.now + .milliseconds(50)
    repeat {
      let elapsed = clock.measure(body)
      let (seconds, attoseconds) = elapsed.components
      best = min(best, Double(seconds) + Double(attoseconds) * 1e-18)
    } while clock.now < end
    return work / best * 1e-9
  }
}
