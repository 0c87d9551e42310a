// `grammar/tokens.json`: the words of the language and of the library, the one list that every
// highlighter takes its words from.

import Latent
import LatentNotebook

enum GrammarTokens {
  private static let literals: [Keyword] = [.true, .false, .nothing]
  private static let wordOperators: [Keyword] = [.and, .or, .not, .in]

  /// The lists by their names.
  static let lists: [(name: String, words: [String])] = [
    (
      "keywords",
      Keyword.allCases.filter { !literals.contains($0) && !wordOperators.contains($0) }
        .map(\.rawValue)
    ),
    ("wordOperators", wordOperators.map(\.rawValue)),
    ("literals", literals.map(\.rawValue)),
    ("contextualWords", ContextualWord.allCases.map(\.rawValue)),
    ("symbols", Symbol.allCases.map(\.rawValue)),
    ("constants", Declarations.constants),
    ("builtins", Declarations.builtins.map(\.name)),
  ]

  /// The files below `grammar/`: the list, and the copies that the packages carry with them.
  static var files: [(file: String, text: String)] {
    [
      ("tokens.json", json),
      ("pygments/latent_pygments/tokens.json", json),
      (
        "codemirror/tokens.js",
        "// Written by `latent reference`; do not edit.\nexport default \(json)"
      ),
      ("latent.tmLanguage.json", TextMateGrammar.json),
    ]
  }

  /// One word a line, sorted, so that a change shows as what it is.
  static var json: String {
    let lists = lists.map { list in
      let words = list.words.sorted().map { "    \(JSON.text($0))" }
      return "  \(JSON.text(list.name)): [\n\(words.joined(separator: ",\n"))\n  ]"
    }
    return "{\n\(lists.joined(separator: ",\n"))\n}\n"
  }
}
