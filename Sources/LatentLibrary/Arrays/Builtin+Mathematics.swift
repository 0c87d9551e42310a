// The functions of one number, element by element: a table, from which the builtins are made.

import LatentAutodiff
import LatentLanguage
import LatentTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A function of one number with what the reference says about it.
private struct Elementary {
  var name: String
  var help: String
  var example: String
  /// The same function in a graph.
  var traced: @Sendable (Symbol) -> Symbol
  var function: @Sendable (Double) -> Double

  init(
    _ name: String, _ help: String, _ example: String,
    traced: @escaping @Sendable (Symbol) -> Symbol,
    _ function: @escaping @Sendable (Double) -> Double
  ) {
    self.name = name
    self.help = help
    self.example = example
    self.traced = traced
    self.function = function
  }

  /// A function that the graph has as it is.
  private static func primitive(_ operation: Elementwise) -> @Sendable (Symbol) -> Symbol {
    { $0.applying(operation) }
  }

  static let table: [Elementary] = [
    Elementary(
      "abs", "The absolute value |x|.", "abs(-2)  #=> 2", traced: primitive(.absolute)
    ) { abs($0) },
    Elementary("exp", "The exponential function eˣ.", "exp(0)  #=> 1", traced: primitive(.exp)) {
      exp($0)
    },
    Elementary(
      "log", "The natural logarithm; -inf at 0 and nan below.", "log(1)  #=> 0",
      traced: primitive(.log)
    ) {
      log($0)
    },
    Elementary(
      "log1p", "log(1 + x), exact for small x too.", "log1p(1e-20)  #=> 1e-20",
      traced: primitive(.log1p)
    ) {
      log1p($0)
    },
    Elementary(
      "expm1", "eˣ − 1, exact for small x too.", "expm1(1e-20)  #=> 1e-20",
      traced: primitive(.expm1)
    ) {
      expm1($0)
    },
    Elementary(
      "sqrt", "The square root; nan below 0.", "sqrt(9)  #=> 3", traced: primitive(.squareRoot)
    ) { $0.squareRoot() },
    Elementary(
      "sin", "The sine of an angle in radians.", "sin(0)  #=> 0", traced: primitive(.sin)
    ) { sin($0) },
    Elementary(
      "cos", "The cosine of an angle in radians.", "cos(0)  #=> 1", traced: primitive(.cos)
    ) { cos($0) },
    Elementary(
      "tan", "The tangent of an angle in radians.", "tan(0)  #=> 0",
      traced: Symbol.tangent
    ) { tan($0) },
    Elementary("tanh", "The hyperbolic tangent.", "tanh(0)  #=> 0", traced: primitive(.tanh)) {
      tanh($0)
    },
    Elementary(
      "sigmoid", "The logistic function 1 / (1 + e⁻ˣ).", "sigmoid(0)  #=> 0.5",
      traced: primitive(.sigmoid),
      SpecialFunction.sigmoid),
    Elementary(
      "softplus", "log(1 + eˣ), a smooth form of `relu`.", "softplus(1000)  #=> 1000",
      traced: primitive(.softplus),
      SpecialFunction.softplus),
    Elementary(
      "relu", "max(x, 0).", "relu([-1, 2])  #=> [0, 2]", traced: primitive(.relu),
      SpecialFunction.relu
    ),
    Elementary(
      "lgamma", "log |Γ(x)|; `lgamma(n + 1)` is log n!.", "exp(lgamma(5)) |> round  #=> 24",
      traced: primitive(.logGamma),
      SpecialFunction.lgamma),
    Elementary(
      "digamma", "ψ(x), the derivative of `lgamma`.",
      "abs(digamma(1) + 0.5772156649015329) < 1e-15  #=> true", traced: primitive(.digamma),
      SpecialFunction.digamma),
    Elementary(
      "erf", "The error function 2/√π ∫₀ˣ e^(−t²) dt.", "erf(0)  #=> 0",
      traced: primitive(.erf)
    ) {
      erf($0)
    },
    Elementary(
      "floor", "The largest whole number not above x.", "floor(-1.5)  #=> -2",
      traced: primitive(.floor)
    ) {
      $0.rounded(.down)
    },
    Elementary(
      "ceil", "The smallest whole number not below x.", "ceil(1.2)  #=> 2",
      traced: Symbol.ceiling
    ) {
      $0.rounded(.up)
    },
    Elementary(
      "sign", "−1, 0 or 1.", "sign([-3, 0, 5])  #=> [-1, 0, 1]", traced: primitive(.sign),
      SpecialFunction.sign),
  ]

