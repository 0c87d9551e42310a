// Runs the conformance corpus: chunks of programs with what they must show or refuse.
//
// `#=> value` at the end of a line is the display of the value of the statement on it; `#! L302
// text` an error with that code on that line whose message, notes or help contain the text.

import Foundation
import Latent
import Testing

/// One program of the corpus with what its comments expect.
struct Chunk: Sendable, CustomTestStringConvertible {
  var file: String
  var firstLine: Int
  var lines: [String]

  var testDescription: String { "\(file):\(firstLine)" }

  /// By line: what its statement must show.
  var values: [Int: String] {
    expectations(after: "#=> ")
  }

  /// By line: the code of the expected error, and a part of what it says.
  var errors: [Int: (code: String, text: String)] {
    expectations(after: "#! ").mapValues { words in
      let parts = words.split(separator: " ", maxSplits: 1).map(String.init)
      return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
    }
  }

  private func expectations(after mark: String) -> [Int: String] {
    var found: [Int: String] = [:]
    for (position, line) in lines.enumerated() {
      guard let range = line.range(of: mark, options: .backwards) else { continue }
      found[position] = line[range.upperBound...].trimmingCharacters(in: .whitespaces)
    }
    return found
  }

  /// The chunks of every corpus file.
  static let all: [Chunk] = {
    guard let folder = Bundle.module.url(forResource: "Corpus", withExtension: nil),
      let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    else { return [] }
    return names.filter { $0.hasSuffix(".lvm") }.sorted().flatMap { name in
      let text = (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
      return chunks(of: text, file: name)
    }
  }()

  static func chunks(of text: String, file: String) -> [Chunk] {
    var chunks: [Chunk] = []
    var lines: [String] = []
    var first = 1
    for (position, line) in (text.components(separatedBy: "\n") + ["---"]).enumerated() {
      guard line == "---" else {
        lines.append(line)
        continue
      }
      if lines.contains(where: { !$0.trimmingCharacters(in: .whitespaces).isEmpty }) {
        chunks.append(Chunk(file: file, firstLine: first, lines: lines))
      }
      lines = []
      first = position + 2
    }
    return chunks
  }

  static var folder: String {
    Bundle.module.url(forResource: "Corpus", withExtension: nil)?.path ?? "."
  }

  /// The chunks that grow until they are stopped must not depend on what the machine has, and they
  /// run beside each other.
  static func interpreter(
    _ mode: Interpreter.Mode,
    _ limits: Limits = Limits(steps: 2_000_000, memory: 1_000_000_000)
  ) -> Interpreter {
    Interpreter(options: .init(mode: mode, limits: limits, directory: folder))
  }
}

struct Conformance {
  @Test func corpusIsThere() {
    #expect(Chunk.all.count >= 450)
  }

  @Test(arguments: Chunk.all) func chunk(_ chunk: Chunk) throws {
    let expected = chunk.errors
    let text = chunk.lines.joined(separator: "\n")
    let found = Chunk.interpreter(.file).check(text, name: chunk.file, firstLine: chunk.firstLine)
      .filter { $0.severity == .error }
    guard found.isEmpty else {
      compare(found, with: expected, of: chunk)
      return
    }
    if !expected.isEmpty {
      do {
        try Chunk.interpreter(.file).run(text, name: chunk.file, firstLine: chunk.firstLine)
        Issue.record("\(chunk.testDescription) ended without its errors")
      } catch {
        compare(diagnostics(error), with: expected, of: chunk)
      }
    }
    try runStatements(of: chunk, in: Chunk.interpreter(.prompt))
  }

  /// Runs the chunk statement by statement, each as a cell at its own line, and compares what they
  /// show. A function may name what a later cell defines, as at the prompt.
  private func runStatements(of chunk: Chunk, in interpreter: Interpreter) throws {
    let text = chunk.lines.joined(separator: "\n")
    let source = Source(name: chunk.file, text: text, firstLine: chunk.firstLine)
    let (values, errors) = (chunk.values, chunk.errors)
    var seen: Set<Int> = []
    let statements = parse(source).program.statements
    let lastLines = statements.map { source.lineIndex(at: max($0.span.start, $0.span.end - 1)) }
    for (position, statement) in statements.enumerated() {
      let last = lastLines[position]
      let first = source.lineIndex(at: statement.span.start)
      let code = String(source.text(in: statement.span))
      let value: Value
      do {
        value = try interpreter.run(code, name: chunk.file, firstLine: chunk.firstLine + first)
      } catch {
        if errors.isEmpty { compare(diagnostics(error), with: errors, of: chunk) }
        return
      }
      // Of several statements on a line the last one is meant.
      guard let expected = values[last], lastLines.dropFirst(position + 1).first != last else {
        continue
      }
      seen.insert(last)
      let shown = value.display().replacingOccurrences(of: "\n", with: "↵")
      #expect(shown == expected, "\(chunk.file):\(chunk.firstLine + last)")
    }
    #expect(Set(values.keys) == seen, "\(chunk.testDescription): expectations not reached")
  }

  private func diagnostics(_ error: any Error) -> [Diagnostic] {
    switch error {
    case let diagnostic as Diagnostic: [diagnostic]
    case let diagnostics as Diagnostics: diagnostics.all
    default: []
    }
  }

  private func compare(
    _ found: [Diagnostic], with expected: [Int: (code: String, text: String)], of chunk: Chunk
  ) {
    var missing = expected
    for diagnostic in found {
      let rendered = DiagnosticRenderer(style: .plain).render(diagnostic)
      guard let label = diagnostic.primary else {
        Issue.record("an error without a place: \(rendered)")
        continue
      }
      let line = label.source.position(of: label.span.start).line - chunk.firstLine
      guard let (code, text) = missing.removeValue(forKey: line) else {
        Issue.record("unexpected in \(chunk.testDescription):\n\(rendered)")
        continue
      }
      let said = ([diagnostic.message] + diagnostic.helps + diagnostic.notes).joined(
        separator: "\n")
      #expect(diagnostic.code == code, "\(rendered)")
      #expect(text.isEmpty || said.contains(text), "\(rendered)")
    }
    for (line, error) in missing {
      Issue.record("\(chunk.file):\(chunk.firstLine + line): no error \(error.code)")
    }
  }
}
