// A reader of `grammar/latent.ebnf`, for the tests that hold the file to the parser and for those
// that write programs by it.

import Foundation

/// A grammar as it stands in its file.
public struct EBNF: Sendable {
  public indirect enum Rule: Sendable {
    case terminal(String)
    case name(String)
    case sequence([Rule])
    case choice([Rule])
    case optional(Rule)
    case repeated(Rule)
  }

  public private(set) var rules: [String: Rule] = [:]
  /// The names in capitals that a `?…?` describes.
  public private(set) var tokenNames: Set<String> = []

  public struct Malformed: Error {
    public var place: String
  }

  /// The grammar of the project.
  public static func ofProject() throws -> EBNF {
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let file = root.appending(path: "grammar/latent.ebnf")
    return try EBNF(String(contentsOf: file, encoding: .utf8))
  }

  private var words: ArraySlice<String> = []

  public init(_ text: String) throws {
    let plain = text.replacing(/\(\*(?:[^*]|\*[^)])*\*\)/, with: "")
    words =
      plain.matches(of: /"[^"]*"|\?[^?]*\?|[A-Za-z]+|[=|;\[\]{}()]/)
      .map { String($0.0) }[...]
    while let name = words.popFirst() {
      guard words.popFirst() == "=" else { throw Malformed(place: name) }
      if words.first?.hasPrefix("?") == true {
        words.removeFirst()
        tokenNames.insert(name)
      } else {
        guard rules.updateValue(try choice(), forKey: name) == nil else {
          throw Malformed(place: "\(name) twice")
        }
      }
      guard words.popFirst() == ";" else { throw Malformed(place: name) }
    }
  }

  private mutating func choice() throws -> Rule {
    var choices = [try sequence()]
    while words.first == "|" {
      words.removeFirst()
      choices.append(try sequence())
    }
    return choices.count == 1 ? choices[0] : .choice(choices)
  }

  private mutating func sequence() throws -> Rule {
    var parts: [Rule] = []
    while let word = words.first, !["|", ";", ")", "]", "}"].contains(word) {
      words.removeFirst()
      switch word {
      case "(": parts.append(try bracket(")") { $0 })
      case "[": parts.append(try bracket("]") { .optional($0) })
      case "{": parts.append(try bracket("}") { .repeated($0) })
      default:
        parts.append(
          word.hasPrefix("\"") ? .terminal(String(word.dropFirst().dropLast())) : .name(word))
      }
    }
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  private mutating func bracket(_ closer: String, _ make: (Rule) -> Rule) throws -> Rule {
    let inner = try choice()
    guard words.popFirst() == closer else { throw Malformed(place: closer) }
    return make(inner)
  }
}

extension EBNF.Rule {
  /// This rule and all within it.
  public var all: [EBNF.Rule] {
    switch self {
    case .terminal, .name: [self]
    case .sequence(let parts), .choice(let parts): [self] + parts.flatMap(\.all)
    case .optional(let inner), .repeated(let inner): [self] + inner.all
    }
  }

  public var names: [String] {
    all.compactMap { if case .name(let name) = $0 { name } else { nil } }
  }
  public var terminals: [String] {
    all.compactMap { if case .terminal(let text) = $0 { text } else { nil } }
  }
}
