// When Enter ends an entry, and which entries ask for help.

import Latent
import Testing

@testable import LatentREPL

struct EntryTests {
  private func isReady(_ inputs: String...) -> Bool {
    var entry = Entry()
    for input in inputs { entry.add(input) }
    return entry.isReady { parse(Source(name: "<prompt>", text: $0)).completeness }
  }

  @Test func aWholeStatementIsReady() {
    #expect(isReady("1 + 1"))
    #expect(isReady("f(", "1)"))
    #expect(isReady("x = 1\ny = 2"))
  }

  @Test func anOpenOneIsNot() {
    #expect(!isReady("f("))
    #expect(!isReady("x ="))
    #expect(!isReady("for i in 0..<3 {", "  print(i)"))
    #expect(!isReady("f(", ""))
  }

  @Test func twoEmptyLinesForceIt() {
    #expect(isReady("f(", "", ""))
    #expect(isReady("f(", "  ", "\t"))
    #expect(!isReady("f(", "", "1"))
  }

  @Test func mistakesAreReadyAtOnce() {
    #expect(isReady("x = = 2"))
    #expect(isReady(")"))
  }

  @Test(arguments: [
    ("?fit", "fit"), ("fit?", "fit"), (" ? fit ", "fit"), ("m.history?", "m.history"),
    ("?größe_2", "größe_2"),
  ]) func helpTopics(_ text: String, _ topic: String) {
    #expect(Entry.helpTopic(of: text) == topic)
  }

  @Test(arguments: ["fit", "?", "?1x", "? a b", "f(x)?", "?a..b", "x == y?", "?a\nb"])
  func noHelpTopics(_ text: String) {
    #expect(Entry.helpTopic(of: text) == nil)
  }
}
