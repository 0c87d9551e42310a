// Values that grow in place: right on several threads at once, and an ordinary error when they grow
// beyond the memory of the program.

import Foundation
import Latent
import Synchronization
import Testing

struct GrowthTests {
  /// Every kind of growth, beside copies that must not see it.
  private static let program = """
    f(n) = {
      s = ""; xs = ["a"]; v = [0]; kept = []
      for i in 0..<n {
        s += text(i % 10)
        xs = append(xs, s[-1])
        v = append(v, i)
        if i % 97 == 0 { old = s; before = xs; kept = append(kept, len(s)) }
        if i % 50 == 0 { xs += xs[..<2]; s += s[..<1] }
      }
      t = ""
      for part in xs { t += part + "," }
      [len(s), len(xs), sum(v), sum(kept), len(t), len(old), len(before)]
    }
    f(k)
    """

  /// The same in another way: what the lengths must be.
  private static func expected(_ n: Int) -> [Double] {
    var (s, xs, kept, v) = (0, 1, 0, 0)
    var (old, before) = (0, 0)
    for i in 0..<n {
      (s, xs, v) = (s + 1, xs + 1, v + i)
      if i % 97 == 0 { (old, before, kept) = (s, xs, kept + s) }
      if i % 50 == 0 { (s, xs) = (s + 1, xs + 2) }
    }
    return [s, xs, v, kept, 2 * xs, old, before].map(Double.init)
  }

  @Test func interpretersGrowValuesOnSeveralThreads() {
    let wrong = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      for round in 0..<12 {
        let n = 400 + 37 * round + thread
        let latent = Interpreter()
        latent["k"] = .integer(n)
        let result = Result { try latent.run(Self.program).asTensor?.vector }
        let found = try? result.get()
        if found != Self.expected(n) {
          wrong.withLock { $0.append("n = \(n): \(result)") }
        }
      }
    }
    #expect(wrong.withLock { $0 } == [])
  }

  /// The program ends in one of these codes, and what it held is given back.
  @Test(arguments: [
    ("s = \"ab\"; while true { s += s }", ["L707", "L708"]),
    ("s = \"ab\"; while true { t = s; s += t }", ["L707", "L708"]),
    ("xs = [\"a\"]; while true { xs += xs }", ["L707"]),
    ("ys = [\"a\"]; for i in 0..<20 { ys += ys }; xs = []; while true { xs += ys }", ["L707"]),
    ("xs = [\"a\"]; while true { xs = append(xs, xs) }", ["L708"]),
    ("xs = [1]; while true { xs = append(xs, xs) }", ["L707", "L708", "L422"]),
    ("t = [1]; while true { t = concat([t, t]) }", ["L707", "L427"]),
    ("t = [1, 2]; while true { t = append(t, 3) }", ["L707", "L702"]),
    (
      "s = \"ab\"; xs = []; while true { s = s[..<2]; xs = append(xs, join(0..<30000)) }",
      ["L707"]
    ),
    ("m = [[1]]; while true { m = stack([m, m]); m = reshape(m, [-1, 1]) }", ["L707", "L427"]),
    ("x = [[1, 2]]; while true { x = [x, x] }", ["L707", "L427", "L422"]),
    ("r = (a: 0); while true { r = (a: r) }", ["L708"]),
  ])
  func growthWithoutEndIsAnError(_ program: String, _ codes: [String]) {
    let latent = Interpreter(
      options: .init(limits: Limits(steps: 3_000_000, seconds: 60, memory: 64_000_000)))
    #expect(codes.contains(end(of: program, in: latent)), "\(program)")
    #expect((try? latent.run("xs = 0; ys = 0; t = 0; s = 0; m = 0; sum(ones(100000))")) != nil)
  }

  private func end(of program: String, in latent: Interpreter) -> String {
    do {
      try latent.run(program)
      return "no error"
    } catch {
      return Diagnostics(error).all.first?.code ?? "\(error)"
    }
  }
}
