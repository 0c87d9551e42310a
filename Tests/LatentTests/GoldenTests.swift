// Source and rendered diagnostics side by side in `Golden/`: what people see when they err.
// `LATENT_RECORD=1 swift test --filter LatentTests.Golden` writes the files anew; read the
// difference.

import Foundation
import Latent
import LatentNotebook
import Testing

/// A program of a golden file and the circumstances under which it ends as recorded.
struct GoldenCase {
  /// The code of the first diagnostic, then the circumstances: `L702 steps: 1000`. In the table of
  /// mistakes, what the first diagnostic's helps must contain.
  var title: String
  var source: String

  /// What follows a word and a colon in the title.
  private func circumstance(_ word: String) -> String? {
    let rest = title.range(of: " \(word): ").map { title[$0.upperBound...] }
    return rest?.split(separator: " ").first.map(String.init)
  }

  /// Raises the flag when the program prints: the interrupt of a user who has seen enough.
  private final class InterruptingConsole: Console {
    var flag: InterruptFlag?
    func write(_ text: String, to stream: Latent.OutputStream) { flag?.raise() }
    func report(_ diagnostic: Diagnostic) {}
    func readLine(prompt: String, isSecret: Bool) -> String? { nil }
  }

  var diagnostics: [Diagnostic] {
    if title.contains(" notebook") { return notebookDiagnostics }
    var limits = Limits(steps: circumstance("steps").flatMap { Int($0) } ?? 1_000_000)
    limits.seconds = circumstance("seconds").flatMap { Double($0) }
    limits.memory = circumstance("memory").flatMap { Int($0) } ?? limits.memory
    let console = InterruptingConsole()
    let latent = Interpreter(
      console: console,
      options: .init(mode: .file, limits: limits, directory: GoldenFile.folder.path))
    console.flag = latent.interruptFlag
    latent["files"] = .text(GoldenFile.folder.path + "/files")
    do {
      if title.hasSuffix(" check") { return latent.check(source, name: "cell 1") }
      try latent.run(source, name: "cell 1")
      return []
    } catch {
      return Diagnostics(error).all
    }
  }

  /// Titles say `notebook`, or `notebook: n=3` with a parameter.
  private var notebookDiagnostics: [Diagnostic] {
    let console = CapturedConsole()
    do {
      let parameters = circumstance("notebook").flatMap { ParameterValue($0) }.map { [$0] } ?? []
      let notebook = try Notebook(reading: source, name: "n.lvm").setting(
        parameters, finding: FileFinder(notebookFolder: ".", callerFolder: "."))
      let outcome = Runner().run(notebook, in: Interpreter(console: console), console: console)
      if case .failed(_, let diagnostics) = outcome { return diagnostics }
      return console.warnings
    } catch {
      return Diagnostics(error).all
    }
  }

  func text(of diagnostics: [Diagnostic]) -> String {
    let renderer = DiagnosticRenderer(style: .plain)
    let rendered = diagnostics.map { renderer.render($0) + "\n" }.joined()
      .replacingOccurrences(of: GoldenFile.folder.path, with: "GOLDEN")
      .replacingOccurrences(
        of: "relative to " + FileManager.default.currentDirectoryPath, with: "relative to HERE"
      )
      // What depends on the machine.
      .replacing(/at most \d+ elements fit into the memory of/, with: "at most N elements fit into")
      .replacing(/is -?nan at step/, with: "is nan at step")
      .replacing(/\(\d+ levels\)/, with: "(N levels)")
    return "=== \(title)\n\(source)\n---\n\(rendered)\n"
  }
}

struct GoldenFile {
  var text: String
  var cases: [GoldenCase]

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")

  init(_ name: String) throws {
    text = try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
    cases = ("\n" + text).components(separatedBy: "\n=== ").dropFirst().compactMap { chunk in
      guard let title = chunk.firstIndex(of: "\n"), let end = chunk.range(of: "\n---\n") else {
        return nil
      }
      return GoldenCase(
        title: String(chunk[..<title]),
        source: String(chunk[chunk.index(after: title)..<end.lowerBound]))
    }
  }
}

struct GoldenTests {
  static let files = ["names.txt", "values.txt", "models.txt", "numerics.txt", "running.txt"]

  @Test(arguments: files + ["mistakes.txt"]) func renderedTextIsAsRecorded(_ name: String) throws {
    let file = try GoldenFile(name)
    let isMistake = name == "mistakes.txt"
    var recorded = ""
    for it in file.cases {
      let found = it.diagnostics
      recorded += it.text(of: found)
      guard let first = found.first else {
        Issue.record("no diagnostic from \(it.source)")
        continue
      }
      #expect(found.allSatisfy { $0.primary != nil }, "\(it.source)")
      if isMistake {
        #expect(first.helps.joined(separator: "\n").contains(it.title), "\(it.text(of: found))")
      } else {
        #expect(it.title.hasPrefix(first.code), "\(it.text(of: found))")
      }
    }
    if ProcessInfo.processInfo.environment["LATENT_RECORD"] != nil {
      try recorded.write(
        to: GoldenFile.folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    } else {
      #expect(recorded == file.text)
    }
  }

  @Test func thereAreManyMistakes() throws {
    #expect(try GoldenFile("mistakes.txt").cases.count >= 70)
  }

  /// Codes that no program can be written for, and why.
  static let unreachable = [
    "L515": "a warning beside a result, not an error; WarningTests has it",
    "L518": "a warning beside a result, not an error; WarningTests has it",
    "L590": "the library gives every model parameters",
    "L624": "LAPACK converges on every finite matrix we know of",
    "L625": "LAPACK is installed where the tests run",
    "L700": "an error of the system that is none of ours",
    "L709": "needs more than 65536 names; LimitTests has it",
    "L710": "files of the command, not of a program; CommandTests has them",
    "L717": "the notes of files written by Jupyter; CommandTests has them",
  ]

  @Test func everyCodeHasACaseThatLeadsToIt() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")
    let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
    var codes: Set<String> = []
    for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      codes.formUnion(text.matches(of: /"(L[3-7][0-9][0-9])"/).map { String($0.1) })
    }
    #expect(codes.count > 60)
    let cases = try Self.files.flatMap { try GoldenFile($0).cases }
    let covered = Set(cases.map { String($0.title.prefix(4)) })
    #expect(codes.subtracting(covered).sorted() == Self.unreachable.keys.sorted())
  }
}
