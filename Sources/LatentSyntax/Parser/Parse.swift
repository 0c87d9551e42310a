// The way into this module: a source goes in, and out come its tree, what is wrong with it, and
// whether more input could mend it.

/// What the parser makes of a source.
public struct Parse: Sendable {
  /// The tree; where the parser stumbled it holds `.error` nodes. Nothing that holds one is run.
  public var program: Program
  /// In the order of their places, at most one on a line and twenty in all.
  public var diagnostics: [Diagnostic]
  public var completeness: Completeness
}

/// Whether a text is a program, could become one, or cannot.
public enum Completeness: Equatable, Sendable {
  case complete
  /// The first mistake is that the input ends; `indent` is the number of spaces for its next line.
  case incomplete(indent: Int)
  case invalid
}

/// Parses a cell, a file or a line of the prompt. Never fails and never traps.
public func parse(_ source: Source) -> Parse {
  let lexed = lex(source)
  var parser = Parser(source, lexed)
  let statements = parser.program()
  let findings = parser.findings
  let completeness: Completeness =
    switch findings.first {
    case nil: .complete
    case let first? where first.atEnd: .incomplete(indent: indentation(lexed))
    default: .invalid
    }
  return Parse(
    program: Program(source: source, statements: statements),
    diagnostics: findings.map(\.diagnostic), completeness: completeness)
}

/// Two spaces for every line with an open bracket, and two more behind a trailing operator.
private func indentation(_ lexed: LexedSource) -> Int {
  var levels = lexed.openLines
  if let last = lexed.tokens.dropLast().last {
    switch last.kind {
    case .symbol(let symbol) where symbol.continuesLine && symbol.closer == nil && symbol != .comma:
      levels += 1
    case .keyword(let keyword) where keyword.continuesLine: levels += 1
    default: break
    }
  }
  return 2 * levels
}
