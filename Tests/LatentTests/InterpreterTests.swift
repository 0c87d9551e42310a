// The embedding API: values in and out, output, names, several interpreters.

import Latent
import Testing

struct InterpreterTests {
  @Test func valuesGoInAndComeOut() throws {
    let latent = Interpreter()
    latent["x"] = .vector([1, 2, 3])
    latent["name"] = "latent"
    #expect(try latent.run("x[1] * 2").asNumber == 4)
    #expect(try latent.run("x + 1").asTensor?.values == [2, 3, 4])
    #expect(try latent.run("upper(name)").asText == "LATENT")
    let record = try latent.run("(a: 1, b: [\"x\"])")
    #expect(try record.member("a")?.asInteger == 1)
    #expect(try record.member("b")?.asList?.first?.asText == "x")
    try latent.run("y = 5; z = nothing")
    #expect(latent["y"]?.asInteger == 5)
    #expect(latent["z"]?.isNothing == true)
    #expect(latent["nosuch"] == nil)
    #expect(latent.ownNames == ["name", "x", "y", "z"])
    #expect(latent.names.contains("map"))
  }

  @Test func runReturnsTheLastExpression() throws {
    let latent = Interpreter()
    #expect(try latent.run("1; 2").asNumber == 2)
    #expect(try latent.run("1\n2;").isNothing)
    #expect(try latent.run("a = 3").isNothing)
    #expect(try latent.run("").isNothing)
    #expect(try latent.run("# only a comment").isNothing)
  }

