// Tokens: numbers, texts with escapes, blocks, interpolations and formats, and where lines end.

import Testing

@testable import LatentSyntax

@Suite struct Lexing {
  @Test(arguments: [
    ("12", 12.0), ("1_000", 1000), ("0.5", 0.5), (".5", 0.5), ("1e-6", 1e-6), ("1E+2", 100),
    ("1.5e3", 1500), ("00012", 12), ("1_0.2_5", 10.25), ("1e-999", 0),
    (String(repeating: "9", count: 300), 1e300),
  ])
  func numbers(_ text: String, _ value: Double) {
    guard case .expression(let expression)? = parsed(text).program.statements.first?.kind,
      case .number(let number) = expression.kind
    else {
      Issue.record("no number")
      return
    }
    #expect(number == value)
    #expect(codes(text).isEmpty)
  }

  @Test(arguments: [
    ("5.", "L104"), ("1__0", "L104"), ("1_", "L104"), ("1e", "L104"), ("2x", "L104"),
    ("0x1F", "L104"), ("1e999", "L105"), (String(repeating: "9", count: 400), "L105"),
  ])
  func badNumbers(_ text: String, _ code: String) { #expect(codes(text) == [code]) }

  @Test(arguments: [
    (#""a\n\t\r\"\\b""#, "a\n\t\r\"\\b"),
    (#""\x41\u00e9\U0001F600\u{3b8}""#, "Aé😀θ"),
    (#""{{x}}""#, "{x}"),
    (#""""#, ""),
    ("\"\"\"one \"two\" three\"\"\"", "one \"two\" three"),
    ("\"\"\"\n    a\n      b\n\n    c\n    \"\"\"", "a\n  b\n\nc\n"),
    ("\"\"\"\n    a\n  \"\"\"", "  a\n"),
    ("\"\"\"\r\n  a\r\n  b\"\"\"", "a\nb"),
    ("\"\"\"first\n  a\n   b\"\"\"", "first\na\n b"),
    ("\"\"\"\n  a\\n  b\n  \"\"\"", "a\n  b\n"),
  ])
  func texts(_ text: String, _ value: String) { #expect(sketch(text) == "\"\(value)\"") }

  @Test(arguments: [
    (#""a {x} b""#, "\"a {x} b\""),
    (#""{x + 1:.2f}""#, "\"{(+ x 1):fixed(2)}\""),
    (
      #""{x:8.3}|{y:.1e}|{z:.0%}|{w:12}""#,
      "\"{x:8significant(3)}|{y:exponent(1)}|{z:percent(0)}|{w:12}\""
    ),
    (#""got {input("name? ")}""#, "\"got {input(\"name? \")}\""),
    (#""{f(a: 1)[:, 0]}{(b: 2).b:.3}""#, "\"{f(a: 1)[:, 0]}{{b: 2}.b:significant(3)}\""),
    (#""{if a { "{b:.1}" } else { 2 }}""#, "\"{(if a { \"{b:significant(1)}\" } else { 2 })}\""),
    (#""{x'}""#, "\"{x'}\""),
    ("\"\"\"\n  {f(\n  1)}\n  \"\"\"", "\"{f(1)}\n\""),
  ])
  func interpolations(_ text: String, _ expected: String) { #expect(sketch(text) == expected) }

  @Test(arguments: [
    (#""\q""#, "L103"), (#""\x4""#, "L103"), (#""\u{}""#, "L103"), (#""\uD800""#, "L103"),
    (#""\U00110000""#, "L103"), (#""\{x}""#, "L103"), (#""a"#, "L102"), ("\"a\nb\"", "L102"),
    (#""a }""#, "L107"), (#""{}""#, "L107"), (#""{:.2}""#, "L107"), (#""{x""#, "L107"),
    (#""{x:}""#, "L108"), (#""{x:.}""#, "L108"), (#""{x:.0}""#, "L108"), (#""{x:d}""#, "L108"),
    (#""{x:9999}""#, "L108"), (#""{x:.99999999999999999999f}""#, "L108"), (#""{x:.2f""#, "L107"),
    (#""{a b}""#, "L202"), (#""{a +}""#, "L201"), (#""{(a}""#, "L107"), ("'a'", "L106"),
    ("x = 'a", "L106"),
    ("a 'b'", "L106"), ("\u{7}", "L101"), ("a § b", "L101"),
  ])
  func badTexts(_ text: String, _ code: String) { #expect(codes(text).first == code) }

  @Test(arguments: [
    ("a\nb", "a / b"), ("\n\n# c\na # d\n\n\nb\n", "a / b"), ("a\r\nb\r\n", "a / b"),
    ("(a\n+\nb\n)", "(+ a b)"), ("(a\n- b)", "(- a b)"), ("[1,\n 2\n]", "[1, 2]"),
    ("a +\nb", "(+ a b)"), ("a and\n\n# c\nb", "(and a b)"), ("a in\nb", "(a in b)"),
    ("x =\n1", "x = 1"), ("f(x) =\nx", "def f(x) = x"), ("x =>\nx", "((x) => x)"),
    ("z ~\nd", "z ~ d"), ("a'\nb", "a' / b"),
    ("a\n# c\n\n  |> f\n  |> g", "((a |> f) |> g)"), ("a\n.b\n.c(d)", "a.b.c(d)"),
    ("a\n.5", "a / 0.5"), ("if a { 1 }\nelse { 2 }", "(if a { 1 } else { 2 })"),
    ("a\nor b\nand c", "(or a (and b c))"), ("f(x => {\n a\n b\n})", "f(((x) => { a; b }))"),
    ("if a {\n\n b\n}", "(if a { b })"), ("a\n(b)", "a / b"), ("a\n[b]", "a / [b]"),
    ("a\n-b", "a / (- b)"), ("a;\nb", "a; / b"), ("x <-1", "(x < (- 1))"), ("x<-1", "(x < (- 1))"),
    ("\u{FEFF}a", "a"), ("a\u{A0}+ b", "(+ a b)"),
  ])
  func lines(_ text: String, _ expected: String) { #expect(sketch(text) == expected) }

  @Test func signAndSpaceAtLineStart() {
    #expect(codes("a\n- b") == ["L215"])
    #expect(codes("a\n+ b\nc = = 1") == ["L215", "L201"])
    #expect(codes("f(\n- b)").isEmpty)
  }

  @Test func everySymbolAndKeywordIsAToken() {
    for symbol in Symbol.allCases where symbol != .quote {
      let tokens = lex(Source(name: "s", text: symbol.rawValue)).tokens
      #expect(tokens.first?.symbol == symbol, "\(symbol.rawValue)")
    }
    for keyword in Keyword.allCases {
      #expect(lex(Source(name: "s", text: keyword.rawValue)).tokens.first?.keyword == keyword)
    }
    #expect(Keyword.allCases.count == 17)
  }

  @Test func everyForeignSymbolIsNamedWithItsRemedy() {
    for friend in FalseFriend.symbols {
      let first = lex(Source(name: "s", text: "a \(friend.spelling) b")).diagnostics.first
      #expect(first?.code == "L109", "\(friend.spelling)")
      #expect(first?.helps.first == friend.remedy)
    }
  }
}

@Suite struct Suggestions {
  @Test func theNearestNameWins() {
    #expect(nearest(to: "epoch", among: ["batch", "epochs", "epsilon"]) == "epochs")
    #expect(nearest(to: "lenght", among: ["length", "len"]) == "length")
    #expect(nearest(to: "LogSumExp", among: ["log_sum_exp"]) == "log_sum_exp")
    #expect(nearest(to: "fti", among: ["fit", "fats"]) == "fit")
    #expect(nearest(to: "mean", among: ["median", "max"]) == nil)
    #expect(nearest(to: "x", among: ["y", "z"]) == nil)
    #expect(nearest(to: "x", among: ["X"]) == "X")
    #expect(nearest(to: "", among: ["a"]) == nil)
    #expect(nearest(to: "ab", among: ["ab"]) == nil)
    #expect(nearest(to: "cat", among: ["bat", "rat"]) == "bat")
  }

  @Test func distanceIsThatOfOptimalStringAlignment() {
    // Reference values: Boytsov 2011, Indexing methods for approximate dictionary searching.
    #expect(alignmentDistance(Array("kitten"), Array("sitting")) == 3)
    #expect(alignmentDistance(Array("ca"), Array("abc")) == 3)
    #expect(alignmentDistance(Array("ab"), Array("ba")) == 1)
    #expect(alignmentDistance([], Array("abc")) == 3)
  }

  @Test func falseFriendsOfNamesAndMembers() {
    #expect(FalseFriend.remedy(forName: "None") == "in Latent this is written `nothing`")
    #expect(FalseFriend.remedy(forName: "TRUE") == "in Latent this is written `true`")
    #expect(FalseFriend.remedy(forName: "fit") == nil)
    #expect(FalseFriend.remedy(forMember: "T") == "in Latent this is written `x'`")
    #expect(FalseFriend.remedy(forMember: "fit") == "in Latent this is written `fit(m, X)`")
    #expect(FalseFriend.remedy(forWord: "lambda") == "in Latent this is written `x => x + 1`")
  }
}
