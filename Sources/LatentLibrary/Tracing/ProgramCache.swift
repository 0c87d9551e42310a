// Programs of derivatives that were compiled before. A function is traced anew at each point, since
// what it does may depend on everything it sees; when the graph is the same, so is its program.

import LatentAutodiff

/// The programs of one derivative, by the graphs they compute.
final class ProgramCache: @unchecked Sendable {
  private struct Key: Hashable {
    var nodes: [Graph.Node]
    var result: Int
  }

  private var programs: [Key: Program] = [:]
  /// How many programs were compiled; for tests.
  private(set) var compilations = 0

  /// Shapes and branches that a caller goes through in turn; beyond that all are forgotten.
  private static let capacity = 16

  /// A program for a node. Leaves of the symbol's graph are set in it by their own symbols, also
  /// when it was compiled from another graph: the nodes are the same.
  func program(for symbol: Symbol) throws -> Program {
    if let failure = symbol.graph.failure { throw failure }
    let key = Key(nodes: symbol.graph.nodes, result: symbol.id)
    if let known = programs[key] { return known }
    let program = try Program(symbol.graph, outputs: [symbol], precision: .float64)
    compilations += 1
    if programs.count >= ProgramCache.capacity { programs = [:] }
    programs[key] = program
    return program
  }
}
