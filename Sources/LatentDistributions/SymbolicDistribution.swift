// A distribution whose parameters are nodes of a graph: what `normal(dec(z), 1)` is inside of a
// traced model or function.

import LatentAutodiff
import LatentTensor

/// A distribution with symbolic parameters.
///
/// A draw has the shape `shape`; its last `eventRank` axes make one event, with one density value,
/// and the axes before are independent events.
public struct SymbolicDistribution {
  public let law: Law<Symbol>
  public let shape: [Int]
  public let eventRank: Int

  /// - Parameter mixtureRank: How many of the last axes of a draw a mixture chooses one component
  ///   for; all of them unless said. Where the first axis is the rows of data, one less.
  /// - Throws: when the shapes of parameters do not fit together.
  public init(_ law: Law<Symbol>, mixtureRank: Int? = nil) throws {
    self.law = law
    let (shape, rank) = try law.geometry { $0.shape }
    self.shape = shape
    if case .mixture = law, let mixtureRank {
      eventRank = min(max(mixtureRank, 0), shape.count)
    } else {
      eventRank = rank
    }
  }

  public init(_ family: Family, _ parameters: [Symbol]) throws {
    try self.init(.family(family, parameters))
  }

  /// log p of each event: x without its event axes.
  public func logProbability(_ x: Symbol) -> Symbol {
    switch law {
    case .family(let family, let parameters):
      return family.logProbability(parameters, x)
    case .mixture(let weights, let components):
      let target = Array(x.shape.dropLast(eventRank))
      let logs = components.map { component -> Symbol in
        guard let part = try? SymbolicDistribution(component) else { return x }
        var value = part.logProbability(x)
        while value.shape.count > target.count { value = value.sum(axis: -1) }
        return value.broadcast(to: target).withLastAxis
      }
      guard let table = Symbol.concatenated(logs) else { return x }
      return (table + weights.logOrMinusInfinity()).logSumExpOrMinusInfinity()
    case .independent(let inner, _):
      guard let part = try? SymbolicDistribution(inner) else { return x }
      return part.logProbability(x)
    }
  }

  /// log p of whole draws: x without the axes of one draw.
  public func logProbabilityOfDraws(_ x: Symbol) -> Symbol {
    var value = logProbability(x)
    if case .independent = law {
      // The copies broadcast inside; their events are summed here.
      value = value.broadcast(to: Array(x.shape.dropLast(eventRank)))
    }
    for _ in 0..<(shape.count - eventRank) { value = value.sum(axis: -1) }
    return value
  }

  /// The mean of each element of a draw.
  public var mean: Symbol {
    moment {
      $0.mean($1)
    } mixture: { parts, weights in
      zip(parts, weights).map { $0.mean * $1 }
    }
  }

  /// The variance of each element of a draw.
  public var variance: Symbol {
    moment {
      $0.variance($1)
    } mixture: { parts, weights in
      let center = zip(parts, weights).map { $0.mean * $1 }.reduced(by: +)
      return zip(parts, weights).map { part, weight in
        weight * (part.variance + (part.mean - (center ?? part.mean)).square())
      }
    }
  }

  private func moment(
    _ ofFamily: (Family, [Symbol]) -> Symbol,
    mixture: ([SymbolicDistribution], [Symbol]) -> [Symbol]
  ) -> Symbol {
    switch law {
    case .family(let family, let parameters):
      return ofFamily(family, parameters).broadcast(to: shape)
    case .mixture(let weights, let components):
      let parts = components.compactMap { try? SymbolicDistribution($0) }
      let shares = parts.indices.map { place -> Symbol in
        let share = weights.last(place)
        return share.reshaped(share.shape + [Int](repeating: 1, count: eventRank))
      }
      let terms = mixture(parts, shares)
      return (terms.reduced(by: +) ?? weights).broadcast(to: shape)
    case .independent(let inner, _):
      guard let part = try? SymbolicDistribution(inner) else { return anySymbol }
      return part.moment(ofFamily, mixture: mixture).broadcast(to: shape)
    }
  }

