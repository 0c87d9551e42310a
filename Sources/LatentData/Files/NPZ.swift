// Just enough of the zip format for numpy's archives: the central directory at the end lists the
// entries, which are stored or deflated. Sizes beyond 4 GB are in the 64-bit extension.

import LatentTensor

extension DataFile {
  /// The arrays of an .npz file by name, in order.
  static func npz(_ file: FileBytes) throws -> [(name: String, tensor: Tensor)] {
    try zipEntries(file).map { entry in
      let name = entry.name.hasSuffix(".npy") ? String(entry.name.dropLast(4)) : entry.name
      let path = "\(file.path)/\(entry.name)"
      return (name, try npy(FileBytes(path: path, bytes: try contents(entry, of: file, path))))
    }
  }

  private struct ZipEntry {
    var name: String
    var method: UInt16
    var packedSize: Int
    var size: Int
    var offset: Int
  }

  private static func zipEntries(_ file: FileBytes) throws -> [ZipEntry] {
    var file = file
    guard let end = endOfDirectory(file.bytes) else {
      throw Failure(
        .format, "`\(file.path)` is not an .npz file: the directory of the archive is missing",
        help: "the file may not have been copied completely")
    }
    try file.seek(end + 10, "the directory")
    var count = Int(try file.integer(UInt16.self, "the directory"))
    _ = try file.integer(UInt32.self, "the directory")
    var offset = Int(try file.integer(UInt32.self, "the directory"))
    if count == 0xffff || offset == 0xffff_ffff {
      // The 64-bit record is found through its locator, 20 bytes before the ordinary one.
      try file.seek(end - 12, "the 64-bit directory")
      try file.seek(
        Int(clamping: try file.integer(UInt64.self, "the 64-bit directory")), "the 64-bit directory"
      )
      _ = try file.take(32, "the 64-bit directory")
      count = Int(clamping: try file.integer(UInt64.self, "the 64-bit directory"))
      _ = try file.take(8, "the 64-bit directory")
      offset = Int(clamping: try file.integer(UInt64.self, "the 64-bit directory"))
    }
    try file.seek(offset, "the directory")
    var entries: [ZipEntry] = []
    while entries.count < count { entries.append(try zipEntry(&file)) }
    return entries
  }

  private static func zipEntry(_ file: inout FileBytes) throws -> ZipEntry {
    guard try file.integer(UInt32.self, "an entry") == 0x0201_4b50 else {
      throw Failure(.format, "the directory of `\(file.path)` is damaged")
    }
    _ = try file.take(6, "an entry")
    let method = try file.integer(UInt16.self, "an entry")
    _ = try file.take(8, "an entry")
    var packed = Int(try file.integer(UInt32.self, "an entry"))
    var size = Int(try file.integer(UInt32.self, "an entry"))
    let nameLength = Int(try file.integer(UInt16.self, "an entry"))
    let extraLength = Int(try file.integer(UInt16.self, "an entry"))
    let commentLength = Int(try file.integer(UInt16.self, "an entry"))
    _ = try file.take(8, "an entry")
    var offset = Int(try file.integer(UInt32.self, "an entry"))
    let name = String(decoding: try file.take(nameLength, "an entry"), as: UTF8.self)
    let end = file.position + extraLength
    while file.position + 4 <= end {
      let tag = try file.integer(UInt16.self, "an entry")
      let length = Int(try file.integer(UInt16.self, "an entry"))
      let next = file.position + length
      if tag == 1 {
        if size == 0xffff_ffff {
          size = Int(clamping: try file.integer(UInt64.self, "an entry"))
        }
        if packed == 0xffff_ffff {
          packed = Int(clamping: try file.integer(UInt64.self, "an entry"))
        }
        if offset == 0xffff_ffff {
          offset = Int(clamping: try file.integer(UInt64.self, "an entry"))
        }
      }
      try file.seek(next, "an entry")
    }
    try file.seek(end + commentLength, "an entry")
    return ZipEntry(name: name, method: method, packedSize: packed, size: size, offset: offset)
  }

  private static func contents(
    _ entry: ZipEntry, of file: FileBytes, _ path: String
  ) throws -> [UInt8] {
    var file = file
    try file.seek(entry.offset, "`\(entry.name)`")
    guard try file.integer(UInt32.self, "`\(entry.name)`") == 0x0403_4b50 else {
      throw Failure(.format, "the entry `\(entry.name)` of `\(file.path)` is damaged")
    }
    _ = try file.take(22, "`\(entry.name)`")
    let nameLength = Int(try file.integer(UInt16.self, "`\(entry.name)`"))
    let extraLength = Int(try file.integer(UInt16.self, "`\(entry.name)`"))
    _ = try file.take(nameLength + extraLength, "`\(entry.name)`")
    let packed = Array(try file.take(entry.packedSize, "`\(entry.name)`"))
    switch entry.method {
    case 0: return packed
    case 8: return try inflate(packed, .none, path, expected: entry.size)
    default:
      throw Failure(
        .unsupported, "`\(path)` is packed by method \(entry.method)",
        help: "`numpy.savez` and `numpy.savez_compressed` write what is read here")
    }
  }

  /// The end-of-directory record, searched from the end because a comment may follow it.
  private static func endOfDirectory(_ bytes: [UInt8]) -> Int? {
    let lowest = max(0, bytes.count - 22 - 0xffff)
    var place = bytes.count - 22
    while place >= lowest {
      if bytes[place..<(place + 4)].elementsEqual([0x50, 0x4b, 5, 6]) { return place }
      place -= 1
    }
    return nil
  }
}
