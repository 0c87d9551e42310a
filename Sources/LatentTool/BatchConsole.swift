// The standard streams for a run nobody types at: `--quiet` leaves out progress.

import Latent

final class BatchConsole: Console {
  private let terminal: TerminalConsole
  private let isQuiet: Bool

  init(style: DiagnosticRenderer.Style, isQuiet: Bool) {
    terminal = TerminalConsole(style: style)
    self.isQuiet = isQuiet
  }

  var isTerminal: Bool { terminal.isTerminal }

  func write(_ text: String, to stream: OutputStream) { terminal.write(text, to: stream) }

  func show(_ value: Value) { terminal.show(value) }

  func progress(_ line: String, finished: Bool) {
    if !isQuiet { terminal.progress(line, finished: finished) }
  }

  func report(_ diagnostic: Diagnostic) { terminal.report(diagnostic) }
}
