// How the numerical modules say no: they know nothing of source text, so the language's binding
// turns a failure into a diagnostic with a place.

/// A refused or failed operation, in words a user of the language understands.
public struct Failure: Error, Sendable, CustomStringConvertible {
  /// A stable code of the language's list: `L4xx` values, `L5xx` models, `L6xx` numerics,
  /// `L7xx` files and limits.
  public var code: String
  /// The fact, lower case without a full stop.
  public var message: String
  public var notes: [String]
  /// The remedies.
  public var helps: [String]
  /// The name of the builtin's argument that is at fault, when one is.
  public var argument: String?
  /// Where the value at fault was made in code that was traced: a number that only the tracer knows
  /// the meaning of.
  public var origin: Int?

  public init(
    _ code: String, _ message: String, argument: String? = nil, notes: [String] = [],
    helps: [String] = []
  ) {
    self.code = code
    self.message = message
    self.argument = argument
    self.notes = notes
    self.helps = helps
  }

  public init(_ code: String, _ message: String, argument: String? = nil, help: String) {
    self.init(code, message, argument: argument, helps: [help])
  }

  public var description: String { message }
}
