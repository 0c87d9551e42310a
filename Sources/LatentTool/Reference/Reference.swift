// `latent reference`: the files that are written from declarations, so that they cannot be wrong.

import ArgumentParser
import Foundation
import Latent
import LatentREPL

struct Reference: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reference",
    abstract: "Write the reference and the lists of the grammar.",
    discussion: """
      In the folder of a checkout, writes docs/reference/ (a page for each section of the library, \
      one for the words and operators of the language, one for each family of diagnostics), \
      grammar/tokens.json and the lists of the highlighters beside it. Pages that no longer exist are removed.
      """)

  @ArgumentParser.Argument(help: "The folder that holds docs/ and grammar/.")
  var folder = "."

  /// The first line of every page, by which a page of an earlier version is known.
  static let mark = "<!-- Written by `latent reference` from the declarations; do not edit. -->\n"

  func run() throws {
    let root = URL(filePath: folder, directoryHint: .isDirectory)
    let pages = root.appending(path: "docs/reference")
    let grammar = root.appending(path: "grammar")
    do {
      for folder in [pages, grammar] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      }
      let all = ReferencePage.all
      for page in all {
        try Data((Self.mark + page.text).utf8).write(to: pages.appending(path: page.file))
      }
      for (file, text) in GrammarTokens.files {
        let place = grammar.appending(path: file)
        try FileManager.default.createDirectory(
          at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: place)
      }
      try removePages(in: pages, except: Set(all.map(\.file)))
    } catch {
      let console = TerminalConsole(style: .plain)
      console.report(Diagnostic("L710", "the reference cannot be written below \(root.path)"))
      throw ExitCode(2)
    }
  }

  /// Removes pages that an earlier version wrote, and nothing else.
  private func removePages(in folder: URL, except current: Set<String>) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where name.hasSuffix(".md") && !current.contains(name) {
      let file = folder.appending(path: name)
      if try String(contentsOf: file, encoding: .utf8).hasPrefix(Self.mark) {
        try FileManager.default.removeItem(at: file)
      }
    }
  }
}
