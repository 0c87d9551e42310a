// The observation models p(x|z) of the variational autoencoder.

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentTensor

/// What a decoder's output means.
public enum Likelihood: String, CaseIterable, Sendable {
  /// x ∈ {0, 1}; the network gives logits.
  case bernoulli
  /// x ∈ ℝ; the network gives the mean, and one noise level σ for all columns is learned or fixed.
  case gaussian
  /// x ∈ {0, …, C − 1}; the network gives C logits for each column.
  case categorical
  /// x ∈ {0, 1/(C − 1), …, 1}: a logistic distribution collected over C equal bins, the outermost
  /// open; the network gives its mean, and each column has a learned scale (Salimans et al.,
  /// "PixelCNN++", 2017, section 2.1, with one component).
  case discretizedLogistic = "discretized_logistic"
}

/// A likelihood with its constants, over columns of data.
struct ObservationModel {
  var likelihood: Likelihood
  var columns: Int
  /// C above; of no meaning for the others.
  var levels: Int
  /// σ of a gaussian that is not learned.
  var fixedSD: Double?

  private static let noise = "decoder.log_sd"
  private static let scale = "decoder.log_scale"

  /// log σ is kept within ±10 by 10·tanh(s/10), which is s itself to three digits up to |s| = 1.
  static func bounded(_ raw: Symbol) -> Symbol { 10 * (raw * 0.1).tanh() }

  /// How many numbers the network gives.
  var outputs: Int { likelihood == .categorical ? columns * levels : columns }

  /// Parameters beside those of the network.
  var slots: [Graph.Slot] {
    switch likelihood {
    case .gaussian where fixedSD == nil: [Graph.Slot(Self.noise, shape: [])]
    case .discretizedLogistic: [Graph.Slot(Self.scale, shape: [columns])]
    default: []
    }
  }

  private func logSD(_ graph: Graph) -> Symbol {
    if let fixedSD { return graph.constant(log(fixedSD)) }
    return Self.bounded(graph.parameter(Self.noise, shape: []))
  }

  /// log p(x|z) summed over the last axis, from the network's output.
  ///
  /// - Parameter seen: 1 for elements that were observed; the others, whose x is any value of the
  ///   support, contribute nothing.
  func logProbability(_ x: Symbol, _ output: Symbol, seen: Symbol? = nil) -> Symbol {
    let parts = logProbabilities(x, output)
    return (seen.map { $0 * parts } ?? parts).sum(axis: -1)
  }

  /// log p(x_j|z) of each column.
  private func logProbabilities(_ x: Symbol, _ output: Symbol) -> Symbol {
    let graph = x.graph
    switch likelihood {
    case .bernoulli: return bernoulliLogDensity(x, logits: output)
    case .gaussian: return normalLogDensity(x, mean: output, logScale: logSD(graph))
    case .categorical:
      // The output holds the logits of one class after the other, so that a class is a slice.
      let classes = (0..<levels).map { output.columns(($0 * columns)..<(($0 + 1) * columns)) }
      let hits = classes.enumerated().reduce(graph.constant(0)) { sum, item in
        sum + x.applying(.equal, graph.constant(Double(item.offset))) * item.element
      }
      let byClass = output.reshaped(output.shape.dropLast() + [levels, columns])
      return hits - byClass.logSumExp(axis: -2)
    case .discretizedLogistic: return binLogProbability(x, output)
    }
  }

  /// log(F(x + h) − F(x − h)) of the logistic distribution with F(x) = sigmoid((x − μ)/s) and bins
  /// of half width h. With a, b the two arguments, sigmoid(a) − sigmoid(b) =
  /// sigmoid(a) sigmoid(−b) (1 − e^{b−a}), whose logarithm loses no digits in the tails.
  private func binLogProbability(_ x: Symbol, _ mean: Symbol) -> Symbol {
    let graph = x.graph
    let inverse = (-logScale(graph)).exp()
    let half = 0.5 / Double(max(levels - 1, 1))
    let upper = (x + half - mean) * inverse
    let lower = (x - half - mean) * inverse
    let below = -((-upper).softplus())
    let above = -(lower.softplus())
    let width = (-((-2 * half) * inverse).applying(.expm1)).log()
    let isFirst = x.applying(.less, graph.constant(half))
    let isLast = graph.constant(1 - half).applying(.less, x)
    return isFirst.select(below, isLast.select(above, below + above + width))
  }

