// Whether a text is a sentence of `grammar/latent.ebnf`, judged by the grammar alone: the second
// opinion that the parser is held to.

import LatentTestSupport

@testable import LatentSyntax

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
