// `latent run`: a notebook or script from its first cell to its last.

import ArgumentParser
import Foundation
import LatentNotebook
import LatentREPL

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a notebook or script.",
    discussion: """
      Cells run in order, in the file's folder, until one fails. Standard output carries what \
      they print and, on a terminal, what they show.

      Exit codes: 0 done, 1 a cell failed, 2 wrong usage, unreadable file or unknown parameter, \
      130 interrupted.
      """)

  @Argument(help: "The file, or - for standard input.", completion: .file(extensions: ["lvm"]))
  var file: String

  @Option(
    name: .short, parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Set a parameter of the cell tagged `parameters`; may be repeated.",
      valueName: "name=value"))
  var p: [String] = []

  @Option(help: "Seed of the random numbers; the same seed gives the same run.")
  var seed: UInt64?

  @Flag(help: "Show neither progress nor values, only what the cells print.")
  var quiet = false

  @OptionGroup var appearance: Appearance

  func validate() throws {
    for argument in p where ParameterValue(argument) == nil {
      throw ValidationError("`-p \(argument)`: a parameter is set by `-p name=value`")
    }
  }

  func run() throws {
    let script = Script(file: file, appearance: appearance, isQuiet: quiet, seed: seed)
    try script.run(parameters: p.compactMap { ParameterValue($0) })
  }
}
