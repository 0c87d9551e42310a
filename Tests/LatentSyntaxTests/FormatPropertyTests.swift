// What formatting may never do, over the corpus, the notebooks and programs made from them:
// change the tree, lose a comment, or want to change its own result.

import Foundation
import LatentTestSupport
import Testing

@testable import LatentSyntax

/// The programs of the project, in the pieces in which they are run.
enum ProjectPrograms {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The chunks of the corpus and of the golden files, and the notebooks.
  static let all: [String] = {
    let corpus = files(in: "Tests/LatentTests/Corpus", ending: ".lvm")
      .flatMap { ("\n" + $0).components(separatedBy: "\n---\n") }
    let golden = files(in: "Tests/LatentSyntaxTests/Golden", ending: ".txt")
      .flatMap { ("\n" + $0).components(separatedBy: "\n=== ").dropFirst() }
      .map { chunk in
        let source = chunk.components(separatedBy: "\n---\n")[0]
        return source.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
          .joined(separator: "\n")
      }
    return corpus + golden + files(in: "notebooks", ending: ".lvm") + [Examples.tour]
  }()

  private static func files(in folder: String, ending: String) -> [String] {
    let folder = root.appending(path: folder)
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    return (names ?? []).filter { $0.hasSuffix(ending) }.sorted().compactMap {
      try? String(contentsOf: folder.appending(path: $0), encoding: .utf8)
    }
  }

  static let valid = all.filter { parsed($0).diagnostics.isEmpty }
}

@Suite struct FormatProperties {
  /// The tree with its help texts.
  private func tree(_ text: String) -> [String] {
    func clauses(_ statement: Statement) -> [String] {
      guard case .model(let model) = statement.kind else { return [] }
      return model.clauses.map { $0.documentation ?? "-" }
    }
    return parsed(text).program.statements.flatMap { statement in
      [statement.sketch, statement.documentation ?? "-"] + clauses(statement)
    }
  }

  /// All comments in order.
  private func comments(_ text: String) -> [String] {
    let tree = BracketTree(Source(name: "text", text: text))
    func of(_ piece: Piece) -> [String] { piece.comments.map(\.text) }
    func of(_ nodes: [Node]) -> [String] {
      nodes.flatMap { node in
        switch node {
        case .piece(let piece): of(piece)
        case .group(let group): of(group.open) + of(group.body) + of(group.close)
        }
      }
    }
    return of(tree.nodes) + of(tree.end)
  }

  private func checkProperties(_ text: String) throws {
    let once = try formatted(text)
    let reparsed = parsed(once)
    #expect(reparsed.diagnostics.isEmpty, "\(text)\n=>\n\(once)")
    #expect(tree(once) == tree(text), "\(text)\n=>\n\(once)")
    #expect(comments(once) == comments(text), "\(text)\n=>\n\(once)")
    let twice = try formatted(once)
    #expect(twice == once, "\(text)\n=>\n\(once)\n=>\n\(twice)")
  }

  @Test func theProgramsAreThere() {
    #expect(ProjectPrograms.valid.count >= 200)
  }

  @Test func programsKeepTheirMeaning() throws {
    for text in ProjectPrograms.valid { try checkProperties(text) }
  }

  /// Spaces, line ends and comments thrown in anywhere between tokens.
  @Test(arguments: 0..<2) func layoutsKeepTheirMeaning(_ seed: Int) throws {
    var generator = SeededGenerator(state: UInt64(seed) &+ 11)
    let noise = [
      " ", "  ", "\t", "\n", "\n\n\n", " # note\n", "\n# own line\n", "\n## help\n", "\n\n",
    ]
    var count = 0
    for text in ProjectPrograms.valid {
      let source = Source(name: "text", text: text)
      for density in [40, 8, 2] {
        var result = ""
        var end = 0
        for token in lex(source).tokens where !token.isNewline {
          result += source.text(in: Span(end, token.span.start))
          if Int.random(in: 0..<density, using: &generator) == 0 {
            result += noise.randomElement(using: &generator) ?? ""
          }
          result += source.text(in: token.span)
          end = token.span.end
        }
        guard parsed(result).diagnostics.isEmpty else { continue }
        count += 1
        try checkProperties(result)
      }
    }
    #expect(count > 200)
  }

  /// Long names and joined lines, so that brackets must be broken.
  @Test(arguments: 0..<2) func longLinesKeepTheirMeaning(_ seed: Int) throws {
    var generator = SeededGenerator(state: UInt64(seed) &+ 5)
    for text in ProjectPrograms.valid {
      let source = Source(name: "text", text: text)
      var result = ""
      var end = 0
      for token in lex(source).tokens where !token.isNewline {
        result += source.text(in: Span(end, token.span.start))
        result += source.text(in: token.span)
        if token.isName, ContextualWord(rawValue: String(source.text(in: token.span))) == nil,
          Int.random(in: 0..<2, using: &generator) == 0
        {
          result += String(repeating: "x", count: Int.random(in: 5..<30, using: &generator))
        }
        end = token.span.end
      }
      guard parsed(result).diagnostics.isEmpty else { continue }
      try checkProperties(result)
    }
  }

  /// Lines that only operators let break, in every kind of statement.
  @Test(arguments: 0..<4) func longExpressionsBreakAtTheirOperators(_ seed: Int) throws {
    var programs = LongPrograms(generator: SeededGenerator(state: UInt64(seed) &+ 17))
    for _ in 0..<60 {
      let text = programs.statement()
      try checkProperties(text)
      let once = try formatted(text)
      #expect(once.split(separator: "\n").allSatisfy { $0.count <= 100 }, "\(text)\n=>\n\(once)")
    }
  }

  /// Programs with words taken out, doubled and exchanged.
  @Test(arguments: 0..<4) func mutationsKeepTheirMeaningOrAreRefused(_ seed: Int) throws {
    var generator = SeededGenerator(state: UInt64(seed) &* 7919 &+ 1)
    let words = ProjectPrograms.all.flatMap { text in
      let source = Source(name: "text", text: text)
      return lex(source).tokens.map { String(source.text(in: $0.span)) }
    }
    var accepted = 0
    for _ in 0..<250 {
      guard let text = ProjectPrograms.all.randomElement(using: &generator), text.count < 2000
      else { continue }
      let source = Source(name: "text", text: text)
      var result = ""
      var end = 0
      let tokens = lex(source).tokens
      let place = Int.random(in: 0..<tokens.count, using: &generator)
      for (position, token) in tokens.enumerated() where !token.isNewline {
        result += source.text(in: Span(end, token.span.start))
        if position == place {
          result += " " + (words.randomElement(using: &generator) ?? "") + " "
          if Bool.random(using: &generator) { result += source.text(in: token.span) }
        } else {
          result += source.text(in: token.span)
        }
        end = token.span.end
      }
      if parsed(result).diagnostics.isEmpty {
        accepted += 1
        try checkProperties(result)
      } else {
        #expect(throws: Diagnostics.self) { try formatted(result) }
      }
    }
    #expect(accepted > 15)
  }
}
