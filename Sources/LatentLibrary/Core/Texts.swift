// Texts: conversion, taking apart, putting together.

import LatentLanguage
import LatentTensor

extension Builtin {
  @Sendable private static func textOfNumber(_ value: Value) -> Value? {
    if case .number(let number) = value { .text(of: number) } else { nil }
  }

  static let texts: [Builtin] = [
    Builtin(
      "text", in: .texts, help: "The text of a value, as `print` writes it.",
      parameters: [.any("x")], returns: .text,
      examples: ["text(0.5)  #=> \"0.5\"", "text([1, 2])  #=> \"[1, 2]\""],
      direct: textOfNumber
    ) { call in .text(call.value("x").printed) },
    Builtin(
      "number", in: .texts, help: "The number a text says, as the language writes numbers.",
      parameters: [.either("t", [.text, .number(.all)])], returns: .number,
      examples: ["number(\" 1e-3 \")  #=> 0.001", "number(\"-inf\")  #=> -inf"]
    ) { call in
      if let number = call.value("t").asNumber { return .number(number) }
      let text = try call.text("t")
      guard let number = number(in: text) else {
        throw Failure(
          "L414", "\(Value.text(text).display()) is not a number", argument: "t",
          help: "numbers are written like 12, -0.5, 1e-6, inf, nan")
      }
      return .number(number)
    },
    Builtin(
      "join", in: .texts, help: "Puts the texts of values together, with a separator between.",
      parameters: [.sequence("xs"), .text("separator", default: "")], returns: .text,
      examples: ["join([\"a\", \"b\"], \", \")  #=> \"a, b\"", "join(1...3, \"-\")  #=> \"1-2-3\""]
    ) { call in try call.value("xs").joined(try call.text("separator")) ?? .text("") },
    Builtin(
      "split", in: .texts,
      help: "Splits a text at a separator, or a tensor into equal parts of its last axis.",
      parameters: [
        .either("x", [.text, .tensor]),
        .either("by", [.text, .integer(.from(1))], "The separator, or the number of parts."),
      ], returns: .list,
      examples: [
        "split(\"a,b,,c\", \",\")  #=> [\"a\", \"b\", \"\", \"c\"]",
        "split([1, 2, 3, 4], 2)  #=> [[1, 2], [3, 4]]",
      ], traced: moving("x")
    ) { call in try split(call) },
    Builtin(
      "replace", in: .texts, help: "Replaces every occurrence of a part of a text.",
      parameters: [.text("t"), .text("old"), .text("new")], returns: .text,
      examples: ["replace(\"a-b-c\", \"-\", \"+\")  #=> \"a+b+c\""]
    ) { call in
      let old = try call.text("old")
      guard !old.isEmpty else {
        throw Failure("L402", "`old` of `replace` must not be empty", argument: "old")
      }
      let (text, new) = (try call.text("t"), try call.text("new"))
      let most = text.utf8.count / old.utf8.count
      try Value.checkTextSize(text.utf8.count.addingProduct(most, new.utf8.count))
      return .text(text.replacingAll(old, with: new))
    },
    Builtin(
      "contains", in: .texts, help: "Whether a value is in a text, list, tensor, range or record.",
      parameters: [.any("xs"), .any("x")], returns: .bool,
      examples: ["contains(\"latent\", \"ten\")  #=> true", "contains([1, 2], 3)  #=> false"]
    ) { call in
      guard let object = call.value("xs").object, let found = try object.contains(call.value("x"))
      else {
        throw Failure(
          "L402",
          "`contains` looks into a text, list, tensor, range or record, not into "
            + call.value("xs").kindPhrase, argument: "xs")
      }
      return .bool(found)
    },
    letterCase("upper", "In capital letters.", "upper(\"aé\")  #=> \"AÉ\"") { $0.uppercased() },
    letterCase("lower", "In small letters.", "lower(\"AÉ\")  #=> \"aé\"") { $0.lowercased() },
    letterCase(
      "trim", "Without white space at both ends.", "trim(\"  a b \")  #=> \"a b\""
    ) { text in
      let start = text.drop { $0.isWhitespace }
      let end = start.lastIndex { !$0.isWhitespace }
      return end.map { String(start[...$0]) } ?? ""
    },
  ]

  private static func letterCase(
    _ name: String, _ help: String, _ example: String,
    _ change: @escaping @Sendable (String) -> String
  ) -> Builtin {
    Builtin(
      name, in: .texts, help: help, parameters: [.text("t")], returns: .text, examples: [example]
    ) { call in .text(change(try call.text("t"))) }
  }

  /// Swift reads more than the language writes (hexadecimal, `infinity`), so the form is checked.
  private static func number(in text: String) -> Double? {
    var digits = text.filter { !$0.isWhitespace }[...]
    guard text.split(whereSeparator: \.isWhitespace).count == 1 else { return nil }
    let isNegative = digits.first == "-"
    if isNegative || digits.first == "+" { digits.removeFirst() }
    switch digits {
    case "inf": return isNegative ? -.infinity : .infinity
    case "nan": return .nan
    default: break
    }
    let plain = digits.replacing("_", with: "")
    guard plain.first?.isNumber == true || plain.first == ".",
      plain.allSatisfy({ $0.isASCII && ($0.isNumber || ".eE+-".contains($0)) }),
      let value = Double(plain.first == "." ? "0" + plain : plain)
    else { return nil }
    return isNegative ? -value : value
  }

  private static func split(_ call: BuiltinCall) throws -> Value {
    if let text = call.value("x").asText {
      guard let separator = call.value("by").asText else {
        throw Failure("L402", "a text is split at a text, such as \",\"", argument: "by")
      }
      guard !separator.isEmpty else {
        throw Failure(
          "L402", "the separator must not be empty", argument: "by",
          help: "`[c for c in t]` is the list of the characters")
      }
      return .list(text.parts(separatedBy: separator))
    }
    guard let parts = call.value("by").asInteger else {
      throw Failure("L402", "a tensor is split into a number of parts", argument: "by")
    }
    return .list(try call.tensor("x").split(parts).map(Value.tensor))
  }
}
