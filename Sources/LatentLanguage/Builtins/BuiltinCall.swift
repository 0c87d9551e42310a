// What a builtin's body gets: its arguments under their declared names, already checked, and the
// run time around it.

import LatentSyntax
import LatentTensor

/// One call of a builtin.
///
/// Readers such as ``integer(_:)`` throw only when the declaration allows kinds that the reader
/// does not, so a body may read what it declared without further checks.
public struct BuiltinCall {
  public let builtin: Builtin
  public let runtime: Runtime
  /// One value per parameter, defaults filled in; `nothing` for the variadic one.
  var arguments: [Value]
  let rest: [Value]
  /// Where the call and its arguments stand in the source; nil for calls from Swift.
  let site: CallSite?
  /// Which argument of the site each parameter came from, for parameters that were passed.
  let origins: [Int?]

  // MARK: Arguments

  /// The argument, or its default, as it is.
  public func value(_ name: String) -> Value {
    guard let position = builtin.parameters.firstIndex(where: { $0.name == name }) else {
      assertionFailure("\(builtin.name) declares no parameter \(name)")
      return .nothing
    }
    return arguments[position]
  }

  /// The arguments of a variadic parameter.
  public func values(_ name: String) -> [Value] {
    guard let parameter = builtin.parameter(name), parameter.isVariadic else {
      assertionFailure("\(builtin.name) declares no variadic parameter \(name)")
      return []
    }
    return rest
  }

  /// Whether the caller wrote the argument (or a default other than `nothing` stands for it).
  public func has(_ name: String) -> Bool { !value(name).isNothing }

  /// Whether the caller wrote the argument.
  public func isWritten(_ name: String) -> Bool {
    guard let position = builtin.parameters.firstIndex(where: { $0.name == name }) else {
      return false
    }
    return origins.indices.contains(position) && origins[position] != nil
  }

  public func number(_ name: String) throws -> Double { try read(name, \.asNumber, "a number") }
  public func integer(_ name: String) throws -> Int { try read(name, \.asInteger, "an integer") }
  public func flag(_ name: String) throws -> Bool { try read(name, \.asBool, "true or false") }
  public func text(_ name: String) throws -> String { try read(name, \.asText, "a text") }
  public func tensor(_ name: String) throws -> Tensor {
    try read(name, \.asNumericArgument, "a tensor")
  }
  public func list(_ name: String) throws -> [Value] { try read(name, \.asList, "a list") }
  public func record(_ name: String) throws -> RecordObject {
    try read(name, \.asRecord, "a record")
  }
  public func shape(_ name: String) throws -> [Int] { try read(name, \.asSizes, "sizes") }

  public func function(_ name: String) throws -> FunctionObject {
    try read(name, \.object?.callable, "a function")
  }

  /// An argument of one of the library's kinds, as its Swift type.
  public func object<Kind: Object>(_ name: String, as type: Kind.Type = Kind.self) throws -> Kind {
    guard let object = value(name).object as? Kind else {
      throw refusal(of: name, expected: builtin.parameter(name)?.kind.phrase ?? "\(type)")
    }
    return object
  }

  public func optionalNumber(_ name: String) throws -> Double? {
    has(name) ? try number(name) : nil
  }
  public func optionalInteger(_ name: String) throws -> Int? {
    has(name) ? try integer(name) : nil
  }
  public func optionalText(_ name: String) throws -> String? { has(name) ? try text(name) : nil }
  public func optionalTensor(_ name: String) throws -> Tensor? {
    has(name) ? try tensor(name) : nil
  }
  public func optionalFunction(_ name: String) throws -> FunctionObject? {
    has(name) ? try function(name) : nil
  }

  /// The elements of a list, tensor (along its first axis), range, text or record (its values).
  public func elements(_ name: String) throws -> [Value] {
    let value = value(name)
    guard let elements = try value.elements() else {
      throw refusal(of: name, expected: Builtin.Kind.sequence.phrase)
    }
    return elements
  }

