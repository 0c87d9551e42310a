// A distribution as a value of the language.

import LatentDistributions
import LatentLanguage
import LatentTensor

public final class DistributionObject: Object {
  public let distribution: Distribution

  public init(_ distribution: Distribution) { self.distribution = distribution }

  public override var kind: String { "distribution" }

  public override var memberNames: [String] { fields.map(\.name) + ["shape"] }

  public override func member(_ name: String) throws -> Value? {
    if name == "shape" { return .vector(distribution.shape.map(Double.init)) }
    return fields.first { $0.name == name }?.value
  }

  public override func drawn(_ runtime: Runtime) throws -> Value? {
    try BlockLaw.plain(distribution).draw(nil, runtime.random.next())
  }

  public override func isEqual(to other: Object) -> Bool {
    guard let other = (other as? DistributionObject)?.distribution else { return false }
    return other.law.isEqual(to: distribution.law)
  }

  /// `normal(mean: 0, sd: 1)`
  public override func display(_ style: DisplayStyle) -> String {
    let parts = fields.map { "\($0.name): \($0.value.display(style.inner))" }
    return "\(distribution.name)(\(parts.joined(separator: ", ")))"
  }

  private var fields: [(name: String, value: Value)] {
    switch distribution.law {
    case .family(let family, let parameters):
      return zip(family.parameters, parameters).map { ($0.name, .tensor($1)) }
    case .mixture(let weights, let components):
      let parts = components.compactMap { try? Distribution($0) }
      return [
        ("weights", .tensor(weights)),
        ("components", .list(parts.map { .object(DistributionObject($0)) })),
      ]
    case .independent(let inner, let count):
      guard let inner = try? Distribution(inner) else { return [] }
      return [("d", .object(DistributionObject(inner))), ("n", .integer(count))]
    }
  }

  // MARK: Draws that have parts

  /// A draw, or draws, as users take them: (mean:, cov:) where one event holds both.
  func value(ofDraw x: Tensor) throws -> Value {
    guard let (family, _) = distribution.family, !family.parts.isEmpty else { return .tensor(x) }
    let leading = Array(x.shape.dropLast(family.eventRank))
    let event = Array(x.shape.suffix(family.eventRank))
    let (rows, width) = (event[0], event.dropFirst().reduce(1, *))
    let values = x.values
    var start = 0
    let draws = leading.reduce(1, *)
    var fields: [(String, Value)] = []
    for (name, count) in family.parts {
      let end = count.map { start + $0 } ?? rows
      var part: [Double] = []
      for draw in 0..<draws {
        let first = (draw * rows + start) * width
        part += values[first..<(first + (end - start) * width)]
      }
      // A single row is one axis less; so is a number of a vector.
      let isSingle = count == 1 || family.eventRank == 1
      let shape = leading + (isSingle ? [] : [end - start]) + Array(event.dropFirst())
      fields.append((name, .tensor(Tensor(shape: shape, part))))
      start = end
    }
    return .record(fields)
  }

  /// The draw that a record of its parts stands for; nil for other values.
  func draw(of value: Value) throws -> Tensor? {
    guard let record = value.asRecord, let (family, _) = distribution.family,
      !family.parts.isEmpty
    else { return nil }
    let tensors = try family.parts.map { name, count -> Tensor in
      guard let part = record.fields[name]?.asNumericArgument else {
        let names = family.parts.map { "`\($0.name)`" }.joined(separator: " and ")
        throw Failure(
          "L412", "a draw of this `\(family.name)` is a record with \(names)", argument: "x",
          help: "write it as `(name: value, …)`")
      }
      guard family.eventRank == 1 || count == 1 else { return part }
      var shape = part.shape
      shape.insert(1, at: max(shape.count + 1 - family.eventRank, 0))
      return part.reshaped(shape)
    }
    let ranks = Set(tensors.map(\.rank))
    guard ranks.count == 1, let rank = ranks.first, rank >= family.eventRank else {
      let shapes = tensors.map { Shape.text($0.shape) }.joined(separator: " and ")
      throw Failure(
        "L412",
        "the parts of a draw of `\(family.name)` do not fit together: as rows they have "
          + "the shapes \(shapes)", argument: "x", help: "give as many rows of each part")
    }
    return try Tensor.concatenate(tensors, axis: -family.eventRank)
  }
}

extension Law<Tensor> {
  fileprivate func isEqual(to other: Law) -> Bool {
    switch (self, other) {
    case (.family(let a, let p), .family(let b, let q)):
      return a.name == b.name && a.parameters.map(\.name) == b.parameters.map(\.name)
        && zip(p, q).allSatisfy { $0.shape == $1.shape && $0.values == $1.values }
    case (.mixture(let v, let a), .mixture(let w, let b)):
      return v.values == w.values && a.count == b.count
        && zip(a, b).allSatisfy { $0.isEqual(to: $1) }
    case (.independent(let a, let n), .independent(let b, let m)):
      return n == m && a.isEqual(to: b)
    default: return false
    }
  }
}
