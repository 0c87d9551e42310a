// The mean of importance weights given by their logarithms, and what tells whether to believe it.

import Foundation

/// Sums of weights and their squares relative to the largest seen so far, with the largest weights
/// kept for the shape of their tail.
struct WeightSum {
  private var top = -Double.infinity
  private var sum = 0.0
  private var squares = 0.0
  private var count = 0
  /// The logarithms of the largest weights, and twice as many at times.
  private var largest: [Double] = []
  private let kept: Int

  /// - Parameter samples: how many weights will be added.
  init(samples: Int) { kept = ParetoTail.size(samples) + 1 }

  mutating func add(_ logWeight: Double) {
    count += 1
    largest.append(logWeight)
    if largest.count >= 2 * kept + 16 { trim() }
    if logWeight > top {
      let scale = exp(top - logWeight)
      sum *= scale
      squares *= scale * scale
      top = logWeight
    }
    guard top > -.infinity else { return }
    let weight = exp(logWeight - top)
    sum += weight
    squares += weight * weight
  }

  private mutating func trim() {
    largest.sort(by: >)
    largest.removeLast(max(0, largest.count - kept))
  }

  /// log of the mean weight.
  var logMean: Double { top + log(sum / Double(max(count, 1))) }

  var effectiveSize: Double { squares > 0 ? sum * sum / squares : 0 }

  /// sd(w̄)/w̄, the standard error of log w̄ to first order.
  var standardError: Double {
    guard count > 1, sum > 0 else { return .nan }
    let n = Double(count)
    let relative = squares / n / (sum / n * sum / n) - 1
    // Weights that differ by rounding only are equal.
    return relative < 1e-14 ? 0 : (relative / (n - 1)).squareRoot()
  }

  /// k̂, the shape of the tail of the weights; nan for too few of them.
  var tailShape: Double {
    var copy = self
    copy.trim()
    return ParetoTail.shape(descendingLogs: copy.largest, of: count)
  }
}
