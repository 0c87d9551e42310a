// `grad`, `jacobian` and `hessian`: functions that make functions.

import LatentLanguage
import LatentTensor

extension Builtin {
  static let derivatives: [Builtin] = [
    operation(
      .gradient,
      "The gradient of a function whose value is one number: a function of the same arguments, "
        + "whose value has the shape of the first one.",
      ["grad(x => x^2)(3)  #=> 6", "grad(v => sum(v^3))([1, 2])  #=> [3, 12]"]),
    operation(
      .jacobian,
      "The Jacobian of a function: the derivatives of every element of its value (first axes) by "
        + "every element of its first argument (last axes).",
      ["jacobian(v => [v[0] * v[1], v[1]])([2, 3])[0]  #=> [3, 2]"]),
    operation(
      .hessian,
      "The matrix of second derivatives of a function whose value is one number, by its first "
        + "argument.",
      ["hessian(v => v[0]^2 * v[1])([1, 2])[0]  #=> [4, 2]"]),
  ]

  private static func operation(
    _ derivative: Derivative, _ help: String, _ examples: [String]
  ) -> Builtin {
    Builtin(
      derivative.rawValue, in: .calculus, help: help,
      parameters: [.function("f", "A function; it is differentiated by its first argument.")],
      returns: .function, examples: examples
    ) { call in
      .function(try differentiated(try call.function("f"), derivative))
    }
  }

  /// The derivative as a function with the parameters of the function.
  private static func differentiated(
    _ function: FunctionObject, _ derivative: Derivative
  ) throws -> Builtin {
    let names =
      function.builtin?.parameters.filter { !$0.isVariadic || $0.name == "x" }.map(\.name)
      ?? function.parameterNames
    guard let first = names.first else {
      throw Failure(
        "L431", "`\(derivative.rawValue)` needs a function with an argument", argument: "f",
        help: "it differentiates by the first argument: `\(derivative.rawValue)(x => …)`")
    }
    let callee = Callee(function: function)
    let cache = ProgramCache()
    return Builtin(
      "\(derivative.rawValue)(\(function.name ?? "f"))", in: .calculus,
      help: "The derivative of `\(function.signature)` by `\(first)`.",
      parameters: [.any(first, "What it is differentiated by: a number or tensor.")]
        + names.dropFirst().map { .any($0, default: .nothing) },
      returns: .numeric
    ) { call in
      let others = names.dropFirst().filter(call.has).map { ($0, call.value($0)) }
      return try derivative.value(of: callee.function, at: call.value(first), others, call, cache)
    }
  }

  /// A function of one interpreter, which only the thread of that interpreter calls.
  private struct Callee: @unchecked Sendable {
    let function: FunctionObject
  }
}
