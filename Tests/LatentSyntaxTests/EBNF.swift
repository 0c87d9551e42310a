// A reader of `grammar/latent.ebnf`, a recogniser that follows it and a source of random
// sentences: what holds the grammar file to the parser.

import Foundation

@testable import LatentSyntax

/// A grammar as it stands in its file.
struct EBNF {
  indirect enum Rule {
    case terminal(String)
    case name(String)
    case sequence([Rule])
    case choice([Rule])
    case optional(Rule)
    case repeated(Rule)
  }

  private(set) var rules: [String: Rule] = [:]
  /// The names in capitals that a `?…?` describes.
  private(set) var tokenNames: Set<String> = []

  struct Malformed: Error {
    var place: String
  }

  static func ofProject() throws -> EBNF {
    let file = ProjectPrograms.root.appending(path: "grammar/latent.ebnf")
    return try EBNF(String(contentsOf: file, encoding: .utf8))
  }

  private var words: ArraySlice<String> = []

  init(_ text: String) throws {
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
  var all: [EBNF.Rule] {
    switch self {
    case .terminal, .name: [self]
    case .sequence(let parts), .choice(let parts): [self] + parts.flatMap(\.all)
    case .optional(let inner), .repeated(let inner): [self] + inner.all
    }
  }

  var names: [String] { all.compactMap { if case .name(let name) = $0 { name } else { nil } } }
  var terminals: [String] {
    all.compactMap { if case .terminal(let text) = $0 { text } else { nil } }
  }
}

// MARK: - Recognising

/// Says whether tokens are a sentence of the grammar, by the sets of places where each rule can
/// end. No rule is left-recursive, so memory of what was tried is all it needs.
final class Recogniser {
  private struct Key: Hashable {
    var rule: String
    var place: Int
  }

  private let grammar: EBNF
  private let tokens: [Token]
  private let source: Source
  private var known: [Key: Set<Int>] = [:]

  /// - Parameter tokens: A sentence, without the newlines inside of `(` and `[`.
  private init(_ grammar: EBNF, _ tokens: [Token], _ source: Source) {
    self.grammar = grammar
    self.tokens = tokens
    self.source = source
  }

  static func accepts(_ text: String, by grammar: EBNF) -> Bool {
    let source = Source(name: "text", text: text)
    let lexed = lex(source)
    return lexed.diagnostics.isEmpty
      && accepts(lexed.tokens, as: "program", openBracket: nil, grammar, source)
  }

  private static func accepts(
    _ tokens: [Token], as rule: String, openBracket: Symbol?, _ grammar: EBNF, _ source: Source
  ) -> Bool {
    var brackets = openBracket.map { [$0] } ?? []
    var kept: [Token] = []
    for token in tokens {
      if token.isNewline, (brackets.last ?? .leftBrace) != .leftBrace { continue }
      if let symbol = token.symbol {
        if symbol.closer != nil { brackets.append(symbol) }
        if symbol.isCloser, brackets.last?.closer == symbol { brackets.removeLast() }
      }
      kept.append(token)
    }
    let recogniser = Recogniser(grammar, kept, source)
    let ends = recogniser.ends(of: .name(rule), at: 0)
    guard ends.contains(rule == "program" ? kept.count : kept.count - 1) else { return false }
    return kept.allSatisfy { token in
      guard case .text(let literal) = token.kind else { return true }
      return literal.pieces.allSatisfy { piece in
        guard case .interpolation(let inner, _, _) = piece else { return true }
        return accepts(inner, as: "expr", openBracket: .leftParenthesis, grammar, source)
      }
    }
  }

  private func ends(of rule: EBNF.Rule, at place: Int) -> Set<Int> {
    switch rule {
    case .terminal(let text): return matches(text, at: place) ? [place + 1] : []
    case .name(let name):
      guard let body = grammar.rules[name] else {
        return isToken(name, at: place) ? [place + 1] : []
      }
      let key = Key(rule: name, place: place)
      if let found = known[key] { return found }
      let found = ends(of: body, at: place)
      known[key] = found
      return found
    case .sequence(let parts):
      return parts.reduce([place]) { places, part in
        places.reduce(into: Set()) { $0.formUnion(ends(of: part, at: $1)) }
      }
    case .choice(let choices):
      return choices.reduce(into: Set()) { $0.formUnion(ends(of: $1, at: place)) }
    case .optional(let inner): return ends(of: inner, at: place).union([place])
    case .repeated(let inner):
      var all: Set<Int> = [place]
      var fresh = all
      while !fresh.isEmpty {
        fresh = fresh.reduce(into: Set()) { $0.formUnion(ends(of: inner, at: $1)) }
          .subtracting(all)
        all.formUnion(fresh)
      }
      return all
    }
  }

