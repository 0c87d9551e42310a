// Whole files as bytes, with the system's reason when that fails, and a cursor over them that
// cannot run past the end: everything a header claims is checked against what is there.

import LatentTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The bytes of a file and the path for messages.
struct FileBytes {
  let path: String
  var bytes: [UInt8]
  private(set) var position = 0

  init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  /// Reads a file; what gzip compressed is unpacked.
  init(reading path: String) throws {
    let bytes = try FileBytes.contents(path)
    self.init(
      path: path, bytes: bytes.starts(with: [0x1f, 0x8b]) ? try inflate(bytes, .gzip, path) : bytes)
  }

  /// `~/` stands for the home directory, as in a shell.
  static func expand(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/"), let home = getenv("HOME") else { return path }
    return String(cString: home) + path.dropFirst()
  }

  static func exists(_ path: String) -> Bool { access(expand(path), F_OK) == 0 }

  private static func contents(_ path: String) throws -> [UInt8] {
    let descriptor = open(expand(path), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let error = errno
      if error == ENOENT || error == ENOTDIR {
        throw Failure(
          .notFound, "there is no file `\(path)`", helps: path.hasPrefix("/") ? [] : place())
      }
      throw Failure(.unreadable, "cannot read `\(path)`: \(reason(error))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw Failure(.unreadable, "cannot read `\(path)`: \(reason(errno))")
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw Failure(
        .unreadable, "`\(path)` is a directory",
        help: "`mnist(directory)` reads a directory of IDX files")
    }
    // A hint only: files may grow, and those under /proc say 0.
    let size = max(Int(status.st_size), 0)
    if size / 8 > Shape.elementLimit {
      throw Failure(.unreadable, "`\(path)` has \(size) bytes, more than the memory holds")
    }
    var bytes = [UInt8]()
    bytes.reserveCapacity(size + 1)
    let chunk = 1 << 20
    while true {
      var part = [UInt8](repeating: 0, count: chunk)
      let count = read(descriptor, &part, chunk)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw Failure(.unreadable, "cannot read `\(path)`: \(reason(errno))")
      }
      bytes.append(contentsOf: part[..<count])
    }
  }

  /// Where relative paths start, which is what a wrong one usually got wrong.
  private static func place() -> [String] {
    guard let directory = getcwd(nil, 0) else { return [] }
    defer { free(directory) }
    return ["paths are relative to \(String(cString: directory))"]
  }

  static func reason(_ error: Int32) -> String {
    String(cString: strerror(error)).lowercased()
  }

  /// Writes a file, replacing what was there.
  static func store(_ bytes: [UInt8], at path: String) throws {
    let descriptor = open(expand(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw Failure(.unwritable, "cannot write `\(path)`: \(reason(errno))")
    }
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw Failure(.unwritable, "cannot write `\(path)`: \(reason(errno))")
      }
      rest = rest.dropFirst(count)
    }
  }

  /// Writes a file beside its place and moves it there, so that whoever reads the path finds the
  /// old file or the new one, whole, even when the machine stops half-way.
  static func replace(_ bytes: [UInt8], at path: String) throws {
    let target = expand(path)
    let draft = target + ".part"
    try store(bytes, at: draft)
    guard rename(draft, target) == 0 else {
      let error = errno
      unlink(draft)
      throw Failure(.unwritable, "cannot write `\(path)`: \(reason(error))")
    }
  }

  // MARK: - The cursor

  var remaining: Int { bytes.count - position }

  /// The next `count` bytes.
  mutating func take(_ count: Int, _ what: String) throws -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw truncated(what, needed: count) }
    defer { position += count }
    return bytes[position..<(position + count)]
  }

  /// A signed or unsigned integer of any width.
  mutating func integer<Number: FixedWidthInteger>(
    _: Number.Type, bigEndian: Bool = false, _ what: String
  ) throws -> Number {
    FileBytes.number(try take(MemoryLayout<Number>.size, what), bigEndian: bigEndian)
  }

  mutating func seek(_ target: Int, _ what: String) throws {
    guard target >= 0, target <= bytes.count else { throw truncated(what, needed: target) }
    position = target
  }

  func truncated(_ what: String, needed: Int) -> Failure {
    Failure(
      .truncated,
      "`\(path)` ends early: \(what) needs \(needed) bytes and there are \(max(remaining, 0))",
      help: "the file was not copied or downloaded completely")
  }

  static func number<Number: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>, bigEndian: Bool
  ) -> Number {
    var value: Number = 0
    withUnsafeMutableBytes(of: &value) { target in
      for (i, byte) in bytes.prefix(target.count).enumerated() { target[i] = byte }
    }
    return bigEndian ? Number(bigEndian: value) : Number(littleEndian: value)
  }
}
