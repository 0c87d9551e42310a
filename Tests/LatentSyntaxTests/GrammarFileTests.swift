// `grammar/latent.ebnf` and the parser say the same.

import LatentTestSupport
import Testing

@testable import LatentSyntax

@Suite struct GrammarFile {
  let grammar: EBNF

  init() throws { grammar = try EBNF.ofProject() }

  /// What the parser refuses for reasons that the grammar gives in words: `|` outside of a model,
  /// the nesting limit, a line that starts with a sign and a space, a text that must be plain.
  static let beyondTheRules: Set<String> = ["L210", "L213", "L215", "L221"]

  @Test func everyNameIsDefinedReachableAndProductive() {
    let defined = Set(grammar.rules.keys).union(grammar.tokenNames)
    #expect(grammar.rules.count > 35)
    for (name, rule) in grammar.rules {
      #expect(Set(rule.names).subtracting(defined).isEmpty, "\(name) names what is not defined")
    }
    var reached: Set<String> = []
    var open = ["program"]
    while let name = open.popLast() {
      if reached.insert(name).inserted { open += grammar.rules[name]?.names ?? [] }
    }
    #expect(reached == defined)
    #expect(SentenceWriter(grammar, seed: 1).productive == Set(grammar.rules.keys))
  }

  @Test func quotedWordsAreTheTokens() {
    let quoted = Set(grammar.rules.values.flatMap(\.terminals))
    let tokens =
      Symbol.allCases.map(\.rawValue) + Keyword.allCases.map(\.rawValue)
      + ContextualWord.allCases.map(\.rawValue)
    #expect(quoted == Set(tokens))
    #expect(tokens.count == Set(tokens).count)
  }

  @Test(arguments: 0..<4) func randomSentencesParse(_ seed: Int) {
    var writer = SentenceWriter(grammar, seed: UInt64(seed) &* 31 &+ 7)
    var words: Set<Substring> = []
    for round in 0..<500 {
      let sentence = writer.sentence(depth: 14 + round % 16)
      let codes = Set(codes(sentence))
      #expect(codes.subtracting(Self.beyondTheRules).isEmpty, "\(codes):\n\(sentence)")
      #expect(Recogniser.accepts(sentence, by: grammar), "\(sentence)")
      words.formUnion(sentence.split { $0 == " " || $0 == "\n" })
    }
    let missing = Set(grammar.rules.values.flatMap(\.terminals)).subtracting(words.map(String.init))
    #expect(missing.subtracting(["'"]).isEmpty, "never written: \(missing)")
  }

  private func compare(_ text: String) -> Bool? {
    let codes = Set(codes(text))
    guard codes.isDisjoint(with: Self.beyondTheRules) else { return nil }
    // Deep brackets are a matter of the limit, and of the stack of this recogniser.
    guard text.count(where: { "([{".contains($0) }) < 1000 else { return nil }
    let accepted = Recogniser.accepts(text, by: grammar)
    #expect(accepted == codes.isEmpty, "the parser says \(codes.sorted()):\n\(text)")
    return accepted
  }

  @Test func everyProgramIsJudgedAlike() {
    let verdicts = ProjectPrograms.all.map(compare)
    #expect(verdicts.count { $0 == true } > 200)
    #expect(verdicts.count { $0 == false } > 60)
  }

  /// One token of a program replaced, left out or doubled.
  @Test(arguments: 0..<4) func mutatedProgramsAreJudgedAlike(_ seed: Int) {
    var generator = SeededGenerator(state: UInt64(seed) &+ 77)
    let words = ProjectPrograms.valid.flatMap { text in
      let source = Source(name: "text", text: text)
      return lex(source).tokens.map { String(source.text(in: $0.span)) }
    }
    var accepted = 0
    for _ in 0..<400 {
      guard let text = ProjectPrograms.valid.randomElement(using: &generator), text.count < 800
      else { continue }
      let source = Source(name: "text", text: text)
      let tokens = lex(source).tokens
      let token = tokens[Int.random(in: 0..<tokens.count, using: &generator)]
      var word = Bool.random(using: &generator) ? words.randomElement(using: &generator) ?? "" : ""
      if Bool.random(using: &generator) { word += " \(source.text(in: token.span))" }
      let changed =
        source.text(in: Span(0, token.span.start)) + " \(word) "
        + source.text(in: Span(token.span.end, source.bytes.count))
      if compare(String(changed)) == true { accepted += 1 }
    }
    #expect(accepted > 20)
  }
}