  private func matches(_ text: String, at place: Int) -> Bool {
    guard place < tokens.count else { return false }
    switch tokens[place].kind {
    case .symbol(let symbol): return symbol.rawValue == text
    case .keyword(let keyword): return keyword.rawValue == text
    case .name(let name): return name == text && ContextualWord(rawValue: name) != nil
    default: return false
    }
  }

  private func isToken(_ name: String, at place: Int) -> Bool {
    guard place < tokens.count else { return false }
    switch (name, tokens[place].kind) {
    case ("NUMBER", .number), ("TEXT", .text), ("NEWLINE", .newline), ("EOF", .end): return true
    case ("NAME", .name(let text)):
      // As the grammar says: `log` before a name is always the quoted word.
      return !(text == "log" && place + 1 < tokens.count && tokens[place + 1].isName)
    default: return false
    }
  }
}

// MARK: - Random sentences

/// Writes sentences of the grammar.
struct SentenceWriter {
  let grammar: EBNF
  var generator: SeededGenerator
  private var heights: [String: Int] = [:]

  init(_ grammar: EBNF, seed: UInt64) {
    self.grammar = grammar
    generator = SeededGenerator(state: seed)
    // The least depth in which each rule can end, by repetition until nothing changes.
    var isChanging = true
    while isChanging {
      isChanging = false
      for (name, rule) in grammar.rules {
        let height = height(rule) + 1
        if height < heights[name] ?? Self.endless {
          heights[name] = height
          isChanging = true
        }
      }
    }
  }

  private static let endless = 1000

  /// The rules that can end at all.
  var productive: Set<String> { Set(heights.filter { $0.value < Self.endless }.keys) }

  private func height(_ rule: EBNF.Rule) -> Int {
    switch rule {
    case .terminal: 0
    case .name(let name):
      grammar.tokenNames.contains(name) ? 0 : heights[name] ?? Self.endless
    case .sequence(let parts): parts.map(height).max() ?? 0
    case .choice(let choices): choices.map(height).min() ?? 0
    case .optional, .repeated: 0
    }
  }

  /// A sentence whose tree is about as deep as said.
  mutating func sentence(depth: Int) -> String {
    var words: [String] = []
    write(.name("program"), depth, &words)
    var text = ""
    var previous = "\n"
    for word in words {
      let startsStatement = ["\n", ";", "{"].contains(previous)
      let touches = word == "'" || word == "\n" || previous == "\n" || text.hasSuffix("\u{0}")
      if text.hasSuffix("\u{0}") { text.removeLast() }
      text += (touches ? "" : " ") + word
      // A sign at the start of a line touches its operand.
      if startsStatement, word == "-" || word == "+" { text += "\u{0}" }
      previous = word
    }
    return text
  }

  private mutating func write(_ rule: EBNF.Rule, _ depth: Int, _ words: inout [String]) {
    switch rule {
    case .terminal(let text): words.append(text)
    case .name(let name):
      if let body = grammar.rules[name] {
        write(body, depth - 1, &words)
      } else {
        token(name, &words)
      }
    case .sequence(let parts): for part in parts { write(part, depth, &words) }
    case .choice(let choices):
      let fitting = choices.filter { height($0) <= depth }
      let least = choices.min { height($0) < height($1) }
      if let chosen = fitting.randomElement(using: &generator) ?? least {
        write(chosen, depth, &words)
      }
    case .optional(let inner):
      if height(inner) <= depth, Int.random(in: 0..<3, using: &generator) == 0 {
        write(inner, depth, &words)
      }
    case .repeated(let inner):
      while height(inner) <= depth, Int.random(in: 0..<4, using: &generator) == 0 {
        write(inner, depth, &words)
      }
    }
  }

  private mutating func token(_ name: String, _ words: inout [String]) {
    let choices: [String] =
      switch name {
      case "NAME": ["x", "y", "f", "θ", "w_1", "by", "fails", "param", "shared", "within"]
      case "NUMBER": ["0", "1_000", "0.5", ".5", "1e-6"]
      case "TEXT": ["\"\"", "\"a # b\"", "\"\\\"{{\""]
      case "NEWLINE": ["\n"]
      default: []
      }
    if let word = choices.randomElement(using: &generator) { words.append(word) }
  }
}
