// What exact inference asks of the distribution behind a term beyond its density: the probability
// of what was seen of a point, mixtures of posteriors, numbers for symbols.

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentTensor

extension BlockInstance {
  /// Whether entries of a known variable may be missing.
  func mayMiss(_ name: String, _ point: Value) -> Bool {
    missing.contains(name) || point.asTensor?.values.contains(where: \.isNaN) == true
  }
}

extension BlockLaw {
  /// log p of what was seen of one point, nan standing for what was not.
  func logProbabilityOfSeen(_ x: Value, _ runtime: Runtime) throws -> Value {
    try check(x)
    return try traced(runtime) { law, trace in
      guard let symbol = try trace.symbol(of: x) else { return .nothing }
      let log = try law.logProbability(ofSeen: SeenPoint(symbol, mayMiss: true))
      return .object(TracedObject(log, in: trace))
    }
  }

  /// A point with nan replaced by the mean given what was seen.
  func filled(_ x: Value, _ runtime: Runtime) throws -> Value {
    try traced(runtime) { law, trace in
      guard let symbol = try trace.symbol(of: x) else { return x }
      let point = SeenPoint(symbol, mayMiss: true)
      guard let seen = point.flatSeen else { return x }
      var guess = law.mean.reshaped([point.values.count])
      if let noise = GaussianNoise(law) {
        guess = guess + noise.regression(residual: point.flat - noise.mean, seen: seen)
      } else if law.eventRank > 0 {
        throw Failure(
          "L516",
          "missing entries of a `\(law.law.name)` have no mean given the others in closed form")
      }
      let whole = seen.select(point.flat, guess).reshaped(symbol.shape)
      return .object(TracedObject(whole, in: trace))
    }
  }

  private func traced(
    _ runtime: Runtime, _ body: (SymbolicDistribution, Trace) throws -> Value
  ) throws -> Value {
    try Trace.local(runtime) { trace in
      try body(symbolic(in: trace), trace)
    } numbers: { value, trace in
      try trace.settled(value)
    }
  }

  /// Σ w p(x) of distributions of one variable, by the logarithms of unnormalised weights.
  static func mixture(_ laws: [BlockLaw], logs: [Value], _ runtime: Runtime) throws -> BlockLaw {
    let total = try LogSum.exponential(logs, runtime)
    let weights = try logs.map { try LogSum.difference($0, total, runtime) }
    if let trace = runtime.trace as? Trace {
      let parts = try weights.compactMap { try trace.symbol(of: $0)?.reshaped([1]) }
      guard let table = Symbol.concatenated(parts) else { return laws[0] }
      let components = try laws.map { try $0.symbolic(in: trace).law }
      return .symbolic(
        try SymbolicDistribution(.mixture(weights: table.exp(), components: components)), trace)
    }
    let components = laws.compactMap { law -> Distribution? in
      if case .plain(let distribution) = law { distribution } else { nil }
    }
    let shares = weights.map { exp($0.asNumber ?? .nan) }
    return .plain(try Distribution.mixture(weights: Tensor(shares), components: components))
  }

  /// The same with numbers, in a trace that nothing is open in.
  func numbers(in trace: Trace) throws -> BlockLaw {
    guard case .symbolic(let law, _) = self else { return self }
    return .plain(
      try Distribution(
        law.law.map { parameter in
          try trace.settled(.object(TracedObject(parameter, in: trace))).asTensor ?? Tensor(0)
        }))
  }
}

extension BoundDensity.Branch {
  func numbers(in trace: Trace) throws -> BoundDensity.Branch {
    var result = self
    result.log = try trace.settled(log)
    result.posterior = try posterior?.numbers(in: trace)
    result.filled = try filled.map(trace.settled)
    return result
  }
}

extension Trace {
  /// A traced value of this trace as numbers; others as they are.
  func settled(_ value: Value) throws -> Value {
    guard let traced = value.object as? TracedObject, traced.trace === self else { return value }
    return try self.value(of: traced.symbol)
  }
}
