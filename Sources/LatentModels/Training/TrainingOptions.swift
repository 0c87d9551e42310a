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
  /// Learning rate of the first step, or after the warm-up.
  public var rate = 1e-3
  /// Whether the run finds the rate by trials before its first step (`RateTrials`).
  public var choosesRate = false
  public var method = OptimizationMethod.adam()
  public var decay = WeightDecay()
  /// Whether all data are climbed at once by L-BFGS, under draws that are made once; `epochs` is
  /// then the number of iterations, and batches, rates and methods have no meaning.
  public var isQuasiNewton = false
  public var schedule = Schedule.Shape.constant
  /// How the rate falls under the schedule `plateau`.
  public var plateau = Plateau()
  /// Where a falling schedule ends; a hundredth of `rate` if nil.
  public var finalRate: Double?
  /// Steps over which the rate rises to `rate`.
  public var warmup = 0
  /// The norm to which longer gradients are shortened.
  public var clipNorm: Double?
  /// Epochs without a better (validation) bound after which training ends.
  public var patience: Int?
  public var binarization: Binarization?
  /// Draws of z per datum.
  public var samples = 1
  /// Which bound is maximised, and by which gradient.
  public var bound = BoundOptions()
  /// Whether each minibatch moves φ first and θ after it, with the new φ (variational EM), and not
  /// both at once.
  public var isAlternating = false
  public var seed: UInt64 = 0
  public var precision: Precision = .float32
  /// The run to go on with; its seed is taken over.
  public var resume: TrainingState?

  public init() {}
}