  @Test func nothingRunsWhenTheCellIsWrong() throws {
    let console = CapturedConsole()
    let latent = Interpreter(console: console)
    let error = #expect(throws: Diagnostics.self) {
      try latent.run("print(1)\nx = nosuch\nlen(1, 2)\nprint(x)")
    }
    #expect(error?.all.map(\.code) == ["L301", "L305"])
    #expect(console.output.isEmpty)
    #expect(latent["x"] == nil)
    #expect(throws: Diagnostics.self) { try latent.run("print(1)\nx = = 2") }
    #expect(console.output.isEmpty)
  }

  @Test func outputIsCaptured() throws {
    let console = CapturedConsole()
    let latent = Interpreter(console: console)
    try latent.run("print(\"a\", 1, [1, 2])\nprint(\"oops\", to: \"stderr\")\nshow(\"q\")")
    #expect(console.output == "a 1 [1, 2]\n\"q\"\n")
    #expect(console.errors == "oops\n")
    #expect(console.shown.count == 1)
  }

  @Test func inputComesFromTheConsole() throws {
    let console = CapturedConsole()
    console.input = ["Ada"]
    let latent = Interpreter(console: console)
    #expect(try latent.run(#""hello {input("name? ")}""#).asText == "hello Ada")
    #expect(console.output == "name? ")
    let error = #expect(throws: Diagnostic.self) { try latent.run("input()") }
    #expect(error?.code == "L718")
  }

  @Test func unknownNamesInFunctionsWarnAtThePrompt() throws {
    let console = CapturedConsole()
    let prompt = Interpreter(console: console, mode: .prompt)
    try prompt.run("even(n) = if n == 0 { true } else { odd(n - 1) }")
    #expect(console.warnings.map(\.code) == ["L301"])
    let error = #expect(throws: Diagnostic.self) { try prompt.run("even(3)") }
    #expect(error?.code == "L303")
    try prompt.run("odd(n) = if n == 0 { false } else { even(n - 1) }")
    #expect(try prompt.run("even(10)").asBool == true)
    let file = Interpreter(mode: .file)
    #expect(throws: Diagnostics.self) { try file.run("f(n) = nosuch(n)") }
    // At top level it is an error everywhere.
    #expect(throws: Diagnostics.self) { try prompt.run("nosuch(1)") }
  }

  @Test func checkRunsNothing() {
    let console = CapturedConsole()
    let latent = Interpreter(console: console)
    #expect(latent.check("x = 1\nprint(x)\nf(a) = a + x\nf(2)").isEmpty)
    #expect(console.output.isEmpty)
    #expect(latent["x"] == nil)
    let found = latent.check("a = nosuch\nf(b) = b\nf(1, 2)\nlen = 3")
    #expect(Set(found.map(\.code)) == ["L301", "L305", "L313"])
    #expect(found.first { $0.code == "L313" }?.severity == .note)
  }

  @Test func definedFunctionsAreCheckedFromTheirDeclaration() throws {
    let latent = Interpreter()
    latent.define(
      Builtin(
        "scale", in: .mathematics, help: "Scales.",
        parameters: [.number("x"), .integer("times", in: 1...5, default: 2)], returns: .number
      ) { call in
        .number(try call.number("x") * Double(try call.integer("times")))
      })
    #expect(try latent.run("scale(3)").asNumber == 6)
    #expect(try latent.run("scale(3, times: 5)").asNumber == 15)
    #expect(try latent.call("scale", [4], named: ["times": 3]).asNumber == 12)
    let error = #expect(throws: Diagnostic.self) { try latent.run("scale(3, times: 9)") }
    #expect(error?.message == "`times` of `scale` must be an integer from 1 to 5, not 9")
    #expect(error?.primary.map { $0.source.position(of: $0.span.start).column } == 17)
    #expect(throws: Diagnostics.self) { try latent.run("scale(3, tims: 1)") }
    #expect(throws: Diagnostic.self) { try latent.call("scale", []) }
    #expect(throws: Diagnostic.self) { try latent.call("nosuch") }
  }

  @Test func divergencesTakeABar() throws {
    let latent = Interpreter()
    latent.define(
      Builtin(
        "kl", in: .distributions, help: "A stand-in.", parameters: [.number("a"), .number("b")],
        bar: .divergence
      ) { call in .number(try call.number("a") - (try call.number("b"))) })
    #expect(try latent.run("kl(3 || 1)").asNumber == 2)
    #expect(try latent.run("kl(3, 1)").asNumber == 2)
    #expect(throws: Diagnostics.self) { try latent.run("kl(3 | 1)") }
    #expect(throws: Diagnostics.self) { try latent.run("len([1] || [2])") }
  }

  @Test func languageFunctionsAreCalledFromSwift() throws {
    let latent = Interpreter()
    try latent.run("f(a, b: 10) = a + b\ng(x) = x / \"a\"")
    #expect(try latent.call("f", [1]).asNumber == 11)
    #expect(try latent.call("f", [1, 2]).asNumber == 3)
    #expect(try latent.call("f", [1], named: ["b": 5]).asNumber == 6)
    #expect(throws: Diagnostic.self) { try latent.call("f", []) }
    #expect(throws: Diagnostic.self) { try latent.call("g", [1]) }
  }

  @Test func aFailureOfABuiltinPointsAtItsArgument() throws {
    let latent = Interpreter()
    let error = #expect(throws: Diagnostic.self) { try latent.run("zz = 1\nnumber(\"x\" + \"y\")") }
    let label = try #require(error?.primary)
    #expect(label.source.text(in: label.span) == "\"x\" + \"y\"")
    #expect(label.source.position(of: label.span.start).line == 2)
  }

  @Test func tracesNameTheCallsInside() throws {
    let latent = Interpreter()
    let text = "f(x) = x / \"a\"\ng(x) = f(x)\nh(x) = map([x], g)\nh(1)"
    let error = #expect(throws: Diagnostic.self) { try latent.run(text, name: "cell 7") }
    #expect(
      error?.trace == [
        "f, called from cell 7 line 2", "map, called from cell 7 line 3",
        "h, called from cell 7 line 4",
      ])
  }

  @Test func aRecursionIsNamedOnce() throws {
    let error = #expect(throws: Diagnostic.self) {
      try Interpreter().run("f(n) = f(n + 1)\nf(0)", name: "a")
    }
    #expect(
      error?.trace == ["f, called from a line 1, again and again", "f, called from a line 2"])
  }

  @Test func seedsRepeatTheStream() throws {
    let latent = Interpreter()
    latent.define(
      Builtin("draw", in: .random, help: "A stand-in.", parameters: [.seed]) { call in
        let key = try call.randomKey()
        return .list([.number(Double(key.seed)), .number(Double(key.stream))])
      })
    let first = try latent.run("seed(4); [draw(), draw()]").display()
    #expect(first == "[[4, 1], [4, 2]]")
    #expect(try latent.run("seed(4); [draw(), draw()]").display() == first)
    #expect(try latent.run("draw(seed: 9)").display() == "[9, 0]")
    #expect(try latent.run("draw()").display() == "[4, 3]")
  }

  @Test func completenessIsTheParsers() {
    let latent = Interpreter()
    #expect(latent.completeness(of: "1 + 2") == .complete)
    if case .incomplete = latent.completeness(of: "f(x) = {") {} else { Issue.record("complete") }
    #expect(latent.completeness(of: "x = = 2") == .invalid)
  }

  @Test func linesCountFromTheFirstLineOfTheFile() throws {
    let error = #expect(throws: Diagnostic.self) {
      try Interpreter().run("x = 1\ny = 1 / \"a\"", name: "a.lvm", firstLine: 40)
    }
    #expect(error?.primary.map { $0.source.position(of: $0.span.start).line } == 41)
  }

  @Test func interpretersShareNothing() throws {
    let (one, two) = (Interpreter(), Interpreter())
    try one.run("x = 1; len = 5")
    #expect(two["x"] == nil)
    #expect(try two.run("len([1])").asNumber == 1)
  }
}
