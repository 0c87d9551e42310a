// Mutated programs of the corpus must end in a value or a diagnostic, never in a crash or a hang.

import Foundation
import Latent
import LatentTestSupport
import Testing

struct FuzzTests {
  private static let tokens = [
    "(", ")", "[", "]", "{", "}", ",", ":", "...", "..<", "=", "+=", "+", "-", "*", "/", "%", "@",
    "^", "'", ".", "|>", "=>", "|", "||", "~", "and", "or", "not", "in", "if", "else", "for",
    "while", "x", "f", "xs", "0", "1", "-1", "1e308", "nan", "inf", "0.5", "\"a\"", "nothing",
    "true", "[1, 2]", "[[1, 2], [3, 4]]", "(a: 1)", "len", "map", "sort", "\n", ";", "return",
    "break", "check", "use", "p", "q",
  ]

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

  /// Words of a program: names, numbers, and single signs.
  private static func words(_ text: String) -> [String] {
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

  private func mutated(
    _ text: [String], _ donors: [String], _ sentences: inout RunningSentences,
    _ generator: inout SeededGenerator
  ) -> String {
    var pieces = text
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
      default: pieces[position] = sentences.text(of: "primary", depth: 18)
      }
    }
    return pieces.joined()
  }

  /// The words of the corpus, without what waits and what trains: both cost time and find nothing.
  private static let programs: [[String]] =
    Chunk.all.map { $0.lines.joined(separator: "\n") }
    .filter { text in !["sleep", "fit(", "digits", "mnist"].contains { text.contains($0) } }
    .map(words)

  @Test(arguments: FuzzRun.lanes) func mutationsEndOrdinarily(_ lane: Int) throws {
    var fuzz = FuzzRun("mutation", lane: lane)
    var generator = fuzz.generator
    var sentences = try RunningSentences(seed: generator.next())
    for _ in 0..<FuzzRun.count {
      let text = try #require(Self.programs.randomElement(using: &generator))
      let other = try #require(Self.programs.randomElement(using: &generator))
      let program = mutated(text, other, &sentences, &generator)
      fuzz.run(program, as: Bool.random(using: &generator) ? .file : .prompt)
    }
    #expect(fuzz.values > 20 && fuzz.codes.count > 10, "\(fuzz.summary)")
    fuzz.report()
  }

  /// Sentences of `grammar/latent.ebnf` with names that mean something.
  @Test(arguments: FuzzRun.lanes) func sentencesEndOrdinarily(_ lane: Int) throws {
    var fuzz = FuzzRun("sentence", lane: lane)
    var generator = fuzz.generator
    var sentences = try RunningSentences(seed: generator.next())
    for _ in 0..<FuzzRun.count {
      let prelude = RunningSentences.prelude(
        hasModel: Int.random(in: 0..<8, using: &generator) == 0)
      let program = prelude + sentences.text(depth: 30)
      fuzz.run(program, as: Bool.random(using: &generator) ? .file : .prompt)
    }
    // Most programs must be read, and many must run to their end, or nothing behind the parser
    // would be tried.
    let unread = fuzz.codes.filter { "L1" <= $0.key && $0.key < "L4" }.values.reduce(0, +)
    #expect(unread < fuzz.total / 3 && fuzz.values > fuzz.total / 10, "\(fuzz.summary)")
    #expect(fuzz.codes.count > 20, "\(fuzz.summary)")
    fuzz.report()
  }
}
