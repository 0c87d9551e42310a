// `latent check`: what is wrong with notebooks, without running them.

import ArgumentParser
import Latent
import LatentNotebook

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check notebooks and scripts without running them.",
    discussion: """
      Every cell is parsed, and all names and arguments are resolved. Exit codes: 0 no errors, \
      1 errors, 2 wrong usage or unreadable file. Warnings do not count.
      """)

  // Qualified: an `Argument` is also a node of the tree.
  @ArgumentParser.Argument(
    help: "The files, or - for standard input.", completion: .file(extensions: ["lvm"]))
  var files: [String]

  @OptionGroup var appearance: Appearance

  func run() throws {
    var hasErrors = false
    for file in files {
      let (text, name) = try Script.read(file, appearance)
      let console = TerminalConsole(style: appearance.style)
      let diagnostics: [Diagnostic]
      do {
        // Notebooks know nothing of each other's names.
        let interpreter = Interpreter(console: console, mode: .file)
        diagnostics = try Notebook(reading: text, name: name).check(in: interpreter)
      } catch {
        diagnostics = Diagnostics(error).all
      }
      diagnostics.forEach(console.report)
      hasErrors = hasErrors || diagnostics.contains { $0.severity == .error }
    }
    if hasErrors { throw ExitCode(1) }
  }
}
