// What every primitive promises, in one table: a primitive without an entry does not compile here,
// so a new one is not forgotten. Checked by `PrimitiveTests`.

import LatentTensor

@testable import LatentAutodiff

/// What is promised of an elementwise primitive.
struct ElementwisePromise {
  /// The largest error of its float32 loop at any level, in units in the last place of the true
  /// value; 0 for exact ones and a little above one half for correctly rounded ones.
  var ulps: Double
  /// Operands at which its derivatives are compared with differences: one list per point.
  var points: [[Double]]
  /// Where the bound on the error holds; everywhere, unless said otherwise.
  var domain: ClosedRange<Float> = -Float.infinity...Float.infinity
  /// Whether there is a derivative; asking for one that is missing must be an error.
  var hasDerivative = true
}

extension Elementwise {
  var promise: ElementwisePromise {
    let line: [[Double]] = [[-2.3], [-0.4], [0.35], [1.7], [6.2]]
    let positive: [[Double]] = [[0.05], [0.35], [1.7], [40]]
    let pairs: [[Double]] = [[-2.3, 0.7], [0.35, -1.2], [1.7, 1.4], [40, 0.3]]
    switch self {
    case .negate: return .init(ulps: 0, points: line)
    case .absolute: return .init(ulps: 0, points: line)
    case .sign: return .init(ulps: 0, points: line)
    case .square: return .init(ulps: 0.51, points: line)
    case .squareRoot: return .init(ulps: 0.51, points: positive)
    case .reciprocal: return .init(ulps: 0.51, points: line)
    case .exp: return .init(ulps: 1.1, points: line)
    case .expm1: return .init(ulps: 2.5, points: line)
    case .log: return .init(ulps: 1.1, points: positive)
    case .log1p: return .init(ulps: 2, points: [[-0.7]] + positive)
    case .sin: return .init(ulps: 0.51, points: line)
    case .cos: return .init(ulps: 0.51, points: line)
    case .tanh: return .init(ulps: 3, points: line)
    case .sigmoid: return .init(ulps: 3, points: line)
    case .softplus: return .init(ulps: 3, points: line)
    case .relu: return .init(ulps: 0, points: line)
    case .step: return .init(ulps: 0, points: line)
    case .logGamma: return .init(ulps: 0.51, points: [[-2.3], [-0.4]] + positive)
    // Their reference is a sum, which is as good as float32 needs from here on.
    case .digamma:
      return .init(ulps: 0.51, points: [[-2.3], [-0.4]] + positive, domain: -20...1e30)
    case .trigamma:
      return .init(ulps: 0.51, points: positive, domain: -20...1e30, hasDerivative: false)
    case .erf: return .init(ulps: 0.51, points: line)
    case .floor: return .init(ulps: 0, points: line)
    case .add: return .init(ulps: 0.51, points: pairs)
    case .subtract: return .init(ulps: 0.51, points: pairs)
    case .multiply: return .init(ulps: 0.51, points: pairs)
    case .divide: return .init(ulps: 0.51, points: pairs)
    case .power:
      return .init(ulps: 0.51, points: [[0.35, -1.2], [1.7, 1.4], [40, 0.3], [3, 3]])
    case .minimum: return .init(ulps: 0, points: pairs)
    case .maximum: return .init(ulps: 0, points: pairs)
    case .less: return .init(ulps: 0, points: pairs)
    case .equal: return .init(ulps: 0, points: pairs)
    case .select: return .init(ulps: 0, points: [[1, 0.7, -2.3], [0, 0.7, -2.3], [-4, 1.5, 40]])
    }
  }
}

/// The operations of a graph without what they carry.
enum Primitive: CaseIterable {
  case constant, parameter, input, batch, draw, elementwise, product, reduce, slice, pad
  case concatenate, reshape, collect, broadcast, transpose, variable, stopGradient
  case undifferentiable

