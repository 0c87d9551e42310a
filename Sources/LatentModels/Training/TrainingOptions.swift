// The knobs of gradient training, their meaning fixed by the language's `fit`.

import LatentAutodiff

public struct TrainingOptions: Sendable {
  /// What becomes of data in [0, 1] under a Bernoulli likelihood.
  public enum Binarization: String, Sendable, CaseIterable {
    /// Each element p is drawn from Bernoulli(p), anew every time it is seen.
    case dynamic
    /// Drawn once, before training.
    case `static`
    /// 1 where p ≥ ½.
    case threshold
  }

  /// Passes over the data.
  public var epochs = 100
  /// Data per step.
  public var batch = 128
  /// Learning rate of Adam.
  public var rate = 1e-3
  public var binarization: Binarization?
  /// Draws of z per datum.
  public var samples = 1
  public var seed: UInt64 = 0
  public var precision: Precision = .float32

  public init() {}
}
