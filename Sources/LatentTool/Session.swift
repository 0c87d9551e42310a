// `latent` without a subcommand: the prompt, a piped script, or one line of code.

import ArgumentParser
import Foundation
@preconcurrency import Glibc
import Latent
import LatentREPL

struct Session: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prompt",
    abstract: "Start the prompt (the default); piped text runs as a script.")

  @Option(
    name: .short, parsing: .unconditional,
    help: ArgumentHelp("Run this code and show its last value.", valueName: "code"))
  var e: String?

  @Flag(name: [.short, .long], help: "No banner.")
  var quiet = false

  @OptionGroup var appearance: Appearance

  func run() throws {
    if let e {
      let script = Script(file: "-", appearance: appearance, isQuiet: quiet, showsValues: true)
      return try script.run(e, name: "-e")
    }
    guard isatty(STDIN_FILENO) == 1 else {
      let script = Script(file: "-", appearance: appearance, isQuiet: quiet, showsValues: false)
      return try script.run(parameters: [])
    }
    let console = TerminalConsole(style: appearance.style)
    let interpreter = Interpreter(console: console, mode: .prompt)
    var options = Prompt.Options()
    options.isColored = appearance.isColored
    if !quiet {
      options.banner = """
        Latent \(version), a language for latent variable models
        ?name tells about a name, Tab completes, Ctrl-D leaves
        """
    }
    guard let prompt = Prompt(interpreter: interpreter, console: console, options: options) else {
      throw ExitCode(2)
    }
    let code = prompt.run()
    if code != 0 { throw ExitCode(code) }
  }
}
