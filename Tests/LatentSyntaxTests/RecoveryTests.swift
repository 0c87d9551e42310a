// After a mistake the parser goes on, and it survives whatever it is given.

import Foundation
import LatentTestSupport
import Testing

@testable import LatentSyntax

@Suite struct Recovery {
  @Test(arguments: [
    ("x = 1", Completeness.complete), ("# comment", .complete), ("", .complete),
    ("f(", .incomplete(indent: 2)), ("f(a,\n  g(b,", .incomplete(indent: 4)),
    ("f(g(", .incomplete(indent: 2)), ("x = 1 +", .incomplete(indent: 2)),
    ("x =", .incomplete(indent: 2)), ("a and", .incomplete(indent: 2)),
    ("if a {", .incomplete(indent: 2)), ("if a {\n  b +", .incomplete(indent: 4)),
    ("if a {\n  f(x => {", .incomplete(indent: 4)), ("for i in xs", .incomplete(indent: 0)),
    ("model gmm(K, d) {\n  param pi: simplex[K]\n", .incomplete(indent: 2)),
    ("s = \"\"\"\n abc", .incomplete(indent: 0)), ("[1, 2,", .incomplete(indent: 2)),
    ("p(x|z", .incomplete(indent: 2)), ("check", .incomplete(indent: 0)),
    ("a b", .invalid), ("x = = 2\nf(", .invalid), ("print(\"a", .invalid), ("f(a))", .invalid),
    ("x = (1]", .invalid),
  ])
  func completeness(_ text: String, _ verdict: Completeness) {
    #expect(parsed(text).completeness == verdict)
  }