  var builtin: Builtin {
    let function = self.function
    let note = "A number, or a tensor whose elements are taken one by one"
    let isLogarithm = name == "log"
    return Builtin(
      name, in: .mathematics, help: help,
      parameters: [
        isLogarithm
          ? .either("x", [.tensor, .object(["density"])], note + ", or a density at a point.")
          : .tensor("x", note + ".")
      ],
      returns: .numeric, examples: [example], scalar: function,
      traced: Builtin.elementwise(traced)
    ) { call in
      if isLogarithm, let density = call.value("x").object as? DensityObject {
        return try density.logProbability()
      }
      return .tensor(try call.tensor("x").mapping(function))
    }
  }
}

extension Builtin {
  /// Mathematics element by element.
  static let mathematicsSection: [Builtin] =
    Elementary.table.map(\.builtin) + [round, clamp, isNan, isFinite]

  private static let round = Builtin(
    "round", in: .mathematics,
    help: """
      The nearest whole number, or the nearest with so many digits behind the point; ties to the \
      even one. For a text with two digits, and zeros kept: `"{x:.2f}"`.
      """,
    parameters: [
      .tensor("x", "A number, or a tensor whose elements are taken one by one."),
      .integer("digits", in: -22...22, default: 0, "Digits behind the point; -2 gives hundreds."),
    ], returns: .numeric,
    examples: ["round([0.5, 1.5, 2.4])  #=> [0, 2, 2]", "round(2.718, 1)  #=> 2.7"],
    scalar: SpecialFunction.round(_:),
    traced: tracedRound
  ) { call in
    let digits = try call.integer("digits")
    return .tensor(try call.tensor("x").mapping { SpecialFunction.round($0, digits: digits) })
  }

  private static func tracedRound(_ call: BuiltinCall) throws -> Value {
    let scale = pow(10, Double(try call.integer("digits")))
    return try call.traced(Symbol.rounded(try call.symbol("x") * scale) / scale)
  }

  private static let clamp = Builtin(
    "clamp", in: .mathematics,
    help: "Raises what is below `low` to it and lowers what is above "
      + "`high`; nan stays.",
    parameters: [
      .tensor("x", "A number or tensor."), .number("low", .all, "The least value."),
      .number("high", .all, "The greatest value."),
    ], returns: .numeric, examples: ["clamp([-2, 0.5, 7], 0, 1)  #=> [0, 0.5, 1]"],
    traced: tracedClamp
  ) { call in
    .tensor(try call.tensor("x").clamped(try call.number("low"), try call.number("high")))
  }

  private static func tracedClamp(_ call: BuiltinCall) throws -> Value {
    let x = try call.symbol("x")
    let low = x.graph.constant(try call.number("low"))
    let high = x.graph.constant(try call.number("high"))
    return try call.traced(x.applying(.maximum, low).applying(.minimum, high))
  }

  private static let isNan = Builtin(
    "isnan", in: .mathematics, help: "Whether an element is nan: a missing value.",
    parameters: [.tensor("x", "A number or tensor.")], returns: .bool,
    examples: ["isnan([1, nan])  #=> [false, true]", "isnan(0)  #=> false"],
    traced: elementwise(isMask: true, Symbol.isNaN)
  ) { call in .tensor(try call.tensor("x").mask { $0.isNaN }) }

  private static let isFinite = Builtin(
    "isfinite", in: .mathematics, help: "Whether an element is neither nan nor infinite.",
    parameters: [.tensor("x", "A number or tensor.")], returns: .bool,
    examples: ["isfinite([1, inf, nan])  #=> [true, false, false]"],
    traced: elementwise(isMask: true, Symbol.isFinite)
  ) { call in .tensor(try call.tensor("x").mask { $0.isFinite }) }
}
