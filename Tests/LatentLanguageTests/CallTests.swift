// Declarations, argument checks, consoles, random keys.

import LatentSyntax
import LatentTensor
import Testing

@testable import LatentLanguage

struct CallTests {
  @Test func intervalsSayWhatTheyAllow() {
    let cases: [(Interval, String, [Double], [Double])] = [
      (.from(0), "from 0", [0, 1], [-1, .nan]),
      (.above(0), "above 0", [0.1], [0, -1]),
      (Interval(0.0...1.0), "from 0 to 1", [0, 1], [1.1, -0.1]),
      (Interval(0.0..<3.0), "from 0 to below 3", [0, 2.9], [3]),
      (Interval(...5.0), "to 5", [5, -1e9], [6]),
      (.open(0, 1), "above 0 to below 1", [0.5], [0, 1]),
      (.all, "", [0, .infinity], [.nan]),
    ]
    for (interval, phrase, inside, outside) in cases {
      #expect(interval.phrase == phrase)
      for number in inside { #expect(interval.contains(number)) }
      for number in outside { #expect(!interval.contains(number)) }
    }
  }

  @Test func signaturesAreWrittenFromTheDeclaration() {
    let builtin = Builtin(
      "fit", in: .inference, help: "Fits.",
      parameters: [
        .model("model"), .integer("epochs", in: 0..., default: 100, "How many passes."),
        .choice("method", ["auto", "em"], default: "auto"), .tensor("start", default: nil),
      ]
    ) { _ in .nothing }
    #expect(builtin.signature == "fit(model, epochs: 100, method: \"auto\", start: nothing)")
    #expect(builtin.parameters.map(\.isOptional) == [false, true, true, true])
    #expect(builtin.helpPage.contains("an integer from 0. How many passes."))
  }

  @Test func kindsAcceptWhatTheyName() {
    let text = Value.text("a")
    let list = Value.list([text])
    let cases: [(Builtin.Kind, [Value], [Value])] = [
      (.any, [.nothing, text, 1], []),
      (.integer(.from(0)), [0, 3], [-1, 0.5, text, .nothing, .number(.infinity)]),
      (.number(.all), [0.5, true], [text, list, .number(.nan)]),
      (.bool, [true], [1, text]),
      (.choice(["x"]), ["x"], ["y", 1]),
      (.numeric, [1, .vector([1])], [text, list, .nothing]),
      (.sequence, [text, list, .vector([1])], [1, true, .nothing]),
      (.shape, [3, .vector([2, 3]), .list([2])], [.vector([0.5]), text, list]),
      (.object(["model", "table"]), [], [list, text]),
      (.either([.text, .list]), [text, list], [1]),
    ]
    for (kind, accepted, refused) in cases {
      for value in accepted { #expect(kind.accepts(value), "\(kind.phrase) \(value.display())") }
      for value in refused { #expect(!kind.accepts(value), "\(kind.phrase) \(value.display())") }
    }
  }

  @Test func randomKeysNeverRepeat() {
    var stream = RandomStream(seed: 7)
    var keys: Set<RandomKey> = []
    for _ in 0..<10_000 { #expect(keys.insert(stream.next()).inserted) }
    #expect(!keys.contains { $0.stream == 0 })
    stream.reset(seed: 7)
    #expect(stream.next() == RandomKey(seed: 7, stream: 1))
  }

  @Test func capturedConsolesKeepEverything() {
    let console = CapturedConsole()
    console.write("a", to: .output)
    console.write("b", to: .error)
    console.show(.text("q"))
    console.progress("1 of 2", finished: false)
    console.progress("2 of 2", finished: true)
    #expect(console.output == "a\"q\"\n")
    #expect(console.errors == "b")
    #expect(console.progressLines == ["1 of 2", "2 of 2"])
    console.clear()
    #expect(console.output.isEmpty && console.shown.isEmpty)
  }

  /// Formats against C's, with the exponent as the language writes it.
  @Test func formatsRoundAsTheyShould() {
    let cases: [(TextFormat.Style, Double, String)] = [
      (.fixed(2), 2.675, "2.67"), (.fixed(0), 0.5, "0"), (.fixed(0), 1.5, "2"),
      (.fixed(3), 1e20, "100000000000000000000.000"), (.exponent(2), 12345, "1.23e4"),
      (.significant(3), 0.00012345, "0.000123"), (.significant(3), 99.96, "100"),
      (.significant(1), 0, "0"), (.percent(1), 0.12345, "12.3%"), (.fixed(1), -.infinity, "-inf"),
      (.significant(17), 0.1, "0.1"), (.fixed(100), 1e308, ""),
    ]
    for (style, number, expected) in cases where !expected.isEmpty {
      #expect(style.text(of: number) == expected)
    }
    #expect(TextFormat.Style.fixed(100).text(of: 1e308).count == 410)
  }
}
