// How near the engine comes to what the machine's memory and its own kernels allow. `passes` prints
//  - a fused chain of ten operations over 10⁷ floats, beside the better of two plain passes that read
//    and write as many bytes on the same threads, one storing through the cache, one past it;
//  - Adam over as many parameters, and over as many as the small network of `steps` has, beside a
//    plain pass over parameters, gradient and moments;
//  - the matrix products of a training step inside it, beside the same products alone: the same
//    shapes and transposes, with operands that lie in the cache, and with operands of the size of
//    the step's that change from run to run, so that they do not.
// Times are medians of alternating runs. `passes NAME` prints where the time of a step of that name
// (see `steps`) goes instead.

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

/// Median seconds of things done in turn.
func alternate(_ rounds: Int, _ things: [() throws -> Void]) throws -> [Double] {
  var times = [[Double]](repeating: [], count: things.count)
  for _ in 0..<(rounds + 2) {
    for (place, thing) in things.enumerated() { times[place].append(try seconds(thing)) }
  }
  return times.map { $0.dropFirst(2).sorted()[rounds / 2] }
}

func report(_ name: String, _ ours: Double, plain: Double, limit: Double) {
  print(
    String(
      format: "%@: %.3f ms, plain pass %.3f ms, ratio %.2f (aim %.1f)", name, ours * 1e3,
      plain * 1e3, ours / plain, limit))
}

/// Memory for the plain passes, kept to the end of the process.
struct Floats {
  let base: UnsafeMutablePointer<Float>
  init(_ count: Int) {
    base = UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 64)
      .bindMemory(to: Float.self, capacity: count)
    base.initialize(repeating: 1, count: count)
  }
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
  let pass = plain_pass(count: Int64(count), a: to.base, b: nil, c: nil, in: from.base)
  let times = try alternate(
    31, [{ try program.run() }, { plain(plain_map, pass) }, { plain(plain_stream, pass) }])
  report(
    "ten operations over \(count) floats", times[0], plain: min(times[1], times[2]), limit: 1.3)
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
  let pass = plain_pass(
    count: Int64(count), a: memory[0].base, b: memory[1].base, c: memory[2].base,
    in: memory[3].base)
  let times = try alternate(
    15,
    [
      {
        optimizer.update(program, rate: 1e-3, step: step)
        step += 1
      }, { plain(plain_update, pass) },
    ])
  report("Adam over \(count) parameters", times[0], plain: times[1], limit: 1.3)
}

/// Median seconds of one product of a step by itself, with `copies` sets of operands in turn.
func alone(_ call: KernelTime, copies: Int) throws -> Double {
  let (m, n, k) = (call.extents[0], call.extents[1], call.extents[2])
  let programs = try (0..<copies).map { _ in
    let graph = Graph()
    let a = graph.input("a", shape: call.transposes.left ? [k, m] : [m, k])
    let b = graph.input("b", shape: call.transposes.right ? [n, k] : [k, n])
    let c = (call.transposes.left ? a.transposed() : a)
      .product(call.transposes.right ? b.transposed() : b)
    return try Program(graph, outputs: [c], precision: .float32)
  }
  let times = (0..<(copies * 4 + 47)).map { turn in
    programs[turn % copies].profile(repetitions: 1).reduce(0) { $0 + $1.seconds }
  }
  return times.sorted()[times.count / 2]
}

func products(_ name: String) throws {
  guard let work = try Work.named(name) else { return }
  for step in 0..<50 { try work.run(step) }
  // What a step touches besides a product's own operands lies in the caches as well.
  let bytes = 12 << 20
  var (inside, hot, cold, operations) = (0.0, 0.0, 0.0, 0.0)
  for call in work.profile() where call.kind == "product" {
    let (m, n, k) = (call.extents[0], call.extents[1], call.extents[2])
    inside += call.seconds
    hot += try alone(call, copies: 1)
    cold += try alone(call, copies: max(1, min(12, bytes / (4 * (m * k + k * n + m * n)))))
    operations += call.work
  }
  let rate = operations * 1e-9
  print(
    String(
      format: """
        products of %@: %.0f GFLOP/s in the step; alone %.0f with operands in the cache, ratio %.2f \
        (aim 0.9), %.0f with other operands in every run
        """, name, rate / inside, rate / hot, hot / inside, rate / cold))
}

/// Every kernel call of a step, in order.
func calls(_ name: String) throws {
  guard let work = try Work.named(name) else { return }
  for step in 0..<50 { try work.run(step) }
  var totals: [String: Double] = [:]
  for call in work.profile() {
    totals[call.kind, default: 0] += call.seconds
    let rate = call.work > 0 ? String(format: "%.0f GFLOP/s", call.work / call.seconds * 1e-9) : ""
    let extents = call.extents.map(String.init).joined(separator: " × ")
    print(String(format: "%8.1f µs  ", call.seconds * 1e6) + "\(call.kind) \(extents) \(rate)")
  }
  for (kind, seconds) in totals.sorted(by: { $0.value > $1.value }) {
    print(String(format: "%8.1f µs  in all: ", seconds * 1e6) + kind)
  }
}

print("\(threadCount) threads, \(String(cString: ck_kernels_best(CK_FLOAT32).pointee.name))")
if CommandLine.arguments.count > 1 {
  for name in CommandLine.arguments.dropFirst() { try calls(name) }
} else {
  try chain(10_000_000)
  try adam(10_000_000)
  try adam(650_000)
  try products("vae-400")
  try products("vae-200-200")
}
