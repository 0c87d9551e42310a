// The primitives of convolutions and embeddings: values and derivatives against plain loops, the
// kernels at every instruction set and for any number of threads.

import CKernels
import LatentTensor
import Testing

@testable import LatentAutodiff

private let levels: [ck_level] = [CK_BASELINE, CK_AVX2, CK_AVX512]

/// Height, width, channels, kernel, stride, padding: awkward ones, a kernel larger than the image
/// among them.
private let cases: [Windows] = [
  Windows(height: 5, width: 6, channels: 3, kernel: (3, 2), stride: 2, padding: 1),
  Windows(height: 4, width: 4, channels: 1, kernel: (4, 4), stride: 1, padding: 3),
  Windows(height: 7, width: 3, channels: 19, kernel: (2, 3), stride: 3, padding: 0),
  Windows(height: 1, width: 2, channels: 2, kernel: (4, 5), stride: 2, padding: 4),
  Windows(height: 3, width: 3, channels: 2, kernel: (1, 1), stride: 1, padding: 0),
].compactMap { $0 }

@Suite(.serialized) struct WindowsTests {
  @Test func derivativesOfPatchesAndTheirSums() throws {
    #expect(cases.count == 5)
    for windows in cases {
      let image = Graph.Slot("a", shape: [2, windows.imageCount])
      try expectConsistent("\(windows)", parameters: [image]) {
        ($1[0].exp().windows(windows).square() * 0.1).sum()
      }
      let patches = Graph.Slot("a", shape: [2, windows.places, windows.patchCount])
      guard patches.count < 3000 else { continue }
      try expectConsistent("sums of \(windows)", tolerance: 1e-6, parameters: [patches]) {
        ($1[0].exp().overlap(windows).square() * 0.01).sum()
      }
    }
    let windows = cases[0]
    try expectConsistent(
      "the gradient of a gradient", tolerance: 1e-6,
      parameters: [.init("a", shape: [windows.imageCount]), .init("w", shape: [18, 2])]
    ) {
      let f = $1[0].windows(windows).product($1[1]).tanh().square().sum()
      return f.gradients(of: [$1[0]])[0].square().sum()
    }
  }

  @Test func derivativesOfRowsOfATable() throws {
    let table = Graph.Slot("a", shape: [4, 3])
    func indices(_ graph: Graph) -> Symbol {
      Symbol.concatenated([2.0, 0, 2, 3, 2].map { graph.constant($0).reshaped([1]) })
        ?? graph.constant(0)
    }
    try expectConsistent("rows", parameters: [table]) {
      $1[0].tanh().looked(up: indices($0)).square().sum(axis: 1).exp().sum() * 1e-3
    }
    try expectConsistent("the gradient of a gradient", tolerance: 1e-6, parameters: [table]) {
      let f = $1[0].tanh().looked(up: indices($0)).square().sum()
      return f.gradients(of: [$1[0]])[0].square().sum() * 0.01
    }
  }

  @Test func rowsThatAreNotThereAreNaN() throws {
    let graph = Graph()
    let table = graph.input("t", shape: [2, 2])
    let indices = graph.input("i", shape: [6])
    let program = try Program(graph, outputs: [table.looked(up: indices)], precision: .float32)
    try program.setInput(table, Tensor(shape: [2, 2], [1, 2, 3, 4]))
    try program.setInput(indices, Tensor([1, 2, -1, 0.5, .nan, .infinity]))
    try program.run()
    let values = program.output(0).values
    #expect(values.prefix(2) == [3, 4])
    #expect(values.dropFirst(2).allSatisfy { $0.isNaN })
  }

  @Test func transposesOfManyMatricesMoveOutwards() throws {
    try expectConsistent("between products", parameters: [.init("a", shape: [2, 3, 4])]) {
      let inner = $1[0].transposed().tanh() * 0.5
      return inner.reshaped([2, 12]).exp().reshaped([2, 4, 3]).transposed().square().sum()
    }
    let graph = Graph()
    let a = graph.input("a", shape: [5, 3, 4])
    let there = a.transposed().reshaped([5, 12]).relu()
    #expect(there.reshaped([5, 4, 3]).transposed().id == a.relu().id)
  }

  // MARK: Kernels

  /// What each of `count` threads does, one after the other.
  private func run(_ kernel: ck_kernel?, _ body: some Any, threads: Int) {
    var body = body
    var context = ck_context(seed: 0, step: 0, rows: nil)
    withUnsafePointer(to: &body) { body in
      withUnsafePointer(to: &context) { context in
        for index in 0..<threads {
          var thread = ck_thread(
            index: Int32(index), count: Int32(threads), scratch: nil, context: context)
          kernel?(body, &thread)
        }
      }
    }
  }

  private func body(_ w: Windows, images: Int, byRow: Bool) -> ck_windows {
    ck_windows(
      images: Int64(images), height: Int64(w.height), width: Int64(w.width),
      channels: Int64(w.channels), kernel_height: Int64(w.kernelHeight),
      kernel_width: Int64(w.kernelWidth), stride: Int64(w.stride), padding: Int64(w.padding),
      rows: Int64(w.rows), columns: Int64(w.columns), in: nil, out: nil, by_row: byRow ? 1 : 0)
  }

