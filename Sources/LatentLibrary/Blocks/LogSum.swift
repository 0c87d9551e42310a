// Arithmetic on logarithms that are numbers or traced numbers.

import Foundation
import LatentAutodiff
import LatentLanguage
import LatentTensor

enum LogSum {
  static func sum(_ a: Value, _ b: Value, _ runtime: Runtime) throws -> Value {
    try combined([a, b], runtime, { $0[0] + $0[1] }, { $0[0] + $0[1] })
  }

  static func difference(_ a: Value, _ b: Value, _ runtime: Runtime) throws -> Value {
    try combined([a, b], runtime, { $0[0] - $0[1] }, { $0[0] - $0[1] })
  }

  /// exp of a logarithm.
  static func exponentiated(_ a: Value, _ runtime: Runtime) throws -> Value {
    try combined([a], runtime, { exp($0[0]) }, { $0[0].exp() })
  }

  /// A number or the parts of a vector, times a number.
  static func scaled(_ a: Value, by weight: Value, _ runtime: Runtime) throws -> Value {
    if let weight = weight.asNumber, let tensor = a.asTensor, !tensor.isScalar {
      return .tensor(Tensor(shape: tensor.shape, tensor.values.map { $0 * weight }))
    }
    return try combined([a, weight], runtime, { $0[0] * $0[1] }, { $0[0] * $0[1] })
  }

  /// log Σ exp.
  static func exponential(_ terms: [Value], _ runtime: Runtime) throws -> Value {
    if terms.count == 1 { return terms[0] }
    return try combined(
      terms, runtime,
      { numbers in
        let top = numbers.max() ?? -.infinity
        guard top > -.infinity, top < .infinity else { return top }
        return top + log(numbers.reduce(0) { $0 + exp($1 - top) })
      },
      { symbols in
        let parts = symbols.map { $0.reshaped([1]) }
        return Symbol.concatenated(parts)?.logSumExp(axis: 0) ?? symbols[0]
      })
  }

  private static func combined(
    _ values: [Value], _ runtime: Runtime, _ numbers: ([Double]) -> Double,
    _ symbols: ([Symbol]) -> Symbol
  ) throws -> Value {
    if values.contains(where: \.isSymbolic), let trace = runtime.trace as? Trace {
      let parts = try values.compactMap { try trace.symbol(of: $0) }
      guard parts.count == values.count else { return .nothing }
      return .object(TracedObject(symbols(parts), in: trace))
    }
    return .number(numbers(values.map { $0.asNumber ?? .nan }))
  }
}
