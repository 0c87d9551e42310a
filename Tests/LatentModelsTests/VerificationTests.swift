// `verify` must let correct models pass and name the identity that a broken one fails.

import LatentAutodiff
import LatentTensor
import Testing

@testable import LatentModels

/// A correct mixture of which one answer is tampered with.
private final class Tampered: Model {
  enum Fault: CaseIterable {
    case none, density, draws, shares, divergence, bound
  }
  let inner: Mixture
  let fault: Fault

  init(_ inner: Mixture, _ fault: Fault) {
    (self.inner, self.fault) = (inner, fault)
  }

  var kind: String { "tampered" }
  var summary: String { "tampered" }
  var columns: Int? { inner.columns }
  var latentDimension: Int { inner.latentDimension }
  var isFitted: Bool { true }
  var history: TrainingHistory { TrainingHistory() }
  var parameterValues: [(name: String, value: Tensor)] { inner.parameterValues }
  func copied() -> any Model { Tampered(inner, fault) }
  func heeds(_ argument: String, by method: FitMethod) -> Bool { false }
  func fit(_ data: DataSet, _ request: FitRequest, _ observer: FitObserver) {}

  func logProbability(_ x: Tensor) throws -> [Double] {
    // Two per cent too much.
    try inner.logProbability(x).map { fault == .density ? $0 + 0.02 : $0 }
  }

  func elbo(_ x: Tensor, samples: Int, seed: UInt64) throws -> [Double] {
    try inner.logProbability(x).map { fault == .bound ? $0 + 1e-6 : $0 - 0.1 }
  }

  func responsibilities(_ x: Tensor) throws -> Tensor {
    let shares = try inner.responsibilities(x)
    return fault == .shares ? shares.mapping { $0 * (1 + 1e-12) } : shares
  }

  func sample(_ count: Int, seed: UInt64) throws -> Tensor {
    let draws = try inner.sample(count, seed: seed)
    return fault == .draws ? draws.mapping { 1.15 * $0 } : draws
  }

  func decomposition(_ x: Tensor) throws -> [(name: String, value: Fact)] {
    try inner.decomposition(x).map { name, value in
      guard fault == .divergence, name == "kl_posterior", case .tensor(let tensor) = value else {
        return (name, value)
      }
      return (name, .tensor(tensor.mapping { $0 + 1e-7 }))
    }
  }
}

/// Maximises log N(x; w, 1), but lets its gradient see a part of w only.
private final class Detached: GradientTrained {
  let parameters: ParameterBuffer? = {
    let buffer = ParameterBuffer([Graph.Slot("w", shape: [])], precision: .float32)
    buffer["w"] = Tensor(0.3)
    return buffer
  }()
  let isWrong: Bool

  init(isWrong: Bool) { self.isWrong = isWrong }

  func objective(_ graph: Graph, rows: Int, options: TrainingOptions) throws -> Objective {
    let x = graph.batch("data", rows: rows, columns: 1, binarized: false)
    let w = graph.parameter("w", shape: [])
    let difference = x - (isWrong ? 0.99 * w + 0.01 * w.detached() : w)
    let bound = -0.5 * difference.square().sum(axis: -1).mean()
    return Objective(bound: bound, terms: [("reconstruction", bound)])
  }
}

struct VerificationTests {
  static func mixture(columns: Int = 1) throws -> Mixture {
    var design = Mixture.Design()
    design.covariance = .spherical
    return try Mixture(
      design, weights: Tensor([0.3, 0.7]),
      means: Tensor(
        shape: [2, columns],
        [Double](repeating: -1, count: columns)
          + [Double](repeating: 2, count: columns)),
      covariances: Tensor([1, 0.25]))
  }

  static func failures(_ model: any Model, _ x: Tensor) throws -> [String] {
    try Verification(model, DataSet(x: x), seed: 1, shouldStop: { false }).identities
      .filter { !$0.passed }.map(\.name)
  }

  private static let expected: [Tampered.Fault: [String]] = [
    .none: [], .density: ["p(x) integrates to 1"], .draws: ["draws lie where p(x) says"],
    .shares: ["sum of p(z|x) over z = 1"],
    .divergence: ["log p(x) = ELBO + KL(q || p(z|x))"], .bound: ["ELBO <= log p(x)"],
  ]

  @Test func theFailingIdentityIsNamed() throws {
    let x = Tensor(shape: [4, 1], [-2, 0.5, 1, 3])
    for fault in Tampered.Fault.allCases {
      var found = try Self.failures(Tampered(try Self.mixture(), fault), x)
      // A density that is wrong contradicts its own decomposition and bound, too.
      if fault == .density { found.removeAll { $0.hasPrefix("ELBO") || $0.hasPrefix("log p") } }
      #expect(found == Self.expected[fault], "\(fault)")
    }
  }

  @Test func twoColumnsIntegrateToOne() throws {
    let found = try Verification(
      Self.mixture(columns: 2), DataSet(x: Tensor(shape: [2, 2], [0, 1, 2, 3])), seed: 1,
      shouldStop: { false }
    ).identities
    #expect(found.filter { !$0.passed }.isEmpty)
    let integral = try #require(found.first { $0.name == "p(x) integrates to 1" })
    #expect(abs(integral.left - 1) < 1e-6)
    #expect(found.contains { $0.name.hasPrefix("log p(seen)") })
  }

  @Test func aGradientThatIsNotTheDerivativeFails() throws {
    let x = Tensor(shape: [6, 1], [1, 2, 3, 4, 5, 7])
    for isWrong in [false, true] {
      let model = Detached(isWrong: isWrong)
      let found = try GradientIdentities(model, model.parameters!, x, seed: 1).identities()
      #expect(found.count == 2)
      #expect(
        found.filter { !$0.passed }.map(\.name)
          == (isWrong ? ["gradient = finite differences of the bound"] : []))
    }
  }

  @Test func identitiesCompareInfiniteAndUndefinedSides() {
    #expect(Identity("", -.infinity, -.infinity, within: 0).passed)
    #expect(!Identity("", .nan, 0, within: 1).passed)
    #expect(Identity("", -5, 0, within: 0, isBound: true).passed)
    #expect(!Identity("", 5, 0, within: 1, isBound: true).passed)
    let worst = Identity("", worstOf: [(1, 1, 1), (.nan, 0, 1), (9, 0, 1)])
    #expect(worst?.left.isNaN == true)
  }
}
