// Families of choices: bernoulli, categorical, binomial, multinomial, by probabilities or logits.

import Foundation
import LatentAutodiff
import LatentTensor

extension Family {
  /// Bernoulli(p): x log p + (1 − x) log(1 − p), with 0 log 0 = 0.
  public static let bernoulli = bernoulli(.init("probs", .probability)) { p in
    (p.logOrMinusInfinity(), (1 - p).logOrMinusInfinity(), p)
  }

  /// The same by l = log p/(1 − p), exact for every l, where a rounded probability is not.
  public static let bernoulliByLogits = bernoulli(.init("logits", .real)) { l in
    (-(-l).softplus(), -l.softplus(), l.sigmoid())
  }

  private static func bernoulli(
    _ parameter: Parameter,
    logs: @escaping @Sendable (Symbol) -> (yes: Symbol, no: Symbol, probability: Symbol)
  ) -> Family {
    let isLogits = parameter.name == "logits"
    return Family(
      "bernoulli", [parameter], isDiscrete: true,
      logProbability: { p, x in
        let isOne = x.isEqual(to: 1)
        let inside = x.isEqual(to: 0) + isOne
        if isLogits {
          // One softplus serves both values, and its derivative waits for no mask. Whatever is
          // neither 0 nor 1 has probability zero.
          let value = -((1 - 2 * isOne) * p[0]).softplus()
          return value + x.number(0).supported(where: inside, by: x)
        }
        let (yes, no, _) = logs(p[0])
        return isOne.select(yes, no).supported(where: inside, by: x)
      },
      mean: { logs($0[0]).probability },
      variance: { p in
        isLogits ? p[0].sigmoid() * (-p[0]).sigmoid() : p[0] * (1 - p[0])
      },
      entropy: { p in
        isLogits
          ? p[0].softplus() - p[0] * p[0].sigmoid() : surprise(p[0]) + surprise(1 - p[0])
      }
    ).with {
      $0.draw = { p, noise in
        noise.isLess(than: logs(p[0]).probability).undifferentiable(
          "no gradient passes through draws from `bernoulli`: they are steps, not smooth in "
            + "`probs`")
      }
      $0.natural = { p in [logs(p[0]).yes, logs(p[0]).no] }
      $0.values = { _ in [0, 1] }
      $0.tails = { p, x in
        let (yes, no) = chances(p[0], isLogits: isLogits)
        return x < 0 ? Tails(lower: 0) : x < 1 ? Tails(lower: no, upper: yes) : Tails(lower: 1)
      }
      $0.quantile = { p, tails in
        tails.lower <= chances(p[0], isLogits: isLogits).no ? 0 : 1
      }
    }
  }

  /// Categorical over 0 … K − 1, the length of the last axis.
  public static let categorical = categorical(.init("probs", .simplex)) { p in
    (p.logOrMinusInfinity(), p)
  }

  public static let categoricalByLogits = categorical(.init("logits", .vector)) { l in
    let logs = l.logNormalized()
    return (logs, logs.exp())
  }

  private static func categorical(
    _ parameter: Parameter, logs: @escaping @Sendable (Symbol) -> (logs: Symbol, probs: Symbol)
  ) -> Family {
    @Sendable func probabilities(_ p: Numbers) -> [Double] {
      parameter.name == "logits" ? normalizedExponentials(p.arrays[0]) : p.arrays[0]
    }
    return Family(
      "categorical", [parameter], isDiscrete: true,
      logProbability: { p, x in
        let logs = logs(p[0]).logs
        let count = p[0].shape.last ?? 1
        let isThis = x.withLastAxis.isEqual(to: x.counting(count))
        let value = isThis.select(logs, x.number(0)).summedLast()
        return value.supported(where: isThis.summedLast(), by: x)
      },
      mean: { p in (logs(p[0]).probs * p[0].counting(p[0].shape.last ?? 1)).summedLast() },
      variance: { p in
        let (probs, places) = (logs(p[0]).probs, p[0].counting(p[0].shape.last ?? 1))
        let mean = (probs * places).summedLast().withLastAxis
        return (probs * (places - mean).square()).summedLast()
      },
      entropy: { p in surprise(logs(p[0]).probs).summedLast() }
    ).with {
      // The number of partial sums of the probabilities that the noise has passed.
      $0.draw = { p, noise in
        let probs = logs(p[0]).probs
        let count = p[0].shape.last ?? 1
        var (sum, place) = (probs.last(0), noise * 0)
        for k in 0..<(count - 1) {
          place = place + noise.isAtLeast(sum)
          sum = sum + probs.last(k + 1)
        }
        return place.undifferentiable(
          "no gradient passes through draws from `categorical`: they are steps, not smooth in "
            + "`probs`")
      }
      // By inversion; rounding of the sum must not give a value of probability 0.
      $0.sampler = .number { p, random in
        let probs = probabilities(p)
        var rest = random.uniform() * probs.reduce(0, +)
        for (value, probability) in probs.enumerated() {
          rest -= probability
          if rest < 0 { return Double(value) }
        }
        return Double(probs.lastIndex { $0 > 0 } ?? 0)
      }
      $0.natural = { [logs($0[0]).logs] }
      $0.values = { p in p.arrays[0].indices.map(Double.init) }
      $0.tails = { p, x in
        let probs = probabilities(p)
        guard x >= 0 else { return x.isNaN ? Tails(lower: x) : Tails(lower: 0) }
        guard x < Double(probs.count - 1) else { return Tails(lower: 1) }
        let last = Int(x)
        return Tails(
          lower: probs[...last].reduce(0, +), upper: probs[(last + 1)...].reduce(0, +))
      }
      $0.quantile = { p, tails in
        var sum = 0.0
        for (value, probability) in probabilities(p).enumerated() {
          sum += probability
          if sum >= tails.lower { return Double(value) }
        }
        return Double(probabilities(p).lastIndex { $0 > 0 } ?? 0)
      }
    }
  }

