// The canonical form, example by example.

import Testing

@testable import LatentSyntax

func formatted(_ text: String) throws -> String {
  try format(Source(name: "test.lvm", text: text))
}

@Suite struct Format {
  @Test(
    arguments: [
      ("", ""), ("\n\n  \n", ""), ("x", "x\n"), ("\u{FEFF}x", "x\n"), ("x ;y\r\n", "x; y\n"),
      ("x=1 # one  ", "x = 1  # one\n"), ("#a\n\n\n\n# b\nx", "#a\n\n# b\nx\n"),
      ("x\n\n\n\ny\n# end\n\n", "x\n\ny\n# end\n"),
      // Spacing.
      ("a+b*-c ^ 2 @ d '", nil), ("a+b*-c ^ 2 @ d'", "a + b * -c^2 @ d'\n"),
      ("- - x", nil), ("--x", "--x\n"), ("a = 0 ..< n by - 2", "a = 0..<n by -2\n"),
      ("x[ : , 0,... ,..<3 , 2 ... ]", "x[:, 0, ..., ..<3, 2...]\n"),
      ("f ( a , b :1 , ) . c", "f(a, b: 1,).c\n"), ("( a:1 )", "(a: 1)\n"),
      ("p( x | z )", "p(x|z)\n"), ("m.p(x:a|z:b)", "m.p(x: a | z: b)\n"),
      ("kl(q(z | x)||p(z))", "kl(q(z|x) || p(z))\n"), ("log  p(x,y|z)", "log p(x, y|z)\n"),
      ("log (x)", "log(x)\n"), ("f(log\n\np(x))", "f(log p(x))\n"),
      ("1..<5 by(2)", "1..<5 by (2)\n"),
      ("check(a)==b within(1e-6)", "check (a) == b within (1e-6)\n"),
      ("check f(x)fails\"no\"", "check f(x) fails \"no\"\n"),
      ("if(a){1}else{2}", "if (a) { 1 } else { 2 }\n"), ("while true {}", "while true { }\n"),
      ("a = x=>x+1", "a = x => x + 1\n"), ("( a,b )=v", "(a, b) = v\n"),
      ("not(a in b)and c", "not (a in b) and c\n"), ("[x^2for x in xs if x>0]", nil),
      ("[x^2 for(a,b)in xs if(a)>0]", "[x^2 for (a, b) in xs if (a) > 0]\n"),
      ("import\"a.lvm\"", "import \"a.lvm\"\n"), ("f(x)(y)[0]''.T", "f(x)(y)[0]''.T\n"),
      // What is written stays: spellings, escapes, parentheses, blocks of text.
      ("1_000 + .50 + 1E+06", "1_000 + .50 + 1E+06\n"),
      (#""a\u{41}{ x:.2f}{{""#, #""a\u{41}{ x:.2f}{{""# + "\n"),
      ("f(\"\"\"\n   a  \n  b\"\"\",1)", "f(\"\"\"\n   a  \n  b\"\"\", 1)\n"),
      // Lines.
      ("{ }", nil), ("f(x)={\n\nx\n\n}", "f(x) = {\n  x\n}\n"),
      ("if a { b }\nelse { c }", "if a { b } else { c }\n"),
      ("if a { b } # no\nelse { c }", "if a { b }  # no\nelse { c }\n"),
      ("x = a +\nb", "x = a +\n  b\n"), ("v\n|> f\n|> g", "v\n  |> f\n  |> g\n"),
      ("x = [[1,0],\n     [0,1]]", "x = [\n  [1, 0],\n  [0, 1]\n]\n"),
      ("f(\na)", "f(\n  a\n)\n"), ("f(a\n)", "f(a)\n"), ("f(a,b\n# c\n)", "f(\n  a, b\n  # c\n)\n"),
      ("map(xs,x=>{\nx+1\n})", "map(xs, x => {\n  x + 1\n})\n"),
      ("f( # why\na)", "f(  # why\n  a\n)\n"),
      ("for i in xs{\n## no\n  # c\n}", "for i in xs {\n  ## no\n  # c\n}\n"),
      ("a = 1 # x\nlong = 2 # y\n\nb # z", "a = 1     # x\nlong = 2  # y\n\nb  # z\n"),
      ("x\n  # %% no marker\n# %% marker\ny", "x\n  # %% no marker\n# %% marker\ny\n"),
    ] as [(String, String?)]) func example(_ source: String, _ expected: String?) throws
  {
    guard let expected else {
      #expect(throws: Diagnostics.self) { try formatted(source) }
      return
    }
    #expect(try formatted(source) == expected)
    #expect(try formatted(expected) == expected)
  }

  @Test func modelBlocks() throws {
    let source = "model m(K,d:2){param w:real[K,d]=0;shared p(t)=beta(1,1)\np(x|t)=f(t)}"
    #expect(
      try formatted(source) == """
        model m(K, d: 2) {
          param w: real[K, d] = 0; shared p(t) = beta(1, 1)
          p(x|t) = f(t)
        }

        """)
  }

  @Test func longLinesBreakInBrackets() throws {
    let argument = "a_long_argument_name"
    let call = "result = f(" + (0..<5).map { "\(argument)\($0)" }.joined(separator: ", ") + ")"
    #expect(
      try formatted(call)
        == "result = f(\n" + (0..<5).map { "  \(argument)\($0)" }.joined(separator: ",\n")
        + "\n)\n")
    let numbers = "xs = [" + (0..<60).map(String.init).joined(separator: ", ") + "]"
    let lines = try formatted(numbers).split(separator: "\n")
    #expect(lines.count == 5)
    #expect(lines.allSatisfy { $0.count <= 100 })
    // 87 columns of it and the tail behind it decide, not the bracket alone.
    let text = String(repeating: "x", count: 80)
    let fits = "f(\(text), b) + abcdefghijk"
    #expect(fits.count == 100)
    #expect(try formatted(fits) == fits + "\n")
    #expect(try formatted(fits + "o") == "f(\(text), b) +\n  abcdefghijko\n")
    let lone = "print(\"\(text)\(text)\")\n"
    #expect(try formatted(lone) == lone)
    let block = "g(x) = { \(text); abcdefghijklmn }"
    #expect(try formatted(block) == "g(x) = {\n  \(text);\n  abcdefghijklmn\n}\n")
  }

  @Test func mistakesAreRefused() {
    #expect(throws: Diagnostics.self) { try formatted("x = (1") }
    do {
      _ = try formatted("a b\nc d")
    } catch let error as Diagnostics {
      #expect(error.all.map(\.code) == ["L202", "L202"])
    } catch {
      Issue.record("\(error)")
    }
  }
}
