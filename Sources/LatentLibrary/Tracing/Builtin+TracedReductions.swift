// The traced forms of the reductions that take more than `axis:` and `keep:`.

import LatentAutodiff
import LatentLanguage
import LatentTensor

extension Builtin {
  /// `min` and `max`, of a tensor or element by element of several.
  static func tracedExtremum(_ call: BuiltinCall) throws -> Value {
    let trace = try call.trace()
    let isMinimum = call.builtin.name == "min"
    let symbols = try call.values("x").compactMap(trace.symbol)
    guard let first = symbols.first else { return .nothing }
    if symbols.count > 1 {
      try refuseAxis(call)
      return try call.traced(
        try symbols.dropFirst().reduce(first) { best, next in
          _ = try Shape.broadcast(best.shape, next.shape)
          return best.applying(isMinimum ? .minimum : .maximum, next)
        })
    }
    if first.count == 0 {
      throw Failure(
        "L425", "`\(call.builtin.name)` of no elements",
        help: "ask first whether there are any: `if len(x) > 0 { … }`")
    }
    return try call.reducing(first) { x, axis in
      isMinimum ? -((-x).maximum(axis: axis, keep: true)) : x.maximum(axis: axis, keep: true)
    }
  }

  /// Several arguments have no common axis.
  static func refuseAxis(_ call: BuiltinCall) throws {
    guard call.has("axis") else { return }
    throw Failure(
      "L426", "`axis` with several arguments", argument: "axis",
      help: "`\(call.builtin.name)(stack([a, b]), axis: 0)` says which axis is meant")
  }

  /// `var` and `std`.
  static func tracedSpread(_ call: BuiltinCall) throws -> Value {
    let correction = try call.number("correction")
    return try call.reducing { x, axis in
      let variance = x.variance(axis: axis, correction: correction)
      return call.builtin.name == "std" ? variance.squareRoot() : variance
    }
  }

  static func tracedSoftmax(_ call: BuiltinCall) throws -> Value {
    let x = try call.symbol("x")
    if x.shape.isEmpty { return 1 }
    let axis = try Shape.axis(try call.integer("axis"), of: x.shape)
    return try call.traced(x.softmax(axis: axis))
  }

  static func tracedCumsum(_ call: BuiltinCall) throws -> Value {
    let x = try call.symbol("x")
    guard let axis = try call.optionalInteger("axis") else {
      return try call.traced(x.flat.cumulativeSum())
    }
    let place = try Shape.axis(axis, of: x.shape)
    return try call.traced(try x.withLast(place) { $0.cumulativeSum() })
  }
}
