// Where output goes: the library writes through this, so that the same builtin serves the
// terminal, a notebook, a test and a program that embeds the language.

import LatentSyntax

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

public enum OutputStream: Sendable { case output, error }

/// The receiving end of everything a program shows. Called on the thread that runs it.
public protocol Console: AnyObject {
  /// Writes text as it is; it brings its own line ends.
  func write(_ text: String, to stream: OutputStream)

  /// Shows a value: `show(value)`, a figure that is a statement, the value of a cell.
  func show(_ value: Value)

  /// One state of a long computation ("epoch 3 of 10, elbo -112.4"). Each call replaces the line
  /// before; the last has `finished`.
  func progress(_ line: String, finished: Bool)

  /// A warning that does not stop the program.
  func report(_ diagnostic: Diagnostic)

  /// Shows a value in the place of what was shown under the same id before.
  func display(_ value: Value, id: String)

  /// Removes what was shown so far, where that is possible.
  func clear()

  /// Asks for a line; nil at the end of the input.
  func readLine(prompt: String, isSecret: Bool) -> String?

  /// Whether somebody watches and carriage returns work.
  var isTerminal: Bool { get }
}

extension Console {
  public func show(_ value: Value) {
    if case .nothing = value { return }
    write(value.display() + "\n", to: .output)
  }

  public func progress(_ line: String, finished: Bool) {
    if finished { write(line + "\n", to: .error) }
  }

  public func display(_ value: Value, id: String) { show(value) }

  public func clear() {}

  public func readLine(prompt: String, isSecret: Bool) -> String? {
    write(prompt, to: .output)
    return Swift.readLine()
  }

  public var isTerminal: Bool { false }
}

/// Keeps everything in memory, for tests and for embedding.
public final class CapturedConsole: Console {
  public private(set) var output = ""
  public private(set) var errors = ""
  public private(set) var shown: [Value] = []
  public private(set) var progressLines: [String] = []
  public private(set) var warnings: [Diagnostic] = []

  /// What ``readLine(prompt:isSecret:)`` answers, first line first.
  public var input: [String] = []

  public init() {}

  public func readLine(prompt: String, isSecret: Bool) -> String? {
    write(prompt, to: .output)
    return input.isEmpty ? nil : input.removeFirst()
  }

  public func write(_ text: String, to stream: OutputStream) {
    switch stream {
    case .output: output += text
    case .error: errors += text
    }
  }

  public func show(_ value: Value) {
    shown.append(value)
    if case .nothing = value { return }
    write(value.display() + "\n", to: .output)
  }

  public func progress(_ line: String, finished: Bool) { progressLines.append(line) }

  public func report(_ diagnostic: Diagnostic) { warnings.append(diagnostic) }

  public func clear() {
    output = ""
    errors = ""
    shown = []
    progressLines = []
    warnings = []
  }
}

/// Writes to the standard streams of the process.
public final class TerminalConsole: Console {
  public let isTerminal: Bool
  /// How a diagnostic is written down; the tool sets a renderer with colours.
  public var render: (Diagnostic) -> String
  private var progressWidth = 0
  private var sparseLines = 0

  /// - Parameter style: How warnings look; coloured on a terminal unless said otherwise.
  public init(style: DiagnosticRenderer.Style? = nil) {
    isTerminal = isatty(2) == 1
    let renderer = DiagnosticRenderer(style: style ?? (isTerminal ? .ansi : .plain))
    render = { renderer.render($0) }
  }

  public func write(_ text: String, to stream: OutputStream) {
    endProgress()
    emit(text, to: stream)
  }

  /// On a terminal one line that is overwritten; elsewhere every tenth state and the last, so
  /// that a log stays readable.
  public func progress(_ line: String, finished: Bool) {
    if isTerminal {
      let padding = String(repeating: " ", count: max(0, progressWidth - line.count))
      emit("\r" + line + padding + (finished ? "\n" : ""), to: .error)
      progressWidth = finished ? 0 : line.count
    } else {
      if finished || sparseLines % 10 == 0 { emit(line + "\n", to: .error) }
      sparseLines = finished ? 0 : sparseLines + 1
    }
  }

  public func report(_ diagnostic: Diagnostic) { write(render(diagnostic) + "\n", to: .error) }

  private func endProgress() {
    if progressWidth > 0 { emit("\n", to: .error) }
    progressWidth = 0
  }

  /// Bytes straight to the descriptor: a `FILE*` is a global variable, and a second buffer would
  /// mix up the order of the two streams.
  private func emit(_ text: String, to stream: OutputStream) {
    let descriptor: Int32 = stream == .output ? 1 : 2
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
      if written > 0 {
        bytes = bytes.dropFirst(written)
      } else if errno != EINTR {
        return  // nobody reads any more; the program's own work goes on
      }
    }
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  guard let bytes else { return 0 }
  return write(descriptor, bytes, count)
}