  @Test(arguments: levels) func kernelsAgreeAtEveryLevel(level: ck_level) throws {
    guard let table = ck_kernels_at(CK_FLOAT32, level)?.pointee else { return }
    let images = 11
    for windows in cases.dropLast() {
      let graph = Graph()
      let image = graph.input("x", shape: [images, windows.imageCount])
      let patches = image.windows(windows)
      let sums = patches.overlap(windows)
      let numbers = sampleValues(images * windows.imageCount).map { Double(Float($0)) }
      let expected = ReferenceEvaluator(inputs: ["x": numbers]).values(graph)
      var seen: [[Float]] = []
      for (threads, byRow) in [(1, false), (2, false), (3, true), (5, false), (4, true)] {
        let x = numbers.map { Float($0) }
        var y = [Float](repeating: .nan, count: expected[patches.id].count)
        var z = [Float](repeating: .nan, count: x.count)
        x.withUnsafeBytes { x in
          y.withUnsafeMutableBytes { y in
            z.withUnsafeMutableBytes { z in
              var body = body(windows, images: images, byRow: byRow)
              (body.in, body.out) = (x.baseAddress, y.baseAddress)
              run(table.windows, body, threads: threads)
              (body.in, body.out) = (UnsafeRawPointer(y.baseAddress), z.baseAddress)
              run(table.overlap, body, threads: threads)
            }
          }
        }
        #expect(y.map(Double.init) == expected[patches.id], "\(windows)")
        for (a, b) in zip(z, expected[sums.id]) {
          #expect(abs(Double(a) - b) <= 1e-5 * max(1, abs(b)), "\(windows)")
        }
        seen.append(z)
      }
      for other in seen.dropFirst() { #expect(other == seen[0]) }
    }
  }

  @Test(arguments: levels) func tablesAgreeAtEveryLevel(level: ck_level) throws {
    guard let table = ck_kernels_at(CK_FLOAT64, level)?.pointee else { return }
    let (rows, width, count) = (13, 19, 40)
    let indices = (0..<count).map { Double($0 * $0 % 11) }
    let numbers = sampleValues(count * width)
    var expected = [Double](repeating: 0, count: rows * width)
    for (place, index) in indices.enumerated() {
      for j in 0..<width { expected[Int(index) * width + j] += numbers[place * width + j] }
    }
    for threads in [1, 2, 3, 7] {
      var sums = [Double](repeating: .nan, count: rows * width)
      var back = [Double](repeating: .nan, count: count * width)
      indices.withUnsafeBytes { indices in
        numbers.withUnsafeBytes { numbers in
          sums.withUnsafeMutableBytes { sums in
            back.withUnsafeMutableBytes { back in
              var body = ck_lookup(
                count: Int64(count), rows: Int64(rows), cols: Int64(width),
                indices: indices.baseAddress, in: numbers.baseAddress, out: sums.baseAddress,
                by_row: 0)
              run(table.scatter, body, threads: threads)
              (body.in, body.out) = (UnsafeRawPointer(sums.baseAddress), back.baseAddress)
              body.by_row = threads == 3 ? 1 : 0
              run(table.lookup, body, threads: threads)
            }
          }
        }
      }
      // The same order of addition, so the same bits.
      #expect(sums == expected)
      #expect(
        back
          == indices.flatMap { Array(expected[(Int($0) * width)..<((Int($0) + 1) * width)]) })
    }
  }

  @Test func stepsByRowsGiveTheSameBits() throws {
    defer { setThreadCount(0) }
    let windows = cases[0]
    var seen: [[Double]] = []
    for threads in [1, 2, 3, 5] {
      setThreadCount(threads)
      let graph = Graph()
      let x = graph.batch("x", rows: 67, columns: windows.imageCount, binarized: false)
      let w = graph.parameter("w", shape: [windows.patchCount, 5])
      let t = graph.parameter("t", shape: [3, 5])
      let y = (x * 2).windows(windows).product(w).tanh()
      let index = (x.columns(0..<1) * 2).applying(.floor).reshaped([67])
      let loss = (y.sum(axis: 1).reshaped([67, 5]) * t.looked(up: index)).square().mean()
      let buffer = ParameterBuffer(graph.parameters, precision: .float32)
      for slot in buffer.slots {
        buffer[slot.name] = Tensor(shape: slot.shape, sampleValues(slot.count).map { $0 * 0.1 })
      }
      let program = try Program(
        graph, outputs: [loss], loss: loss, parameters: buffer, precision: .float32)
      let data = Tensor(shape: [67, windows.imageCount], sampleValues(67 * windows.imageCount))
      let rows = (0..<67).map { Int32($0) }
      try program.withSources([data.mapping { $0 * 0.8 }]) {
        for _ in 0..<3 { try program.run(rows: rows) }
      }
      seen.append(
        program.output(0).values
          + buffer.slots.flatMap { program.gradient(of: $0.name)?.values ?? [] })
    }
    #expect(seen[0].allSatisfy { $0.isFinite })
    for other in seen.dropFirst() { #expect(other == seen[0]) }
  }

  @Test func sizesThatMakeNoWindowsAreRefused() {
    let limit = Windows.limit
    #expect(Windows(height: 2, width: 5, channels: 1, kernel: (3, 3)) == nil)
    #expect(Windows(height: 0, width: 5, channels: 1, kernel: (1, 1)) == nil)
    #expect(Windows(height: 5, width: 5, channels: 1, kernel: (3, 3), stride: 0) == nil)
    #expect(Windows(height: 5, width: 5, channels: 1, kernel: (3, 3), padding: -1) == nil)
    #expect(Windows(height: 5, width: 5, channels: 1, kernel: (3, 3), padding: Int.max) == nil)
    #expect(Windows(height: limit, width: limit, channels: limit, kernel: (limit, limit)) == nil)
    #expect(
      Windows(height: 2, width: 5, channels: 1, kernel: (4, 3), padding: 1)?.rows == 1)
  }
}
