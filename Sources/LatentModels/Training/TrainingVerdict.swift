// How a gradient training ended, in words: settled, still rising, interrupted, or gone astray.

import Foundation

extension TrainingHistory {
  static let smallerSteps = "try a smaller `lr`, or standardize the data"

  /// The verdict on a run.
  ///
  /// The mean of the latest epochs is held against that of as many before them, in units of its
  /// standard error, from the scatter within both. A steady rise counts many times its error
  /// (√(6w) of windows of w epochs), so it is never taken for noise.
  mutating func conclude(epochs: Int, stopped: Bool) {
    if stopped {
      converged = false
      reason = "interrupted in epoch \(elbo.count) of \(epochs)"
      return
    }
    if let verdict = divergence {
      converged = false
      reason = verdict
      return
    }
    guard reason.isEmpty else { return }
    let done = "\(elbo.count) of \(epochs) epochs"
    guard elbo.count >= 4 else {
      reason = "\(done) done; too few to say whether the bound has settled"
      return
    }
    let window = min(10, elbo.count / 2)
    func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
      let mean = values.reduce(0, +) / Double(values.count)
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (mean, squares / Double(values.count - 1))
    }
    let late = moments(elbo.suffix(window))
    let early = moments(elbo.dropLast(window).suffix(window))
    let gain = late.mean - early.mean
    let error = ((late.variance + early.variance) / Double(window)).squareRoot()
    converged = gain < 2 * error
    let figure = String(format: "%.2g nats (standard error %.1g)", gain, error)
    reason =
      "\(done) done; the last \(window) gained \(figure) on the \(window) before: "
      + (converged ? "the bound has settled" : "the bound still rises, more epochs help")
  }

  /// Says so when the bound ended far below what it had been.
  ///
  /// Far is a fall from the best epoch of more than the whole rise up to it and more than half of
  /// that bound's size (at least a nat). Noise between epochs stays far below both; steps that are
  /// too long leave either far behind.
  private var divergence: String? {
    guard let last = elbo.last, let first = elbo.first, let best = elbo.max(),
      let place = elbo.firstIndex(of: best)
    else { return nil }
    let fall = best - last
    // A first epoch that is itself astray starts from something no start has: parameters are small
    // then, and a bound is within some nats of each data column.
    if let start, last < start - max(10 * abs(start), 100) {
      return verdict("started at \(nats(start))", last)
    }
    guard fall > max(best - first, abs(best) / 2, 1) else { return nil }
    return verdict("was \(nats(best)) in epoch \(place + 1)", last)
  }

  private func verdict(_ before: String, _ last: Double) -> String {
    "diverged: the bound \(before) and is now \(nats(last)); make the model anew and "
      + TrainingHistory.smallerSteps
  }

  private func nats(_ value: Double) -> String {
    (abs(value) < 1e5 ? String(format: "%.1f", value) : String(format: "%.2g", value)) + " nats"
  }
}