  /// Binomial(n, p): log n!/(x!(n−x)!) + x log p + (n − x) log(1 − p).
  public static let binomial = binomial(.init("probs", .probability)) { p, n, x in
    x.timesLog(p) + (n - x).timesLogComplement(p)
  }

  public static let binomialByLogits = binomial(.init("logits", .real)) { l, n, x in
    x * l - n * l.softplus()
  }

  private static func binomial(
    _ parameter: Parameter, kernel: @escaping @Sendable (Symbol, Symbol, Symbol) -> Symbol
  ) -> Family {
    let isLogits = parameter.name == "logits"
    return Family(
      "binomial", [.init("n", .count), parameter], isDiscrete: true,
      logProbability: { p, x in
        let inside = x.isAtLeast(0) * x.isAtMost(p[0]) * x.isWhole
        let safe = inside.select(x, x.number(0))
        let value = p[0].logChoose(safe) + kernel(p[1], p[0], safe)
        return value.supported(where: inside, by: x)
      },
      mean: { p in p[0] * (isLogits ? p[1].sigmoid() : p[1]) },
      variance: { p in
        p[0] * (isLogits ? p[1].sigmoid() * (-p[1]).sigmoid() : p[1] * (1 - p[1]))
      }
    ).with {
      $0.sampler = .number { p, random in
        random.binomial(p[0], chances(p[1], isLogits: isLogits).yes)
      }
      $0.natural = { p in
        isLogits
          ? [p[0], -(-p[1]).softplus(), -p[1].softplus()]
          : [p[0], p[1].logOrMinusInfinity(), (1 - p[1]).logOrMinusInfinity()]
      }
      $0.values = { p in countingValues(to: p[0]) }
      $0.enumeratedEntropy = { p in
        let (yes, no) = chances(p[1], isLogits: isLogits)
        return try CountSum.entropy(upTo: p[0], around: p[0] * yes) {
          CountSum.logBinomial($0, p[0], yes, no)
        }
      }
      $0.tails = { p, x in
        let (yes, no) = chances(p[1], isLogits: isLogits)
        return CountIntegral.binomialTails(x, p[0], yes, no)
      }
      $0.quantile = { p, tails in
        let (yes, no) = chances(p[1], isLogits: isLogits)
        return CountIntegral.quantile(tails, from: p[0] * yes, upTo: p[0]) {
          CountIntegral.binomialTails($0, p[0], yes, no)
        }
      }
    }
  }

  /// Multinomial(n, p): counts of K kinds with sum n.
  public static let multinomial = multinomial(.init("probs", .simplex)) { p in
    (p.logOrMinusInfinity(), p)
  }

  public static let multinomialByLogits = multinomial(.init("logits", .vector)) { l in
    let logs = l.logNormalized()
    return (logs, logs.exp())
  }

  private static func multinomial(
    _ parameter: Parameter, logs: @escaping @Sendable (Symbol) -> (logs: Symbol, probs: Symbol)
  ) -> Family {
    @Sendable func probabilities(_ p: Numbers) -> [Double] {
      parameter.name == "logits" ? normalizedExponentials(p.arrays[1]) : p.arrays[1]
    }
    return Family(
      "multinomial", [.init("n", .count), parameter], isDiscrete: true,
      logProbability: { p, x in
        let inside = CountVector.isInside(x, total: p[0])
        let safe = x.isAtLeast(0).select(x, x.number(0))
        let logs = logs(p[1]).logs
        let isZero = safe.isEqual(to: 0)
        let terms = isZero.select(x.number(0), safe * isZero.select(x.number(0), logs))
        let value = (p[0] + 1).logGamma() + (terms - (safe + 1).logGamma()).summedLast()
        return value.supported(where: inside, by: x.summedLast())
      },
      mean: { p in p[0].withLastAxis * logs(p[1]).probs },
      variance: { p in
        let probs = logs(p[1]).probs
        return p[0].withLastAxis * (probs * (1 - probs))
      }
    ).with {
      $0.eventRank = 1
      $0.eventShape = { [$0[1]] }
      $0.sampler = .array { p, random in random.multinomial(p[0], probabilities(p)) }
      $0.natural = { [$0[0], logs($0[1]).logs] }
      $0.enumeratedEntropy = { p in try CountSum.multinomialEntropy(p[0], probabilities(p)) }
    }
  }
}

/// p and 1 − p of a probability or its logit.
private func chances(_ parameter: Double, isLogits: Bool) -> (yes: Double, no: Double) {
  isLogits
    ? (1 / (1 + exp(-parameter)), 1 / (1 + exp(parameter))) : (parameter, 1 - parameter)
}

/// softmax of numbers.
func normalizedExponentials(_ logits: [Double]) -> [Double] {
  let top = logits.max() ?? 0
  let exponentials = logits.map { exp($0 - top) }
  let total = exponentials.reduce(0, +)
  return exponentials.map { $0 / total }
}

/// 0 … n, for an n that is small enough to list.
func countingValues(to n: Double) -> [Double] {
  n <= 1e6 ? (0...Int(n)).map(Double.init) : []
}

/// log Bernoulli(x; sigmoid(logits)) = x·l − softplus(l), element by element: exact for every l,
/// where the logarithm of a rounded probability is not.
public func bernoulliLogDensity(_ x: Symbol, logits: Symbol) -> Symbol {
  x * logits - logits.softplus()
}

/// −p log p with its limit 0 at 0.
func surprise(_ p: Symbol) -> Symbol {
  let positive = p.isAbove(0)
  return p * (1 / positive.select(p, p.number(1))).log()
}
