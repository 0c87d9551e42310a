// Sentences of `grammar/latent.ebnf` that lead somewhere: the grammar says what kind of word stands
// where, and this says which, so that names are in scope, functions get as many arguments as they
// take, and numbers are small.

import Latent
import LatentTestSupport

struct RunningSentences {
  private var writer: SentenceWriter

  init(seed: UInt64) throws {
    writer = SentenceWriter(try EBNF.ofProject(), style: Self.style, seed: seed)
  }

  /// Short statements whose expressions have two operators at most, mostly; loops and models now
  /// and then.
  static let style = SentenceStyle(
    weights: [
      "statement": ["assign": 8, "expr": 10, "define": 3, "control": 3, "check": 2, "draw": 2],
      "control": ["for": 20, "while": 8, "break": 1, "continue": 1, "return": 1],
      "check": ["fails": 8],
      "target": ["NAME": 12],
      "assign": ["=": 8],
      "clause": ["param": 4, "shared": 6, "assign": 1],
      "body": ["expr": 6],
      "expr": ["NAME": 1, "or": 16],
      "not": ["compare": 24], "args": [",": 1, "|": 2],
      "unary": ["power": 60],
      "trailer": ["(": 8, "index": 4, ".": 2],
      "item": ["expr": 6],
      "primary": [
        "NUMBER": 12, "TEXT": 3, "NAME": 24, "(": 2, "array": 6, "record": 2, "true": 2,
        "false": 2, "nothing": 1, "if": 2,
      ],
    ],
    rarities: [
      "program": 50, "sequence": 2, "or": 16, "and": 16, "compare": 12, "pipe": 12, "range": 16,
      "sum": 6, "term": 8, "power": 12, "postfix": 3, "args": 3, "array": 2, "trailer": 1,
      "model": 2, "check": 6, "index": 4, "END": 20, "define": 2, "names": 4, "target": 6,
    ],
    rarity: 3, length: 50)

  /// What the names of the sentences mean at first. A model costs more than all else together, so
  /// most programs do without.
  static func prelude(hasModel: Bool) -> String {
    """
    x = [3, 1, 2]; v = [[1, 2], [3, 5]]; n = 2; t = "abc"; xs = ["a", 1, nothing]; b = x > 1
    r = (a: 1, b: "c"); d = normal(0, 1); k = 0..<3; f(x) = x; g = (a, b) => a; y = 0.5; z = 1

    """ + (hasModel ? model : "m = r; h = f; p = f; q = f\n")
  }

  private static let model = """
    model h(n: 2) { param a: real = 1; p(z) = normal(0, 1); p(x|z) = normal(a * z, 1) }
    m = h()
    use m

    """

  mutating func text(of rule: String = "program", depth: Int) -> String {
    var words = writer.words(of: rule, depth: depth)
    if rule == "program" {
      // The sentence is to have a statement at least.
      while words.count < 2 { words = writer.words(of: rule, depth: depth) }
    }
    for position in words.indices {
      guard let token = words[position].token else { continue }
      words[position].text = word(token, at: position, in: words)
    }
    return SentenceWriter.text(words.map(\.text))
  }

  private static let variables = [
    "x", "x", "v", "v", "n", "n", "t", "xs", "b", "r", "d", "k", "f", "g", "y", "y", "z", "z", "m",
    "h", "pi",
  ]
  private static let members = [
    "shape", "shape", "a", "b", "mean", "p", "q", "T", "parameters", "theta", "history", "x",
  ]
  private static let types = ["real", "positive", "unit", "simplex", "cov", "chol", "int"]
  private static let numbers = [
    "0", "1", "1", "2", "2", "3", "4", "0.5", "1.5", "10", "1e-6", "1e300", "99",
  ]
  private static let texts = [
    "\"\"", "\"a\"", "\"abc\"", "\"a b\"", "\"{n}\"", "\"{x}\"", "\"{y:8.2f}\"", "\"{t + \"é\"}\"",
    "\"a,b\"", "\"\\n\"", "\"em\"", "\"\"\"\n a\n b\n \"\"\"",
  ]

