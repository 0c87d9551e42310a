// What completion sees before the cursor.

import Testing

@testable import LatentREPL

struct CursorContextTests {
  @Test(arguments: [
    ("", ""), ("fi", "fi"), ("x = fi", "fi"), ("f(a, ep", "ep"), ("x + ", ""), ("\\the", "\\the"),
    ("größ", "größ"), ("[a for b", "b"), ("1 + x2", "x2"),
  ]) func word(_ text: String, _ word: String) {
    let context = CursorContext(text)
    #expect(context.word == word)
    #expect(context.memberPath == nil)
  }

  @Test(arguments: [
    ("m.", ["m"], ""), ("m.hist", ["m"], "hist"), ("x = m.history.el", ["m", "history"], "el"),
    ("f(m.the", ["m"], "the"), ("a.b + c.d", ["c"], "d"),
  ]) func members(_ text: String, _ path: [String], _ word: String) {
    let context = CursorContext(text)
    #expect(context.memberPath == path)
    #expect(context.word == word)
  }

  @Test(arguments: ["0..<n", "1...n", "x[2...k", "f(x).m", "[1].m"])
  func dotsThatAreNoMembersOfAName(_ text: String) {
    #expect(CursorContext(text).memberPath == nil)
  }

  @Test(arguments: [
    ("fit(", "fit"), ("fit(m, ", "fit"), ("fit(g(1), ", "fit"),
    ("fit(m, [1, 2], (a: 1), ep", "fit"),
    ("m.p(", "m.p"), ("x = fit(\n  m,\n  ", "fit"), ("fit(\"a)\", ", "fit"), ("f(g(", "g"),
  ]) func calls(_ text: String, _ callee: String) {
    #expect(CursorContext(text).callee == callee)
  }

  @Test(arguments: ["fit(m)", "(1 + ", "[fit", "fit(m, [", "x = (a: ", "fit(m); y"])
  func outsideOfCalls(_ text: String) {
    #expect(CursorContext(text).callee == nil)
  }

  @Test func namedArgumentsGivenAlready() {
    let context = CursorContext("fit(m, epochs: 3, lr: f(seed: 1), ")
    #expect(context.namedArguments == ["epochs", "lr"])
  }

  @Test(arguments: [
    ("load(\"da", true), ("\"a\" ", false), ("\"a\\\"b", true), ("\"got {na", false),
    ("\"got {name} and", true), ("\"a {{b", true), ("# \"x", false),
  ]) func texts(_ text: String, _ isInText: Bool) {
    #expect(CursorContext(text).isInText == isInText)
  }

  @Test func comments() {
    #expect(CursorContext("x # fi").isInComment)
    #expect(!CursorContext("x # fi\ny").isInComment)
    #expect(!CursorContext("\"#\" + y").isInComment)
  }
}
