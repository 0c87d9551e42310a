// The corpus leaves nothing out: every builtin, operator and word of the language occurs in it.

import Latent
import LatentLibrary
import Testing

struct CoverageTests {
  /// The tokens of every chunk, those inside interpolations left out.
  static let tokens: [Token] = Chunk.all.flatMap { chunk in
    lex(Source(name: chunk.file, text: chunk.lines.joined(separator: "\n"))).tokens
  }

  @Test func everyBuiltinOccurs() {
    let names = Set(
      Self.tokens.compactMap { token -> String? in
        if case .name(let name) = token.kind { name } else { nil }
      })
    let declared = Builtin.standard.map(\.name) + Builtin.constants.map(\.0)
    #expect(declared.filter { !names.contains($0) } == [])
  }

  @Test func everySymbolAndWordOccurs() {
    let symbols = Set(
      Self.tokens.compactMap { token -> Symbol? in
        if case .symbol(let symbol) = token.kind { symbol } else { nil }
      })
    let keywords = Set(
      Self.tokens.compactMap { token -> Keyword? in
        if case .keyword(let keyword) = token.kind { keyword } else { nil }
      })
    let words = Set(
      Self.tokens.compactMap { token -> String? in
        if case .name(let name) = token.kind { name } else { nil }
      })
    #expect(Symbol.allCases.filter { !symbols.contains($0) } == [])
    #expect(Keyword.allCases.filter { !keywords.contains($0) } == [])
    #expect(ContextualWord.allCases.filter { !words.contains($0.rawValue) } == [])
  }
}
