// Source and rendered diagnostics side by side in `Golden/`: what people see when they err.
// `LATENT_RECORD=1 swift test --filter Golden` writes the files anew; read the difference.

import Foundation
import Testing

@testable import LatentSyntax

@Suite struct Golden {
  struct Case {
    /// The code of the first diagnostic, or `friend`: then the first help names Latent's way.
    var title: String
    var source: String

    var diagnostics: [Diagnostic] { parse(Source(name: "cell 1", text: source)).diagnostics }

    var text: String {
      let renderer = DiagnosticRenderer(style: .plain)
      return "=== \(title)\n\(source)\n---\n"
        + diagnostics.map { renderer.render($0) + "\n" }.joined() + "\n"
    }
  }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")

  static func cases(_ file: String) throws -> (text: String, cases: [Case]) {
    let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
    let chunks = ("\n" + text).components(separatedBy: "\n=== ").dropFirst()
    let cases = chunks.compactMap { chunk -> Case? in
      guard let title = chunk.firstIndex(of: "\n"), let end = chunk.range(of: "\n---\n") else {
        return nil
      }
      return Case(
        title: String(chunk[..<title]),
        source: String(chunk[chunk.index(after: title)..<end.lowerBound]))
    }
    return (text, cases)
  }

  @Test(arguments: ["codes.txt", "friends.txt"])
  func renderedTextIsAsRecorded(_ file: String) throws {
    let (text, cases) = try Self.cases(file)
    let rendered = cases.map(\.text).joined()
    if ProcessInfo.processInfo.environment["LATENT_RECORD"] != nil {
      try rendered.write(
        to: Self.folder.appendingPathComponent(file), atomically: true, encoding: .utf8)
    } else {
      #expect(rendered == text)
    }
    #expect(cases.count > 30)
  }

  @Test func everyCodeHasACaseThatLeadsToIt() throws {
    let cases = try Self.cases("codes.txt").cases
    for it in cases { #expect(it.diagnostics.first?.code == it.title, "\(it.source)") }
    #expect(Set(cases.map(\.title)) == Set(DiagnosticCode.allCases.map(\.rawValue)))
  }

  @Test func everyFriendIsHelped() throws {
    for it in try Self.cases("friends.txt").cases {
      let first = try #require(it.diagnostics.first, "\(it.source)")
      #expect(!first.helps.isEmpty, "\(it.source)")
    }
  }
}
