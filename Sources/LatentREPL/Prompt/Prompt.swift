// The interactive prompt: read an entry, run it, show its value, and never lose the session.

import Foundation
@preconcurrency import Glibc
import Latent

/// A session at the terminal.
public final class Prompt {
  public struct Options {
    /// Two lines of greeting.
    public var banner: String?
    /// Whether control sequences may be written (see `TerminalStyle`).
    public var isColored = false
    /// The environment: `TERM`, `LATENT_HISTORY`, `XDG_STATE_HOME`, `HOME`.
    public var environment: [String: String] = ProcessInfo.processInfo.environment

    public init() {}
  }

  private let interpreter: Interpreter
  private let console: any Console
  private let options: Options
  private let signals: SignalPipe
  private var reader: any LineReader
  private var history: History

  /// Every line of an entry after the first; as wide as the prompt, so that lines align.
  static let prompt = "latent> "
  static let continuation = "   ...> "

  /// - Returns: nil when the system has no file descriptor left to watch signals with.
  public init?(interpreter: Interpreter, console: any Console, options: Options = Options()) {
    let watched = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT]
    guard let signals = SignalPipe(taking: watched) else { return nil }
    self.interpreter = interpreter
    self.console = console
    self.options = options
    self.signals = signals
    history = History(path: History.standardPath(options.environment))
    // When standard output is a pipe, prompt and echo must not end up in it.
    let echoesToOutput = isatty(STDOUT_FILENO) == 1
    if ["dumb", "", nil].contains(options.environment["TERM"]) {
      let output = echoesToOutput ? STDOUT_FILENO : STDERR_FILENO
      reader = PlainReader(signals: signals, output: output)
    } else {
      let completer = Completer(interpreter: interpreter)
      reader = ReadlineReader(signals: signals, echoesToOutput: echoesToOutput) {
        completer.completion(of: $0)
      }
    }
  }

  /// Runs until the user leaves.
  ///
  /// - Returns: the exit code of the process.
  public func run() -> Int32 {
    if let banner = options.banner { console.write(banner + "\n", to: .output) }
    var entry = Entry()
    var emptyInterrupts = 0
    while true {
      let prompt = entry.isEmpty ? Self.prompt : Self.continuation
      let input = reader.read(prompt: prompt, after: entry.lines, history: history.entries)
      if case .interrupted(wasEmpty: true) = input, entry.isEmpty {
        emptyInterrupts += 1
        if emptyInterrupts == 2 { console.write("Ctrl-D leaves\n", to: .error) }
      } else {
        emptyInterrupts = 0
      }
      switch input {
      case .interrupted: entry.clear()
      case .end where entry.isEmpty: return 0
      case .end: entry.clear()
      case .terminated(let signal): return 128 + signal
      case .line(let line):
        entry.add(line)
        if entry.lines.allSatisfy({ $0.allSatisfy(\.isWhitespace) }) { entry.clear() }
        let text = entry.text
        let topic = Entry.helpTopic(of: text)
        guard !entry.isEmpty,
          topic != nil || entry.isReady(by: { interpreter.completeness(of: $0) })
        else { continue }
        entry.clear()
        _ = history.add(text)
        evaluate(topic.map { "help(\($0))" } ?? text)
      }
    }
  }

  /// Runs an entry and shows its value or what is wrong with it.
  private func evaluate(_ text: String) {
    let interpreter = interpreter
    let console = console
    let start = ContinuousClock.now
    // An interrupt that came when nothing ran is not meant for this.
    interpreter.interruptFlag.lower()
    let reactions = Foreground.Reactions(
      interrupt: { interpreter.interrupt() },
      insist: {
        interpreter.interrupt()
        // Not through the console, which belongs to the work while it runs.
        let notice = "\nstopping at the next safe place; Ctrl-\\ leaves Latent\n"
        _ = notice.withCString { write(STDERR_FILENO, $0, strlen($0)) }
      },
      // The work cannot be unwound from here; history is on disk already.
      terminate: { _exit(128 + $0) })
    let (result, interrupted) = Foreground(signals: signals).run(reactions) {
      Result { try interpreter.run(text, name: "<prompt>", firstLine: 1) }
    }
    // The terminal has echoed `^C`.
    if interrupted { console.write("\n", to: .error) }
    switch result {
    case .success(.nothing): break
    case .success(let value):
      interpreter["ans"] = value
      console.show(value)
    case .failure(let error):
      for diagnostic in Diagnostics(error).all { console.report(diagnostic) }
    }
    reportTime(ContinuousClock.now - start)
  }

  /// Long statements say how long they took, dimly and only to a person.
  private func reportTime(_ duration: Duration) {
    guard duration >= .seconds(1), console.isTerminal else { return }
    let text = duration.formatted(
      .units(
        allowed: [.hours, .minutes, .seconds], width: .narrow,
        fractionalPart: .show(length: 1)))
    console.write(options.isColored ? "\u{1B}[2m\(text)\u{1B}[0m\n" : text + "\n", to: .error)
  }
}
