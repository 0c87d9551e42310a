// A derivative that is called at many points is compiled once for each shape it meets.

import LatentAutodiff
import Testing

@testable import LatentLibrary

@Suite struct ProgramCacheTests {
  /// The program of Σ x² for a vector of a length, recorded anew as each call of a derivative does.
  private func program(_ length: Int, _ cache: ProgramCache) throws -> Program {
    let graph = Graph()
    return try cache.program(for: graph.input("value", shape: [length]).square().sum())
  }

  @Test func equalGraphsAreCompiledOnce() throws {
    let cache = ProgramCache()
    let first = try program(3, cache)
    for _ in 0..<5 { #expect(try program(3, cache) === first) }
    #expect(cache.compilations == 1)
    for length in [4, 3, 4, 5] { _ = try program(length, cache) }
    #expect(cache.compilations == 3)
  }

  @Test func whatIsForgottenIsCompiledAgain() throws {
    let cache = ProgramCache()
    for length in 1...16 { _ = try program(length, cache) }
    #expect(cache.compilations == 16)
    // The seventeenth finds no place, and all make way.
    _ = try program(17, cache)
    _ = try program(1, cache)
    #expect(cache.compilations == 18)
  }
}
