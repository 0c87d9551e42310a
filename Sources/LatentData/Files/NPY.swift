// numpy's array files: a magic, a version, a Python dictionary as header, and the elements
// (NEP 1). An .npz file is a zip archive of them.

import LatentTensor

extension DataFile {
  /// The array of an .npy file, versions 1 to 3.
  static func npy(_ file: FileBytes) throws -> Tensor {
    var file = file
    let header = try npyHeader(&file)
    guard header.isFortran, header.shape.count > 1 else {
      return try file.numbers(header.type, shape: header.shape, bigEndian: header.isBigEndian)
    }
    let reversed = try file.numbers(
      header.type, shape: header.shape.reversed(), bigEndian: header.isBigEndian)
    return try reversed.permuted(header.shape.indices.reversed())
  }

  /// The header, with the cursor left at the first element.
  static func npyHeader(_ file: inout FileBytes) throws -> NPYHeader {
    guard file.bytes.starts(with: Array("\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) }))
    else {
      throw Failure(.format, "`\(file.path)` is not an .npy file: it does not start with NUMPY")
    }
    try file.seek(6, "the header")
    let version = try file.integer(UInt8.self, "the version")
    _ = try file.integer(UInt8.self, "the version")
    guard (1...3).contains(version) else {
      throw Failure(
        .unsupported, "`\(file.path)` has version \(version) of the .npy format",
        help: "versions 1 to 3 are read")
    }
    let length =
      version == 1
      ? Int(try file.integer(UInt16.self, "the header"))
      : Int(try file.integer(UInt32.self, "the header"))
    let text = String(decoding: try file.take(length, "the header"), as: UTF8.self)
    return try NPYHeader(text, path: file.path)
  }

  /// An array as an .npy file of version 1, in the type of its storage.
  static func npyBytes(_ tensor: Tensor) -> [UInt8] {
    let (type, body): (String, [UInt8]) =
      switch tensor.storage {
      case .float64(let values):
        ("<f8", values.flatMap { little($0.bitPattern) })
      case .float32(let values): ("<f4", values.flatMap { little($0.bitPattern) })
      case .bytes(let values, let scale):
        scale == 1
          ? ("|u1", values) : ("<f8", tensor.values.flatMap { little($0.bitPattern) })
      case .mask(let values): ("|b1", values.map { $0 ? 1 : 0 })
      }
    var header =
      "{'descr': '\(type)', 'fortran_order': False, 'shape': \(Shape.text(tensor.shape)), }"
    // The body starts at a multiple of 64.
    header += String(repeating: " ", count: 63 - (header.utf8.count + 10) % 64) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + little(UInt16(header.utf8.count))
      + Array(header.utf8) + body
  }

  private static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian, Array.init)
  }
}

/// The dictionary `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`.
struct NPYHeader {
  var type: ElementType
  var isBigEndian: Bool
  var isFortran: Bool
  var shape: [Int]

  init(_ text: String, path: String) throws {
    func malformed(_ what: String) -> Failure {
      Failure(.format, "the header of `\(path)` has no readable \(what)")
    }
    func value(_ key: String) -> Substring? {
      guard let range = text.ranges(of: "'\(key)':").first else { return nil }
      return text[range.upperBound...].drop { $0 == " " }
    }
    guard let descriptor = value("descr") else { throw malformed("`descr`") }
    guard descriptor.first == "'",
      let end = descriptor.dropFirst().firstIndex(of: "'")
    else {
      throw Failure(
        .unsupported, "`\(path)` holds records with fields", help: "save each field by itself")
    }
    let code = descriptor[descriptor.index(after: descriptor.startIndex)..<end]
    guard let order = code.first, "<>|=".contains(order),
      let type = ElementType(rawValue: String(code.dropFirst()))
    else {
      throw Failure(
        .unsupported, "`\(path)` holds elements of the type `\(code)`",
        help: "floats, integers and bools are read; save with `.astype(float)`")
    }
    self.type = type
    isBigEndian = order == ">"
    guard let fortran = value("fortran_order") else { throw malformed("`fortran_order`") }
    isFortran = fortran.hasPrefix("True")
    guard let tuple = value("shape"), tuple.first == "(", let close = tuple.firstIndex(of: ")")
    else { throw malformed("`shape`") }
    shape = []
    for part in tuple[tuple.index(after: tuple.startIndex)..<close].split(separator: ",") {
      let digits = part.drop { $0 == " " }
      if digits.isEmpty { continue }
      guard let length = Int(digits), length >= 0 else { throw malformed("`shape`") }
      shape.append(length)
    }
  }
}