  private mutating func word(_ token: String, at place: Int, in words: [SentenceWord]) -> String {
    switch token {
    case "NAME": name(at: place, in: words)
    case "NUMBER": one(of: Self.numbers)
    case "TEXT": one(of: Self.texts)
    case "NEWLINE": "\n"
    default: ""
    }
  }

  private mutating func one(of choices: [String]) -> String {
    choices.randomElement(using: &writer.generator) ?? ""
  }

  private mutating func name(at place: Int, in words: [SentenceWord]) -> String {
    let next = place + 1 < words.count ? words[place + 1].text : ""
    let inModel = words[place].path.contains("clause")
    switch words[place].rule {
    case "trailer": return one(of: Self.members)
    case "type": return one(of: Self.types)
    case "record": return ["a", "b", "c", "d"][ordinal(of: place, in: words) % 4]
    case "names": return ["x", "y", "n", "t"][ordinal(of: place, in: words) % 4]
    case "model": return "h"
    case "unary": return one(of: next == "(" ? ["p", "p", "q"] : ["x", "v", "y"])
    case "define" where next == "(": return one(of: inModel ? ["p", "p", "q", "f"] : ["f", "g"])
    case "define": return one(of: ["z", "x"])
    case "param" where inModel: return one(of: ["z", "x", "z", "x", "w"])
    case "param": return ["x", "y", "n", "k"][ordinal(of: place, in: words) % 4]
    case "clause": return one(of: ["a", "w", "s"])
    case "arg": return parameter(at: place, in: words)
    case "primary" where next == "(":
      if Int.random(in: 0..<6, using: &writer.generator) == 0 { return one(of: Self.variables) }
      return one(of: Self.functions[Self.argumentCount(of: words[(place + 1)...])] ?? ["len"])
    default: return one(of: Self.variables)
    }
  }

  /// How many commas stand before a word inside its brackets: names that stand in one list differ.
  private func ordinal(of place: Int, in words: [SentenceWord]) -> Int {
    var (depth, commas) = (0, 0)
    for word in words[..<place].reversed() {
      switch word.text {
      case ")", "]", "}": depth += 1
      case "(", "[", "{":
        if depth == 0 { return commas }
        depth -= 1
      case ",": commas += depth == 0 ? 1 : 0
      default: break
      }
    }
    return commas
  }

  /// The name of an argument: one that the function has.
  private mutating func parameter(at place: Int, in words: [SentenceWord]) -> String {
    var depth = 0
    for position in words[..<place].indices.reversed() {
      switch words[position].text {
      case ")", "]", "}": depth += 1
      case "(", "[", "{":
        if depth == 0 {
          let callee = position > 0 ? words[position - 1].text : ""
          return one(of: Self.parameters[callee] ?? ["x", "z", "a"])
        }
        depth -= 1
      default: break
      }
    }
    return "a"
  }

  /// How many arguments stand in the brackets that the words begin with.
  private static func argumentCount(of words: ArraySlice<SentenceWord>) -> Int {
    var depth = 0
    var commas = 0
    var isEmpty = true
    for word in words {
      if ["(", "[", "{"].contains(word.text) { depth += 1 }
      if [")", "]", "}"].contains(word.text) { depth -= 1 }
      if depth == 0 { break }
      if depth == 1, [",", "|", "||"].contains(word.text) { commas += 1 }
      if depth > 1 || word.text != "(" { isEmpty = false }
    }
    return isEmpty ? 0 : commas + 1
  }

  // MARK: - The library

  /// What waits, reads large files, trains for long, or measures the machine.
  private static let excluded: Set<String> = [
    "sleep", "input", "mnist", "digits", "doctor", "fit", "stream", "compare", "load", "save",
  ]

  private static let builtins = Declarations.builtins.filter { !excluded.contains($0.name) }

  private static let parameters = Dictionary(
    uniqueKeysWithValues: builtins.map { ($0.name, $0.parameters.map(\.name)) })

  /// The builtins that take so many arguments.
  private static let functions: [Int: [String]] = {
    var table: [Int: [String]] = [:]
    for builtin in builtins {
      let least = builtin.parameters.count { !$0.isOptional }
      let most = builtin.parameters.contains(where: \.isVariadic) ? 5 : builtin.parameters.count
      for count in least...max(least, most) { table[count, default: []].append(builtin.name) }
    }
    return table
  }()
}
