// A learning rate that falls when the bound stops rising. It is a function of the record so far and
// of nothing else, so a resumed run needs no more than its history.

/// The rule of the schedule `plateau`.
public struct Plateau: Sendable, Equatable {
  /// What the rate is multiplied by each time.
  public var factor: Double
  /// Epochs without a better value before the rate falls, each time.
  public var patience: Int

  public init(factor: Double = 0.3, patience: Int = 5) {
    self.factor = factor
    self.patience = patience
  }

  /// What to multiply the rate of the next epoch by, after epochs with these values of what is
  /// maximised.
  ///
  /// Values are noisy, so the mean of the latest three is watched. Counting starts anew after each
  /// fall.
  public func scale(after values: [Double]) -> Double {
    var scale = 1.0
    var best = -Double.infinity
    var waited = 0
    for place in values.indices {
      let window = values[max(0, place - 2)...place]
      let smooth = window.reduce(0, +) / Double(window.count)
      if smooth > best {
        (best, waited) = (smooth, 0)
      } else {
        waited += 1
      }
      if waited > patience {
        scale *= factor
        waited = 0
      }
    }
    return scale
  }
}