  @Test func severalErrorsAreReportedOnceALine() {
    let text = """
      x = = 2
      good = 1
      y = f(a b, c d)
      z = [1, 2
      w = (1, 2)
      if a { q = = 3 }
      print(ok)
      v = 3 +* 4 ++ 5
      """
    let result = parsed(text)
    let lines = result.diagnostics.compactMap { diagnostic in
      diagnostic.primary.map { $0.source.position(of: $0.span.start).line }
    }
    #expect(lines == [1, 3, 4, 5, 6, 8])
    #expect(
      result.program.statements.map(\.sketch) == [
        "<error>", "good = 1", "y = f(a, b, c, d)", "z = [1, 2]", "w = [1, 2]",
        "(if a { <error> })", "print(ok)", "<error>",
      ])
  }

  @Test func aMissingCloserDoesNotSwallowTheProgram() {
    #expect(
      parsed("f(a, b\ny = 3\nz = 4").program.statements.map(\.sketch) == [
        "f(a, b)", "y = 3", "z = 4",
      ])
    #expect(codes("x = [f(1, 2\nwhile a { print(i) }\ny = = 2") == ["L203", "L201"])
    #expect(codes("f(x) = {\n g(1\n h(x) = 2\n}\nq = )") == ["L203", "L201"])
  }

  @Test func atMostTwentyDiagnostics() {
    let text = (0..<100).map { "x\($0) = = 1" }.joined(separator: "\n")
    #expect(parsed(text).diagnostics.count == 20)
    #expect(parsed(text).program.statements.count == 100)
  }

  @Test func blocksInTheStyleOfPythonAreOneMistake() {
    let text = """
      for i in range(3):
          x = i
          if x:
              y = 2
      z = 3
      """
    #expect(codes(text) == ["L214"])
    #expect(parsed(text).program.statements.map(\.sketch) == ["<error>", "z = 3"])
  }

  // MARK: - Limits

  /// Runs on a thread with the smallest stack anybody gives us.
  private func onSmallStack(_ body: @escaping @Sendable () -> Void) {
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      body()
      done.signal()
    }
    thread.stackSize = 512 * 1024
    thread.start()
    done.wait()
  }

  static let nests: [(String, String, String)] = [
    ("(", "1", ")"), ("[", "1", "]"), ("f(", "1", ")"), ("x[", "1", "]"), ("-", "1", ""),
    ("not ", "a", ""), ("2^", "1", ""), ("x => ", "x", ""), ("if a { ", "b", " }"),
    ("if a { } else ", "{ }", ""), ("(a: ", "1", ")"), ("while a { ", "b", " }"),
    ("f(x) = { ", "b", " }"), ("1 + (", "1", ")"), ("a |> f(", "1", ")"), ("\"{", "1", "}\""),
    ("f(x => {", "1", "})"), ("not (a == -f(x)[", "1", "].b^2)"), ("{", "", "}"),
    ("[a for a in ", "b", "]"), ("", "a", " + a"), ("", "a", ".b"), ("", "a", "(1)"),
    ("", "a", " |> f"), ("", "a", " and a"), ("", "a", "'"),
  ]

  @Test(arguments: nests.indices)
  func deepNestingIsAnOrdinaryError(_ index: Int) {
    let (open, middle, close) = Self.nests[index]
    onSmallStack {
      for count in [20, 45, 47, 48, 49, 51, 199, 201, 400, 10_000] {
        let text =
          String(repeating: open, count: count) + middle + String(repeating: close, count: count)
        let result = parsed(text)
        if count >= 400 { #expect(!result.diagnostics.isEmpty) }
        #expect(result.diagnostics.count <= 20)
      }
      _ = parsed(String(repeating: open, count: 10_000))
      _ = parsed(String(repeating: close, count: 10_000))
    }
  }

  @Test func longIsNotDeep() {
    let sum = (0..<150).map { "x[\($0)] * -log p(y)" }.joined(separator: " + ")
    #expect(codes(sum).isEmpty)
    let list = "[" + String(repeating: "(a) + -f(b), ", count: 3000) + "1]"
    #expect(codes(list).isEmpty)
    let lines = String(repeating: "(a)(b) + [c]\nif a { (b)(c) }\n", count: 1000)
    #expect(codes(lines).isEmpty)
    #expect(codes("\"" + String(repeating: "{x + 1}", count: 1000) + "\"").isEmpty)
    #expect(
      codes("f(" + String(repeating: "[", count: 40) + String(repeating: "]", count: 40) + ")")
        .isEmpty)
    let chain = String(repeating: "if a { b } else ", count: 150) + "{ c }"
    #expect(codes(chain).isEmpty)
  }

  // MARK: - Fuzz

  static let seeds: [String] =
    Examples.tour.components(separatedBy: "# %%") + [
      "f(x, y: 2) = { if x > 0 { return [a for (a, b) in xs if a] } else { y } }\nz = f(1)'[2...]",
      "s = \"\"\"\n  a {x:.2f}\n  {f(\"b\")} \\u{3b8}\n  \"\"\"\nwhile not a and b in c { d += 1; break }",
      "## help\nmodel m(K) {\n  shared p(w) = f(1)\n  q(z|x) = { (a, b) = g(x); h(a, b) }\n}",
    ]

  static let splices = [
    "(", ")", "[", "]", "{", "}", "\"", "\"\"\"", "'", ":", ",", ";", "|", "||", "=", "=>", "~",
    "\n", "...", "..<", "not ", " in ", "else", "def ", "\\", "{{", "\u{301}", "é", "#", "1e", "\0",
    "model x", "log ", "check ", "&&", "<- ", ".", "\r\n", "  ", "5.", "日本",
  ]

  @Test func mutatedProgramsNeitherCrashNorHang() {
    var dice = SeededGenerator(state: 20_241)
    let renderer = DiagnosticRenderer(style: .plain)
    let clock = ContinuousClock()
    var rejected = 0
    let time = clock.measure {
      for _ in 0..<5000 {
        var text = Array(Self.seeds.randomElement(using: &dice) ?? "")
        for _ in 0..<Int.random(in: 1...4, using: &dice) where !text.isEmpty {
          let at = Int.random(in: 0..<text.count, using: &dice)
          let end = min(text.count, at + Int.random(in: 0...8, using: &dice))
          switch Int.random(in: 0..<4, using: &dice) {
          case 0: text.removeSubrange(at..<end)
          case 1: text.insert(contentsOf: text[at..<end], at: 0)
          case 2: text.removeSubrange(end...)
          default: text.insert(contentsOf: Self.splices.randomElement(using: &dice) ?? "", at: at)
          }
        }
        let result = parsed(String(text))
        if result.diagnostics.isEmpty != (result.completeness == .complete) {
          Issue.record("verdict and diagnostics disagree: \(String(text))")
        }
        let holdsError = result.program.statements.contains { $0.sketch.contains("<error>") }
        if holdsError, result.diagnostics.isEmpty {
          Issue.record("an error node without a diagnostic: \(String(text))")
        }
        if let first = result.diagnostics.first {
          rejected += 1
          if renderer.render(first).isEmpty { Issue.record("nothing rendered") }
        }
      }
    }
    #expect(rejected > 2000)
    #expect(time < .seconds(60))
  }
}
