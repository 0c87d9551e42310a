// A function of the language written in Swift: one declaration from which the argument checks,
// `help`, completion, the reference and the tests of the examples all come.

import LatentTensor

/// A builtin function.
///
/// ```swift
/// extension Builtin {
///   static let clamp = Builtin(
///     "clamp", in: .mathematics, help: "Limits x to an interval.",
///     parameters: [.numeric("x"), .number("low"), .number("high")],
///     returns: .numeric, examples: ["clamp(7, 0, 5)  #=> 5"]
///   ) { call in
///     .number(min(max(try call.number("x"), try call.number("low")), try call.number("high")))
///   }
/// }
/// ```
public struct Builtin: Sendable {
  public let name: String
  public let section: Section
  /// What it does, in one sentence or a few.
  public let help: String
  public let parameters: [Parameter]
  public let returns: Result
  /// Runnable lines, `expression  #=> display of its value`. Every one is run as a test.
  public let examples: [String]
  /// What may stand between the arguments besides commas: `kl(a || b)`.
  public let bar: BarRule
  /// The function on plain numbers, when it is one: the evaluator then calls it directly and asks
  /// the body only for everything else.
  public let scalar: (@Sendable (Double) -> Double)?
  public let body: @Sendable (BuiltinCall) throws -> Value
  /// The function when an argument, or an item of an argument that is a list, is a traced tensor;
  /// nil for what cannot be traced.
  public let traced: (@Sendable (BuiltinCall) throws -> Value)?

  /// - Parameters:
  ///   - name: The name scripts call it by.
  ///   - parameters: In order. After a variadic one all are named only.
  ///   - bar: Whether `|` or `||` may (or must) stand between arguments.
  ///   - scalar: The same function for one plain number, for speed in loops.
  ///   - traced: The same function when an argument is a traced tensor.
  ///   - body: Gets checked arguments. A `Failure` it throws becomes a diagnostic at the argument
  ///     it names, or at the call.
  public init(
    _ name: String, in section: Section, help: String, parameters: [Parameter] = [],
    returns: Result = .any, examples: [String] = [], bar: BarRule = .none,
    scalar: (@Sendable (Double) -> Double)? = nil,
    traced: (@Sendable (BuiltinCall) throws -> Value)? = nil,
    body: @escaping @Sendable (BuiltinCall) throws -> Value
  ) {
    self.name = name
    self.section = section
    self.help = help
    self.parameters = parameters
    self.returns = returns
    self.examples = examples
    self.bar = bar
    self.scalar = scalar
    self.traced = traced
    self.body = body
  }

  /// Where the reference lists it.
  public struct Section: Hashable, Sendable {
    public let title: String

    public init(_ title: String) { self.title = title }

    public static let output = Section("Output and help")
    public static let texts = Section("Texts")
    public static let collections = Section("Lists and records")
    public static let mathematics = Section("Mathematics")
    public static let reductions = Section("Reductions")
    public static let arrays = Section("Tensors")
    public static let linearAlgebra = Section("Linear algebra")
    public static let random = Section("Random numbers")
    public static let system = Section("Time and system")
    public static let data = Section("Data")
    public static let distributions = Section("Distributions")
    public static let models = Section("Models")
    public static let inference = Section("Inference")
    public static let calculus = Section("Derivatives")
    public static let figures = Section("Figures")
  }

  /// What it returns, for the reference.
  public struct Result: Hashable, Sendable {
    public let kind: String

    public init(_ kind: String) { self.kind = kind }

    public static let any = Result("any value")
    public static let nothing = Result("nothing")
    public static let bool = Result("bool")
    public static let number = Result("number")
    public static let numeric = Result("number or tensor")
    public static let text = Result("text")
    public static let tensor = Result("tensor")
    public static let list = Result("list")
    public static let record = Result("record")
    public static let range = Result("range")
    public static let function = Result("function")
    public static let model = Result("model")
    public static let distribution = Result("distribution")
    public static let estimate = Result("estimate")
    public static let table = Result("table")
    public static let figure = Result("figure")
  }

  public enum BarRule: Sendable {
    case none
    /// `f(a || b)`: the bar stands in place of the comma between two arguments.
    case divergence
    /// `f(a | b)`: arguments after the bar are the givens.
    case given
  }

  /// `clamp(x, low, high)`, with `name: default` for what may be left out.
  public var signature: String {
    "\(name)(\(parameters.map(\.signature).joined(separator: ", ")))"
  }

  public func parameter(_ name: String) -> Parameter? { parameters.first { $0.name == name } }
}
