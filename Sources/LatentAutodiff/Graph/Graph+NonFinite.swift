// Where a value stopped being a finite number: the graph is run again with every value kept, and
// the first node that makes something infinite or undefined of finite operands is named.

import LatentTensor

/// An operation that gave no finite number.
public struct NonFinite: Sendable, CustomStringConvertible {
  /// The primitive, as `exp` or `product`.
  public var operation: String
  /// What it is a part of, when the recording code said so.
  public var origin: String?
  /// Where it was recorded, as the tracer numbers places.
  public var place: Int?
  /// Infinity or nan.
  public var value: Double

  public var description: String {
    "the first such value, \(value.isNaN ? .nan : value), comes from `\(operation)`"
      + (origin.map { " in the \($0)" } ?? "")
  }
}

extension Graph {
  /// The first node without finite values in a run under the present parameters; nil if there is
  /// none.
  ///
  /// - Parameter rows: Calls its argument with the rows of the minibatch.
  public func firstNonFinite(
    parameters: ParameterBuffer, sources: [Tensor], seed: UInt64, step: Int,
    rows: ((UnsafePointer<Int32>?) throws -> Void) throws -> Void
  ) throws -> NonFinite? {
    let watched = nodes.indices.filter { nodes[$0].operation.name != nil }
    let program = try Program(
      self, outputs: watched.map { Symbol(graph: self, id: $0) }, parameters: parameters,
      precision: parameters.precision)
    try program.withSources(sources) {
      try rows { try program.run(seed: seed, step: step, rows: $0) }
    }
    for (place, id) in watched.enumerated() {
      guard let wrong = program.output(place).values.first(where: { !$0.isFinite }) else {
        continue
      }
      return NonFinite(
        operation: nodes[id].operation.name ?? "", origin: origins[id], place: places[id],
        value: wrong)
    }
    return nil
  }
}

extension Operation {
  /// What a reader calls the operation; nil for those that make no new numbers.
  var name: String? {
    switch self {
    case .elementwise(let operation): "\(operation)"
    case .product: "product"
    case .reduce(let reduction, _): "\(reduction)"
    case .parameter: "parameter"
    default: nil
    }
  }
}