  init(_ operation: LatentAutodiff.Operation) {
    switch operation {
    case .constant: self = .constant
    case .parameter: self = .parameter
    case .input: self = .input
    case .batch: self = .batch
    case .draw: self = .draw
    case .elementwise: self = .elementwise
    case .product: self = .product
    case .reduce: self = .reduce
    case .slice: self = .slice
    case .pad: self = .pad
    case .concatenate: self = .concatenate
    case .reshape: self = .reshape
    case .collect: self = .collect
    case .broadcast: self = .broadcast
    case .transpose: self = .transpose
    case .variable: self = .variable
    case .stopGradient: self = .stopGradient
    case .undifferentiable: self = .undifferentiable
    }
  }
}

/// Computations that hold a primitive: a scalar of parameters a of shape [3, 4] and b of [4, 2].
struct PrimitiveExample {
  var build: (Graph, Symbol, Symbol) -> Symbol
  /// A value the derivative must not pass has no difference to be compared with.
  var comparesDerivative = true

  init(
    comparesDerivative: Bool = true, _ build: @escaping (Graph, Symbol, Symbol) -> Symbol
  ) {
    self.build = build
    self.comparesDerivative = comparesDerivative
  }
}

extension Primitive {
  var examples: [PrimitiveExample] {
    switch self {
    case .constant: [.init { _, a, _ in (a * 3.5 + 0.25).square().sum() }]
    case .parameter: [.init { _, a, b in a.sum() + b.square().sum() }]
    case .input: [.init { graph, a, _ in (a * graph.input("i", shape: [3, 4])).exp().sum() }]
    case .batch:
      [
        .init { graph, a, _ in
          (graph.batch("x", rows: 3, columns: 4, binarized: false) * a).tanh().sum()
        }
      ]
    case .draw:
      [
        .init { graph, a, _ in (graph.draw(.normal, shape: [3, 4]) * a).tanh().sum() },
        .init { graph, a, _ in (graph.draw(.uniform, shape: [3, 4]) * a).tanh().sum() },
      ]
    case .elementwise: [.init { _, a, _ in (a.exp() + a.log() * a).sum() }]
    case .product:
      [
        .init { _, a, b in a.product(b).square().sum() },
        .init { _, a, b in b.transposed().product(a.transposed()).square().sum() },
        .init { _, a, b in a.transposed().product(a).tanh().sum() },
        .init { _, a, b in a.product(a.transposed()).tanh().sum() },
      ]
    case .reduce:
      [
        .init { _, a, b in a.sum(axis: 0).square().sum() },
        .init { _, a, b in a.sum(axis: 1).square().sum() },
        .init { _, a, b in a.maximum(axis: 0).square().sum() },
        .init { _, a, b in a.maximum(axis: 1).exp().sum() },
      ]
    case .slice: [.init { _, a, b in a.columns(1..<3).exp().sum() }]
    case .pad:
      [
        .init { _, a, b in (a.padded(start: 2, total: 9) + 0.5).square().sum() },
        .init { _, a, b in (a.padded(start: 0, total: 4) + 0.5).square().sum() },
      ]
    case .concatenate:
      [
        .init { _, a, b in
          (Symbol.concatenated([a, a.exp(), a.columns(0..<1)]) ?? a).square().sum()
        }
      ]
    case .reshape: [.init { _, a, b in a.exp().reshaped([2, 6]).sum(axis: 0).square().sum() }]
    case .collect:
      [
        .init { _, a, b in a.exp().collecting([11, 0, nil, 5, 5, 2], shape: [2, 3]).square().sum() }
      ]
    case .broadcast:
      [.init { _, a, b in (b.columns(0..<1).broadcast(to: [4, 3]) + 0.5).product(a).sum() }]
    case .transpose:
      [.init { _, a, b in (a.transposed() * a.transposed().exp()).sum(axis: 0).square().sum() }]
    case .variable: [.init { _, a, b in (a.variable() * a.exp()).sum() }]
    case .stopGradient:
      [.init(comparesDerivative: false) { _, a, b in (a.exp().detached() * a).sum() }]
    case .undifferentiable:
      [
        .init(comparesDerivative: false) {
          _, a, b in a.exp().undifferentiable("no derivative").sum() + b.sum()
        }
      ]
    }
  }
}
