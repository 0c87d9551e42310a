// What a gradient training costs, known before its first step: what `explain` shows, and what a
// measurement of the process is held against.

import CKernels
import Foundation
import LatentAutodiff
import LatentTensor

/// The compiled programs of one training and the memory it plans to use.
public struct TrainingCost: Sendable, Equatable {
  /// A program is compiled for every number of rows: that of a full minibatch and that of the rest.
  public struct Compiled: Sendable, Equatable {
    public var rows: Int
    public var size: ProgramSize
    /// Recording the objective with symbols, before the program is compiled.
    public var recordingSeconds: Double
  }

  public private(set) var programs: [Compiled] = []
  /// The parameters themselves.
  public var parameterBytes = 0
  /// What the optimiser remembers.
  public var stateBytes = 0
  /// Copies of parameters to come back to.
  public var copyBytes = 0
  /// Cache blocks of the threads.
  public var scratchBytes = 0

  init() {}

  mutating func add(_ size: ProgramSize, rows: Int, recordingSeconds: Double) {
    programs.append(Compiled(rows: rows, size: size, recordingSeconds: recordingSeconds))
  }

  /// All memory that training takes beside the data and the graphs, in bytes.
  public var bytes: Int {
    programs.reduce(parameterBytes + stateBytes + copyBytes + scratchBytes) { $0 + $1.size.bytes }
  }

  /// From the objective to programs, of all of them.
  public var compileSeconds: Double {
    programs.reduce(0) { $0 + $1.recordingSeconds + $1.size.compileSeconds }
  }

  /// The programs of a step on a full minibatch: one, or one for q and one for p.
  private var step: [Compiled] {
    let rows = programs.map(\.rows).max()
    return programs.filter { $0.rows == rows }
  }

  /// Floating-point operations of one step on a full minibatch, the optimiser's left out.
  public var work: Double { step.reduce(0) { $0 + $1.size.work } }

  /// Two lines to read.
  public var lines: [String] {
    guard let rows = step.first?.rows else { return [] }
    func sum(_ part: KeyPath<ProgramSize, Int>) -> Int {
      step.reduce(0) { $0 + $1.size[keyPath: part] }
    }
    func all(_ part: KeyPath<ProgramSize, Int>) -> Int {
      programs.reduce(0) { $0 + $1.size[keyPath: part] }
    }
    let gigaflop = String(format: "%.3g", work * 1e-9)
    let parts = [
      ("parameters", parameterBytes), ("gradient", all(\.gradientBytes)),
      ("optimizer", stateBytes), ("copies to come back to", copyBytes),
      ("values between, with the minibatch", all(\.arenaBytes)), ("tables", all(\.tableBytes)),
      ("threads", scratchBytes),
    ]
    return [
      "one step: \(rows) \(rows == 1 ? "row" : "rows"), \(sum(\.calls)) kernel calls in "
        + "\(sum(\.segments)) segments, \(gigaflop) GFLOP; compiled in "
        + String(format: "%.3g ms", compileSeconds * 1e3),
      "memory: \(ByteText(bytes)), of which "
        + parts.filter { $0.1 > 0 }.map { "\($0.0) \(ByteText($0.1))" }.joined(separator: ", "),
    ]
  }
}
