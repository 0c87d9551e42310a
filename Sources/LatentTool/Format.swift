// `latent format`: files in the one layout that all Latent code has.

import ArgumentParser
import Foundation
import Latent
import LatentNotebook
import LatentREPL

struct Format: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "format",
    abstract: "Lay out notebooks and scripts in the canonical form.",
    discussion: """
      Files are rewritten in place, standard input goes to standard output. Comments, the \
      spelling of numbers and texts, and the program itself stay as they are. A file with \
      mistakes is left alone.

      Exit codes: 0 done, 1 mistakes, or with --check something to change, 2 wrong usage, \
      unreadable or unwritable file.
      """)

  @ArgumentParser.Argument(
    help: "The files, or - for standard input.", completion: .file(extensions: ["lvm"]))
  var files: [String]

  @Flag(help: "Change nothing; name the files that would change.")
  var check = false

  @OptionGroup var appearance: Appearance

  func run() throws {
    let console = TerminalConsole(style: appearance.style)
    var isFailure = false
    for file in files {
      let (text, name) = try Script.read(file, appearance)
      let formatted: String
      do {
        formatted = try Notebook.formatted(text, name: name)
      } catch {
        Diagnostics(error).all.forEach(console.report)
        isFailure = true
        continue
      }
      let isChanged = Array(formatted.utf8) != Array(text.utf8)
      if check {
        if isChanged { console.write(name + "\n", to: .output) }
        isFailure = isFailure || isChanged
      } else if file == "-" {
        console.write(formatted, to: .output)
      } else if isChanged {
        do {
          try Data(formatted.utf8).write(to: URL(filePath: file))
        } catch {
          console.report(Diagnostic("L710", "\(name) cannot be written"))
          throw ExitCode(2)
        }
      }
    }
    if isFailure { throw ExitCode(1) }
  }
}