  /// log s, learned by column: from e^{-7}, far below a bin, to e^3.
  private func logScale(_ graph: Graph) -> Symbol {
    5 * graph.parameter(Self.scale, shape: [columns]).tanh() - 2
  }

  /// The probability of each class: the last axes are [classes, columns].
  private func classProbabilities(_ output: Symbol) -> Symbol {
    let byClass = output.reshaped(output.shape.dropLast() + [levels, columns])
    let total = byClass.logSumExp(axis: -2)
    let shape = total.shape.dropLast() + [1, columns]
    return (byClass - total.reshaped(Array(shape))).exp()
  }

  /// The mean of x, from the network's output; of the undivided logistic, held within [0, 1].
  func mean(_ output: Symbol) -> Symbol {
    let graph = output.graph
    switch likelihood {
    case .bernoulli: return output.sigmoid()
    case .gaussian: return output
    case .categorical:
      let flat = classProbabilities(output).reshaped(
        output.shape.dropLast() + [levels * columns])
      return (0..<levels).reduce(graph.constant(0)) { sum, level in
        sum + Double(level) * flat.columns((level * columns)..<((level + 1) * columns))
      }
    case .discretizedLogistic:
      return output.applying(.maximum, graph.constant(0)).applying(.minimum, graph.constant(1))
    }
  }

  /// A draw of x, from the network's output.
  func draw(_ output: Symbol) -> Symbol {
    let graph = output.graph
    let shape = Array(output.shape.dropLast()) + [columns]
    switch likelihood {
    case .bernoulli:
      return graph.draw(.uniform, shape: shape).applying(.less, output.sigmoid())
    case .gaussian:
      return output + logSD(graph).exp() * graph.draw(.normal, shape: shape)
    case .categorical:
      // The number of cumulative probabilities that a uniform draw exceeds.
      let uniform = graph.draw(.uniform, shape: shape)
      let flat = classProbabilities(output).reshaped(shape.dropLast() + [levels * columns])
      var (sum, chosen) = (graph.constant(0), graph.constant(0))
      for level in 0..<max(levels - 1, 0) {
        sum = sum + flat.columns((level * columns)..<((level + 1) * columns))
        chosen = chosen + sum.applying(.less, uniform)
      }
      return chosen.broadcast(to: shape)
    case .discretizedLogistic:
      let uniform = 1e-6 + (1 - 2e-6) * graph.draw(.uniform, shape: shape)
      let raw = output + logScale(graph).exp() * (uniform.log() - (1 - uniform).log())
      let steps = Double(max(levels - 1, 1))
      let binned = (raw * steps + 0.5).applying(.floor) / steps
      return binned.applying(.maximum, graph.constant(0))
        .applying(.minimum, graph.constant(1))
    }
  }

  /// The output bias with which the untrained decoder gives each column its mean: its logit,
  /// with means held within [0.001, 0.999] as in Burda et al. (2016), or the mean itself.
  func startingBias(columnMeans: [Double]) -> [Double] {
    switch likelihood {
    case .gaussian, .discretizedLogistic: columnMeans
    case .categorical: [Double](repeating: 0, count: outputs)
    case .bernoulli:
      columnMeans.map { mean in
        let p = min(max(mean, 0.001), 0.999)
        return log(p / (1 - p))
      }
    }
  }

  /// Starting values of `slots`.
  func initialise(_ values: ParameterBuffer, variance: Double) {
    values[Self.noise] = Tensor(0.5 * log(max(variance, 1e-6)))
    values[Self.scale] = Tensor(repeating: 0, shape: [columns])
  }
}
