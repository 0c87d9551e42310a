// Expectations, and what distributions and densities have in common as arguments.

import Foundation
import LatentDistributions
import LatentLanguage
import LatentTensor

extension BuiltinCall {
  /// A distribution with numbers for parameters, or that of a density.
  func plainDistribution(_ name: String) throws -> DistributionObject {
    guard let density = value(name).object as? DensityObject else {
      return try object(name, as: DistributionObject.self)
    }
    guard case .plain(let distribution) = try density.law() else {
      throw untraceable(argument: name)
    }
    return DistributionObject(distribution)
  }

  /// The distribution that an argument is or, as a density, has; nil for other values.
  func distributionOrNil(_ name: String) throws -> DistributionObject? {
    ["distribution", "density"].contains(value(name).kind) ? try plainDistribution(name) : nil
  }
}

extension Builtin {
  /// `kl(q(z|x) || p(z))` of densities that may have a distribution for every row; nil where there
  /// is no closed form.
  static func divergenceOfRows(_ call: BuiltinCall) throws -> Value? {
    guard let a = call.value("a").object as? DensityObject,
      let b = call.value("b").object as? DensityObject
    else { return nil }
    return try a.divergence(from: b)
  }

  /// `E(d, f)`
  static func expectation(_ call: BuiltinCall) throws -> Value {
    let f = try call.function("f")
    if !call.has("samples"), let value = try exactExpectation(of: f, call) {
      return .tensor(value)
    }
    let samples = call.has("samples") ? try call.integer("samples") : 10_000
    let key = try call.randomKey()
    let values = try draws(call, samples, key).map { try Rows.map($0, f, key, call) }
    var moments = RunningMoments()
    if let values {
      for row in 0..<samples { try moments.add(try values.row(row), weight: 1) }
    } else {
      for place in 0..<samples {
        if place % 1024 == 0 { try call.runtime.checkLimits() }
        let own = RandomKey(
          seed: key.seed &+ UInt64(place) &* 0x9E37_79B9_7F4A_7C15, stream: key.stream)
        try moments.add(numbers(try call.invoke(f, try one(call, own))), weight: 1)
      }
    }
    return .object(
      ExpectationObject(
        mean: moments.mean, standardError: moments.standardError, samples: samples))
  }

  /// A sum over all values of a finite distribution, or over the points that make the expectation
  /// of a polynomial exact; nil where the function is none, or the distribution has no such points.
  private static func exactExpectation(of f: FunctionObject, _ call: BuiltinCall) throws -> Tensor?
  {
    guard let object = try oneDistribution(call) else { return nil }
    let d = object.distribution
    if let list = try d.enumeration() {
      let values = try list.masses.indices.map {
        (log(list.masses[$0]), [try object.value(ofDraw: try list.values.row($0))])
      }
      return try sum(values, f, call)
    }
    guard d.family?.family.parts.isEmpty ?? true, call.runtime.trace == nil,
      let degree = Rows(count: 1, runtime: call.runtime).degree(
        in: d.shape, { try call.runtime.invoke(f, [$0]) }),
      let rule = try d.cubature(degree: degree)
    else { return nil }
    let values = try Rows.map(
      (rule.points, rule.weights.count), f, RandomKey(seed: 0, stream: 0), call)
    var moments = RunningMoments()
    for (row, weight) in rule.weights.enumerated() {
      try moments.add(try values.row(row), weight: weight)
    }
    return moments.total.values.allSatisfy(\.isFinite) ? moments.total : nil
  }

  /// Nil for a density of several variables, or without a distribution that is exact.
  private static func oneDistribution(_ call: BuiltinCall) throws -> DistributionObject? {
    guard let density = call.value("d").object as? DensityObject else {
      return try call.plainDistribution("d")
    }
    guard density.density.term.subjects.count == 1 else { return nil }
    do {
      guard case .plain(let distribution) = try density.law() else { return nil }
      return DistributionObject(distribution)
    } catch let failure as Failure where failure.code == "L561" { return nil }
  }

  /// Rows of draws, where one draw is a tensor.
  private static func draws(
    _ call: BuiltinCall, _ samples: Int, _ key: RandomKey
  ) throws -> (rows: Tensor, count: Int)? {
    if let density = call.value("d").object as? DensityObject {
      guard density.density.term.subjects.count == 1 else { return nil }
      return try density.draw(samples, key).asTensor.map { ($0, samples) }
    }
    let d = try call.plainDistribution("d").distribution
    if let family = d.family?.family, !family.parts.isEmpty { return nil }
    return (try d.sample(samples, seed: key.seed, stream: key.stream), samples)
  }

  /// One draw of each variable.
  private static func one(_ call: BuiltinCall, _ key: RandomKey) throws -> [Value] {
    if let density = call.value("d").object as? DensityObject {
      let draw = try density.draw(nil, key)
      return draw.asList ?? [draw]
    }
    let object = try call.plainDistribution("d")
    return [
      try object.value(
        ofDraw: try object.distribution.sample(nil, seed: key.seed, stream: key.stream))
    ]
  }

  /// Σ p f over values with the logarithms of their probabilities. What has none plays no part,
  /// even where f is not finite there.
  private static func sum(
    _ values: [(log: Double, values: [Value])], _ f: FunctionObject, _ call: BuiltinCall
  ) throws -> Tensor {
    var moments = RunningMoments()
    for (place, value) in values.enumerated() where value.log > -.infinity {
      if place % 1024 == 0 { try call.checkInterrupt() }
      try moments.add(numbers(try call.invoke(f, value.values)), weight: exp(value.log))
    }
    return moments.total
  }

  fileprivate static func numbers(_ value: Value) throws -> Tensor {
    guard let tensor = value.asNumericArgument else {
      throw Failure(
        "L431", "`E` needs a function of numbers, but this one gave \(value.kindPhrase)",
        argument: "f")
    }
    return tensor
  }
}

extension Rows {
  /// A function of the language for every row.
  fileprivate static func map(
    _ draws: (rows: Tensor, count: Int), _ f: FunctionObject, _ key: RandomKey, _ call: BuiltinCall
  ) throws -> Tensor {
    let rows = Rows(count: draws.count, runtime: call.runtime, key: key)
    let values = try rows.map([.tensor(draws.rows)]) { try call.runtime.invoke(f, $0) }
    if let list = values.asList {
      // Values of several shapes, or no numbers.
      var moments = RunningMoments()
      for value in list { try moments.add(Builtin.numbers(value), weight: 1) }
    }
    return try Builtin.numbers(values)
  }
}
