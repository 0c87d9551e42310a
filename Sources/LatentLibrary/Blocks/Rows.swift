// Doing for every row what is written for one datum: traced once and vectorised, or, where the
// numbers of a datum must be known, row by row.

import LatentAutodiff
import LatentLanguage
import LatentTensor

import struct LatentSyntax.Diagnostic

struct Rows {
  let count: Int
  let runtime: Runtime
  /// Where draws inside `body` begin.
  var key = RandomKey(seed: 0, stream: 0)

  /// What `body` gives for each row of the inputs, along a new first axis.
  /// - Parameters:
  ///   - inputs: values with `count` rows.
  ///   - body: gets one datum of each input, numbers or traced.
  func map(_ inputs: [Value], _ body: ([Value]) throws -> Value) throws -> Value {
    var result = Value.tensor(Tensor([]))
    try map(inputs, keys: [key], body) { result = $0 }
    return result
  }

  /// The same under several keys, one after the other: what was traced once is run again, with other
  /// draws.
  func map(
    _ inputs: [Value], keys: [RandomKey], _ body: ([Value]) throws -> Value,
    found: (Value) throws -> Void
  ) throws {
    if count == 0 {
      for _ in keys { try found(.tensor(Tensor([]))) }
      return
    }
    let random = runtime.random
    var replay: Replay?
    do {
      replay = try vectorized(inputs, body)
      if runtime.random != random { replay = nil }
    } catch let error where !inputs.contains(where: \.isSymbolic) && Rows.mayRunByRows(error) {}
    runtime.random = random
    for key in keys {
      // What cannot be computed for some numbers may still be for those of single rows.
      var all: Value?
      do {
        all = try replay?(key)
      } catch let error where Rows.mayRunByRows(error) {
        replay = nil
      }
      try found(all ?? byRows(inputs, key, body))
    }
  }

  /// Gives the result for all rows under a key.
  private typealias Replay = (RandomKey) throws -> Value

  /// Interrupts and limits end everything; other errors may come from the tracing alone.
  private static func mayRunByRows(_ error: any Error) -> Bool {
    let code = (error as? Failure)?.code ?? (error as? Diagnostic)?.code ?? ""
    return !code.hasPrefix("L7")
  }

  private func byRows(
    _ inputs: [Value], _ key: RandomKey, _ body: ([Value]) throws -> Value
  ) throws -> Value {
    let (outer, random) = (runtime.trace, runtime.random)
    runtime.trace = nil
    runtime.random = RandomStream(seed: key.combined)
    defer {
      runtime.trace = outer
      runtime.random = random
    }
    let data = inputs.compactMap(\.asTensor)
    return try Value.collected(
      (0..<count).map { row in
        try runtime.checkLimits()
        return try body(
          data.map { tensor in
            let shape = Array(tensor.shape.dropFirst())
            let size = shape.reduce(1, *)
            let values = tensor.values[(row * size)..<((row + 1) * size)]
            return .tensor(Tensor(shape: shape, Array(values)))
          })
      })
  }

  private func vectorized(
    _ inputs: [Value], _ body: ([Value]) throws -> Value
  ) throws -> Replay? {
    guard let outer = runtime.trace as? Trace else { return try inBlocks(inputs, body) }
    let all = try inputs.compactMap { try outer.symbol(of: $0) }
    guard let (symbol, leaves) = try recorded(outer, all.map { Array($0.shape.dropFirst()) }, body)
    else { return nil }
    let rows = outer.graph.vectorized(
      [symbol], over: zip(leaves, all).map { ($0, $1) }, plate: [count])
    if let failure = outer.graph.failure { throw failure }
    guard let value = try rows.first.map(outer.value) else { return nil }
    return { _ in value }
  }

  /// Rows worked on at a time: what lies between stays small.
  private static let block = 2048

  private func inBlocks(
    _ inputs: [Value], _ body: ([Value]) throws -> Value
  ) throws -> Replay? {
    let trace = Trace()
    runtime.trace = trace
    defer { runtime.trace = nil }
    let data = inputs.compactMap(\.asTensor)
    guard let (symbol, leaves) = try recorded(trace, data.map { Array($0.shape.dropFirst()) }, body)
    else { return nil }
    let size = min(count, Rows.block)
    let blocks = leaves.map { trace.graph.input("rows", shape: [size] + $0.shape) }
    let rows = trace.graph.vectorized(
      [symbol], over: zip(leaves, blocks).map { ($0, $1) }, plate: [size])
    guard let result = rows.first else { return nil }
    let program = try trace.program(for: result)
    let width = result.count / size
    let parts = stride(from: 0, to: count, by: size).map { start in
      data.map { $0.rows(start..<(start + size)) }
    }
    return { key in
      var values: [Double] = []
      values.reserveCapacity(count * width)
      for (place, part) in parts.enumerated() {
        try runtime.checkLimits()
        for (block, rows) in zip(blocks, part) { try program.setInput(block, rows) }
        try program.run(seed: key.combined, step: place)
        values += program.output(0).values.prefix(min(size, count - place * size) * width)
      }
      return .tensor(Tensor(shape: [count] + symbol.shape, values))
    }
  }

  /// A bound of the degree of what `body` gives as a polynomial in a datum; nil where it may be
  /// none, where it draws, and where it cannot be traced.
  func degree(in shape: [Int], _ body: (Value) throws -> Value) -> Int? {
    let (outer, random) = (runtime.trace, runtime.random)
    let trace = Trace()
    runtime.trace = trace
    defer {
      runtime.trace = outer
      runtime.random = random
    }
    guard let (symbol, leaves) = try? recorded(trace, [shape], { try body($0[0]) }),
      runtime.random == random, !trace.graph.draws
    else { return nil }
    return symbol.degree(in: leaves)
  }

  /// The result for one datum, and what stands for the datum.
  private func recorded(
    _ trace: Trace, _ shapes: [[Int]], _ body: ([Value]) throws -> Value
  ) throws -> (Symbol, leaves: [Symbol])? {
    let leaves = shapes.map { trace.graph.input("datum", shape: $0) }
    let result = try trace.opening(leaves) {
      try body(leaves.map { .object(TracedObject($0, in: trace)) })
    }
    return try trace.symbol(of: result).map { ($0, leaves) }
  }
}

extension Tensor {
  /// A range of rows; the last row stands in for those beyond the end.
  fileprivate func rows(_ range: Range<Int>) -> Tensor {
    let width = shape.dropFirst().reduce(1, *)
    let last = (shape.first ?? 1) - 1
    let values = self.values
    var result: [Double] = []
    result.reserveCapacity(range.count * width)
    for row in range {
      let start = min(row, last) * width
      result += values[start..<(start + width)]
    }
    return Tensor(shape: [range.count] + shape.dropFirst(), result)
  }
}

extension Trace {
  /// Runs `body` while what depends on any of some variables stays a traced tensor.
  func opening<Result>(_ variables: [Symbol], _ body: () throws -> Result) rethrows -> Result {
    guard let first = variables.first else { return try body() }
    return try opening(first) { try opening(Array(variables.dropFirst()), body) }
  }
}
