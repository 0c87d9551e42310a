// Running a text that is not typed at the prompt: a file, standard input, or `-e CODE`.

import ArgumentParser
import Foundation
@preconcurrency import Glibc
import Latent
import LatentNotebook
import LatentREPL

/// A script and how it is to be run.
struct Script {
  /// A path, or `-` for standard input.
  var file: String
  var appearance: Appearance
  var isQuiet = false
  var seed: UInt64?
  /// Overrides the rule that values are shown on a terminal only.
  var showsValues: Bool?

  /// Reads and runs the file.
  ///
  /// - Throws: `ExitCode` 1, 2 or 130, after saying why on standard error.
  func run(parameters: [ParameterValue]) throws {
    let (text, name) = try Self.read(file, appearance)
    try run(text, name: name, parameters: parameters)
  }

  func run(_ text: String, name: String, parameters: [ParameterValue] = []) throws {
    let console = BatchConsole(style: appearance.style, isQuiet: isQuiet)
    let caller = FileManager.default.currentDirectoryPath
    let path = folder(from: caller)
    let notebook: Notebook
    do {
      let finder = FileFinder(notebookFolder: path, callerFolder: caller)
      notebook = try Notebook(reading: text, name: name).setting(parameters, finding: finder)
    } catch {
      Diagnostics(error).all.forEach(console.report)
      throw ExitCode(2)
    }
    for note in notebook.notes {
      console.report(Diagnostic("L717", "\(name): \(note)", severity: .note))
    }
    guard let signals = SignalPipe(taking: [SIGINT]) else { throw ExitCode(2) }
    let options = Interpreter.Options(mode: .file, seed: seed ?? 0)
    let interpreter = Interpreter(console: console, options: options)
    // Cells find their data as they would under any other front end: beside the notebook.
    _ = FileManager.default.changeCurrentDirectoryPath(path)
    let shows = showsValues ?? (isatty(STDOUT_FILENO) == 1 && !isQuiet)
    let runner = Runner(options: .init(showsValues: shows))
    let reactions = Foreground.Reactions(
      interrupt: {
        runner.interrupt()
        interpreter.interrupt()
      },
      insist: { _exit(130) })
    let (outcome, interrupted) = Foreground(signals: signals).run(reactions) {
      runner.run(notebook, in: interpreter, console: console)
    }
    switch outcome {
    // A computation that keeps what it has when it is stopped ends like any other.
    case .done: if interrupted { throw ExitCode(130) }
    case .failed(_, let diagnostics):
      diagnostics.forEach(console.report)
      throw ExitCode(1)
    case .interrupted(_, let diagnostics):
      diagnostics.forEach(console.report)
      throw ExitCode(130)
    }
  }

  /// The folder of the file, absolute; of standard input the caller's.
  private func folder(from caller: String) -> String {
    if file == "-" { return caller }
    let path = file.hasPrefix("/") ? file : caller + "/" + file
    return (path as NSString).deletingLastPathComponent
  }

  /// The text of a file and what messages call it.
  ///
  /// - Throws: `ExitCode` 2 when it cannot be read, after saying why on standard error.
  static func read(
    _ file: String, _ appearance: Appearance
  ) throws -> (text: String, name: String) {
    let name = file == "-" ? "<stdin>" : file
    let problem: String
    do {
      if let text = String(validating: try bytes(of: file), as: UTF8.self) { return (text, name) }
      problem = "\(name) is not UTF-8 text"
    } catch {
      problem = "\(name) cannot be read: \(String(cString: strerror(error.number)).lowercased())"
    }
    TerminalConsole(style: appearance.style).report(Diagnostic("L710", problem))
    throw ExitCode(2)
  }

  /// The bytes of a file; a failure is the system's error number, which has plain words for it.
  private static func bytes(of file: String) throws(SystemError) -> [UInt8] {
    let descriptor = file == "-" ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError(number: errno) }
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw SystemError(number: errno) }
      if count == 0 { return content }
      content += chunk.prefix(count)
    }
  }
}

private struct SystemError: Error {
  let number: Int32
}
