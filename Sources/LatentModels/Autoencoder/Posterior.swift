// The families of q(z|x) an encoder can parametrise.

import Foundation
import LatentAutodiff
import LatentDistributions

/// q(z|x) of a row of data each, with draws that are smooth functions of its parameters.
///
/// A flow posterior is one more of these: draws pushed through an invertible map, whose
/// log-determinant is taken off the log-density.
protocol Posterior {
  /// Mean and standard deviation of each element of z: [rows, latent].
  var mean: Symbol { get }
  var sd: Symbol { get }
  /// Reparametrised draws: [count, rows, latent].
  func draws(_ count: Int) -> Symbol
  /// log q(z|x) over the last axis of z, whose other axes broadcast with the rows.
  func logDensity(_ z: Symbol) -> Symbol
  /// KL(q(z|x) ‖ N(0, I)) by latent dimension, where it has a closed form: [rows, latent].
  func standardDivergence() -> Symbol?
  /// The same with its parameters held fixed.
  func detached() -> Self
}

/// Names of the families in the language.
public enum PosteriorKind: String, CaseIterable, Sendable {
  case normal, full

  /// How many numbers the encoder gives for z of a dimension.
  func outputs(latent: Int) -> Int {
    switch self {
    case .normal: 2 * latent
    case .full: 2 * latent + latent * (latent - 1) / 2
    }
  }

  func posterior(_ output: Symbol, latent: Int) -> any Posterior {
    let mean = output.columns(0..<latent)
    let logScale = ObservationModel.bounded(output.columns(latent..<(2 * latent)))
    switch self {
    case .normal: return NormalPosterior(mean: mean, logScale: logScale)
    case .full:
      let lower = (1..<max(latent, 1)).map { row in
        output.columns(
          (2 * latent + row * (row - 1) / 2)..<(2 * latent + row * (row + 1) / 2))
      }
      return FullPosterior(mean: mean, logScale: logScale, lower: lower)
    }
  }
}

/// N(μ(x), diag σ²(x)).
struct NormalPosterior: Posterior {
  var mean: Symbol
  var logScale: Symbol

  var sd: Symbol { logScale.exp() }

  func draws(_ count: Int) -> Symbol {
    let noise = mean.graph.draw(.normal, shape: [count] + mean.shape)
    return mean + logScale.exp() * noise
  }

  func logDensity(_ z: Symbol) -> Symbol {
    normalLogDensity(z, mean: mean, logScale: logScale).sum(axis: -1)
  }

  func standardDivergence() -> Symbol? {
    standardNormalDivergence(mean: mean, logScale: logScale)
  }

  func detached() -> NormalPosterior {
    NormalPosterior(mean: mean.detached(), logScale: logScale.detached())
  }
}

/// N(μ(x), L(x) L(x)ᵀ) with L lower triangular, exp(logScale) on its diagonal.
struct FullPosterior: Posterior {
  var mean: Symbol
  var logScale: Symbol
  /// Row i of L left of its diagonal, for i from 1: [rows, i].
  var lower: [Symbol]

  private var latent: Int { mean.shape.last ?? 0 }

  private func column(_ value: Symbol, _ place: Int) -> Symbol {
    value.columns(place..<(place + 1))
  }

  /// Σ_{j<i} L_ij ε_j for the elements of ε known so far.
  private func carried(_ row: Int, _ noise: [Symbol]) -> Symbol {
    let terms = (0..<row).map { column(lower[row - 1], $0) * noise[$0] }
    return terms.reduce(mean.graph.constant(0)) { $0 + $1 }
  }

  func draws(_ count: Int) -> Symbol {
    let noise = mean.graph.draw(.normal, shape: [count] + mean.shape)
    let parts = (0..<latent).map { column(noise, $0) }
    let elements = (0..<latent).map { row in
      column(mean, row) + logScale.columns(row..<(row + 1)).exp() * parts[row]
        + carried(row, parts)
    }
    return Symbol.concatenated(elements) ?? mean
  }

  /// ε = L⁻¹(z − μ) by forward substitution, then its density and log |det L|.
  func logDensity(_ z: Symbol) -> Symbol {
    var noise: [Symbol] = []
    var squares = mean.graph.constant(0)
    for row in 0..<latent {
      let element =
        (column(z, row) - column(mean, row) - carried(row, noise))
        * (-column(logScale, row)).exp()
      noise.append(element)
      squares = squares + element.square()
    }
    let quadratic = squares.sum(axis: -1)
    return -0.5 * quadratic - logScale.sum(axis: -1) - 0.5 * Double(latent) * log(2 * .pi)
  }

  private var rowVariances: Symbol {
    let rows = (0..<latent).map { row -> Symbol in
      let diagonal = (2 * column(logScale, row)).exp()
      return row == 0 ? diagonal : diagonal + lower[row - 1].square().sum(axis: -1, keep: true)
    }
    return Symbol.concatenated(rows) ?? mean
  }

  var sd: Symbol { rowVariances.squareRoot() }

  /// ½(Σ_j L_ij² + μ_i² − 1) − log L_ii, which adds up to the divergence.
  func standardDivergence() -> Symbol? {
    0.5 * (rowVariances + mean.square() - 1) - logScale
  }

  func detached() -> FullPosterior {
    FullPosterior(
      mean: mean.detached(), logScale: logScale.detached(), lower: lower.map { $0.detached() })
  }
}
