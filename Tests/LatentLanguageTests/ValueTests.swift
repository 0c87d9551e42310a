// Values: display that reads back, equality, copying, and the hooks of library kinds.

import LatentSyntax
import LatentTensor
import Testing

@testable import LatentLanguage

/// Stands for a library kind that knows its error: takes part in arithmetic with its mean.
private final class Measured: Object {
  let mean: Double
  init(_ mean: Double) {
    self.mean = mean
    super.init()
  }
  override var kind: String { "estimate" }
  override var standIn: Value? { .number(mean) }
  override var memberNames: [String] { ["mean"] }
  override func member(_ name: String) throws -> Value? { name == "mean" ? .number(mean) : nil }
}

/// Stands for a symbolic tensor: records what is done with it.
private final class Symbol: Object {
  let name: String
  init(_ name: String) {
    self.name = name
    super.init()
  }
  override var takesPartAsTensor: Bool { true }

  override func arithmetic(
    _ operation: BinaryOperator, _ other: Value, reversed: Bool
  ) throws -> Value? {
    let text = (other.object as? Symbol)?.name ?? other.display()
    let parts = reversed ? [text, name] : [name, text]
    return .object(Symbol("(\(parts.joined(separator: " \(operation.rawValue) ")))"))
  }

  override func negated() throws -> Value? { .object(Symbol("-\(name)")) }
  override func transposed() throws -> Value? { .object(Symbol("\(name)'")) }
  override func index(_ items: [Subscript]) throws -> Value { .object(Symbol("\(name)[…]")) }
  override func display(_ style: DisplayStyle) -> String { name }
}

struct ValueTests {
  private func runtime() -> Runtime { Runtime(console: CapturedConsole()) }

  private func run(_ text: String, in runtime: Runtime) throws -> Value {
    try runtime.run(Source(name: "test", text: text), mode: .file, directory: ".")
  }

  @Test func displaysReadBack() throws {
    let runtime = runtime()
    for text in [
      "6", "0.1", "-2.5", "1e300", "true", "nothing", "\"a {{b}} \\\"c\\\" \\n\"",
      "[1, \"a\", [true]]", "(a: 1, b: (c: \"x\"))", "0..<5", "1...9 by 2", "[1, 2.5]", "[]",
      "[(a: 1), nothing]",
    ] {
      let value = try run(text, in: runtime)
      #expect(value.display() == text)
      #expect(try run(value.display(), in: runtime).isSame(as: value))
    }
  }

  @Test func longListsAreShortened() throws {
    let list = Value.list((0..<100).map { .text("item \($0)") })
    let text = list.display(DisplayStyle(width: 60, items: 5))
    #expect(text.contains("… 95 more"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 60 })
    var deep = Value.list([.text("end")])
    for _ in 0..<20 { deep = .list([deep, .text("")]) }
    #expect(deep.display(DisplayStyle(levels: 2)) == "[[[…], \"\"], \"\"]")
  }

  @Test func estimatesTakePartWithTheirMean() throws {
    let runtime = runtime()
    try runtime.set("m", to: .object(Measured(2)))
    #expect(try run("m + 1", in: runtime).asNumber == 3)
    #expect(try run("10 - m", in: runtime).asNumber == 8)
    #expect(try run("m * [1, 2]", in: runtime).asTensor?.values == [2, 4])
    #expect(try run("m < 3", in: runtime).asBool == true)
    #expect(try run("m == 2", in: runtime).asBool == true)
    #expect(try run("-m", in: runtime).asNumber == -2)
    #expect(try run("m.mean", in: runtime).asNumber == 2)
    #expect(try run("check m == 2.05 within 0.1", in: runtime).isNothing)
  }

  @Test func symbolsSeeEveryOperation() throws {
    let runtime = runtime()
    try runtime.set("x", to: .object(Symbol("x")))
    try runtime.set("y", to: .object(Symbol("y")))
    let shown = try run("f(a) = -(2 * a + y) ^ 2 / a[0] - a'; f(x)", in: runtime).display()
    #expect(shown == "((-(((2 * x) + y) ^ 2) / x[…]) - x')")
    #expect(try run("x + y", in: runtime).display() == "(x + y)")
    #expect(try run("2 * x", in: runtime).display() == "(2 * x)")
    #expect(try run("x @ y'", in: runtime).display() == "(x @ y')")
    #expect(try run("-x", in: runtime).display() == "-x")
    #expect(try run("x[0, 1...]", in: runtime).display() == "x[…]")
  }

  @Test func writingCopiesOnlyWhatIsShared() throws {
    let runtime = runtime()
    _ = try run("v = [\"a\", \"b\"]", in: runtime)
    let before = runtime["v"]?.object.map(ObjectIdentifier.init)
    _ = try run("v[0] = \"c\"", in: runtime)
    #expect(runtime["v"]?.object.map(ObjectIdentifier.init) == before)
    let held = runtime["v"]
    _ = try run("v[0] = \"d\"", in: runtime)
    #expect(runtime["v"]?.object.map(ObjectIdentifier.init) != before)
    #expect(held?.display() == "[\"c\", \"b\"]")
  }

  @Test func aFailedWriteLeavesTheValue() throws {
    let runtime = runtime()
    _ = try run("r = (a: [\"x\", [\"y\"]])", in: runtime)
    #expect(throws: Diagnostic.self) { try run("r.a[1][5] = 3", in: runtime) }
    #expect(throws: Diagnostic.self) { try run("r.a[7][0] = 3", in: runtime) }
    #expect(throws: Diagnostic.self) { try run("r.b.c = 3", in: runtime) }
    #expect(runtime["r"]?.display() == "(a: [\"x\", [\"y\"]])")
  }

  @Test func functionsThatReplaceThemselvesStayAlive() throws {
    let runtime = runtime()
    let again = Builtin("again", in: .system, help: "Defines f anew while it runs.") { call in
      _ = try call.runtime.run(
        Source(name: "inner", text: "f = 3; for i in 0..<50 { g = (k => x => x + k)(i) }"),
        mode: .file, directory: ".")
      return 1
    }
    runtime.install("again", .function(again))
    #expect(try run("f(x) = { y = again(); y + x + 40 }\nf(1)", in: runtime).asNumber == 42)
    #expect(runtime["f"]?.asNumber == 3)
    #expect(
      try run("h(x) = x + 1\nh(if true { h = y => y * 10; 4 } else { 0 })", in: runtime)
        .asNumber == 40)
  }
}
