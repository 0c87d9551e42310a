// Where the time of a step goes: every kernel call of a program timed by itself.

import CKernels

/// One kernel call of a program.
public struct KernelTime: Sendable {
  /// `product`, `fused` (a chain of elementwise operations) or `other`.
  public let kind: String
  /// Of a product: rows and columns of the result, and the length of the sums.
  public let extents: [Int]
  /// Of a product: whether a factor is read with its rows and columns exchanged.
  public let transposes: (left: Bool, right: Bool)
  /// The median over the repetitions, in seconds, with the 0.5 µs of a barrier of its own.
  public let seconds: Double

  /// Floating-point operations, of products only.
  public var work: Double { extents.isEmpty ? 0 : 2 * Double(extents.reduce(1, *)) }
}

extension Program {
  /// Runs the program `repetitions` times, call by call, and gives the median time of each call.
  /// Parameters do not change. Sources are bound as for `run`.
  public func profile(
    seed: UInt64 = 0, step: Int = 0, rows: UnsafePointer<Int32>? = nil, repetitions: Int = 25
  ) -> [KernelTime] {
    var context = ck_context(seed: seed, step: UInt64(max(step, 0)), rows: rows)
    var times = [[Double]](repeating: [], count: steps.count)
    let clock = ContinuousClock()
    for _ in 0..<max(repetitions, 1) {
      for place in steps.indices {
        var call = steps[place]
        let elapsed = clock.measure {
          _ = ck_run(&call, 1, &context, precision == .float32 ? 1 : 0)
        }
        let (seconds, attoseconds) = elapsed.components
        times[place].append(Double(seconds) + Double(attoseconds) * 1e-18)
      }
    }
    return zip(steps, times).map { call, times in
      let median = times.sorted()[times.count / 2]
      let kernels = precision.kernels.pointee
      if call.runs(kernels.product), let body = call.body {
        let product = body.assumingMemoryBound(to: ck_product.self).pointee
        return KernelTime(
          kind: "product", extents: [Int(product.m), Int(product.n), Int(product.k)],
          transposes: (product.a_col != 1, product.b_col != 1), seconds: median)
      }
      return KernelTime(
        kind: call.runs(kernels.fused) ? "fused" : "other", extents: [],
        transposes: (false, false), seconds: median)
    }
  }
}

extension ck_step {
  fileprivate func runs(_ other: ck_kernel?) -> Bool {
    unsafeBitCast(kernel, to: Int.self) == unsafeBitCast(other, to: Int.self)
  }
}
