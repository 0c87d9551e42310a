// How the learning rate changes over a run.

import Glibc

/// The learning rate as a function of the step; after a linear warm-up if there is one.
public struct Schedule: Sendable {
  public enum Shape: String, Sendable, CaseIterable {
    case constant
    /// Half a cosine from the first rate to the last (Loshchilov & Hutter 2017, without restarts).
    case cosine
    /// A straight line from the first rate to the last.
    case linear
    /// A constant factor per step, from the first rate to the last.
    case exponential
    /// A tenth at half of the run, a hundredth at three quarters.
    case step
    /// The rate falls by a factor whenever the bound has stopped rising; how it falls is decided
    /// while it runs, by `Plateau`.
    case plateau

    /// Whether the rate of a step depends on how long the run will be.
    public var endsWithRun: Bool { self != .constant && self != .plateau }
  }

  public var shape: Shape
  public var first: Double
  /// Where cosine, linear and exponential end.
  public var last: Double
  public var steps: Int
  /// Steps over which the rate rises from 0.
  public var warmup: Int

  public init(
    _ shape: Shape = .constant, from first: Double, to last: Double? = nil, steps: Int,
    warmup: Int = 0
  ) {
    self.shape = shape
    self.first = first
    self.last = last ?? first / 100
    self.steps = steps
    self.warmup = warmup
  }

  /// The rate of step 0 ..< steps.
  public func rate(_ step: Int) -> Double {
    if step < warmup { return first * Double(step + 1) / Double(warmup) }
    let progress = Double(step - warmup) / Double(max(steps - warmup - 1, 1))
    let t = min(max(progress, 0), 1)
    switch shape {
    case .constant, .plateau: return first
    case .cosine: return last + (first - last) * 0.5 * (1 + cos(Double.pi * t))
    case .linear: return first + (last - first) * t
    case .exponential: return first * pow(last / first, t)
    case .step: return t < 0.5 ? first : t < 0.75 ? first / 10 : first / 100
    }
  }
}
