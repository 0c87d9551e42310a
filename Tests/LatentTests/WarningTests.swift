// Warnings that go with a result: what was left out, and what had no effect.

import Foundation
import Latent
import Testing

struct WarningTests {
  /// The codes of the warnings that a program gives.
  private func warnings(_ program: String) throws -> [String] {
    let console = CapturedConsole()
    try Interpreter(console: console).run(program)
    return console.warnings.map(\.code)
  }

  @Test func argumentsWithoutEffectAreTold() throws {
    let fit = "fit(vae(hidden: 2), iris(), epochs: 1, batch: 150, seed: 1, progress: false"
    #expect(try warnings(fit + ")").isEmpty)
    #expect(try warnings(fit + ", restarts: 3, tol: 1)") == ["L518", "L518"])
  }

  @Test func posteriorsThatLeaveValuesOutAreTold() throws {
    let model = """
      model m { param a = 1.0; p(z) = normal(0, 1); p(x|z) = normal(a * z, 1); q(z|x) = QQQ }
      fit(m(), [1.0, 2], epochs: 1, batch: 2, seed: 1, progress: false)
      """
    func given(_ posterior: String) -> String {
      model.replacingOccurrences(of: "QQQ", with: posterior)
    }
    #expect(try warnings(given("uniform(0, 2)")) == ["L563"])
    #expect(try warnings(given("normal(0, 2)")).isEmpty)
  }

  @Test func columnsOfTextsThatAreLeftOutAreTold() throws {
    let fit = "fit(vae(hidden: 2), t, epochs: 1, seed: 1, progress: false)"
    #expect(try warnings("t = load(\"\(try path)\")\n" + fit) == ["L515"])
  }

  private var path: String {
    get throws {
      let path = FileManager.default.temporaryDirectory
        .appendingPathComponent("latent-warnings-\(UUID().uuidString).csv").path
      try "a,b,c\n1,2,x\n3,4,y\n5,7,z\n".write(toFile: path, atomically: true, encoding: .utf8)
      return path
    }
  }
}
