// The pages of `docs/reference/`, from the declarations of builtins, the token table and the
// tables of codes.

import Latent
import LatentNotebook

struct ReferencePage {
  var file: String
  var title: String
  /// What stands below the title.
  var body: String

  var text: String { "\n# \(title)\n\n\(body)" }

  static var all: [ReferencePage] {
    let sections = self.sections
    let families = self.families
    return [index(sections, families), language] + sections + families
  }

  private static func index(
    _ sections: [ReferencePage], _ families: [ReferencePage]
  ) -> ReferencePage {
    func links(_ pages: [ReferencePage]) -> String {
      pages.map { "- [\($0.title)](\($0.file))\n" }.joined()
    }
    return ReferencePage(
      file: "README.md", title: "Reference",
      body: "- [Words and operators](language.md)\n\n## The library\n\n" + links(sections)
        + "\n## Diagnostics\n\n" + links(families))
  }

  // MARK: - The library

  private static var sections: [ReferencePage] {
    var titles: [String] = []
    for builtin in Declarations.builtins where !titles.contains(builtin.section.title) {
      titles.append(builtin.section.title)
    }
    return titles.map { title in
      let builtins = Declarations.builtins.filter { $0.section.title == title }
        .sorted { $0.name < $1.name }
      return ReferencePage(
        file: title.lowercased().split(separator: " ").joined(separator: "-") + ".md",
        title: title, body: builtins.map(entry).joined(separator: "\n"))
    }
  }

  private static func entry(_ builtin: Builtin) -> String {
    var text = "## \(builtin.name)\n\n"
    text += "```\n\(builtin.writtenSignature) → \(builtin.returns.kind)\n```\n\n\(builtin.help)\n"
    if !builtin.parameters.isEmpty {
      let rows = builtin.parameters.map(row)
      text += "\n" + table(["parameter", "takes", "default", "meaning"], rows)
    }
    if !builtin.examples.isEmpty {
      text += "\n```latent\n\(builtin.examples.joined(separator: "\n"))\n```\n"
    }
    return text
  }

  private static func row(_ parameter: Builtin.Parameter) -> [String] {
    var kind = parameter.kind.phrase
    if parameter.isVariadic { kind += ", any number of them" }
    if parameter.isNamedOnly { kind += ", named" }
    let fallback = parameter.isVariadic ? nil : parameter.fallback.written
    return [
      "`\(parameter.name)`", kind, fallback.map { "`\($0)`" } ?? "", parameter.help,
    ]
  }

  // MARK: - The language

  private static var language: ReferencePage {
    func words(_ name: String) -> String {
      let list = GrammarTokens.lists.first { $0.name == name }?.words ?? []
      return list.map { "`\($0)`" }.joined(separator: " ")
    }
    let rows = OperatorLevel.all.map { level in
      [level.spellings.map { "`\($0)`" }.joined(separator: " "), level.meaning, level.grouping]
    }
    return ReferencePage(
      file: "language.md", title: "Words and operators",
      body: """
        ## Reserved words

        \(words("keywords")) \(words("wordOperators")) \(words("literals"))

        Words with a meaning only where the grammar expects them, and names elsewhere:
        \(words("contextualWords")).

        ## Operators

        From loose to tight:

        \(table(["written", "meaning", "grouping"], rows))
        ## Signs

        \(words("symbols"))

        ## Constants

        \(words("constants"))

        The grammar is [latent.ebnf](../../grammar/latent.ebnf).

        """)
  }

  // MARK: - Diagnostics

  private static let familyTitles: [(digit: Character, title: String)] = [
    ("1", "Characters, numbers and texts"), ("2", "Syntax"), ("3", "Names and arguments"),
    ("4", "Values"), ("5", "Models"), ("6", "Numerics"),
    ("7", "Files, limits, interrupts and failed checks"),
  ]

  private static var families: [ReferencePage] {
    let codes = (Declarations.codes + NotebookCodes.meanings.map(CodeMeaning.init))
      .sorted { $0.code < $1.code }
    return familyTitles.map { digit, title in
      let rows = codes.filter { $0.code.dropFirst().first == digit }.map { [$0.code, $0.meaning] }
      return ReferencePage(
        file: "L\(digit)xx.md", title: "L\(digit)xx: \(title)",
        body: table(["code", "meaning"], rows))
    }
  }

  // MARK: - Markdown

  private static func table(_ head: [String], _ rows: [[String]]) -> String {
    // A bar ends a cell of a table even inside of code.
    func line(_ cells: [String]) -> String {
      "| "
        + cells.map {
          $0.split(separator: "|", omittingEmptySubsequences: false)
            .joined(separator: "\\|")
        }.joined(separator: " | ") + " |\n"
    }
    return line(head) + line(head.map { _ in "---" }) + rows.map(line).joined()
  }
}
