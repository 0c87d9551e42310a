// What a distribution is made of, for parameters that are numbers or symbols: a family, a mixture,
// or independent copies.

import LatentAutodiff
import LatentTensor

/// The make-up of a distribution.
public indirect enum Law<Parameter> {
  case family(Family, [Parameter])
  /// Σ w_k p_k(x) of whole draws; the weights lie along the last axis.
  case mixture(weights: Parameter, components: [Law])
  /// So many independent copies, along a new first axis.
  case independent(Law, count: Int)

  /// The name in the language.
  public var name: String {
    switch self {
    case .family(let family, _): family.name
    case .mixture: "mixture_of"
    case .independent: "independent"
    }
  }

  public var isDiscrete: Bool {
    switch self {
    case .family(let family, _): family.isDiscrete
    case .mixture(_, let components): components.allSatisfy(\.isDiscrete)
    case .independent(let law, _): law.isDiscrete
    }
  }

  /// The same law with other parameters.
  public func map<Other>(_ transform: (Parameter) throws -> Other) rethrows -> Law<Other> {
    switch self {
    case .family(let family, let parameters):
      .family(family, try parameters.map(transform))
    case .mixture(let weights, let components):
      .mixture(
        weights: try transform(weights), components: try components.map { try $0.map(transform) })
    case .independent(let law, let count):
      .independent(try law.map(transform), count: count)
    }
  }

  /// The shape of one draw, and how many of its last axes make one event.
  func geometry(_ shape: (Parameter) -> [Int]) throws -> (shape: [Int], eventRank: Int) {
    switch self {
    case .family(let family, let parameters):
      return (try family.drawShape(parameters.map(shape)), family.eventRank)
    case .mixture(let weights, let components):
      let shapes = try components.map { try $0.geometry(shape).shape }
      guard let first = shapes.first, shape(weights).last == shapes.count else {
        throw Failure(
          "L520",
          "`mixture_of` has \(shape(weights).last ?? 0) weights for \(shapes.count) components",
          argument: "weights")
      }
      if let other = shapes.first(where: { $0 != first }) {
        throw Failure(
          "L520",
          "the components of `mixture_of` have draws of different shapes: \(Shape.text(first)) and "
            + Shape.text(other), argument: "components")
      }
      return (first, first.count)
    case .independent(let law, let count):
      let (inner, rank) = try law.geometry(shape)
      return ([count] + inner, rank)
    }
  }
}

extension Law: Sendable where Parameter: Sendable {}

extension Family {
  /// The shape of one draw: the axes of the parameters beyond one event, broadcast, then the event.
  func drawShape(_ shapes: [[Int]]) throws -> [Int] {
    var batch: [Int] = []
    for (parameter, shape) in zip(parameters, shapes) {
      guard shape.count >= parameter.rank else {
        throw Failure(
          "L520", "`\(parameter.name)` of `\(name)` has the shape \(Shape.text(shape))",
          argument: parameter.name)
      }
      batch = try Shape.broadcast(batch, shape.dropLast(parameter.rank))
    }
    return batch + eventShape(zip(parameters, shapes).map { $0.rank == 0 ? 1 : $1.last ?? 1 })
  }
}
