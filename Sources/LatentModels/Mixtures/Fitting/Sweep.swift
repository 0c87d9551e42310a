// One pass of the kernel over data: the E-step, on all threads, with the same bits for any number
// of them.

import CKernels
import LatentTensor

/// What a pass over the data is to give.
struct Sweep {
  /// What `Expectation` holds beside the sums.
  struct Wanted {
    var moments: Moments.Order?
    var logDensity = false
    var responsibilities = false
    var joint = false
  }

  /// Sums over the rows, and what was asked for by row.
  struct Result {
    /// Σ w log p(x), with log p(x, z) for rows of known component.
    var logLikelihood = 0.0
    /// Σ w H(q(z|x)).
    var entropy = 0.0
    var moments: Moments?
    var logDensity: [Double] = []
    /// rows × components.
    var responsibilities: [Double] = []
    /// log p(x, z = k): rows × components.
    var joint: [Double] = []
  }

  var form: KernelForm
  /// log π.
  var logWeights: [Double]
  /// What moments are centred at: components × columns.
  var shift: [Double]
  var wanted: Wanted
  /// Responsibilities instead of the posterior: rows × components.
  var given: [Double]?

  /// Rows of a segment at least, and segments at most: a segment is one thread's work and one set
  /// of sums.
  private static let segments = 32

  /// Rows of a block: its two buffers of columns stay in the second-level cache.
  static func block(columns: Int) -> Int { min(max(4096 / max(columns, 1) / 32, 1), 16) * 32 }

  /// - Throws: `L427` where there is no memory for the sums.
  func run(_ group: MixtureData.Group) throws -> Result {
    let (n, d, k) = (group.count, group.observed.count, logWeights.count)
    var result = Result()
    let width = Moments.width(wanted.moments ?? .first, d)
    let block = Sweep.block(columns: d)
    let blocks = max((n + block - 1) / block, 1)
    let segments = min(blocks, Sweep.segments)
    let stride = 2 + k * (1 + d + width)
    let scratch = Int(ck_mixture_scratch(Int64(d), Int64(k), Int64(block)))
    _ = try Shape.count([segments, stride])
    let threads = Int(ck_threads())
    _ = try Shape.count([threads, scratch])
    if wanted.responsibilities || wanted.joint { _ = try Shape.count([n, k]) }
    var statistics = [Double](repeating: 0, count: segments * stride)
    var memory = [Double](repeating: 0, count: threads * scratch)
    if wanted.logDensity { result.logDensity = [Double](repeating: 0, count: n) }
    if wanted.responsibilities {
      result.responsibilities = [Double](repeating: 0, count: n * k)
    }
    if wanted.joint { result.joint = [Double](repeating: 0, count: n * k) }
    let offsets = zip(form.offsets, logWeights).map { $0 + $1 }
    var body = ck_mixture()
    body.form = Int32(bitPattern: form.form.rawValue)
    body.moments = Int32(
      bitPattern: (wanted.moments.map { order in
        switch order {
        case .first: CK_MIX_FIRST
        case .squares: CK_MIX_SQUARES
        case .scatter: CK_MIX_SCATTER
        }
      } ?? CK_MIX_NONE).rawValue)
    (body.rows, body.cols, body.components) = (Int64(n), Int64(d), Int64(k))
    (body.block, body.segments) = (Int64(block), Int64(segments))
    (body.statistics_stride, body.scratch_stride) = (Int64(stride), Int64(scratch))
    body.threads = Int32(clamping: threads)
    let isDone = Sweep.withPointers(
      [group.x, group.weights, given, offsets, form.locations, form.factors, shift],
      labels: group.labels
    ) { inputs, labels in
      (body.x, body.weights, body.given, body.offset) = (
        inputs[0], inputs[1], inputs[2], inputs[3]
      )
      (body.location, body.factor, body.shift) = (inputs[4], inputs[5], inputs[6])
      body.labels = labels
      return statistics.withUnsafeMutableBufferPointer { statistics in
        memory.withUnsafeMutableBufferPointer { memory in
          result.logDensity.withUnsafeMutableBufferPointer { logDensity in
            result.responsibilities.withUnsafeMutableBufferPointer { responsibilities in
              result.joint.withUnsafeMutableBufferPointer { joint in
                body.statistics = statistics.baseAddress
                body.scratch = memory.baseAddress
                if wanted.logDensity { body.log_density = logDensity.baseAddress }
                if wanted.responsibilities {
                  body.responsibilities = responsibilities.baseAddress
                }
                if wanted.joint { body.joint = joint.baseAddress }
                return withUnsafePointer(to: body) { body in
                  var step = ck_step(
                    kernel: ck_kernels_best(CK_FLOAT64).pointee.mixture,
                    body: UnsafeRawPointer(body), barrier: 0)
                  var context = ck_context()
                  let done = ck_run(&step, 1, &context, 0) != 0
                  ck_mixture_collect(
                    statistics.baseAddress, Int64(stride), Int64(segments))
                  return done
                }
              }
            }
          }
        }
      }
    }
    guard isDone else {
      throw Failure("L427", "there is no memory for a pass over the data")
    }
    (result.logLikelihood, result.entropy) = (statistics[0], statistics[1])
    if let order = wanted.moments {
      result.moments = moments(order, statistics, columns: d, components: k)
    }
    return result
  }

  /// Centres the sums at the means: Σ r (x − m)(x − m)ᵀ = Σ r (x − s)(x − s)ᵀ − n (m − s)(m − s)ᵀ.
  private func moments(
    _ order: Moments.Order, _ statistics: [Double], columns d: Int, components: Int
  ) -> Moments {
    var moments = Moments(order, components: components, columns: d)
    let width = moments.width
    let firsts = 2 + components
    let seconds = firsts + components * d
    var offset = [Double](repeating: 0, count: d)
    for k in 0..<components {
      let n = statistics[2 + k]
      moments.counts[k] = n
      guard n > 0 else { continue }
      for j in 0..<d {
        offset[j] = statistics[firsts + k * d + j] / n
        moments.columnCounts[k * d + j] = n
        moments.means[k * d + j] = shift[k * d + j] + offset[j]
      }
      let from = seconds + k * width
      switch order {
      case .first: break
      case .squares:
        for j in 0..<d {
          moments.seconds[k * width + j] = max(
            statistics[from + j] - n * offset[j] * offset[j], 0)
        }
      case .scatter:
        for i in 0..<d {
          let row = Triangle.start(i)
          for j in 0...i {
            moments.seconds[k * width + row + j] =
              statistics[from + row + j] - n * offset[i] * offset[j]
          }
        }
      }
    }
    return moments
  }

  /// Base addresses of arrays, nil for those that are absent or empty.
  private static func withPointers<Value>(
    _ arrays: [[Double]?], labels: [Int32]?,
    _ body: ([UnsafePointer<Double>?], UnsafePointer<Int32>?) -> Value
  ) -> Value {
    func collect(_ place: Int, _ found: [UnsafePointer<Double>?]) -> Value {
      guard place < arrays.count else {
        guard let labels else { return body(found, nil) }
        return labels.withUnsafeBufferPointer { body(found, $0.baseAddress) }
      }
      guard let array = arrays[place] else { return collect(place + 1, found + [nil]) }
      return array.withUnsafeBufferPointer { collect(place + 1, found + [$0.baseAddress]) }
    }
    return collect(0, [])
  }
}
