// The examples of `docs/manual/embedding.md`: each stands between two marks here, runs as a test,
// and is in the manual word by word.

import Foundation
import Latent
import Synchronization
import Testing

struct EmbeddingTests {
  @Test func evaluating() throws {
    // example: evaluate
    let latent = Interpreter()
    latent["x"] = .vector([1, 2, 6])
    let mean = try latent.run("mean(x)")
    print(mean.asNumber ?? .nan)  // 3.0
    try latent.run("y = x - mean(x)")
    print(latent["y"]?.asTensor?.values ?? [])  // [-2.0, -1.0, 3.0]
    // end
    #expect(mean.asNumber == 3)
    #expect(latent["y"]?.asTensor?.values == [-2, -1, 3])
  }

  @Test func errors() throws {
    let latent = Interpreter()
    var shown = ""
    // example: errors
    do {
      try latent.run("meen([1, 2])", name: "input")
    } catch {
      let renderer = DiagnosticRenderer(style: .plain)
      for diagnostic in Diagnostics(error).all {
        shown += renderer.render(diagnostic) + "\n"
      }
    }
    // end
    #expect(shown.hasPrefix("error[L301]: unknown name `meen`\n --> input:1:1\n"))
  }

  @Test func callingLanguageFunctions() throws {
    let latent = Interpreter()
    // example: call
    try latent.run("line(x, slope: 2, offset: 0) = slope * x + offset")
    let y = try latent.call("line", [3], named: ["offset": 1])
    print(y.asNumber ?? .nan)  // 7.0
    // end
    #expect(y.asNumber == 7)
  }

  @Test func registeringBuiltins() throws {
    let latent = Interpreter()
    // example: builtin
    latent.define(
      Builtin(
        "temperature", in: .data, help: "The temperature at a station, in degrees Celsius.",
        parameters: [
          .text("station", "Its name."),
          .integer("hour", in: 0...23, default: 12, "The hour of the day."),
        ],
        returns: .number
      ) { call in
        let hour = try call.integer("hour")
        return .number(try call.text("station") == "Davos" ? Double(hour) - 15 : 10)
      })
    let cold = try latent.run(#"temperature("Davos", hour: 3)"#)
    print(cold.asNumber ?? .nan)  // -12.0
    // end
    #expect(cold.asNumber == -12)
    let error = #expect(throws: Diagnostic.self) {
      try latent.run(#"temperature("Davos", hour: 24)"#)
    }
    #expect(error?.message.contains("from 0 to 23, not 24") == true)
  }

  @Test func capturingOutput() throws {
    // example: output
    let console = CapturedConsole()
    let latent = Interpreter(console: console)
    try latent.run(#"print("n =", 3); show([1, 2])"#)
    print(console.output)  // n = 3
    // end
    #expect(console.output == "n = 3\n[1, 2]\n")
  }

  @Test func interrupting() {
    let latent = Interpreter()
    var code = ""
    // example: interrupt
    let flag = latent.interruptFlag  // unlike the interpreter, it may go to another thread
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: 0.1)
      flag.raise()
    }
    do {
      try latent.run("while true { }")
    } catch {
      code = Diagnostics(error).all.first?.code ?? ""  // L705
    }
    // end
    #expect(code == "L705")
  }

  @Test func limiting() {
    var codes: [String] = []
    // example: limits
    let limits = Limits(steps: 1_000_000, depth: 100, seconds: 5, memory: 500_000_000)
    let latent = Interpreter(options: .init(limits: limits))
    for program in [
      "while true { }", "f(n) = f(n + 1); f(0)", "x = [\"a\"]; while true { x += x }",
    ] {
      do {
        try latent.run(program)
      } catch {
        codes += Diagnostics(error).all.map(\.code)  // L702, then L704, then L707
      }
    }
    // end
    #expect(codes == ["L702", "L704", "L707"])
  }

  @Test func runningTwoOnTwoThreads() throws {
    // example: threads
    let sums = Mutex<[Int: Double]>([:])
    DispatchQueue.concurrentPerform(iterations: 2) { number in
      let latent = Interpreter()  // made, used and dropped on one thread
      latent["k"] = .integer(number)
      let sum = try? latent.run("sum([k * i for i in 0..<100])")
      sums.withLock { $0[number] = sum?.asNumber }
    }
    // end
    #expect(sums.withLock { $0 } == [0: 0, 1: 4950])
  }

  /// Every example of this file stands in the manual, and the manual has no other.
  @Test func theManualShowsTheseExamples() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let manual = try String(
      contentsOf: root.appending(path: "docs/manual/embedding.md"), encoding: .utf8)
    let code = try String(contentsOf: URL(fileURLWithPath: #filePath), encoding: .utf8)
    let examples = code.components(separatedBy: "\n    // example: ").dropFirst().compactMap {
      part in
      part.components(separatedBy: "\n    // end\n").first.map { body in
        body.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
          .map { $0.hasPrefix("    ") ? String($0.dropFirst(4)) : String($0) }
          .joined(separator: "\n")
      }
    }
    let shown = manual.components(separatedBy: "```swift\n").dropFirst().compactMap {
      $0.components(separatedBy: "\n```").first
    }
    #expect(examples.count == 8)
    #expect(shown.filter { $0.contains("latent") && !$0.contains(".package(") } == examples)
  }
}
