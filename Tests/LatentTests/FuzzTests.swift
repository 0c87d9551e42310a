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

  private func mutated(_ text: String, _ other: String, _ generator: inout Generator) -> String {
    var pieces = words(text)
    let donors = words(other)
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !pieces.isEmpty {
      let position = Int.random(in: 0..<pieces.count, using: &generator)
      switch Int.random(in: 0..<5, using: &generator) {
      case 0: pieces.remove(at: position)
      case 1: pieces[position] = Self.tokens.randomElement(using: &generator) ?? ""
      case 2: pieces.insert(Self.tokens.randomElement(using: &generator) ?? "", at: position)
      case 3: pieces[position] = donors.randomElement(using: &generator) ?? ""
      default: pieces.swapAt(position, Int.random(in: 0..<pieces.count, using: &generator))
      }
    }
    return pieces.joined()
  }

  @Test(arguments: 0..<8) func mutationsEndOrdinarily(_ seed: Int) {
    var generator = Generator(state: UInt64(seed) &* 7919 &+ 1)
    let texts = Chunk.all.map { $0.lines.joined(separator: "\n") }.filter { !$0.contains("sleep") }
    var codes: Set<String> = []
    var values = 0
    for _ in 0..<500 {
      guard let text = texts.randomElement(using: &generator),
        let other = texts.randomElement(using: &generator)
      else { return }
      let program = mutated(text, other, &generator)
      let latent = Chunk.interpreter(
        Bool.random(using: &generator) ? .file : .prompt,
        Limits(steps: 3000, depth: 60, seconds: 2))
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
