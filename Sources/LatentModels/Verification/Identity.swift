// Identities that hold for every correct model, and how far a model is from each: what `verify`
// answers.

/// Two ways to the same number.
public struct Identity: Sendable {
  /// `log p(x) = ELBO + KL(q(z|x) || p(z|x))`
  public var name: String
  /// What both sides are; of several data, those that differ most.
  public var left: Double
  public var right: Double
  /// What their difference may be.
  public var tolerance: Double
  /// Where the tolerance is a number of standard errors: how many.
  public var errors: Double?
  /// Whether the left side need only not exceed the right one.
  public var isBound = false

  public var difference: Double { left - right }

  public var passed: Bool {
    // Infinite sides are equal where they are the same.
    if left == right || isBound && left == -.infinity { return true }
    return isBound ? difference <= tolerance : abs(difference) <= tolerance
  }

  init(
    _ name: String, _ left: Double, _ right: Double, within tolerance: Double,
    errors: Double? = nil, isBound: Bool = false
  ) {
    self.name = name
    self.left = left
    self.right = right
    self.tolerance = tolerance
    self.errors = errors
    self.isBound = isBound
  }

  /// Of many pairs the one that is worst, measured by its own tolerance.
  init?(
    _ name: String, worstOf pairs: [(left: Double, right: Double, tolerance: Double)],
    errors: Double? = nil, isBound: Bool = false
  ) {
    func excess(_ pair: (left: Double, right: Double, tolerance: Double)) -> Double {
      if pair.left == pair.right { return -.infinity }
      let difference = pair.left - pair.right
      // A side that is no number is as wrong as can be.
      let ratio = (isBound ? difference : abs(difference)) / max(pair.tolerance, 1e-300)
      return ratio.isNaN ? .infinity : ratio
    }
    guard let worst = pairs.max(by: { excess($0) < excess($1) }) else { return nil }
    self.init(
      name, worst.left, worst.right, within: worst.tolerance, errors: errors, isBound: isBound)
  }
}

extension Identity {
  /// A share of draws that must be all of them.
  public static func share(_ name: String, _ share: Double) -> Identity {
    Identity(name, share, 1, within: 0)
  }
}

/// A model that knows identities of its own beside those that follow from the verbs of all models.
public protocol SelfVerifying: Model {
  func ownIdentities(_ data: DataSet, seed: UInt64) throws -> [Identity]
}
