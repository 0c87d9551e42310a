// Random sentences of `grammar/latent.ebnf`: the programs nobody thought of.

/// Which sentences of a grammar are written how often.
public struct SentenceStyle: Sendable {
  /// By rule and first word of an alternative: how often it is chosen, where others count as 1.
  public var weights: [String: [String: Int]]
  /// By rule: one time in how many a part that may be left out is written, or one that may come
  /// again comes again.
  public var rarities: [String: Int]
  public var rarity: Int
  /// From so many words on a sentence takes the shortest way to its end.
  public var length: Int

  /// Every sentence is as likely as another.
  public static let even = SentenceStyle(weights: [:], rarities: [:], rarity: 4, length: .max)

  public init(
    weights: [String: [String: Int]], rarities: [String: Int], rarity: Int, length: Int
  ) {
    self.weights = weights
    self.rarities = rarities
    self.rarity = rarity
    self.length = length
  }
}

/// A word of a sentence and how the grammar came to it.
public struct SentenceWord: Sendable {
  /// The terminal, or for a token (`NAME`, `NUMBER`, …) what it says once it is decided.
  public var text: String
  /// The name of the token; nil for terminals.
  public var token: String?
  /// The rules that led to it, the outermost first.
  public var path: [String]

  public var rule: String { path.last ?? "" }
}

/// Writes sentences of a grammar.
public struct SentenceWriter {
  public let grammar: EBNF
  public var generator: SeededGenerator
  private let style: SentenceStyle
  private var heights: [String: Int] = [:]
  private var words: [SentenceWord] = []
  private var path: [String] = []

  public init(_ grammar: EBNF, style: SentenceStyle = .even, seed: UInt64) {
    self.grammar = grammar
    self.style = style
    generator = SeededGenerator(state: seed)
    // The least depth in which each rule can end, by repetition until nothing changes.
    var isChanging = true
    while isChanging {
      isChanging = false
      for (name, rule) in grammar.rules {
        let height = height(rule) + 1
        if height < heights[name] ?? Self.endless {
          heights[name] = height
          isChanging = true
        }
      }
    }
  }

  private static let endless = 1000

  /// The rules that can end at all.
  public var productive: Set<String> { Set(heights.filter { $0.value < Self.endless }.keys) }

  private func height(_ rule: EBNF.Rule) -> Int {
    switch rule {
    case .terminal: 0
    case .name(let name):
      grammar.tokenNames.contains(name) ? 0 : heights[name] ?? Self.endless
    case .sequence(let parts): parts.map(height).max() ?? 0
    case .choice(let choices): choices.map(height).min() ?? 0
    case .optional, .repeated: 0
    }
  }

  /// A sentence whose tree is about as deep as said, its tokens to be decided yet.
  public mutating func words(of rule: String = "program", depth: Int) -> [SentenceWord] {
    (words, path) = ([], [])
    write(.name(rule), depth)
    return words
  }

  /// A sentence as a text, with tokens that say little.
  public mutating func sentence(depth: Int) -> String {
    var sentence = words(depth: depth)
    for position in sentence.indices {
      guard let token = sentence[position].token else { continue }
      sentence[position].text = Self.tokens[token]?.randomElement(using: &generator) ?? ""
    }
    return Self.text(sentence.map(\.text))
  }

  private static let tokens = [
    "NAME": ["x", "y", "f", "θ", "w_1", "by", "fails", "param", "shared", "within"],
    "NUMBER": ["0", "1_000", "0.5", ".5", "1e-6"],
    "TEXT": ["\"\"", "\"a # b\"", "\"\\\"{{\""],
    "NEWLINE": ["\n"],
  ]

  /// Words as a program: spaces between them but where two have to touch.
  public static func text(_ words: [String]) -> String {
    var text = ""
    var previous = "\n"
    var isSign = false
    for word in words where !word.isEmpty {
      let startsStatement = ["\n", ";", "{"].contains(previous)
      let touches = isSign || word == "'" || word == "\n" || previous == "\n"
      text += (touches ? "" : " ") + word
      // A sign at the start of a line touches its operand.
      isSign = startsStatement && (word == "-" || word == "+")
      previous = word
    }
    return text
  }

  private mutating func write(_ rule: EBNF.Rule, _ depth: Int) {
    let depth = words.count < style.length ? depth : 0
    switch rule {
    case .terminal(let text): words.append(SentenceWord(text: text, path: path))
    case .name(let name):
      guard let body = grammar.rules[name] else {
        words.append(SentenceWord(text: "", token: name, path: path))
        return
      }
      path.append(name)
      write(body, depth - 1)
      path.removeLast()
    case .sequence(let parts): for part in parts { write(part, depth) }
    case .choice(let choices):
      if let chosen = choice(choices, depth) { write(chosen, depth) }
    case .optional(let inner):
      if height(inner) <= depth, goesOn(1) { write(inner, depth) }
    case .repeated(let inner):
      while height(inner) <= depth, words.count < style.length, goesOn(0) { write(inner, depth) }
    }
  }

  /// - Parameter bonus: A part that may be left out is written a little more often than repeated.
  private mutating func goesOn(_ bonus: Int) -> Bool {
    let rarity = path.last.flatMap { style.rarities[$0] } ?? max(1, style.rarity - bonus)
    return Int.random(in: 0..<rarity, using: &generator) == 0
  }

  private mutating func choice(_ choices: [EBNF.Rule], _ depth: Int) -> EBNF.Rule? {
    let fitting = choices.filter { height($0) <= depth }
    guard !fitting.isEmpty else { return choices.min { height($0) < height($1) } }
    guard let weights = path.last.flatMap({ style.weights[$0] }) else {
      return fitting.randomElement(using: &generator)
    }
    let shares = fitting.map { weights[$0.firstWord] ?? 1 }
    let total = shares.reduce(0, +)
    guard total > 0 else { return fitting.first }
    var place = Int.random(in: 0..<total, using: &generator)
    for (rule, share) in zip(fitting, shares) {
      if place < share { return rule }
      place -= share
    }
    return nil
  }
}

extension EBNF.Rule {
  /// The terminal or name it starts with.
  public var firstWord: String {
    switch self {
    case .terminal(let word), .name(let word): word
    case .sequence(let parts), .choice(let parts): parts.first?.firstWord ?? ""
    case .optional(let inner), .repeated(let inner): inner.firstWord
    }
  }
}
