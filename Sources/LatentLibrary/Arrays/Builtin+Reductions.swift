// Reductions: of all elements, or along an axis. Those without further arguments are a table.

import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentTensor

extension Builtin.Parameter {
  /// The data of a reduction.
  fileprivate static let reduced = tensor("x", "A tensor; numbers and ranges too.")
  /// `axis:` of a reduction.
  fileprivate static let axis = integer(
    "axis", default: .nothing,
    "The axis that is reduced, -1 for the last; of everything if left out.")
  /// `keep:` of a reduction.
  fileprivate static let keep = flag(
    "keep", "Keeps the reduced axis with length 1, so that the result broadcasts against x.")
}

/// A reduction that takes nothing but `axis:` and `keep:`.
private struct Reduction {
  typealias Body = @Sendable (Tensor) -> (Int?, Bool) throws -> Tensor

  var name: String
  var help: String
  var examples: [String]
  /// The same question to a distribution, where it makes sense.
  var ofDistribution: (@Sendable (Distribution) throws -> Tensor)?
  /// The same along one axis of a traced tensor, which keeps the axis.
  var traced: (@Sendable (Symbol, Int) throws -> Symbol)?
  var body: Body

  init(
    _ name: String, _ help: String, _ examples: [String],
    ofDistribution: (@Sendable (Distribution) throws -> Tensor)? = nil,
    traced: (@Sendable (Symbol, Int) throws -> Symbol)? = nil, body: @escaping Body
  ) {
    self.name = name
    self.help = help
    self.examples = examples
    self.ofDistribution = ofDistribution
    self.traced = traced
    self.body = body
  }

  static let table: [Reduction] = [
    Reduction(
      "sum", "The sum.", ["sum([1, 2, 3])  #=> 6", "sum([[1, 2], [3, 4]], axis: 0)  #=> [4, 6]"],
      traced: Symbol.total
    ) { x in { try x.sum(axis: $0, keep: $1) } },
    Reduction(
      "mean", "The mean of numbers, or of a distribution's draws.",
      [
        "mean([1, 2, 6])  #=> 3", "mean([[1, 2], [3, 4]], axis: 1)  #=> [1.5, 3.5]",
        "mean(exponential(4))  #=> 0.25",
      ], ofDistribution: { try $0.mean() },
      traced: Symbol.average,
      body: { x in { try x.mean(axis: $0, keep: $1) } }),
    Reduction(
      "prod", "The product.", ["prod([2, 3, 4])  #=> 24"],
      traced: Symbol.product
    ) { x in { try x.prod(axis: $0, keep: $1) } },
    Reduction(
      "argmin", "The position of the smallest element.", ["argmin([3, 1, 2])  #=> 1"]
    ) { x in { try x.argmin(axis: $0, keep: $1) } },
    Reduction(
      "argmax", "The position of the largest element.",
      ["argmax([3, 1, 2])  #=> 0", "argmax([[1, 2], [4, 3]], axis: 1)  #=> [1, 0]"]
    ) { x in { try x.argmax(axis: $0, keep: $1) } },
    Reduction("any", "Whether any element is true.", ["any([1, 2] > 1)  #=> true"]) { x in
      { try x.any(axis: $0, keep: $1) }
    },
    Reduction("all", "Whether all elements are true.", ["all([1, 2] > 1)  #=> false"]) { x in
      { try x.all(axis: $0, keep: $1) }
    },
    Reduction(
      "median", "The middle element, or the mean of the two middle ones.",
      ["median([5, 1, 3])  #=> 3", "median([1, 2, 3, 10])  #=> 2.5"]
    ) { x in { try x.median(axis: $0, keep: $1) } },
    Reduction(
      "norm", "The Euclidean norm √Σx².", ["norm([3, 4])  #=> 5"],
      traced: Symbol.norm
    ) { x in { try x.norm(axis: $0, keep: $1) } },
    Reduction(
      "logsumexp", "log Σ eˣ, without overflow.",
      ["round(logsumexp([1000, 1001]))  #=> 1001"],
      traced: Symbol.logSumExp
    ) { x in { try x.logSumExp(axis: $0, keep: $1) } },
    Reduction(
      "logmeanexp",
      "log of the mean of eˣ, without overflow: from logarithms of weights to that of their mean.",
      ["logmeanexp([5, 5, 5])  #=> 5"],
      traced: Symbol.logMeanExp
    ) { x in { try x.logMeanExp(axis: $0, keep: $1) } },
  ]

