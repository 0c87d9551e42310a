// Components of independent columns from an exponential family with log p(x) = x·η − A + h(x):
// Poisson, Bernoulli, exponential, and categories as columns of indicators. Their log-densities are
// one product of the data with η, and their M-step is the mean.

import CKernels
import Foundation
import LatentTensor

/// Distributions of one column by their mean.
public enum MixtureFamily: String, CaseIterable, Sendable {
  case gaussian
  case poisson
  case bernoulli
  case exponential
  case categorical

  /// Keeps logarithms finite where a component has never seen an event: e^−690.
  static let least = 1e-300

  /// The natural parameter and A of a mean.
  func natural(_ mean: Double) -> (slope: Double, constant: Double) {
    let least = MixtureFamily.least
    switch self {
    case .poisson: return (log(max(mean, least)), mean)
    case .bernoulli:
      let failure = log(max(1 - mean, least))
      return (log(max(mean, least)) - failure, -failure)
    case .exponential:
      let rate = 1 / max(mean, least)
      return (-rate, -log(rate))
    case .categorical, .gaussian: return (log(max(mean, least)), 0)
    }
  }

  /// h(x), the part of the log-density without parameters.
  func base(_ x: Double) -> Double { self == .poisson ? -SpecialFunction.lgamma(x + 1) : 0 }

  /// Why x cannot be drawn from the family; nil when it can.
  func refusal(of x: Double) -> String? {
    switch self {
    case .gaussian: nil
    case .poisson: x >= 0 && x == x.rounded() ? nil : "a count (0, 1, 2, …)"
    case .bernoulli: x == 0 || x == 1 ? nil : "0 or 1"
    case .exponential: x >= 0 ? nil : "at least 0"
    case .categorical: x >= 0 && x < 4096 && x == x.rounded() ? nil : "a category 0, 1, 2, … 4095"
    }
  }
}

/// K × d means of an exponential family; categorical columns are blocks of indicators.
struct CountComponents: MixtureComponents {
  let family: MixtureFamily
  private(set) var count: Int
  let columns: Int
  var means: [Double]
  /// How many indicator columns each category column has; empty for other families.
  let levels: [Int]

  init(
    _ family: MixtureFamily, count: Int, columns: Int, means: [Double], levels: [Int] = []
  ) {
    self.family = family
    self.count = count
    self.columns = columns
    self.means = means
    self.levels = levels
  }

  var order: Moments.Order { .first }

  var freeParameters: Int {
    family == .categorical ? count * levels.reduce(0) { $0 + $1 - 1 } : count * columns
  }

  var parameters: [(name: String, value: Tensor)] {
    let name =
      switch family {
      case .poisson, .exponential: "means"
      default: "probs"
      }
    return [(name, Tensor(shape: [count, columns], means))]
  }

  func form(observed: [Int]) throws -> KernelForm {
    var (offsets, factors) = ([Double](), [Double]())
    for k in 0..<count {
      var sum = 0.0
      for j in observed {
        let (slope, constant) = family.natural(means[k * columns + j])
        factors.append(slope)
        sum -= constant
      }
      offsets.append(sum)
    }
    return KernelForm(form: CK_MIX_LINEAR, offsets: offsets, locations: [], factors: factors)
  }

  mutating func maximise(_ moments: Moments, _ constraint: MStepConstraint) throws -> [Int] {
    var raised: Set<Int> = []
    for place in 0..<(count * columns) {
      guard moments.columnCounts[place] > 0 else {
        raised.insert(place / columns)
        continue
      }
      means[place] = moments.means[place]
      // An exponential component of zeros alone has a density without bound.
      if family == .exponential, let floor = constraint.floor {
        let least = CovarianceFloor.ratio * floor.variances[place % columns].squareRoot()
        if means[place] < least {
          means[place] = least
          raised.insert(place / columns)
        }
      }
    }
    if family == .bernoulli || family == .categorical {
      for place in means.indices { means[place] = min(max(means[place], 0), 1) }
    }
    return raised.sorted()
  }

  func expectedLogDensity(_ moments: Moments) -> Double {
    var sum = 0.0
    for place in 0..<(count * columns) where moments.columnCounts[place] > 0 {
      let (slope, constant) = family.natural(means[place])
      sum += moments.columnCounts[place] * (moments.means[place] * slope - constant)
    }
    return sum
  }

  func draw(_ component: Int, _ random: inout Philox) -> [Double] {
    let means = Array(means[(component * columns)..<((component + 1) * columns)])
    switch family {
    case .bernoulli: return means.map { random.uniform() < $0 ? 1 : 0 }
    case .exponential: return means.map { -log1p(-random.uniform()) * $0 }
    case .poisson: return means.map { CountComponents.poisson($0, &random) }
    case .categorical, .gaussian:
      var result: [Double] = []
      var start = 0
      for level in levels {
        let choice = CountComponents.category(means[start..<(start + level)], random.uniform())
        result += (0..<level).map { $0 == choice ? 1 : 0 }
        start += level
      }
      return result
    }
  }

  /// Inversion in pieces of a mean of at most 30: sums of Poisson draws are Poisson.
  private static func poisson(_ mean: Double, _ random: inout Philox) -> Double {
    var (rest, sum) = (mean, 0.0)
    while rest > 0 {
      if rest > 1e6 {
        // Beyond a million the normal approximation is exact to the counts' last digits.
        return sum + max(0, (rest + rest.squareRoot() * random.normal()).rounded())
      }
      let piece = min(rest, 30)
      rest -= piece
      var (term, u) = (exp(-piece), random.uniform())
      var k = 0.0
      while u > term, k < 1000 {
        u -= term
        k += 1
        term *= piece / k
      }
      sum += k
    }
    return sum
  }

  static func category(_ probabilities: ArraySlice<Double>, _ uniform: Double) -> Int {
    var rest = uniform * probabilities.reduce(0, +)
    for (k, p) in probabilities.enumerated() {
      rest -= p
      if rest < 0 { return k }
    }
    return max(probabilities.count - 1, 0)
  }

  func distance(_ component: Int, to other: any MixtureComponents, _ otherComponent: Int)
    -> Double?
  {
    guard let other = other as? Self, other.family == family, other.columns == columns else {
      return nil
    }
    // The symmetrised divergence of an exponential family: Σ (m − m′)(η − η′).
    return (0..<columns).reduce(0) { sum, j in
      let (a, b) = (means[component * columns + j], other.means[otherComponent * columns + j])
      return sum + (a - b) * (family.natural(a).slope - family.natural(b).slope)
    }
  }

  mutating func reorder(_ order: [Int]) {
    let old = means
    means = order.flatMap { old[($0 * columns)..<(($0 + 1) * columns)] }
    count = order.count
  }

  var vector: [Double] { means }

  mutating func take(vector: [Double]) -> Bool {
    guard vector.count == means.count else { return false }
    let isInside = vector.allSatisfy {
      $0.isFinite && $0 >= 0 && (family == .poisson || family == .exponential || $0 <= 1)
    }
    if isInside { means = vector }
    return isInside
  }
}
