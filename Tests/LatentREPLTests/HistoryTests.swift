// History on disk: whole entries, several sessions, and files nobody should have touched.

import Foundation
import Testing

@testable import LatentREPL

struct HistoryTests {
  /// A path in a folder that does not exist yet.
  private func temporary() -> (folder: String, path: String) {
    let folder = NSTemporaryDirectory() + "latent-\(UUID().uuidString)"
    return (folder, folder + "/state/history")
  }

  @Test func entriesComeBackWhole() throws {
    let (folder, path) = temporary()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let entries = [
      "x = 1", "f(\n  1,\n\n#2 is a comment\n)", "\ttab", "θ = \"# ü\"", "# 2026", "a\n",
    ]
    var history = History(path: path)
    for entry in entries {
      let added = history.add(entry)
      #expect(added)
    }
    #expect(history.entries == entries)
    #expect(History(path: path).entries == entries)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func repeatedEmptyAndIndentedEntriesStayOut() {
    var history = History(path: nil)
    let added = ["x", "x", "", "  ", "\n", " secret", "y", "x"].map { history.add($0) }
    #expect(added == [true, false, false, false, false, false, true, true])
    #expect(history.entries == ["x", "y", "x"])
  }

  @Test func parallelSessionsLoseNothing() async {
    let (folder, path) = temporary()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    await withTaskGroup(of: Void.self) { group in
      for session in 0..<8 {
        group.addTask {
          var history = History(path: path)
          for entry in 0..<50 { _ = history.add("s\(session)\ne\(entry)") }
        }
      }
    }
    let expected = Set((0..<8).flatMap { s in (0..<50).map { "s\(s)\ne\($0)" } })
    let entries = History(path: path).entries
    #expect(entries.count == 400)
    #expect(Set(entries) == expected)
  }

  @Test func theFileIsShortenedToItsNewestEntries() throws {
    let (folder, path) = temporary()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(
      atPath: folder + "/state", withIntermediateDirectories: true)
    let many = (0..<12_000).map { History.record("entry \($0)", at: Date()) }.joined()
    try many.write(toFile: path, atomically: false, encoding: .utf8)
    var history = History(path: path)
    #expect(history.entries.count == History.limit)
    #expect(history.entries.first == "entry 2000")
    let kept = History.entries(in: try String(contentsOfFile: path, encoding: .utf8))
    #expect(kept.count == History.limit)
    _ = history.add("one more")
    #expect(History(path: path).entries.last == "one more")
  }

  @Test func aSpoiltFileIsReadAsFarAsItGoes() throws {
    let (folder, path) = temporary()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(
      atPath: folder + "/state", withIntermediateDirectories: true)
    try (Data("junk\n# t\n\tgood\n".utf8) + Data([0xFF, 0xFE, 0x0A]) + Data("\thalf".utf8))
      .write(to: URL(filePath: path))
    #expect(History(path: path).entries == ["good", "half"])
  }

  @Test func aFileThatCannotBeWrittenDisturbsNobody() {
    var history = History(path: "/proc/nowhere/history")
    _ = history.add("x")
    #expect(history.entries == ["x"])
  }

  @Test func thePathFollowsTheEnvironment() {
    #expect(History.standardPath(["LATENT_HISTORY": "/h", "HOME": "/u"]) == "/h")
    #expect(History.standardPath(["LATENT_HISTORY": "", "HOME": "/u"]) == nil)
    #expect(History.standardPath(["XDG_STATE_HOME": "/s", "HOME": "/u"]) == "/s/latent/history")
    // The specification of the XDG directories ignores relative paths.
    #expect(
      History.standardPath(["XDG_STATE_HOME": "s", "HOME": "/u"])
        == "/u/.local/state/latent/history")
    #expect(History.standardPath([:]) == nil)
  }
}
