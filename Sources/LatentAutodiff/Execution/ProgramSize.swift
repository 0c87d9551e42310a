// What a compiled program is made of, so that a user sees what training costs before waiting for it.

/// The size of a program and the cost of one run, known when it is compiled.
public struct ProgramSize: Sendable, Equatable {
  /// Calls of kernels, each split over the threads.
  public var calls = 0
  /// Runs of calls that need no barrier between them.
  public var segments = 0
  /// Values between inputs and outputs, the minibatch among them.
  public var arenaBytes = 0
  /// The gradient by all parameters; 0 without one.
  public var gradientBytes = 0
  /// Instructions, and tables of positions.
  public var tableBytes = 0
  /// Floating-point operations of one run: two for each term of a matrix product, one for each
  /// element of every other operation, whatever it is.
  public var work = 0.0
  /// From the recorded graph to the program, differentiation included.
  public var compileSeconds = 0.0

  public init() {}

  public var bytes: Int { arenaBytes + gradientBytes + tableBytes }
}
