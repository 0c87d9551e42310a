// `latent builtins`: what the library declares, as text for people or as data for tools.

import ArgumentParser
import Latent
import LatentNotebook

struct Builtins: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "builtins", abstract: "List the functions every script has.")

  @Flag(help: "As JSON: an array with an object for each function.")
  var json = false

  func run() {
    if json {
      let rows = Declarations.builtins.map { "\(JSON($0))" }
      print("[\n\(rows.joined(separator: ",\n"))\n]")
    } else {
      print(Interpreter().runtime.overview)
    }
  }
}

extension JSON {
  /// A builtin as data: its declaration without its body.
  init(_ builtin: Builtin) {
    self = .object(
      .init([
        .init("name", .text(builtin.name)),
        .init("section", .text(builtin.section.title)),
        .init("signature", .text(builtin.writtenSignature)),
        .init("help", .text(builtin.help)),
        .init("parameters", .array(builtin.parameters.map { JSON($0) })),
        .init("returns", .text(builtin.returns.kind)),
        .init("examples", .array(builtin.examples.map { .text($0) })),
      ]))
  }

  private init(_ parameter: Builtin.Parameter) {
    self = .object(
      .init([
        .init("name", .text(parameter.name)),
        .init("kind", .text(parameter.kind.phrase)),
        // As it is written in Latent; null where the argument must be given.
        .init("default", parameter.fallback.written.map { .text($0) } ?? .null),
        .init("variadic", .bool(parameter.isVariadic)),
        .init("named", .bool(parameter.isNamedOnly)),
        .init("help", .text(parameter.help)),
      ]))
  }
}

extension Builtin {
  /// The signature with the bar where a call has it: `kl(p || q)`.
  var writtenSignature: String {
    var names = parameters.map(\.signature)
    let sign: String
    switch bar {
    case .none: return signature
    case .divergence: sign = " || "
    case .given: sign = " | "
    }
    guard names.count >= 2 else { return signature }
    let first = names.removeFirst()
    return "\(name)(\(first)\(sign)\(names.joined(separator: ", ")))"
  }
}

extension Builtin.Default {
  /// The default as it is written in Latent; nil without one.
  var written: String? {
    switch self {
    case .required: nil
    case .nothing: Value.nothing.display()
    case .bool(let flag): Value.bool(flag).display()
    case .number(let number): Value.number(number).display()
    case .text(let text): Value.text(text).display()
    }
  }
}
