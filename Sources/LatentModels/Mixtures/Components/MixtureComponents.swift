// What a family of distributions must offer to be mixed: a form the kernel can evaluate, the
// M-step, and what one asks of the fitted components.

import CKernels
import LatentTensor

/// log p(x|z = k) as the kernel takes it.
struct KernelForm: Sendable {
  var form: ck_mixture_form
  /// What is added to the sum over columns, by component, without log π.
  var offsets: [Double]
  /// components × columns; empty where the form has none.
  var locations: [Double]
  var factors: [Double]
}

/// What holds an M-step back from the maximum of the likelihood.
struct MStepConstraint: Sendable {
  var floor: CovarianceFloor?
  var prior: ConjugatePrior?
}

/// The components of a mixture: K distributions of one family over d columns.
protocol MixtureComponents: Sendable {
  var count: Int { get }
  var columns: Int { get }
  /// The moments an M-step needs.
  var order: Moments.Order { get }
  /// Where moments are centred while they are gathered: components × columns.
  var means: [Double] { get }
  /// How many numbers the likelihood leaves free, without the weights.
  var freeParameters: Int { get }
  /// By the names of the language.
  var parameters: [(name: String, value: Tensor)] { get }

  /// The density of the columns in `observed`.
  func form(observed: [Int]) throws -> KernelForm
  /// Moments of all columns from those of the observed ones of some rows.
  func completed(_ part: Moments, observed: [Int]) throws -> Moments
  /// Takes the parameters that maximise the expected log-density.
  ///
  /// - Returns: the components that had to be kept from a singular density.
  mutating func maximise(_ moments: Moments, _ constraint: MStepConstraint) throws -> [Int]
  /// Σ r log p(x|z): what the M-step maximises, less the weights' part.
  func expectedLogDensity(_ moments: Moments) -> Double
  /// E[missing | observed, z = k] of one row: replaces the elements of `x` not in `observed`.
  func complete(_ x: inout [Double], component: Int, observed: [Int]) throws
  /// A draw from component k by uniform and normal noise.
  func draw(_ component: Int, _ random: inout Philox) -> [Double]
  /// How far component k is from a component of another fit: 0 when they are equal.
  /// Nil for another family.
  func distance(_ component: Int, to other: any MixtureComponents, _ otherComponent: Int) -> Double?
  mutating func reorder(_ order: [Int])
  /// All parameters as free numbers, for extrapolation.
  var vector: [Double] { get }
  /// Takes parameters from free numbers; false, and nothing, where they are not allowed.
  mutating func take(vector: [Double]) -> Bool
}

extension MixtureComponents {
  func completed(_ part: Moments, observed: [Int]) throws -> Moments {
    spread(part, observed: observed)
  }

  /// Independent columns: what is missing does not matter to the others, and does not count.
  func spread(_ part: Moments, observed: [Int]) -> Moments {
    if observed.count == columns { return part }
    var all = Moments(part.order, components: count, columns: columns)
    all.counts = part.counts
    for k in 0..<count {
      for (j, column) in observed.enumerated() {
        let (from, to) = (k * observed.count + j, k * columns + column)
        all.means[to] = part.means[from]
        all.columnCounts[to] = part.columnCounts[from]
        if order == .squares { all.seconds[to] = part.seconds[from] }
      }
    }
    return all
  }

  func complete(_ x: inout [Double], component: Int, observed: [Int]) throws {
    let known = Set(observed)
    for j in 0..<columns where !known.contains(j) { x[j] = means[component * columns + j] }
  }
}
