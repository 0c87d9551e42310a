// The prompt at a terminal, key by key.

import Foundation
import Testing

@Suite(.serialized) struct PromptTests {
  private let prompt = "latent> "

  /// A prompt that is ready for keys.
  private func start(_ environment: [String: String] = [:]) throws -> PseudoTerminal {
    let terminal = try PseudoTerminal(environment: environment)
    try #require(terminal.wait(for: prompt), "no prompt: \(terminal.screen)")
    return terminal
  }

  @Test func greetsAndLeavesOnEndOfFile() throws {
    let terminal = try PseudoTerminal()
    #expect(terminal.wait(for: "Ctrl-D leaves"))
    #expect(terminal.wait(for: prompt))
    terminal.type("\u{4}")
    #expect(terminal.exitCode() == 0)
  }

  @Test func showsValuesAndRemembersTheLast() throws {
    let terminal = try start()
    terminal.type("6 * 7\r")
    #expect(terminal.wait(for: "\n42\n"))
    terminal.type("ans + 1\r")
    #expect(terminal.wait(for: "\n43\n"))
    terminal.type("6 * 8;\r")
    #expect(terminal.wait(for: prompt))
    terminal.type("ans\r")
    #expect(terminal.wait(for: "\n43\n"))
  }

  @Test func anEntryMayHaveSeveralLines() throws {
    let terminal = try start()
    terminal.type("s = 0\r")
    #expect(terminal.wait(for: prompt))
    terminal.type("for i in 1...4 {\r")
    #expect(terminal.wait(for: "   ...> "))
    terminal.type("  s = s + i\r")
    #expect(terminal.wait(for: "   ...> "))
    terminal.type("}\r")
    #expect(terminal.wait(for: prompt))
    terminal.type("s\r")
    #expect(terminal.wait(for: "\n10\n"))
  }

  @Test func twoEmptyLinesForceAnEntryAndControlDCancelsIt() throws {
    let terminal = try start()
    terminal.type("(1 +\r\r\r")
    #expect(terminal.wait(for: "error[L2"))
    #expect(terminal.wait(for: prompt))
    terminal.type("(1 +\r")
    #expect(terminal.wait(for: "   ...> "))
    terminal.type("\u{4}")
    #expect(terminal.wait(for: prompt))
    terminal.type("5 + 5\r")
    #expect(terminal.wait(for: "\n10\n"))
  }

  @Test func aPastedBlockIsOneEntry() throws {
    let terminal = try start()
    terminal.type("\u{1B}[200~a = 20\nb = 22\n\na + b\u{1B}[201~\r")
    #expect(terminal.wait(for: "\n42\n"))
  }

  @Test func historyOutlivesTheSessionAndEntriesStayWhole() throws {
    let folder = try Folder()
    let history = ["LATENT_HISTORY": folder.path + "/history"]
    let first = try start(history)
    first.type("len([\r1,\r2,\r3])\r")
    #expect(first.wait(for: "\n3\n"))
    #expect(first.wait(for: prompt))
    first.type("\u{4}")
    #expect(first.exitCode() == 0)
    let second = try start(history)
    second.type("\u{1B}[A\r")
    #expect(second.wait(for: "\n3\n"))
    // By its beginning: an entry in between is passed over.
    second.type("7 + 7\r")
    #expect(second.wait(for: "\n14\n"))
    second.type("le\u{1B}[A\r")
    #expect(second.wait(for: "\n3\n"))
  }

  @Test func controlCDropsTheLineAndKeepsTheSession() throws {
    let terminal = try start()
    terminal.type("x = 5\r")
    #expect(terminal.wait(for: prompt))
    terminal.type("half a line\u{3}")
    #expect(terminal.wait(for: prompt))
    // The keys after it are all there.
    terminal.type("x + 100\r")
    #expect(terminal.wait(for: "\n105\n"))
    terminal.type("\u{12}x =\u{3}")
    #expect(terminal.wait(for: prompt))
    terminal.type("x + 200\r")
    #expect(terminal.wait(for: "\n205\n"))
    #expect(terminal.wait(for: prompt))
    terminal.type("\u{3}")
    #expect(terminal.wait(for: prompt))
    terminal.type("\u{3}")
    #expect(terminal.wait(for: "Ctrl-D leaves"))
  }

  @Test func controlCStopsAnEndlessLoop() throws {
    let terminal = try start()
    terminal.type("n = 0\r")
    #expect(terminal.wait(for: prompt))
    terminal.type("while true { n = n + 1 }\r")
    Thread.sleep(forTimeInterval: 0.3)
    terminal.type("\u{3}")
    #expect(terminal.wait(for: "error[L7"))
    #expect(terminal.wait(for: prompt))
    terminal.type("n > 0\r")
    #expect(terminal.wait(for: "\ntrue\n"))
  }

  @Test func mistakesShowTheirPlace() throws {
    let terminal = try start(["NO_COLOR": "1"])
    terminal.type("1 + undefined_name\r")
    #expect(terminal.wait(for: "error[L3"))
    #expect(terminal.wait(for: "--> <prompt>:1:5"))
    #expect(terminal.wait(for: "    ^^^^^^^^^^^^^^"))
    #expect(terminal.wait(for: prompt))
  }

  @Test func colourIsForTerminalsThatWantIt() throws {
    let script = "\u{1B}["
    for (environment, isColored) in [([:], true), (["NO_COLOR": "1"], false)] {
      // Raw output: the driver of the other tests takes the sequences off.
      let result = try Tool.run(
        "--color", isColored ? "always" : "never", "-e", "1 +", environment: environment)
      #expect(result.errors.contains(script) == isColored)
    }
  }

  @Test func tabCompletes() throws {
    let terminal = try start()
    terminal.type("a_long_name = 12\r")
    #expect(terminal.wait(for: prompt))
    terminal.type("a_lo\t + 1\r")
    #expect(terminal.wait(for: "\n13\n"))
    terminal.type("r = (alpha: 30, beta: 4)\r")
    #expect(terminal.wait(for: prompt))
    terminal.type("r.al\t + 1\r")
    #expect(terminal.wait(for: "\n31\n"))
    terminal.type("\\thet\t = 70\r")
    #expect(terminal.wait(for: prompt))
    terminal.type("θ + 1\r")
    #expect(terminal.wait(for: "\n71\n"))
  }

  @Test func aQuestionMarkAsksForHelp() throws {
    let terminal = try start()
    terminal.type("?len\r")
    #expect(terminal.wait(for: "len("))
    terminal.type("## Twice its argument.\rtwice(x) = 2 * x\r")
    #expect(terminal.wait(for: prompt))
    terminal.type("twice?\r")
    #expect(terminal.wait(for: "Twice its argument."))
  }

  @Test func aDumbTerminalGetsPlainLines() throws {
    let terminal = try start(["TERM": "dumb"])
    terminal.type("(1 +\n")
    #expect(terminal.wait(for: "   ...> "))
    terminal.type("1)\n")
    #expect(terminal.wait(for: "2\n"))
    terminal.type("while true { }\n")
    Thread.sleep(forTimeInterval: 0.3)
    terminal.type("\u{3}")
    #expect(terminal.wait(for: "error[L7"))
    #expect(terminal.wait(for: prompt))
    terminal.type("\u{4}")
    #expect(terminal.exitCode() == 0)
  }

  @Test func aTerminatingSignalGivesTheTerminalBack() throws {
    let terminal = try start()
    terminal.type("\u{1C}")
    // 128 and the signal's number, as shells have it.
    #expect(terminal.exitCode() == 131)
  }
}
