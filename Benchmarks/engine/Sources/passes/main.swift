// How near the engine comes to what the machine's memory and its own kernels allow. `passes` prints
//  - a fused chain of ten operations over 10⁷ floats, beside a plain pass that reads and writes as
//    many bytes on the same threads;
//  - Adam over as many parameters, and over as many as the small network of `steps` has, beside a
//    plain pass over parameters, gradient and moments;
//  - the matrix products of a training step inside it, beside the same products alone.
// Times are medians of alternating runs.

import CKernels
import CPlain
import Foundation
import LatentAutodiff
import LatentTensor
import TrainingSteps

func seconds(_ body: () throws -> Void) rethrows -> Double {
  let (whole, fraction) = try ContinuousClock().measure(body).components
  return Double(whole) + Double(fraction) * 1e-18
}

/// Median seconds of two things done in turn.
func alternate(_ rounds: Int, _ ours: () throws -> Void, _ plain: () -> Void) rethrows
  -> (ours: Double, plain: Double)
{
  var times: [(Double, Double)] = []
  for _ in 0..<(rounds + 2) { times.append((try seconds(ours), seconds(plain))) }
  let kept = times.dropFirst(2)
  return (kept.map(\.0).sorted()[rounds / 2], kept.map(\.1).sorted()[rounds / 2])
}

func report(_ name: String, _ times: (ours: Double, plain: Double), limit: Double) {
  print(
    String(
      format: "%@: %.3f ms, plain pass %.3f ms, ratio %.2f (aim %.1f)", name, times.ours * 1e3,
      times.plain * 1e3, times.ours / times.plain, limit))
}

final class Floats {
  let base: UnsafeMutablePointer<Float>
  init(_ count: Int) {
    base = .allocate(capacity: count)
    base.initialize(repeating: 1, count: count)
  }
  deinit { base.deallocate() }
}

func plain(_ kernel: @escaping ck_kernel, _ pass: plain_pass) {
  withUnsafePointer(to: pass) { body in
    var context = ck_context()
    var step = ck_step(kernel: kernel, body: UnsafeRawPointer(body), barrier: 0)
    _ = ck_run(&step, 1, &context, 1)
  }
}

func chain(_ count: Int) throws {
  let graph = Graph()
  let x = graph.input("x", shape: [count])
  var y = x
  for place in 1...5 { y = (y * (1 + Double(place) / 16)).applying(.relu) }
  let program = try Program(graph, outputs: [y], precision: .float32)
  try program.setInput(x, Tensor(shape: [count], [Double](repeating: 0.5, count: count)))
  let (from, to) = (Floats(count), Floats(count))
  let times = try alternate(15, { try program.run() }) {
    plain(
      plain_map, plain_pass(count: Int64(count), a: to.base, b: nil, c: nil, in: from.base))
  }
  report("ten operations over \(count) floats", times, limit: 1.3)
}

func adam(_ count: Int) throws {
  let graph = Graph()
  let w = graph.parameter("w", shape: [count])
  let parameters = ParameterBuffer(graph.parameters, precision: .float32)
  let loss = w.square().sum()
  let program = try Program(
    graph, outputs: [loss], loss: loss, parameters: parameters, precision: .float32)
  try program.run()
  let optimizer = Optimizer(parameters)
  let memory = (0..<4).map { _ in Floats(count) }
  var step = 0
  let times = alternate(
    15,
    {
      optimizer.update(program, rate: 1e-3, step: step)
      step += 1
    }
  ) {
    plain(
      plain_update,
      plain_pass(
        count: Int64(count), a: memory[0].base, b: memory[1].base, c: memory[2].base,
        in: memory[3].base))
  }
  report("Adam over \(count) parameters", times, limit: 1.3)
}

/// Seconds of one product by itself, operands as a layer's: forward, or a transposed factor.
func alone(_ m: Int, _ n: Int, _ k: Int) throws -> Double {
  let graph = Graph()
  let (a, b) = (graph.input("a", shape: [m, k]), graph.input("b", shape: [k, n]))
  let program = try Program(graph, outputs: [a.product(b)], precision: .float32)
  return program.profile(repetitions: 50).reduce(0) { $0 + $1.seconds }
}

func products(_ name: String) throws {
  guard let work = try Work.named(name) else { return }
  for step in 0..<50 { try work.run(step) }
  let calls = work.profile().filter { $0.kind == "product" }
  var (inside, byThemselves, operations) = (0.0, 0.0, 0.0)
  for call in calls {
    inside += call.seconds
    byThemselves += try alone(call.extents[0], call.extents[1], call.extents[2])
    operations += call.work
  }
  print(
    String(
      format: "products of %@: %.0f GFLOP/s in the step, %.0f alone, ratio %.2f (aim 0.9)", name,
      operations / inside * 1e-9, operations / byThemselves * 1e-9, byThemselves / inside))
}

print("\(threadCount) threads, \(String(cString: ck_kernels_best(CK_FLOAT32).pointee.name))")
try chain(10_000_000)
try adam(10_000_000)
try adam(650_000)
try products("vae-400")
try products("vae-200-200")
