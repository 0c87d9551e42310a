// Every production of the grammar, with the tree it gives and what it refuses.

import Testing

@testable import LatentSyntax

@Suite struct Grammar {
  @Test(arguments: [
    // Precedence, from loose to tight.
    ("a or b and c", "(or a (and b c))"),
    ("not a == b and c", "(and (not (a == b)) c)"),
    ("not not a", "(not (not a))"),
    ("a < b <= c != d in e", "(a < b <= c != d in e)"),
    ("1...4 |> sum == 10", "(((1 ... 4) |> sum) == 10)"),
    ("0..<n by 2", "(0 ..< n by 2)"),
    ("a + b...c - d by e * f", "((+ a b) ... (- c d) by (* e f))"),
    ("a - b - c", "(- (- a b) c)"),
    ("a + b * c @ d % e / f", "(+ a (/ (% (@ (* b c) d) e) f))"),
    ("-x^2", "(- (^ x 2))"),
    ("2^-1", "(^ 2 (- 1))"),
    ("2^3^2", "(^ 2 (^ 3 2))"),
    ("-+ -x", "(- (+ (- x)))"),
    ("-a * b", "(* (- a) b)"),
    ("log p(x|z)", "(log p(x | z))"),
    ("-log p(x)[0]", "(- (log p(x)[0]))"),
    ("log x + 1", "(+ (log x) 1)"),
    ("log(x)^2", "(^ log(x) 2)"),
    ("a @ b'", "(@ a b')"),
    ("a''", "a''"),
    ("f(x)'[0].y", "f(x)'[0].y"),
    ("5.shape", "5.shape"),
    // Calls, bars, records, arrays.
    ("f()", "f()"),
    ("f(a, b: 1,)", "f(a, b: 1)"),
    ("m.p(x: a | z: b)", "m.p(x: a | z: b)"),
    ("kl(q(z|x) || p(z))", "kl(q(z | x) || p(z))"),
    ("f(a, b | c, d,)", "f(a, b | c, d)"),
    ("(a)", "a"),
    ("(a + b) * c", "(* (+ a b) c)"),
    ("(a)(b)", "a(b)"),
    ("(a: 1)", "{a: 1}"),
    ("(a: 1, b: (c: 2),)", "{a: 1, b: {c: 2}}"),
    ("[]", "[]"),
    ("[1, [2],]", "[1, [2]]"),
    ("[x^2 for x in xs]", "[(^ x 2) for x in xs]"),
    ("[a for (a, b) in zip(x, y) if a > b]", "[a for a,b in zip(x, y) if (a > b)]"),
    ("true == false", "(true == false)"),
    ("nothing", "nothing"),
    // Functions.
    ("x => x + 1", "((x) => (+ x 1))"),
    ("() => 1", "(() => 1)"),
    ("(a, b: 2) => a", "((a, b: 2) => a)"),
    ("(a: 1) => a", "((a: 1) => a)"),
    ("x => y => { x }", "((x) => ((y) => { x }))"),
    ("map(xs, x => x |> f)", "map(xs, ((x) => (x |> f)))"),
    // Indices.
    ("x[:, 0]", "x[:, 0]"),
    ("x[..., -1]", "x[..., (- 1)]"),
    ("x[2...]", "x[2...]"),
    ("x[n - 1..., :]", "x[(- n 1)..., :]"),
    ("x[(a)...]", "x[a...]"),
    ("x[(a).b + 1..., 0]", "x[(+ a.b 1)..., 0]"),
    ("x[..<3, ...k]", "x[..<3, ...k]"),
    ("x[0..<3 by 2]", "x[(0 ..< 3 by 2)]"),
    ("x[y[1...]]", "x[y[1...]]"),
    ("x[\"a\"]", "x[\"a\"]"),
    // If.
    ("if a { b }", "(if a { b })"),
    ("if f(x) { }", "(if f(x) {  })"),
    ("x = if a { 1 } else if b { 2 } else { 3 }", "x = (if a { 1 } else (if b { 2 } else { 3 }))"),
    ("if a { b } else { c }(d)", "(if a { b } else { c })(d)"),
    ("v |> sample(16) |> images(columns: 4)", "((v |> sample(16)) |> images(columns: 4))"),
    // Words that are names elsewhere.
    (
      "by = 1; within = by; fails = log; param = model; shared = 2",
      "by = 1; / within = by; / fails = log; / param = model; / shared = 2"
    ),
    ("model = vae(latent: 2)", "model = vae(latent: 2)"),
    ("model(x)", "model(x)"),
    ("é = e\u{301}", "é = é"),
    // Statements.
    ("use m", "use m"),
    ("import \"a.lvm\"", "import a.lvm"),
    ("f(x, y: 2) = x + y", "def f(x, y: 2) = (+ x y)"),
    ("f() = { return; return 1 }", "def f() = { return;; return 1 }"),
    ("a = 1", "a = 1"),
    ("a[0].b[1, :] += 1", "a[0].b[1, :] += 1"),
    ("a -= 1; a *= 2; a /= 3", "a -= 1; / a *= 2; / a /= 3"),
    ("(a, b) = v", "(a, b) = v"),
    ("(a, b) += v", "(a, b) += v"),
    ("(m, s) ~ q(z|x)", "(m, s) ~ q(z | x)"),
    ("z ~ q(z|x)", "z ~ q(z | x)"),
    ("check a", "check a"),
    ("check a == b within 1e-6 * 2", "check (a == b) within (* 1e-06 2)"),
    ("check f(x) fails", "check f(x) fails "),
    ("check f(x) fails \"text\"", "check f(x) fails text"),
    ("for i in 0..<3 { print(i); break }", "for i in (0 ..< 3) { print(i);; break }"),
    ("for (i, x) in enumerate(xs) { continue }", "for i,x in enumerate(xs) { continue }"),
    ("while true { }", "while true {  }"),
    ("x; y;", "x; / y;"),
    ("", ""),
    // Models.
    ("model m { }", "model m() {  }"),
    ("model m(K, d: 2) { a = 1; f(x) = x }", "model m(K, d: 2) { a = 1; def f(x) = x }"),
    (
      "model m { shared p(t) = beta(1, 1)\n param s: unit = 0.5\n param t }",
      "model m() { shared def p(t) = beta(1, 1); param s: unit[] = 0.5; param t }"
    ),
    ("model m { p(x, y|z, w) = f(z) }", "model m() { def p(x, y) | z, w = f(z) }"),
    (
      "model m { shared = 2; param = 3; (a, b) = v }",
      "model m() { shared = 2; param = 3; (a, b) = v }"
    ),
  ])
  func accepts(_ text: String, _ expected: String) {
    #expect(sketch(text) == expected)
    #expect(parsed(text).completeness == .complete)
  }

