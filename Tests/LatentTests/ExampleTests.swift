// Every example of every builtin runs and shows what it says.

import Latent
import LatentLibrary
import Testing

struct ExampleTests {
  static let examples: [(name: String, line: String)] = Builtin.standard.flatMap { builtin in
    builtin.examples.map { (builtin.name, $0) }
  }

  @Test(arguments: examples.map { "\($0.name): \($0.line)" })
  func example(_ labelled: String) throws {
    let line = labelled.split(separator: ": ", maxSplits: 1)[1]
    let parts = line.split(separator: "#=>", maxSplits: 1)
    try #require(parts.count == 2, "an example is `expression  #=> value`")
    let expected = parts[1].drop { $0 == " " }
    let value = try Interpreter().run(String(parts[0]))
    #expect(value.display() == expected)
  }

  @Test func declarationsAreComplete() {
    var names: Set<String> = []
    for builtin in Builtin.standard {
      #expect(names.insert(builtin.name).inserted, "\(builtin.name) is declared twice")
      #expect(builtin.help.hasSuffix("."), "the help of \(builtin.name) is no sentence")
      #expect(Set(builtin.parameters.map(\.name)).count == builtin.parameters.count)
      #expect(builtin.parameters.count(where: \.isVariadic) <= 1)
    }
  }

  @Test func helpPagesComeFromDeclarations() throws {
    let console = CapturedConsole()
    let latent = Interpreter(console: console)
    try latent.run("help(sort)")
    #expect(console.output.contains("sort(xs, by: nothing, descending: false, axis: -1)"))
    #expect(console.output.contains("true or false"))
    console.clear()
    try latent.run("## Twice x.\nf(x, k: 2) = k * x\nhelp(f)")
    #expect(console.output == "f(x, k: 2)\n\nTwice x.\n")
    console.clear()
    try latent.run("apropos(\"white space\")")
    #expect(console.output.hasPrefix("trim(t): "))
    console.clear()
    try latent.run("help(\"sorted_\")\nhelp()")
    #expect(console.output.contains("There is no `sorted_`."))
    #expect(console.output.contains("Texts\n"))
  }
}
