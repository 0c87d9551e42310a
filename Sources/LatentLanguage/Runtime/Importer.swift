// Files brought in by `import`: each is read, resolved and run once per interpreter.

import LatentSyntax
import LatentTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

final class Importer {
  /// By canonical path, the files that were run or are about to be; nil while one is being read.
  private var known: [String: Unit?] = [:]
  /// Larger files are no source texts.
  private static let largest = 16 << 20

  /// The file at `path`, resolved, and whether it is brought in for the first time. No unit comes
  /// with a file that is still being read because its imports lead back to it.
  /// - Throws: ``Diagnostics`` of the file, or a `Failure` L706 when it cannot be read.
  func unit(
    _ path: String, from directory: String, _ runtime: Runtime
  ) throws -> (unit: Unit?, isNew: Bool) {
    let full = path.hasPrefix("/") ? path : directory + "/" + path
    guard let resolved = realpath(full, nil) else {
      throw Failure(
        "L706", "there is no file `\(path)`",
        help: "the path is relative to the importing file, in `\(directory)`")
    }
    defer { free(resolved) }
    let canonical = String(cString: resolved)
    if let unit = known[canonical] { return (unit, false) }
    known[canonical] = .some(nil)
    do {
      let text = try Importer.read(canonical, shown: path)
      let source = Source(name: full, text: text)
      let parsed = parse(source)
      guard parsed.diagnostics.isEmpty else { throw Diagnostics(parsed.diagnostics) }
      let folder = canonical.split(separator: "/").dropLast().joined(separator: "/")
      let resolver = Resolver(runtime, source: source, mode: .file, directory: "/" + folder)
      let resolution = resolver.resolve(parsed.program)
      let unit = Unit(program: parsed.program, resolution: resolution, path: canonical)
      known[canonical] = unit
      return (unit, true)
    } catch {
      known[canonical] = nil
      throw error
    }
  }

  /// Lets a file be brought in again, because the program that named it did not run.
  func forget(_ unit: Unit) {
    if let path = unit.path { known[path] = nil }
  }

  private static func read(_ path: String, shown: String) throws -> String {
    guard let file = fopen(path, "rb") else {
      throw Failure("L706", "the file `\(shown)` cannot be read")
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { break }
      bytes += buffer[..<count]
      guard bytes.count <= largest else {
        throw Failure("L706", "the file `\(shown)` is too large to be a program")
      }
    }
    guard ferror(file) == 0 else { throw Failure("L706", "the file `\(shown)` cannot be read") }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure("L706", "the file `\(shown)` is not UTF-8 text")
    }
    return text
  }
}