  /// Visits the elements of a sequence one by one, without a list of them.
  public func forEach(_ name: String, _ body: (Value) throws -> Void) throws {
    let hasElements = try value(name).forEachElement { element in
      try body(element)
      return true
    }
    if !hasElements { throw refusal(of: name, expected: Builtin.Kind.sequence.phrase) }
  }

  private func read<Wanted>(
    _ name: String, _ reader: (Value) -> Wanted?, _ expected: String
  ) throws -> Wanted {
    if let wanted = reader(value(name)) { return wanted }
    throw refusal(of: name, expected: expected)
  }

  private func refusal(of name: String, expected: String) -> Failure {
    Failure(
      "L402", "`\(name)` of `\(builtin.name)` must be \(expected), not \(value(name).kindPhrase)",
      argument: name)
  }

  /// The same call with another value for an argument.
  public func replacing(_ name: String, with value: Value) -> BuiltinCall {
    var copy = self
    if let position = builtin.parameters.firstIndex(where: { $0.name == name }) {
      copy.arguments[position] = value
    }
    return copy
  }

  /// What a builtin without a traced form says to a traced argument.
  public func untraceable(argument: String?) -> Failure {
    Failure(
      "L430", "no derivative can be taken through `\(builtin.name)`", argument: argument,
      help: "inside `grad`, `jacobian` and `hessian` it takes only values that do not depend on "
        + "what they differentiate by")
  }

  // MARK: The run time

  /// Calls a function of the language (or a builtin passed as a value) with positional arguments.
  public func invoke(_ function: FunctionObject, _ arguments: [Value]) throws -> Value {
    try runtime.invoke(function, arguments)
  }

  /// The same for one argument, without an array of it.
  public func invoke(_ function: FunctionObject, _ argument: Value) throws -> Value {
    try runtime.invoke(function, argument)
  }

  public func invoke(_ function: Value, _ arguments: [Value]) throws -> Value {
    guard let callable = function.object?.callable else {
      throw Failure("L405", "\(function.kindPhrase) cannot be called")
    }
    return try runtime.invoke(callable, arguments)
  }

  /// The key of this call's random numbers: from the argument `seed` when the builtin declares
  /// one and the caller passed it, otherwise the next draw of the interpreter's stream.
  public func randomKey() throws -> RandomKey {
    if builtin.parameter("seed") != nil, let seed = try optionalInteger("seed") {
      return RandomKey(seed: UInt64(bitPattern: Int64(seed)), stream: 0)
    }
    return runtime.random.next()
  }

  /// Throws L705 when the user asked to stop. Long bodies call it now and then.
  public func checkInterrupt() throws { try runtime.checkInterrupt() }

  public func print(_ text: String) { runtime.console.write(text, to: .output) }

  // MARK: Places

  /// Where an argument stands, or the call when it was left out; nil for calls from Swift.
  public func place(of name: String? = nil) -> Diagnostic.Label? {
    guard let site else { return nil }
    guard let name, let position = builtin.parameters.firstIndex(where: { $0.name == name }),
      let origin = origins[position]
    else { return Diagnostic.Label(site.source, site.span) }
    return Diagnostic.Label(site.source, site.argumentSpan(origin))
  }
}

/// A call as it stands in the source: what its diagnostics point at.
public final class CallSite: Sendable {
  public let source: Source
  /// The whole call.
  public let span: Span
  /// The arguments in order, those that were piped in first.
  public let argumentSpans: [Span]
  public let argumentNames: [Name?]
  public let bar: Call.Bar?

  init(
    source: Source, span: Span, argumentSpans: [Span], argumentNames: [Name?], bar: Call.Bar?
  ) {
    self.source = source
    self.span = span
    self.argumentSpans = argumentSpans
    self.argumentNames = argumentNames
    self.bar = bar
  }

  func argumentSpan(_ position: Int) -> Span {
    argumentSpans.indices.contains(position) ? argumentSpans[position] : span
  }
}
