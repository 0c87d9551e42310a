// The layout of diagnostics: gutters, several labels and sources, tabs and wide characters, styles.

import Testing

@testable import LatentSyntax

@Suite struct Rendering {
  let plain = DiagnosticRenderer(style: .plain)

  func place(_ source: Source, _ part: String, _ text: String = "") -> Diagnostic.Label {
    guard let range = source.text.range(of: part) else { return .init(source, Span(0, 0), text) }
    let start = source.text.utf8.distance(from: source.text.startIndex, to: range.lowerBound)
    return .init(source, Span(start, start + part.utf8.count), text)
  }

  @Test func theExampleOfTheDesign() {
    let source = Source(
      name: "notebooks/vae.lvm", text: "v = fit(digit_vae(), X, epoch: 10)", firstLine: 21)
    let diagnostic = Diagnostic(
      "L302", "`fit` has no parameter `epoch`", at: place(source, "epoch", "unknown parameter"),
      helps: ["the nearest name is `epochs` (how many passes over the data, an integer from 0)"])
    #expect(
      plain.render(diagnostic) == """
        error[L302]: `fit` has no parameter `epoch`
          --> notebooks/vae.lvm:21:25
        21 | v = fit(digit_vae(), X, epoch: 10)
           |                         ^^^^^ unknown parameter
           = help: the nearest name is `epochs` (how many passes over the data, an integer from 0)
        """)
  }

  @Test func labelsOnSeveralLinesAndATrace() {
    let source = Source(
      name: "cell 3", text: "  p(x|z) = bernoulli(logits: dec(z))\n\nv = fit(m, X)", firstLine: 9)
    var diagnostic = Diagnostic(
      "L512", "`p(x|z)` gives 784 numbers per row but the data have 64",
      at: place(source, "X", "table of 1797 rows, 64 columns"),
      secondary: [place(source, "bernoulli(logits: dec(z))", "784, from `d`")], notes: ["a note"])
    diagnostic.trace = ["fit, called from cell 3 line 11"]
    #expect(
      plain.render(diagnostic) == """
        error[L512]: `p(x|z)` gives 784 numbers per row but the data have 64
          --> cell 3:11:12
         9 |   p(x|z) = bernoulli(logits: dec(z))
           |            ------------------------- 784, from `d`
        11 | v = fit(m, X)
           |            ^ table of 1797 rows, 64 columns
           = note: a note
           = trace: fit, called from cell 3 line 11
        """)
  }

  @Test func tabsWideCharactersAndMarksKeepTheCaretsInPlace() {
    let source = Source(name: "s", text: "\tx = \"日本😀e\u{301}\" + bad\u{1B} + y")
    let text = plain.render(Diagnostic("L101", "m", at: place(source, "bad")))
    #expect(
      text == "error[L101]: m\n --> s:1:15\n1 |     x = \"日本😀e\u{301}\" + bad\u{FFFD} + y\n"
        + "  |                     ^^^")
  }

  @Test func aSpanOverLinesIsMarkedOnItsFirst() {
    let source = Source(name: "s", text: "a\nf(x,\n  y,\n  z)\nb")
    #expect(
      plain.render(Diagnostic("L401", "m", at: place(source, "f(x,\n  y,\n  z)", "here"))) == """
        error[L401]: m
         --> s:2:1
        2 | f(x,
          | ^^^^ … to line 4, here
        """)
  }

  @Test func anotherSourceGetsItsOwnHead() {
    let source = Source(name: "a", text: "x = 1")
    let other = Source(name: "b", text: "y = 2")
    let diagnostic = Diagnostic(
      "L301", "m", severity: .warning, at: place(source, "x"),
      secondary: [place(other, "2", "there")])
    #expect(
      plain.render(diagnostic) == """
        warning[L301]: m
         --> a:1:1
        1 | x = 1
          | ^
         ::: b:1
        1 | y = 2
          |     - there
        """)
  }

  @Test func longLinesAreShownInPart() {
    let source = Source(
      name: "s",
      text: String(repeating: "日a ", count: 200) + "bad" + String(repeating: " b", count: 200))
    let lines = plain.render(Diagnostic("L401", "m", at: place(source, "bad"))).split(
      separator: "\n")
    #expect(lines.count == 4)
    let column = { (line: Substring, part: String) in
      line.range(of: part).map { DisplayWidth.shown(line[..<$0.lowerBound]).width }
    }
    #expect(column(lines[2], "bad") == column(lines[3], "^^^"))
    #expect(DisplayWidth.shown(lines[2]).width < 170)
  }

  @Test func withoutAPlaceAndAtTheEnd() {
    #expect(
      plain.render(Diagnostic("L701", "m", helps: ["h\ni"]))
        == "error[L701]: m\n  = help: h\n          i")
    let source = Source(name: "s", text: "a\n")
    #expect(
      plain.render(Diagnostic("L201", "m", at: .init(source, Span(99, 120))))
        == "error[L201]: m\n --> s:2:1\n2 |\n  | ^")
  }

  @Test func stylesDifferInPaintOnly() {
    let source = Source(name: "s<1>", text: "a < \"b\" && c")
    let diagnostic = Diagnostic(
      "L109", "`&&` <is> not", at: place(source, "&&", "x < y"), helps: ["a & b"])
    let expected = plain.render(diagnostic)
    let ansi = DiagnosticRenderer(style: .ansi).render(diagnostic)
    #expect(ansi.hasPrefix("\u{1B}[1;31merror[L109]\u{1B}[0m"))
    #expect(ansi.replacing(/\u{1B}\[[0-9;]*m/, with: "") == expected)
    let html = DiagnosticRenderer(style: .html).render(diagnostic)
    #expect(html.hasPrefix("<pre class=\"latent-diagnostic\"><span class=\"latent-error\">"))
    let bare = html.replacing(/<[^>]*>/, with: "").replacing("&lt;", with: "<")
      .replacing("&gt;", with: ">").replacing("&quot;", with: "\"").replacing("&amp;", with: "&")
    #expect(bare == expected)
  }
}
