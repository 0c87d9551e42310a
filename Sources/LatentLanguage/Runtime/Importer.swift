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
  /// Canonical paths of files that were run or are about to be.
  private var known: Set<String> = []
  /// Larger files are no source texts.
  private static let largest = 16 << 20

  /// The file at `path`, resolved; nil when it has been brought in before.
  /// - Throws: ``Diagnostics`` of the file, or a `Failure` L706 when it cannot be read.
  func unit(_ path: String, from directory: String, _ runtime: Runtime) throws -> Unit? {
    let full = path.hasPrefix("/") ? path : directory + "/" + path
    guard let resolved = realpath(full, nil) else {
      throw Failure(
        "L706", "there is no file `\(path)`",
        help: "the path is relative to the importing file, in `\(directory)`")
    }
    defer { free(resolved) }
    let canonical = String(cString: resolved)
    guard known.insert(canonical).inserted else { return nil }
    do {
      let text = try Importer.read(canonical, shown: path)
      let source = Source(name: full, text: text)
      let parsed = parse(source)
      guard parsed.diagnostics.isEmpty else { throw Diagnostics(parsed.diagnostics) }
      let folder = canonical.split(separator: "/").dropLast().joined(separator: "/")
      let resolver = Resolver(runtime, source: source, mode: .file, directory: "/" + folder)
      let resolution = resolver.resolve(parsed.program)
      return Unit(program: parsed.program, resolution: resolution, path: canonical)
    } catch {
      known.remove(canonical)
      throw error
    }
  }

  /// Lets a file be brought in again, because the program that named it did not run.
  func forget(_ unit: Unit) {
    if let path = unit.path { known.remove(path) }
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
