// Expectations, and what distributions and densities have in common as arguments.

import Foundation
import LatentDistributions
import LatentLanguage
import LatentModels
import LatentTensor

extension BuiltinCall {
  /// A distribution, or the one of a density.
  func law(_ name: String) throws -> Law {
    if let density = value(name).object as? DensityObject { return try density.law() }
    if let law = Law(value(name)) { return law }
    return .plain(try object(name, as: DistributionObject.self).distribution)
  }

  /// A distribution with numbers for parameters.
  func distribution(_ name: String) throws -> Distribution {
    if case .plain(let distribution) = try law(name) { return distribution }
    throw untraceable(argument: name)
  }

  /// A draw, or `count` draws as rows, of a distribution or a density.
  func draw(_ name: String, _ count: Int?, _ key: RandomKey) throws -> Value {
    if let density = value(name).object as? DensityObject { return try density.draw(count, key) }
    return try law(name).draw(count, key)
  }
}

extension Builtin {
  /// `kl(a || b)`
  static func divergence(_ call: BuiltinCall) throws -> Value {
    let known: Value?
    if let a = call.value("a").object as? DensityObject,
      let b = call.value("b").object as? DensityObject
    {
      known = try a.divergence(from: b)
    } else {
      known = try call.law("a").divergence(from: call.law("b"))
    }
    if let known { return known }
    let names = try ["a", "b"].map { try call.law($0).family.name }
    throw Failure(
      "L521", "there is no closed form for KL(\(names[0]) || \(names[1]))",
      help: "estimate it: `mean(log_prob(a, s) - log_prob(b, s))` with `s = sample(a, 10000)`")
  }

  static let expectation = Builtin(
    "E", in: .distributions,
    help: """
      The expectation of f over a distribution: exact where that has a small finite number of \
      values, else a Monte Carlo estimate with its standard error. Of a density of several \
      variables f takes one argument for each.
      """,
    parameters: [
      .distribution("d", "A distribution, or a density such as `q(z|x)`."),
      .function("f", "A function of a draw."),
      .integer("samples", in: 1...10_000_000, default: 1000, "Draws, where draws are needed."),
      .seed,
    ],
    returns: .numeric,
    examples: [
      "E(bernoulli(0.25), z => 8 * z)  #=> 2",
      "E(normal(3, 1), z => 2)  #=> 2 ± 0 by 1000 draws",
    ]
  ) { call in
    let function = try call.function("f")
    let runtime = call.runtime
    let density = call.value("d").object as? DensityObject
    let isSingle = density.map { $0.density.term.subjects.count == 1 } ?? true
    if isSingle {
      let law = density == nil ? try call.law("d") : try density?.expected()
      if let law, let values = law.support {
        return try exact(law, values, function, runtime)
      }
    }
    let samples = try call.integer("samples")
    let key = try call.randomKey()
    if isSingle {
      let draws = try call.draw("d", samples, key)
      let all = try Rows(count: samples, runtime: runtime, key: key).map([draws]) {
        try runtime.invoke(function, $0)
      }
      return try estimate(all, samples)
    }
    var results: [Value] = []
    for place in 0..<samples {
      try runtime.checkLimits()
      let own = RandomKey(
        seed: key.seed &+ UInt64(place) &* 0x9E37_79B9_7F4A_7C15, stream: key.stream)
      let draw = try call.draw("d", nil, own)
      results.append(try runtime.invoke(function, draw.asList ?? [draw]))
    }
    return try estimate(try Value.collected(results), samples)
  }

  /// Σ p(z) f(z).
  private static func exact(
    _ law: Law, _ values: [Value], _ function: FunctionObject, _ runtime: Runtime
  ) throws -> Value {
    var sum: Tensor?
    for value in values {
      let weight = exp(try law.logProbability(value, runtime).asNumber ?? .nan)
      // What has probability zero plays no part, even where f is not finite.
      if weight == 0 { continue }
      let result = try runtime.invoke(function, [value])
      guard let numbers = result.asTensor else { throw notNumbers(result) }
      guard numbers.shape == (sum?.shape ?? numbers.shape) else { throw notNumbers(result) }
      let before = sum?.values ?? numbers.values.map { _ in 0 }
      sum = Tensor(
        shape: numbers.shape, zip(before, numbers.values).map { $0 + weight * $1 })
    }
    return .tensor(sum ?? Tensor(.nan))
  }

  private static func estimate(_ all: Value, _ samples: Int) throws -> Value {
    guard let numbers = all.asTensor, numbers.shape.first == samples else {
      throw notNumbers(all)
    }
    let n = Double(samples)
    if numbers.rank == 1 {
      let mean = numbers.values.reduce(0, +) / n
      let squares = numbers.values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let error = samples > 1 ? (squares / (n - 1) / n).squareRoot() : .nan
      return .object(
        EstimateObject(
          Evidence(.estimate, perDatum: [mean], standardErrors: [error], samples: samples),
          isExpectation: true))
    }
    return .tensor(try numbers.mean(axis: 0))
  }

  private static func notNumbers(_ value: Value) -> Failure {
    Failure(
      "L402", "the function of an expectation gives numbers of one shape, not \(value.kindPhrase)",
      argument: "f")
  }
}

extension DensityObject {
  /// The distribution an expectation goes by; nil where draws must do.
  fileprivate func expected() throws -> Law? {
    do { return try law() } catch let failure as Failure where failure.code == "L541" { return nil }
  }
}
