// An evaluator of graphs that shares no code with the compiler: every node by the plainest loop in
// double precision. Compiled programs are compared with it.

import CKernels
import LatentTensor

@testable import LatentAutodiff

struct ReferenceEvaluator {
  var parameters: [String: [Double]] = [:]
  var inputs: [String: [Double]] = [:]
  /// Data matrices in row-major order, and the rows of the minibatch.
  var sources: [[Double]] = []
  var rows: [Int] = []
  var seed: UInt64 = 0
  var step = 0

  func values(_ graph: Graph) -> [[Double]] {
    var values: [[Double]] = []
    for node in graph.nodes {
      let inputs = node.inputs.map { (values[$0], graph.nodes[$0].shape) }
      values.append(value(node, graph, inputs))
    }
    return values
  }

  private func value(_ node: Graph.Node, _ graph: Graph, _ x: [([Double], [Int])]) -> [Double] {
    let count = node.shape.reduce(1, *)
    switch node.operation {
    case .constant(let value): return [value]
    case .parameter(let place):
      return parameters[graph.parameters[place].name] ?? [Double](repeating: .nan, count: count)
    case .input(let place):
      return inputs[graph.inputs[place].name] ?? [Double](repeating: .nan, count: count)
    case .batch(let source, nil) where sources.indices.contains(source):
      let columns = node.shape[1]
      return rows.flatMap { sources[source][($0 * columns)..<(($0 + 1) * columns)] }
    case .draw(let draw, let stream) where count <= 64:
      // The host's draws come in steps of 64.
      var draws = [Double](repeating: 0, count: count)
      let fill = draw == .normal ? ck_normals : ck_uniforms
      fill(&draws, Int64(step * 64), Int64(count), seed, stream)
      return draws
    case .batch, .draw: return [Double](repeating: .nan, count: count)
    case .stopGradient, .undifferentiable, .variable, .reshape: return x[0].0
    case .broadcast:
      return (0..<count).map { x[0].0[source($0, node.shape, x[0].1)] }
    case .elementwise(let operation):
      return (0..<count).map { place in
        operation.plain(x.map { $0.0[source(place, node.shape, $0.1)] })
      }
    case .transpose:
      let (rows, columns) = (node.shape[0], node.shape[1])
      return (0..<count).map { x[0].0[($0 % columns) * rows + $0 / columns] }
    case .product(let left, let right):
      let (m, n) = (node.shape[0], node.shape[1])
      let k = left ? x[0].1[0] : x[0].1[1]
      return (0..<(m * n)).map { place in
        let (i, j) = (place / n, place % n)
        return (0..<k).reduce(0.0) { sum, l in
          sum + x[0].0[left ? l * m + i : i * k + l] * x[1].0[right ? j * k + l : l * n + j]
        }
      }
    case .reduce(let reduction, let axis):
      let shape = x[0].1
      let after = shape.dropFirst(axis + 1).reduce(1, *)
      return (0..<count).map { place in
        let (outer, inner) = (place / after, place % after)
        let terms = (0..<shape[axis]).map { x[0].0[(outer * shape[axis] + $0) * after + inner] }
        return reduction == .sum ? terms.reduce(0, +) : terms.max() ?? -.infinity
      }
    case .collect(let incidence):
      return (0..<count).map { place in
        (incidence.starts[place]..<incidence.starts[place + 1]).reduce(0.0) {
          $0 + x[0].0[incidence.sources[$1]]
        }
      }
    case .slice(let start, let width):
      let total = x[0].1.last ?? 1
      return (0..<count).map { x[0].0[$0 / width * total + start + $0 % width] }
    case .pad(let start, let total):
      let width = x[0].1.last ?? 1
      return (0..<count).map { place in
        let column = place % total - start
        return column >= 0 && column < width ? x[0].0[place / total * width + column] : 0
      }
    case .concatenate:
      let total = node.shape.last ?? 1
      return (0..<count).map { place in
        var column = place % total
        for (values, shape) in x {
          let width = shape.last ?? 1
          if column < width { return values[place / total * width + column] }
          column -= width
        }
        return .nan
      }
    }
  }

  /// The place in a tensor of shape `small` that broadcasting puts at `place` of shape `large`.
  private func source(_ place: Int, _ large: [Int], _ small: [Int]) -> Int {
    var rest = place
    var result = 0
    var stride = 1
    for axis in (0..<large.count).reversed() {
      let index = rest % large[axis]
      rest /= large[axis]
      let smallAxis = axis - (large.count - small.count)
      guard smallAxis >= 0 else { continue }
      if small[smallAxis] != 1 { result += index * stride }
      stride *= small[smallAxis]
    }
    return result
  }
}
