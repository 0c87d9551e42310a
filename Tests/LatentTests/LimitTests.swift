// Whatever a program does, it ends with an ordinary error: limits, interrupts, threads.

import Foundation
import Latent
import Synchronization
import Testing

/// Runs a body on a thread with a stack of its own size and waits for it.
private func onThread(stack: Int, _ body: @escaping @Sendable () -> Void) {
  let done = DispatchSemaphore(value: 0)
  let thread = Thread {
    body()
    done.signal()
  }
  thread.stackSize = stack
  thread.start()
  done.wait()
}

private func code(of body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    switch error {
    case let diagnostic as Diagnostic: return diagnostic.code
    case let diagnostics as Diagnostics: return diagnostics.all.first?.code
    default: return "\(error)"
    }
  }
}

struct LimitTests {
  @Test func stepsAreLimited() {
    let latent = Interpreter(options: .init(limits: Limits(steps: 10_000)))
    #expect(code { try latent.run("while true { }") } == "L702")
    #expect(code { try latent.run("for i in 0..<1e12 { i }") } == "L702")
    #expect(code { try latent.run("[i for i in 0..<1e12]") } == "L702")
    // The next run has its own share.
    #expect(code { try latent.run("for i in 0..<1000 { i }") } == nil)
  }

  @Test func secondsAreLimited() {
    let latent = Interpreter(options: .init(limits: Limits(seconds: 0.05)))
    let start = ContinuousClock.now
    #expect(code { try latent.run("while true { }") } == "L703")
    #expect(code { try latent.run("sleep(10)") } == "L703")
    #expect(ContinuousClock.now - start < .seconds(5))
  }

  @Test func memoryIsLimited() {
    let limits = Limits(steps: 50_000_000, seconds: 60, memory: 64_000_000)
    for program in [
      "x = [\"a\"]; while true { x = x + x }",
      "x = [1]; while true { x = concat([x, x]) }",
      "x = [1]; while true { x = x * 1; y = stack([x, x]); x = flatten(y) }",
      "x = [[\"a\"]]; y = []; while true { x = x + x; y = append(y, x) }",
      "f(n) = { a = zeros(1000000); f(n + 1) + sum(a) }; f(0)",
      "[zeros(3000) for i in 0..<1e9]",
    ] {
      let latent = Interpreter(options: .init(limits: limits))
      let found = code { try latent.run(program) }
      #expect(found == "L707" || found == "L427", "\(program): \(found ?? "no error")")
      // What the failed run made is given back.
      #expect(code { try latent.run("x = 0; y = 0; sum(zeros(1000000))") } == nil)
    }
  }

  @Test func manySmallValuesAreSeenFromOutside() {
    let limits = Limits(seconds: 120, memory: 150_000_000)
    let latent = Interpreter(options: .init(limits: limits))
    #expect(code { try latent.run("[[i, \"a\"] for i in 0..<1e9]") } == "L707")
  }

  @Test func namesAreLimited() {
    let latent = Interpreter()
    for part in 0..<3 {
      let names = (0..<25_000).map { "n\(part)_\($0) = 1" }.joined(separator: "\n")
      let found = code { try latent.run(names) }
      #expect(found == (part == 2 ? "L709" : nil))
    }
  }

  @Test func depthIsLimited() {
    let latent = Interpreter(options: .init(limits: Limits(depth: 50)))
    #expect(code { try latent.run("f(n) = if n == 0 { 0 } else { f(n - 1) }; f(40)") } == nil)
    #expect(code { try latent.run("f(100)") } == "L704")
    #expect(code { try latent.run("f(40)") } == nil)
  }

  @Test(arguments: [256 << 10, 512 << 10, 8 << 20])
  func recursionEndsOnEveryStack(_ stack: Int) {
    let found = Mutex<[String?]>([])
    onThread(stack: stack) {
      let latent = Interpreter(options: .init(limits: Limits(depth: .max)))
      let programs = [
        "f(n) = 1 + f(n + 1); f(0)",
        "g(n) = [g(k) for k in [n]]; g(0)",
        "h(n) = map([n], h); h(0)",
        "k(n) = if true { (a: [k(n)]) } else { 1 }; k(0)",
        "p(n, q: p(n)) = q; p(0)",
      ]
      for program in programs {
        found.withLock { $0.append(code { try latent.run(program) }) }
      }
    }
    #expect(found.withLock { $0 } == Array(repeating: "L704", count: 5))
  }

  @Test func longExpressionsRunOnASmallStack() {
    let found = Mutex<[String?]>([])
    onThread(stack: 512 << 10) {
      let latent = Interpreter()
      let sum = Array(repeating: "1", count: 180).joined(separator: " + ")
      found.withLock { $0.append(try? latent.run(sum).display()) }
      let longer = Array(repeating: "1", count: 5000).joined(separator: " + ")
      found.withLock { $0.append(code { try latent.run(longer) }?.prefix(2).description) }
      let nested = String(repeating: "(", count: 5000) + "1" + String(repeating: ")", count: 5000)
      found.withLock { $0.append(code { try latent.run(nested) }) }
      let calls = "f(x) = f\nf" + String(repeating: "(1)", count: 3000)
      found.withLock { $0.append(code { try latent.run(calls) }?.prefix(2).description) }
    }
    let results = found.withLock { $0 }
    #expect(results[0] == "180")
    #expect(results[1] == "L2")
    #expect(results[2]?.hasPrefix("L2") == true)
    #expect(results[3] == "L2")
  }

  @Test func anotherThreadInterrupts() {
    for program in [
      "while true { }", "f(n) = { while true { n += 1 } }; f(0)", "sleep(60)",
      "map(0..<50000000, x => x)", "check (sleep(60)) fails",
    ] {
      let latent = Interpreter()
      let flag = latent.interruptFlag
      let timer = Thread {
        Thread.sleep(forTimeInterval: 0.05)
        flag.raise()
      }
      timer.start()
      let start = ContinuousClock.now
      #expect(code { try latent.run(program) } == "L705", "\(program)")
      #expect(ContinuousClock.now - start < .seconds(20))
      #expect(code { try latent.run("1 + 1") } == nil)
    }
  }

  @Test func twoInterpretersRunOnTwoThreads() {
    let sums = Mutex<[Double]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { number in
      let latent = Interpreter()
      latent["k"] = .integer(number)
      let value = try? latent.run(
        "f(x) = x * k; s = 0; for i in 0..<2000 { s += f(i) }; xs = [text(s)]; number(xs[0])")
      sums.withLock { $0.append(value?.asNumber ?? -1) }
    }
    #expect(sums.withLock { $0.sorted() } == [0, 1_999_000, 3_998_000, 5_997_000])
  }

  @Test func errorsLeaveTheStackAsItWas() throws {
    let latent = Interpreter()
    try latent.run("f(n) = if n == 0 { 1 / \"a\" } else { f(n - 1) + 1 }")
    for _ in 0..<2000 { #expect(code { try latent.run("f(20)") } == "L401") }
    #expect(try latent.run("g(n) = if n == 0 { 0 } else { 1 + g(n - 1) }; g(300)").asNumber == 300)
  }
}