  /// The traced form, which may ask a distribution too.
  private static func form(
    _ reduce: @escaping @Sendable (Symbol, Int) throws -> Symbol, asksDistributions: Bool
  ) -> @Sendable (BuiltinCall) throws -> Value {
    { call in
      if asksDistributions, ["distribution", "density"].contains(call.value("x").kind) {
        try refuseAxis(in: call)
        return try call.traced(try call.symbolicDistribution("x").mean)
      }
      return try call.reducing(reduce)
    }
  }

  /// The mean of a distribution is over its draws; an axis would be one of the result.
  private static func refuseAxis(in call: BuiltinCall) throws {
    guard ["distribution", "density"].contains(call.value("x").kind) else { return }
    for name in ["axis", "keep"] where call.isWritten(name) {
      throw Failure(
        "L402", "`\(name)` is of tensors; the mean of a distribution is over its draws",
        argument: name, help: "average the result: `mean(mean(d), axis: 0)`")
    }
  }

  var builtin: Builtin {
    let (body, ofDistribution) = (self.body, self.ofDistribution)
    let reduced: Builtin.Parameter =
      ofDistribution == nil
      ? .reduced
      : .either(
        "x", [.tensor, .object(["distribution", "density"])],
        "Numbers, a distribution or a density.")
    return Builtin(
      name, in: .reductions, help: help, parameters: [reduced, .axis, .keep],
      returns: .numeric, examples: examples,
      traced: traced.map { Self.form($0, asksDistributions: ofDistribution != nil) }
    ) { call in
      if ofDistribution != nil { try Self.refuseAxis(in: call) }
      if ofDistribution != nil, let density = call.value("x").object as? DensityObject,
        case .symbolic(let distribution, let trace) = try density.law()
      {
        return .object(TracedObject(distribution.mean, in: trace))
      }
      if let ofDistribution, let object = try call.distributionOrNil("x") {
        return try object.value(ofDraw: try ofDistribution(object.distribution))
      }
      return .tensor(
        try body(try call.tensor("x"))(try call.optionalInteger("axis"), try call.flag("keep")))
    }
  }
}

extension Builtin {
  /// Reductions and running sums.
  static let reductionsSection: [Builtin] =
    Reduction.table.map(\.builtin) + [
      extremum("min", "smallest", { try $0.minimum(axis: $1, keep: $2) }),
      extremum("max", "largest", { try $0.maximum(axis: $1, keep: $2) }),
      spread("var", "The variance, the mean squared deviation from the mean.", "1.25") {
        try $0.variance(axis: $1, keep: $2, correction: $3)
      },
      spread("std", "The standard deviation, the square root of `var`.", "1.118033988749895") {
        try $0.standardDeviation(axis: $1, keep: $2, correction: $3)
      },
      quantile, softmax, cumsum,
    ]

