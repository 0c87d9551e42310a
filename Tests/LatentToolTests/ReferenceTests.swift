// The generated files of the repository are those that this build writes, and every code that any
// source reports has its line in the reference.

import Foundation
import Testing

struct ReferenceTests {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// What a folder holds, by name.
  private func files(in folder: URL) throws -> [String: String] {
    var files: [String: String] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      files[name] = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }
    return files
  }

  @Test func committedFilesAreThoseOfThisBuild() throws {
    let folder = try Folder()
    #expect(try Tool.run("reference", folder.path).status == 0)
    let written = URL(filePath: folder.path)
    let fresh = try files(in: written.appending(path: "docs/reference"))
    let committed = try files(in: Self.root.appending(path: "docs/reference"))
    #expect(Set(fresh.keys) == Set(committed.keys), "run `latent reference`")
    for (name, text) in fresh {
      #expect(committed[name] == text, "docs/reference/\(name): run `latent reference`")
    }
    for file in [
      "tokens.json", "pygments/latent_pygments/tokens.json", "codemirror/tokens.js",
      "latent.tmLanguage.json",
    ] {
      let path = "grammar/" + file
      let (new, old) = try (
        String(contentsOf: written.appending(path: path), encoding: .utf8),
        String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
      )
      #expect(new == old, "\(path): run `latent reference`")
      if file.hasSuffix(".json") {
        #expect(try JSONSerialization.jsonObject(with: Data(new.utf8)) is [String: Any])
      }
    }
  }

  @Test func theReadmeShowsTheTableOfPrecedence() throws {
    let page = Self.root.appending(path: "docs/reference/language.md")
    let readme = Self.root.appending(path: "grammar/README.md")
    let rows = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
      .filter { $0.hasPrefix("|") }
    #expect(rows.count > 10)
    let text = try String(contentsOf: readme, encoding: .utf8)
    #expect(text.contains(rows.joined(separator: "\n")), "copy it from docs/reference/language.md")
  }

  @Test func olderPagesAreRemovedAndOthersKept() throws {
    let folder = try Folder([
      "docs/reference/gone.md":
        "<!-- Written by `latent reference` from the declarations; do not edit. -->\n",
      "docs/reference/mine.md": "# Mine\n",
    ])
    #expect(try Tool.run("reference", folder: folder.path).status == 0)
    let names = try files(in: URL(filePath: folder.path).appending(path: "docs/reference")).keys
    #expect(!names.contains("gone.md") && names.contains("mine.md"))
    #expect(names.contains("language.md") && names.contains("L3xx.md"))
  }

  /// Every code that a source names is explained, once.
  @Test func everyCodeStandsInOneTable() throws {
    var explained: [String: Int] = [:]
    for (name, text) in try files(in: Self.root.appending(path: "docs/reference"))
    where name.hasPrefix("L") {
      for line in text.split(separator: "\n") where line.hasPrefix("| L") {
        explained[String(line.dropFirst(2).prefix(4)), default: 0] += 1
      }
    }
    #expect(explained.count > 60)
    #expect(explained.filter { $0.value > 1 }.isEmpty, "codes that stand in two tables")
    let sources = Self.root.appending(path: "Sources")
    let literal = /"(L[0-9]{3})"/
    var used: Set<String> = []
    for case let file as String in FileManager.default.enumerator(atPath: sources.path) ?? .init()
    where file.hasSuffix(".swift") {
      let text = try String(contentsOf: sources.appending(path: file), encoding: .utf8)
      for match in text.matches(of: literal) { used.insert(String(match.1)) }
    }
    #expect(used.subtracting(explained.keys).isEmpty, "codes that stand in no table")
    #expect(Set(explained.keys).subtracting(used).isEmpty)
  }

  @Test func builtinsAreData() throws {
    let result = try Tool.run("builtins", "--json")
    #expect(result.status == 0)
    let rows = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]]
    let sort = try #require(rows?.first { $0["name"] as? String == "sort" })
    let parameters = try #require(sort["parameters"] as? [[String: Any]])
    #expect(parameters.compactMap { $0["name"] as? String } == ["xs", "by", "descending", "axis"])
    #expect(parameters.compactMap { $0["default"] as? String } == ["nothing", "false", "-1"])
    #expect(try Tool.run("builtins").output.contains("Linear algebra\n  cholesky"))
  }
}
