// How builtins act on traced tensors. A declaration says so beside its body, mostly in one line:
// element by element, as a reduction, or by moving elements, where the body itself is asked what
// goes where.

import LatentAutodiff
import LatentLanguage
import LatentTensor

extension BuiltinCall {
  func trace() throws -> Trace {
    guard let trace = runtime.trace as? Trace else {
      throw Failure("L430", "`\(builtin.name)` got a traced tensor outside of its function")
    }
    return trace
  }

  /// An argument in the graph.
  func symbol(_ name: String) throws -> Symbol {
    guard let symbol = try trace().symbol(of: value(name)) else {
      throw Failure(
        "L402", "`\(name)` of `\(builtin.name)` must be a tensor, not \(value(name).kindPhrase)",
        argument: name)
    }
    return symbol
  }

  func traced(_ symbol: Symbol, isMask: Bool = false) throws -> Value {
    .object(TracedObject(symbol, in: try trace(), isMask: isMask))
  }

  /// Lets the body look at zeros in place of a traced argument: it refuses what it refuses.
  func checkShapes(of name: String) throws {
    let zeros = Tensor(repeating: 0, shape: try symbol(name).shape)
    _ = try builtin.body(replacing(name, with: .tensor(zeros)))
  }

  /// A reduction with `axis:` and `keep:`. `reduce` gets a tensor and the axis, which it keeps.
  func reducing(_ reduce: (Symbol, Int) throws -> Symbol) throws -> Value {
    try checkShapes(of: "x")
    let x = try symbol("x")
    return try reducing(x, reduce)
  }

  func reducing(_ x: Symbol, _ reduce: (Symbol, Int) throws -> Symbol) throws -> Value {
    let keep = try flag("keep")
    guard let axis = try optionalInteger("axis") else {
      let shape = keep ? x.shape.map { _ in 1 } : []
      return try traced(try reduce(x.flat, 0).reshaped(shape))
    }
    let place = try Shape.axis(axis, of: x.shape)
    var shape = x.shape
    shape[place] = 1
    if !keep { shape.remove(at: place) }
    return try traced(try reduce(x, place).reshaped(shape))
  }

  /// What a builtin that only moves elements makes of an argument, a tensor or a list of them: the
  /// body moves the positions of the elements, counted from 1, and the elements follow. A 0 that
  /// the body puts in stays a 0.
  func moving(_ name: String) throws -> Value {
    let trace = try trace()
    var parts: [Symbol] = []
    var next = 1
    func places(_ value: Value) throws -> Value {
      guard let part = try trace.symbol(of: value) else { return value }
      defer { next += part.count }
      parts.append(part.flat)
      return .tensor(part.places(from: next))
    }
    let argument = value(name)
    let moved = try argument.asList.map { .list(try $0.map(places)) } ?? places(argument)
    let result = try builtin.body(replacing(name, with: moved))
    guard let all = Symbol.concatenated(parts) else { return result }
    func elements(_ value: Value) -> Value {
      guard let places = value.asTensor else { return value }
      return .object(TracedObject(all.collecting(places, from: 1), in: trace))
    }
    return result.asList.map { .list($0.map(elements)) } ?? elements(result)
  }
}

extension Builtin {
  /// The traced form of a function of one number, element by element.
  static func elementwise(
    isMask: Bool = false, _ function: @escaping @Sendable (Symbol) -> Symbol
  ) -> @Sendable (BuiltinCall) throws -> Value {
    { call in try call.traced(function(try call.symbol("x")), isMask: isMask) }
  }

  /// The traced form of a reduction, which gets a tensor and the axis and keeps that axis.
  static func reduction(
    _ reduce: @escaping @Sendable (Symbol, Int) throws -> Symbol
  ) -> @Sendable (BuiltinCall) throws -> Value {
    { call in try call.reducing(reduce) }
  }

  /// The traced form of a builtin that takes any items, but must compare them as numbers.
  static func untraceable(_ call: BuiltinCall) throws -> Value {
    throw call.untraceable(argument: nil)
  }

  /// The traced form of a builtin that only moves the elements of an argument.
  static func moving(_ name: String) -> @Sendable (BuiltinCall) throws -> Value {
    { call in try call.moving(name) }
  }
}