  @Test(arguments: [
    ("a +", "L201"), ("* a", "L201"), ("f(|z)", "L220"), ("f(a,|z)", "L220"), ("f(,)", "L201"),
    ("f(a | b | c)", "L220"), ("(a | b)", "L220"), ("f(a|)", "L201"), ("a | b", "L220"),
    ("()", "L207"), ("(a,)", "L207"), ("(a: 1, 2)", "L207"), ("x = (a, b)", "L207"),
    ("(a, b,) => a", "L209"), ("(1) => a", "L209"), ("1 => a", "L205"), ("1 + (x) => x", "L205"),
    ("x[]", "L201"), ("x[1,]", "L201"), ("x[a and b...]", "L201"), ("(a...)", "L201"),
    ("[a for x in xs, b]", "L205"), ("[a for x]", "L205"), ("[,]", "L201"),
    ("1...2...3", "L205"), ("a by 2", "L202"), ("x |> f + 1", "L205"), ("log p(x)^2", "L205"),
    ("a == not b", "L201"), ("if a b", "L206"), ("if a { b } else c", "L206"),
    ("{ 1 }", "L201"), ("f(x) { 1 }", "L205"), ("a.1", "L202"), ("a.if", "L211"),
    ("use", "L201"), ("import x", "L221"), ("import \"{x}\"", "L221"), ("f(x + 1) = 2", "L209"),
    ("f((x)) = 2", "L209"), ("f(x)(y) = 2", "L209"), ("(f)(x) = 2", "L208"), ("f(x) += 2", "L208"),
    ("f(x)[0] = 2", "L208"), ("(a) = 2", "L208"), ("(a, b,) = v", "L208"),
    ("(a, b[0]) = v", "L208"),
    ("1 = a", "L208"), ("a = b = c", "L217"), ("a ~ b ~ c", "L205"), ("f(x) ~ d", "L208"),
    ("check", "L201"), ("check a within", "L201"), ("for x { }", "L205"),
    ("for (x) in y { }", "L212"),
    ("for x in y", "L206"), ("while { }", "L214"), ("break 1", "L202"), ("a;;", "L218"),
    (";a", "L218"), ("a;\n;b", "L218"), ("p(x|z) = 1", "L210"), ("f(x||z) = 1", "L209"),
    ("model m", "L206"), ("model m { a }", "L219"), ("model m { check a }", "L219"),
    ("model m { shared a = 1 }", "L219"), ("model m { param p: real[] }", "L201"),
    ("model m { p(x|1) = 2 }", "L209"), ("model m { p(x|z: 2) = 2 }", "L209"),
    ("model m(1) { }", "L209"), ("model m { z ~ d }", "L219"),
    ("model m { f(x) = { p(a|b) = 1 } }", "L210"),
    ("in = 3", "L211"), ("f(and: 1)", "L211"), ("true = 3", "L211"), ("a)", "L204"),
    ("(a]", "L204"),
    ("}", "L204"), ("a }", "L204"), ("a not b", "L202"), ("xs |> x => x", "L205"),
  ])
  func refuses(_ text: String, _ code: String) {
    let result = parsed(text)
    #expect(result.diagnostics.first?.code == code)
    #expect(result.completeness != .complete)
  }

  @Test func spansCoverWhatTheyName() {
    let text = "é = f(a, [1, 2])[0]' + (b |> g)"
    let source = Source(name: "s", text: text)
    let statement = parse(source).program.statements.first
    guard case .assign(let target, .set, let value)? = statement?.kind,
      case .binary(.add, let left, let right, let sign) = value.kind
    else {
      Issue.record("not the tree expected")
      return
    }
    #expect(source.text(in: target.span) == "é")
    #expect(source.text(in: left.span) == "f(a, [1, 2])[0]'")
    #expect(source.text(in: right.span) == "(b |> g)")
    #expect(source.text(in: sign) == "+")
    #expect(statement.map { source.text(in: $0.span) } == text[...])
  }

  @Test func helpLinesBelongToTheDefinitionBelow() {
    let text = """
      ## One.
      ##
      ##   Two.
      f(x) = x
      ## Lost: a blank line follows.

      g(x) = x
      model m {
        ## Weights.
        param w: real
      } ## behind code
      h(x) = x
      """
    let statements = parsed(text).program.statements
    #expect(statements.map(\.documentation) == ["One.\n\n  Two.", nil, nil, nil])
    guard case .model(let model)? = statements.dropFirst(2).first?.kind else {
      Issue.record("no model")
      return
    }
    #expect(model.clauses.map(\.documentation) == ["Weights."])
  }
}
