// `grammar/latent.tmLanguage.json`: the grammar that editors with TextMate highlighting read. Its
// rules are here, its words come from the token table.

import LatentNotebook

enum TextMateGrammar {
  private typealias Entry = JSON.Object.Entry

  /// The file, a rule on each line.
  static var json: String {
    let rules = repository.map { "    \(JSON.text($0.key)): \($0.value)" }
    return """
      {
        "name": "Latent",
        "scopeName": "source.latent",
        "fileTypes": ["lvm"],
        "patterns": [{"include": "#code"}],
        "repository": {
      \(rules.joined(separator: ",\n"))
        }
      }

      """
  }

  private static func words(_ name: String) -> [String] {
    GrammarTokens.lists.first { $0.name == name }?.words ?? []
  }

  /// Any of the words as a whole word, no member of something.
  private static func word(_ words: [String]) -> String {
    // The longest first, since the first alternative that fits is taken.
    let sorted = words.sorted { ($0.count, $1) > ($1.count, $0) }
    return #"(?<![\p{L}\p{N}_.])(?:"# + sorted.joined(separator: "|") + #")(?![\p{L}\p{N}_])"#
  }

  private static func rule(_ scope: String, _ pattern: String) -> JSON {
    .object(.init([Entry("name", .text(scope + ".latent")), Entry("match", .text(pattern))]))
  }

  private static func span(
    _ scope: String, _ begin: String, _ end: String, _ patterns: [JSON]
  ) -> JSON {
    .object(
      .init([
        Entry("name", .text(scope + ".latent")), Entry("begin", .text(begin)),
        Entry("end", .text(end)), Entry("patterns", .array(patterns)),
      ]))
  }

  private static func include(_ name: String) -> JSON {
    .object(.init([Entry("include", .text("#" + name))]))
  }

  private static func all(_ patterns: [JSON]) -> JSON {
    .object(.init([Entry("patterns", .array(patterns))]))
  }

  private static var repository: [JSON.Object.Entry] {
    let operators = words("symbols")
      .filter { symbol in !symbol.contains { "()[]{},;:'".contains($0) } }
      .sorted { ($0.count, $1) > ($1.count, $0) }
      .map { $0.map { "+*^.|".contains($0) ? "\\\($0)" : String($0) }.joined() }
    let inText = ["escape", "value"].map(include)
    return [
      Entry("code", all(["comments", "texts", "numbers", "words", "signs"].map(include))),
      Entry(
        "comments",
        all([
          rule("markup.heading", "^# %%(?=\\s|$).*$"),
          rule("comment.block.documentation", "##(?!#).*$"),
          rule("comment.line.number-sign", "#.*$"),
        ])),
      Entry(
        "texts",
        all([
          span("string.quoted.triple", #"""""#, #"""""#, inText),
          span("string.quoted.double", "\"", "\"|$", inText),
        ])),
      Entry(
        "escape",
        rule(
          "constant.character.escape",
          #"\\(?:[ntr"\\]|x\h{2}|u\h{4}|U\h{8}|u\{\h{1,8}\})|\{\{|\}\}"#)),
      Entry(
        "value",
        span(
          "meta.interpolation", #"\{"#, #"\}|(?=$)"#,
          [
            rule("constant.other.format", #":\d*(?:\.\d+[fe%]?)?(?=\})"#), include("code"),
          ])),
      Entry(
        "numbers",
        rule(
          "constant.numeric",
          #"(?<![\p{L}\p{N}_])(?:\d[\d_]*(?:\.\d[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?"#)),
      Entry(
        "words",
        all([
          rule("keyword.control", word(words("keywords"))),
          rule("keyword.operator.word", word(words("wordOperators"))),
          rule("constant.language", word(words("literals"))),
          // Words only where the grammar expects them: before a name, or behind an operand.
          rule(
            "keyword.other",
            word(words("contextualWords"))
              + #"(?=\s+[\p{L}\p{N}_"(\[.+-]|\s*$)(?!\s+(?:[-+*/]?=|[-+]\s|in\b|and\b|or\b))"#),
          rule("constant.language", word(words("constants"))),
          rule("support.function", word(words("builtins"))),
          rule("variable.other", #"[\p{L}_][\p{L}\p{N}\p{M}_]*"#),
        ])),
      Entry("signs", rule("keyword.operator", operators.joined(separator: "|"))),
    ]
  }
}