  /// `min` and `max`, of a tensor or of several numbers.
  private static func extremum(
    _ name: String, _ word: String,
    _ reduce: @escaping @Sendable (Tensor, Int?, Bool) throws -> Tensor
  ) -> Builtin {
    let example = name == "min" ? "1" : "3"
    return Builtin(
      name, in: .reductions,
      help: "The \(word) element; of several arguments, the \(word) one element by element.",
      parameters: [
        .tensor("x", "A tensor, or several numbers or tensors.").variadic, .axis.named,
        .keep.named,
      ], returns: .numeric,
      examples: [
        "\(name)([3, 1, 2])  #=> \(example)", "\(name)(3, 1, 2)  #=> \(example)",
        "\(name)([1, 5], 3)  #=> \(name == "min" ? "[1, 3]" : "[3, 5]")",
      ], traced: tracedExtremum
    ) { call in
      let tensors = call.values("x").compactMap(\.asNumericArgument)
      guard let first = tensors.first else {
        throw Failure("L425", "`\(name)` of nothing", helps: ["give it a tensor or numbers"])
      }
      if tensors.count == 1 {
        return .tensor(
          try reduce(first, try call.optionalInteger("axis"), try call.flag("keep")))
      }
      try refuseAxis(call)
      return .tensor(
        try tensors.dropFirst().reduce(first) { best, next in
          try Tensor.zip(best, next) { a, b in
            a.isNaN || b.isNaN ? .nan : name == "min" ? Swift.min(a, b) : Swift.max(a, b)
          }
        })
    }
  }

  /// `var` and `std`.
  private static func spread(
    _ name: String, _ help: String, _ result: String,
    _ reduce: @escaping @Sendable (Tensor, Int?, Bool, Double) throws -> Tensor
  ) -> Builtin {
    Builtin(
      name, in: .reductions, help: help,
      parameters: [
        .reduced, .axis, .keep,
        .number(
          "correction", default: 0, "Divides by n − correction: 1 for the unbiased variance."),
      ], returns: .numeric, examples: ["\(name)([1, 2, 3, 4])  #=> \(result)"],
      traced: tracedSpread
    ) { call in
      .tensor(
        try reduce(
          try call.tensor("x"), try call.optionalInteger("axis"), try call.flag("keep"),
          try call.number("correction")))
    }
  }

  private static let quantile = Builtin(
    "quantile", in: .reductions,
    help: "The value below which a part q of the elements lies, linear between elements; for "
      + "several q one result each, along a new first axis. Of a distribution: the least x with "
      + "`cdf(d, x) >= q`.",
    parameters: [
      .either(
        "x", [.tensor, .object(["distribution", "density"])],
        "Numbers, a distribution or a density."),
      .tensor("q", "Probabilities between 0 and 1."), .axis, .keep,
    ], returns: .numeric,
    examples: [
      "quantile([1, 2, 3, 4], 0.5)  #=> 2.5", "quantile(0...10, [0.1, 0.9])  #=> [1, 9]",
      "quantile(uniform(0, 4), 0.25)  #=> 1",
    ]
  ) { call in
    if let object = try call.distributionOrNil("x") {
      return .tensor(try object.distribution.quantile(try call.tensor("q")))
    }
    let (x, q) = (try call.tensor("x"), try call.tensor("q"))
    let (axis, keep) = (try call.optionalInteger("axis"), try call.flag("keep"))
    let results = try q.values.map { try x.quantile($0, axis: axis, keep: keep) }
    if q.isScalar, let result = results.first { return .tensor(result) }
    guard let first = results.first else { return .vector([]) }
    let table = try Tensor.stack(results)
    return .tensor(table.reshaped(q.shape + first.shape))
  }

  private static let softmax = Builtin(
    "softmax", in: .reductions, help: "eˣ / Σ eˣ: positive numbers with sum 1.",
    parameters: [
      .reduced, .integer("axis", default: -1, "The axis along which the sum is 1."),
    ], returns: .tensor, examples: ["softmax([0, 0])  #=> [0.5, 0.5]"],
    traced: tracedSoftmax
  ) { call in .tensor(try call.tensor("x").softmax(axis: try call.integer("axis"))) }

  private static let cumsum = Builtin(
    "cumsum", in: .reductions, help: "Running sums, of everything in order or along an axis.",
    parameters: [.reduced, .axis], returns: .tensor,
    examples: ["cumsum([1, 2, 3])  #=> [1, 3, 6]"],
    traced: tracedCumsum
  ) { call in
    .tensor(try call.tensor("x").cumulativeSum(axis: try call.optionalInteger("axis")))
  }
}
