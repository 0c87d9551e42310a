// The examples of the README and the manual run, and show what the text says they show.

import Foundation
import Latent
import Testing

struct DocumentTests {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static let documents =
    ["README.md"]
    + ((try? FileManager.default.contentsOfDirectory(atPath: root.path + "/docs/manual")) ?? [])
    .filter { $0.hasSuffix(".md") }.sorted().map { "docs/manual/\($0)" }

  /// A piece of an example that ends in an expectation, or in the end of the example.
  struct Step {
    var text: String
    var firstLine: Int
    var expected: String?
  }

  /// The blocks marked `latent` of a document, cut behind each `#=> value`.
  static func steps(of document: String) -> [Step] {
    var steps: [Step] = []
    var lines: [Substring] = []
    var isInside = false
    func finish(_ expected: String?, at number: Int) {
      let text = lines.joined(separator: "\n")
      if text.contains(where: { !$0.isWhitespace }) {
        steps.append(Step(text: text, firstLine: number - lines.count + 1, expected: expected))
      }
      lines = []
    }
    for (index, line) in document.split(separator: "\n", omittingEmptySubsequences: false)
      .enumerated()
    {
      if isInside, line == "```" {
        finish(nil, at: index)
        isInside = false
      } else if line == "```latent" {
        isInside = true
      } else if isInside {
        lines.append(line)
        if let mark = line.range(of: "#=> ") {
          finish(String(line[mark.upperBound...]), at: index + 1)
        }
      }
    }
    return steps
  }

  @Test(arguments: documents) func examplesRun(_ name: String) throws {
    let text = try String(contentsOf: Self.root.appending(path: name), encoding: .utf8)
    let interpreter = Interpreter(console: CapturedConsole(), mode: .file)
    for step in Self.steps(of: text) {
      do {
        let value = try interpreter.run(step.text, name: name, firstLine: step.firstLine)
        if let expected = step.expected {
          #expect(value.display() == expected, "\(name):\(step.firstLine): \(step.text)")
        }
      } catch {
        let renderer = DiagnosticRenderer(style: .plain)
        let report = Diagnostics(error).all.map { renderer.render($0) }.joined(separator: "\n")
        Issue.record("\(report)")
      }
    }
  }

  /// The README and the manual do have examples: a renamed fence would silence the test above.
  @Test func thereAreExamples() throws {
    let counts = try Self.documents.map { name in
      try Self.steps(of: String(contentsOf: Self.root.appending(path: name), encoding: .utf8)).count
    }
    #expect(Self.documents.count >= 4)
    #expect(counts.reduce(0, +) > 30)
    #expect((counts.first ?? 0) > 5)
  }

  /// Links between documents lead to files.
  @Test(arguments: documents + ["CONTRIBUTING.md", "CHANGELOG.md", "docs/ARCHITECTURE.md"])
  func linksLeadSomewhere(_ name: String) throws {
    let file = Self.root.appending(path: name)
    let text = try String(contentsOf: file, encoding: .utf8)
    for match in text.matches(of: #/\]\(([^)#]+)\)/#) where !match.1.contains("://") {
      let target = file.deletingLastPathComponent().appending(path: String(match.1))
      #expect(FileManager.default.fileExists(atPath: target.path), "\(name): \(match.1)")
    }
  }
}
