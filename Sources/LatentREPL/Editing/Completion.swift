// What Tab offers: names, members, and inside a call its named arguments first.

import Latent

/// The candidates for the word before the cursor.
struct Completion: Equatable {
  struct Candidate: Equatable, Hashable {
    /// What replaces the word.
    var text: String
    /// What follows when it is the only one: `(` after a function, a space after `name:`.
    var suffix = ""
  }

  var candidates: [Candidate] = []
  /// Inside a text: the names of files are asked for.
  var isPath = false

  static func commonPrefix(of texts: [String]) -> String {
    guard var prefix = texts.first.map({ $0[...] }) else { return "" }
    for text in texts {
      while !text.hasPrefix(prefix) { prefix = prefix.dropLast() }
    }
    return String(prefix)
  }
}

/// Finds completions in what an interpreter knows.
struct Completer {
  let interpreter: Interpreter

  /// Completes at the end of `text`, the part of an entry before the cursor.
  func completion(of text: String) -> Completion {
    let scan = CursorContext(text)
    if scan.isInText { return Completion(isPath: true) }
    if scan.isInComment { return Completion() }
    let word = scan.word
    if word.hasPrefix("\\") {
      let names = Self.greek.keys.filter { $0.hasPrefix(word.dropFirst()) }.sorted()
      // One name is replaced by its letter; several are listed by their names.
      let letter = names.count == 1 ? names.first.flatMap { Self.greek[$0] } : nil
      return Completion(
        candidates: letter.map { [.init(text: $0)] } ?? names.map { .init(text: "\\" + $0) })
    }
    if let path = scan.memberPath { return members(of: path, beginningWith: word) }
    let named = scan.callee.map { arguments(of: $0, beginningWith: word, after: scan) } ?? []
    let names = word.isEmpty && !named.isEmpty ? [] : self.names(beginningWith: word)
    return Completion(candidates: named + names)
  }

  private func names(beginningWith word: String) -> [Completion.Candidate] {
    let words = Set(interpreter.names).union(Self.keywords)
    return words.filter { $0.hasPrefix(word) }.sorted().map { name in
      .init(text: name, suffix: interpreter[name]?.asFunction == nil ? "" : "(")
    }
  }

  /// Members along `a.b.`, each a plain name: nothing is evaluated to complete.
  private func members(
    of path: [String], beginningWith word: String
  ) -> Completion {
    guard let first = path.first, var value = interpreter[first] else { return Completion() }
    for name in path.dropFirst() {
      guard let next = try? value.member(name) else { return Completion() }
      value = next
    }
    let names = value.object?.memberNames ?? []
    return Completion(
      candidates: Set(names).filter { $0.hasPrefix(word) }.sorted().map { .init(text: $0) })
  }

  private func arguments(
    of callee: String, beginningWith word: String, after scan: CursorContext
  ) -> [Completion.Candidate] {
    guard let function = interpreter[callee]?.asFunction else { return [] }
    return function.parameterNames
      .filter { $0.hasPrefix(word) && !scan.namedArguments.contains($0) }
      .map { .init(text: $0 + ":", suffix: " ") }
  }

  private static let keywords = [
    "and", "break", "check", "continue", "else", "false", "for", "if", "import", "in", "model",
    "not", "nothing", "or", "return", "true", "use", "while",
  ]

  private static let greek: [String: String] = [
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ",
    "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ",
    "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
  ]
}
