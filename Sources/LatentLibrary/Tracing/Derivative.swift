// Derivatives of functions of the language: the function runs once with a traced argument, the
// graph of its value is differentiated, compiled and run.

import LatentAutodiff
import LatentLanguage
import LatentTensor

enum Derivative: String {
  case gradient = "grad"
  case jacobian
  case hessian

  /// The derivative of a function at an argument.
  /// - Parameters:
  ///   - call: The call of the derivative.
  ///   - others: The function's other arguments.
  ///   - cache: What was compiled at earlier points.
  func value(
    of function: FunctionObject, at argument: Value, _ others: [(String, Value)],
    _ call: BuiltinCall, _ cache: ProgramCache
  ) throws -> Value {
    let outer = call.runtime.trace
    let trace = outer as? Trace ?? Trace(cache)
    call.runtime.trace = trace
    defer { call.runtime.trace = outer }
    guard let x = try trace.variable(argument) else {
      throw Failure(
        "L402", "`\(rawValue)` differentiates by a number or tensor, not by \(argument.kindPhrase)",
        argument: function.parameterNames.first,
        help: "write a function of one tensor: `\(rawValue)(v => f(…))`")
    }
    let traced = Value.object(TracedObject(x, in: trace))
    let result = try trace.opening(x) {
      try call.runtime.invoke(function, [traced], named: others)
    }
    guard let y = try trace.symbol(of: result) else {
      throw Failure(
        "L431", "`\(rawValue)` needs a function of numbers, but this one gave \(result.kindPhrase)",
        help: result.asList == nil
          ? "its value must be a number or tensor" : "`concat` and `stack` join tensors into one")
    }
    if self != .jacobian, !y.shape.isEmpty {
      throw Failure(
        "L431",
        "`\(rawValue)` needs a function whose value is one number, but this one gave a tensor of "
          + "shape \(Shape.text(y.shape))",
        help: "`jacobian(f)` differentiates every element; or sum the value")
    }
    switch self {
    case .gradient: return try trace.value(of: trace.gradient(of: y, by: x))
    case .jacobian: return try trace.jacobian(of: y, by: x, call)
    case .hessian: return try trace.jacobian(of: trace.gradient(of: y, by: x), by: x, call)
    }
  }
}

extension Trace {
  /// The derivatives of the sum of `y`, in the shape of `x`.
  fileprivate func gradient(of y: Symbol, by x: Symbol) throws -> Symbol {
    let gradient = y.gradients(of: [x]).first
    if let failure = graph.failure { throw failure }
    return gradient ?? graph.constant(0).broadcast(to: x.shape)
  }

  /// The derivatives of every element of `y` by every element of `x`: the axes of `y`, then those
  /// of `x`.
  fileprivate func jacobian(of y: Symbol, by x: Symbol, _ call: BuiltinCall) throws -> Value {
    let target = y.shape + x.shape
    let count = try Shape.count(target)
    if count == 0 { return .tensor(Tensor(repeating: 0, shape: target)) }
    if dependsOnVariables(y) {
      let rows = try (0..<y.count).map { row in
        try gradient(of: y.flat.columns(row..<(row + 1)), by: x).flat
      }
      let table = Symbol.concatenated(rows)?.reshaped(target) ?? graph.constant(.nan)
      return try value(of: table)
    }
    if x.count < y.count { return try columnwise(of: y, by: x, call) }
    // One program for all rows: what it weighs the elements of `y` with says which row it gives.
    let zeros = Tensor(repeating: 0, shape: y.shape)
    let weights = input(zeros)
    let program = try program(for: try gradient(of: y * weights, by: x))
    var values: [Double] = []
    values.reserveCapacity(count)
    for row in 0..<y.count {
      try call.checkInterrupt()
      var one = zeros
      one[flat: row] = 1
      try program.setInput(weights, one)
      try program.run()
      values += program.output(0).values
    }
    return .tensor(Tensor(shape: target, values))
  }

  /// The same by forward mode, which needs a run for each element of `x` only.
  private func columnwise(of y: Symbol, by x: Symbol, _ call: BuiltinCall) throws -> Value {
    let zeros = Tensor(repeating: 0, shape: x.shape)
    let direction = input(zeros)
    let program = try program(for: y.tangent(along: [(x, direction)]))
    var values = [Double](repeating: 0, count: y.count * x.count)
    for column in 0..<x.count {
      try call.checkInterrupt()
      var one = zeros
      one[flat: column] = 1
      try program.setInput(direction, one)
      try program.run()
      for (row, value) in program.output(0).values.enumerated() {
        values[row * x.count + column] = value
      }
    }
    return .tensor(Tensor(shape: y.shape + x.shape, values))
  }
}
