// Modules import only downwards: the order of the map in docs/ARCHITECTURE.md, read from the
// `import` lines themselves.

import Foundation
import Testing

struct ModuleOrderTests {
  /// What each module may import of the others, directly.
  static let allowed: [String: Set<String>] = [
    "LatentTool": [
      "LatentREPL", "LatentJupyter", "LatentNotebook", "Latent", "LatentSyntax", "LatentLanguage",
    ],
    "LatentREPL": ["Latent", "LatentSyntax", "LatentLanguage", "CReadline"],
    "LatentJupyter": [
      "Latent", "LatentNotebook", "LatentSyntax", "LatentLanguage", "CZeroMQ", "CSodium",
    ],
    "LatentNotebook": ["Latent", "LatentSyntax", "LatentLanguage"],
    "Latent": ["LatentLibrary", "LatentLanguage", "LatentSyntax", "LatentTensor"],
    "LatentLibrary": [
      "LatentLanguage", "LatentSyntax", "LatentModels", "LatentDistributions", "LatentAutodiff",
      "LatentData", "LatentPlots", "LatentTensor",
    ],
    "LatentModels": ["LatentDistributions", "LatentAutodiff", "LatentTensor", "CKernels"],
    "LatentDistributions": ["LatentAutodiff", "LatentTensor", "CKernels"],
    "LatentAutodiff": ["LatentTensor", "CKernels"],
    "LatentLanguage": ["LatentSyntax", "LatentTensor"],
    "LatentSyntax": [],
    "LatentPlots": ["LatentTensor"],
    "LatentData": ["LatentTensor", "CPackagedData", "CZlib"],
    "LatentTensor": ["CKernels"],
  ]

  static let sources = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources")

  /// Modules imported by a file, of this package only.
  static func imports(of text: String, among modules: Set<String>) -> Set<String> {
    var found: Set<String> = []
    for line in text.split(separator: "\n") {
      let words = line.split { $0 == " " || $0 == "." }.map(String.init)
      guard let position = words.firstIndex(of: "import"), position + 1 < words.count,
        words[..<position].allSatisfy({ $0.hasPrefix("@") || $0 == "public" || $0 == "internal" })
      else { continue }
      found.formUnion(words[(position + 1)...].filter(modules.contains))
    }
    return found
  }

  @Test func importsPointDownwards() throws {
    let manager = FileManager.default
    let folders = try manager.contentsOfDirectory(atPath: Self.sources.path)
    let modules = Set(folders).union(Self.allowed.keys)
    var edges = 0
    for module in folders where !module.hasPrefix("C") {
      let allowed = try #require(Self.allowed[module], "\(module) is not on the map")
      let root = Self.sources.appending(path: module)
      let files = manager.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
      for file in files where file.hasSuffix(".swift") {
        let text = try String(contentsOf: root.appending(path: file), encoding: .utf8)
        let imports = Self.imports(of: text, among: modules)
        edges += imports.count
        let upward = imports.subtracting(allowed)
        #expect(upward.isEmpty, "\(module)/\(file) imports \(upward.sorted())")
      }
    }
    #expect(edges > 20)
  }

  /// The table itself must have no circle.
  @Test func theOrderHasNoCircle() {
    var height: [String: Int] = [:]
    func measure(_ module: String, _ path: [String]) -> Int {
      #expect(!path.contains(module), "\(path) leads back to \(module)")
      if path.contains(module) { return 0 }
      if let known = height[module] { return known }
      let result = (Self.allowed[module] ?? []).map { measure($0, path + [module]) + 1 }.max() ?? 0
      height[module] = result
      return result
    }
    for module in Self.allowed.keys { _ = measure(module, []) }
    #expect(height["Latent"] ?? 0 > height["LatentLanguage"] ?? 0)
  }
}