  /// The entropy of one draw; nil where no closed form is known.
  public var entropy: Symbol? {
    switch law {
    case .family(let family, let parameters):
      return family.entropy.map {
        $0(parameters).broadcast(to: Array(shape.dropLast(eventRank))).sum()
      }
    case .mixture: return nil
    case .independent(let inner, let count):
      return (try? SymbolicDistribution(inner))?.entropy.map { Double(count) * $0 }
    }
  }

  /// A draw of `leading` × one draw as a function of noise; nil where draws are made by rejection,
  /// which a graph cannot.
  ///
  /// - Parameter noise: Makes independent noise of a kind and a shape, new at every call.
  public func draw(leading: [Int] = [], noise: (Draw, [Int]) -> Symbol) -> Symbol? {
    let target = leading + shape
    switch law {
    case .family(let family, let parameters):
      return family.draw.map {
        $0(parameters, noise(family.noise, target)).broadcast(to: target)
      }
    case .mixture(let weights, let components):
      let parts = components.compactMap { try? SymbolicDistribution($0) }
      let draws = parts.compactMap { $0.draw(leading: leading, noise: noise) }
      guard draws.count == components.count, var result = draws.last else { return nil }
      let events = Array(target.dropLast(eventRank))
      let uniform = noise(.uniform, events)
      var passed = weights.last(0)
      for (place, draw) in draws.dropLast().enumerated().reversed() {
        passed = (0...place).map { weights.last($0) }.reduced(by: +) ?? passed
        let isBelow = uniform.isLess(than: passed)
        let mask = isBelow.reshaped(events + [Int](repeating: 1, count: eventRank))
        result = mask.select(draw, result)
      }
      return result.undifferentiable(
        "no gradient passes through draws from `mixture_of`: the choice of a component is a step; "
          + "sum over the components, or use a score-function estimator")
    case .independent(let inner, let count):
      return (try? SymbolicDistribution(inner))?
        .draw(leading: leading + [count], noise: noise)
    }
  }

  /// KL(self ‖ other) of one draw; nil where there is no closed form.
  public func divergence(from other: SymbolicDistribution) throws -> Symbol? {
    try divergences(from: other)?.sum()
  }

  /// KL(self ‖ other) of each event of a draw, one after the other; nil where there is no closed
  /// form.
  public func divergences(from other: SymbolicDistribution) throws -> Symbol? {
    switch (law, other.law) {
    case (.family(let a, let p), .family(let b, let q)):
      guard let form = Divergence.closedForm(a, b) else { return nil }
      let events = Array(try Shape.broadcast(self.shape, other.shape).dropLast(eventRank))
      return form(a.natural(p), b.natural(q)).broadcast(to: events)
        .reshaped([events.reduce(1, *)])
    case (.independent(let a, let n), .independent(let b, let m)) where n == m:
      let (left, right) = (try SymbolicDistribution(a), try SymbolicDistribution(b))
      guard let one = try left.divergences(from: right) else { return nil }
      let events = one.shape[0]
      return one.reshaped([1, events]).broadcast(to: [n, events]).reshaped([n * events])
    default: return nil
    }
  }

  private var anySymbol: Symbol {
    switch law {
    case .family(_, let parameters): parameters[0]
    case .mixture(let weights, _): weights
    case .independent(let inner, _):
      (try? SymbolicDistribution(inner))?.anySymbol ?? Graph().constant(.nan)
    }
  }
}

extension Array {
  fileprivate func reduced(by combine: (Element, Element) -> Element) -> Element? {
    first.map { dropFirst().reduce($0, combine) }
  }
}

extension Symbol {
  /// log Σ exp of the last axis, −∞ for terms that are all −∞.
  func logSumExpOrMinusInfinity() -> Symbol {
    let top = maximum(axis: -1, keep: true).detached()
    let isFinite = (top - top).isEqual(to: 0)
    let base = isFinite.select(top, number(0))
    let sum = (self - base).exp().sum(axis: -1)
    return sum.logOrMinusInfinity() + base.reshaped(Array(shape.dropLast()))
  }
}
