// Mutated programs of the corpus must end in a value or a diagnostic, never in a crash or a hang.

import Foundation
import Latent
import Testing

/// SplitMix64, so that a failure can be repeated from its seed.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

struct FuzzTests {
  static let tokens = [
    "(", ")", "[", "]", "{", "}", ",", ":", "...", "..<", "=", "+=", "+", "-", "*", "/", "%", "@",
    "^", "'", ".", "|>", "=>", "and", "or", "not", "in", "if", "else", "for", "while", "x", "f",
    "xs", "0", "1", "-1", "1e308", "nan", "inf", "0.5", "\"a\"", "nothing", "true", "[1, 2]",
    "[[1, 2], [3, 4]]", "(a: 1)", "len", "map", "sort", "\n", ";", "return", "break", "check",
  ]

  /// Words of a program: names, numbers, and single signs.
  private func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    for character in text {
      if character.isLetter || character.isNumber || character == "_" {
        word.append(character)
      } else {
        if !word.isEmpty { words.append(word) }
        word = ""
        words.append(String(character))
      }
    }
    return word.isEmpty ? words : words + [word]
  }

  /// Literals and brackets at the edge of what is allowed.
  private static let extremes = [
    "1e18", "2^1024", "-9223372036854775808", "9007199254740993", "1e-320", "1e300", "0.1e1",
    "\"{x:999}\"", "\"{1:.99f}\"", "\"\\u{10FFFF}\"", "\"é\u{301}👨‍👩‍👧\"", "θ̂", "名前", "\u{202E}",
    "\u{0}", "\"\"\"", "\"{", "0...1e300", "zeros(1e18)", "range(1e300)", "[] ",
    String(repeating: "(", count: 300), String(repeating: "[", count: 300),
    String(repeating: "-", count: 500), String(repeating: "f(", count: 200),
    String(repeating: "if x { ", count: 100), String(repeating: "x => ", count: 300),
    String(repeating: "not ", count: 300), String(repeating: "x'", count: 300),
    String(repeating: "9", count: 400), "\t", "\r\n", "---",
  ]

  private func mutated(_ text: String, _ other: String, _ generator: inout Generator) -> String {
    var pieces = words(text)
    let donors = words(other)
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !pieces.isEmpty {
      let position = Int.random(in: 0..<pieces.count, using: &generator)
      switch Int.random(in: 0..<9, using: &generator) {
      case 0: pieces.remove(at: position)
      case 1: pieces[position] = Self.tokens.randomElement(using: &generator) ?? ""
      case 2: pieces.insert(Self.tokens.randomElement(using: &generator) ?? "", at: position)
      case 3: pieces[position] = donors.randomElement(using: &generator) ?? ""
      case 4: pieces.swapAt(position, Int.random(in: 0..<pieces.count, using: &generator))
      case 5: pieces[position] = Self.extremes.randomElement(using: &generator) ?? ""
      case 6:
        // The head of one program and the tail of another.
        let cut = Int.random(in: 0...donors.count, using: &generator)
        pieces = Array(pieces[..<position]) + donors[cut...]
      case 7:
        let end = min(pieces.count, position + Int.random(in: 1...12, using: &generator))
        pieces.insert(contentsOf: pieces[position..<end], at: position)
      default: pieces[position] = sentence("primary", 4, &generator)
      }
    }
    return pieces.joined()
  }

  /// A grammar small enough to lead somewhere: each rule's alternatives, words in capitals first
  /// letters being rules themselves.
  private static let productions: [String: [String]] = [
    "program": ["S", "S \n S", "S \n S \n S"],
    "S": [
      "x = E", "x[E] = E", "x += E", "f(x) = E", "f(x, k: E) = { S }", "(a, b) = E", "E",
      "for x in E { S }", "if E { S } else { S }", "check E", "check E fails", "r.a = E",
      "i = 0; while i < 3 { i += 1; S }",
    ],
    "E": [
      "P", "P O P", "P O P O P", "f(E)", "P |> sum", "-P", "P'", "not P", "x => E", "P[I]",
      "P.shape",
      "B(E)", "B(E, E)", "B(E, axis: P)", "[E for x in E]", "if E { E } else { E }", "\"{P}\"",
      "\"{P:8.2f}\"", "map(E, x => E)", "reduce(E, (a, b) => E)",
    ],
    "P": [
      "1", "0", "-1", "2.5", "nan", "inf", "1e300", "true", "nothing", "\"a\"", "\"\"", "x", "v",
      "[]", "[1, 2]", "[[1, 2], [3, 4]]", "[\"a\", 1]", "(a: 1)", "0..<3", "5...1 by -2", "(E)",
      "zeros([0, 2])", "len", "normal(0, 1)", "[1, 2] > 1",
    ],
    "O": ["+", "-", "*", "/", "%", "@", "^", "==", "<", "in", "and", "or", "..<", "!="],
    "I": ["E", ":", "...", "P...", "..<P", "P, P", "[0, 1]", "P..<P", ":, P", "P > 0", "-1"],
    "B": [
      "sum", "mean", "max", "argmax", "sort", "len", "reverse", "zeros", "reshape", "concat",
      "stack",
      "split", "repeat", "join", "text", "number", "unique", "cumsum", "quantile", "softmax",
      "solve",
      "svd", "transpose", "where", "zip", "enumerate", "append", "range", "arange", "linspace",
      "keys",
      "replace", "upper", "eye", "diag", "norm", "permutation", "sample", "log_prob", "holdout",
      "standardize", "binarize", "pairwise", "clamp", "contains", "moons", "print", "kl", "flatten",
    ],
  ]

  /// A sentence of `rule`, no deeper than `depth`.
  private func sentence(_ rule: String, _ depth: Int, _ generator: inout Generator) -> String {
    let name = rule == "primary" ? "P" : rule
    guard let choices = Self.productions[name] else { return rule }
    // The first alternatives are the plain ones.
    let allowed = depth > 0 ? choices[...] : choices.prefix(name == "P" ? 12 : 1)
    let chosen = allowed.randomElement(using: &generator) ?? ""
    return words(chosen).map { word in
      Self.productions[word] == nil ? word : sentence(word, depth - 1, &generator)
    }.joined()
  }

  /// `LATENT_FUZZ=COUNT` (what `scripts/fuzz` sets) runs as many programs more.
  static let count =
    ProcessInfo.processInfo.environment["LATENT_FUZZ"].flatMap { Int($0) }.map { $0 / 8 } ?? 500
  static let seed =
    ProcessInfo.processInfo.environment["LATENT_FUZZ_SEED"].flatMap { Int($0) } ?? 0

  /// Where the program that runs is written first, so that a crash leaves it behind.
  private func note(_ program: String, _ seed: Int) {
    guard let folder = ProcessInfo.processInfo.environment["LATENT_FUZZ_FOLDER"] else { return }
    let file = URL(fileURLWithPath: folder).appending(path: "running-\(seed).lvm")
    try? program.write(to: file, atomically: false, encoding: .utf8)
  }

  @Test(arguments: 0..<8) func mutationsEndOrdinarily(_ lane: Int) {
    var generator = Generator(state: UInt64(lane + 8 * Self.seed) &* 7919 &+ 1)
    // Not what waits, and not what trains: both cost time and find nothing here.
    let texts = Chunk.all.map { $0.lines.joined(separator: "\n") }.filter { text in
      !["sleep", "fit(", "digits", "mnist"].contains { text.contains($0) }
    }
    var codes: Set<String> = []
    var values = 0
    for _ in 0..<Self.count {
      guard let text = texts.randomElement(using: &generator),
        let other = texts.randomElement(using: &generator)
      else { return }
      let isGenerated = Int.random(in: 0..<4, using: &generator) == 0
      let program =
        isGenerated
        ? "x = [3, 1, 2]; v = x; r = (a: 1); f(x) = x\n" + sentence("program", 5, &generator)
        : mutated(text, other, &generator)
      note(program, lane)
      let latent = Chunk.interpreter(
        Bool.random(using: &generator) ? .file : .prompt,
        Limits(steps: 3000, depth: 60, seconds: 2, memory: 200_000_000))
      do {
        values += try latent.run(program).display().isEmpty ? 0 : 1
      } catch let diagnostic as Diagnostic {
        codes.insert(diagnostic.code)
        #expect(diagnostic.primary != nil, "no place: \(diagnostic.message)\n\(program)")
        #expect(!DiagnosticRenderer(style: .plain).render(diagnostic).isEmpty)
      } catch let diagnostics as Diagnostics {
        codes.formUnion(diagnostics.all.map(\.code))
        #expect(diagnostics.all.allSatisfy { $0.primary != nil }, "no place\n\(program)")
      } catch {
        Issue.record("\(error) from\n\(program)")
      }
    }
    #expect(values > 20 && codes.count > 10)
  }
}
