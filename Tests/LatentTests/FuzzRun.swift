// How a fuzz test runs a program: in this process, under limits, and noted in a file first, so that
// a crash or a hang leaves behind what led to it.

import Foundation
import Latent
import LatentTestSupport
import Testing

/// One lane of a fuzz test: a seed, and a count of what its programs came to.
struct FuzzRun {
  private let name: String
  private let lane: Int
  private(set) var values = 0
  private(set) var codes: [String: Int] = [:]

  /// `LATENT_FUZZ=COUNT` (what `scripts/fuzz` sets) is how many programs each test runs.
  static let count = environment("LATENT_FUZZ").flatMap { Int($0) }.map { $0 / lanes.count } ?? 500
  static let lanes = 0..<8
  private static let seed = environment("LATENT_FUZZ_SEED").flatMap { Int($0) } ?? 0
  private static let folder = environment("LATENT_FUZZ_FOLDER")

  private static func environment(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name]
  }

  init(_ name: String, lane: Int) {
    self.name = name
    self.lane = lane
  }

  /// Where the random choices of the lane begin.
  var generator: SeededGenerator {
    SeededGenerator(state: UInt64(lane + 8 * Self.seed) &* 7919 &+ 1)
  }

  /// How many programs have run.
  var total: Int { values + codes.values.reduce(0, +) }

  private func note(_ program: String) {
    guard let folder = Self.folder else { return }
    let file = URL(fileURLWithPath: folder).appending(path: "running-\(name)-\(lane).lvm")
    let text = "# program \(total) of \(Self.count)\n\(program)"
    try? text.write(to: file, atomically: false, encoding: .utf8)
  }

  /// Runs a program, which must end in a value or in diagnostics that have places.
  mutating func run(_ program: String, as mode: Interpreter.Mode) {
    note(program)
    let latent = Chunk.interpreter(
      mode, Limits(steps: 3000, depth: 60, seconds: 2, memory: 200_000_000))
    do {
      _ = try latent.run(program).display()
      values += 1
    } catch {
      let diagnostics = Diagnostics(error).all
      codes[diagnostics.first?.code ?? "none", default: 0] += 1
      for diagnostic in diagnostics {
        #expect(diagnostic.primary != nil, "no place: \(diagnostic.message)\n\(program)")
        #expect(diagnostic.code != "L700", "no code: \(diagnostic.message)\n\(program)")
        #expect(!DiagnosticRenderer(style: .plain).render(diagnostic).isEmpty)
      }
    }
  }

  /// What came of the programs, for long runs.
  var summary: String {
    let counts = codes.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }
    return "\(name) lane \(lane): \(total) programs, \(values) values; "
      + counts.joined(separator: ", ")
  }

  /// Says on the console what came of a long run.
  func report() {
    if Self.folder != nil { print(summary) }
  }
}
