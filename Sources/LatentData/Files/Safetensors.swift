// Named tensors with remarks in one file, as other tools of the field read and write them: models
// and interrupted trainings are kept in it.
//
// The format (huggingface/safetensors): the length of the header as a 64-bit little-endian number,
// a JSON object that gives each tensor its type, shape and place, and the elements without gaps.
// Elements of wider types come first, so that all of them are aligned.

import LatentTensor

/// A file of named tensors.
public struct Safetensors: Sendable {
  /// In the order of the header.
  public var tensors: [(name: String, tensor: Tensor)]
  /// Texts by name, what the format calls `__metadata__`.
  public var metadata: [(name: String, text: String)]

  public init(
    tensors: [(name: String, tensor: Tensor)] = [], metadata: [(name: String, text: String)] = []
  ) {
    self.tensors = tensors
    self.metadata = metadata
  }

  public subscript(name: String) -> Tensor? { tensors.first { $0.name == name }?.tensor }

  public func text(_ name: String) -> String? { metadata.first { $0.name == name }?.text }

  /// Reads a file.
  /// - Throws: a `Failure` of `DataFailure`, or `L427` where the header asks for too much memory.
  public init(reading path: String) throws {
    try self.init(try FileBytes(reading: path))
  }

  /// Writes a file; one that was there is replaced whole or not at all.
  public func write(to path: String) throws { try FileBytes.replace(bytes(), at: path) }

  // MARK: Writing

  /// The file.
  func bytes() -> [UInt8] {
    var entries: [String] = []
    if !metadata.isEmpty {
      let fields = metadata.map { "\(JSONText.quoted($0.name)):\(JSONText.quoted($0.text))" }
      entries.append("\"__metadata__\":{\(fields.joined(separator: ","))}")
    }
    let bodies = tensors.map { Safetensors.body($0.tensor) }
    let order = bodies.indices.sorted {
      (bodies[$1].type.size, $0) < (bodies[$0].type.size, $1)
    }
    var starts = [Int](repeating: 0, count: bodies.count)
    var total = 0
    for place in order {
      starts[place] = total
      total += bodies[place].bytes.count
    }
    for (place, entry) in tensors.enumerated() {
      let shape = entry.tensor.shape.map(String.init).joined(separator: ",")
      let end = starts[place] + bodies[place].bytes.count
      entries.append(
        "\(JSONText.quoted(entry.name)):{\"dtype\":\"\(bodies[place].type.safetensorsName)\","
          + "\"shape\":[\(shape)],\"data_offsets\":[\(starts[place]),\(end)]}")
    }
    var header = Array("{\(entries.joined(separator: ","))}".utf8)
    header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    var file = withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init)
    file.reserveCapacity(8 + header.count + total)
    file += header
    for place in order { file += bodies[place].bytes }
    return file
  }

  /// The elements in the type of their storage.
  private static func body(_ tensor: Tensor) -> (type: ElementType, bytes: [UInt8]) {
    switch tensor.storage {
    case .float32(let values): (.float32, little(values.map { $0.bitPattern.littleEndian }))
    case .bytes(let values, scale: 1): (.uint8, values)
    case .mask(let values): (.bool, values.map { $0 ? 1 : 0 })
    case .float64, .bytes:
      (.float64, little(tensor.values.map { $0.bitPattern.littleEndian }))
    }
  }

  private static func little<Number: FixedWidthInteger>(_ numbers: [Number]) -> [UInt8] {
    numbers.withUnsafeBytes { Array($0) }
  }

  // MARK: Reading

  init(_ file: FileBytes) throws {
    var file = file
    let length = try file.integer(UInt64.self, "the length of the header")
    guard let count = Int(exactly: length) else {
      throw Failure(.format, "`\(file.path)` is not a safetensors file: no header is that long")
    }
    let text = try file.take(count, "the header")
    var header = try SafetensorsHeader(JSONText(text, path: file.path))
    let start = file.position
    var next = start
    // In the order of the elements each tensor begins where the one before ends.
    for place in header.entries.indices.sorted(by: {
      header.entries[$0].begin < header.entries[$1].begin
    }) {
      let entry = header.entries[place]
      let elements = try Shape.count(entry.shape)
      let (size, overflow) = elements.multipliedReportingOverflow(by: entry.type.size)
      guard !overflow, entry.begin == next - start, entry.end == entry.begin + size else {
        throw Failure(
          .format,
          "`\(file.path)`: the place of `\(entry.name)` does not fit its shape "
            + Shape.text(entry.shape))
      }
      header.entries[place].tensor = try file.elements(entry.type, shape: entry.shape)
      next = file.position
    }
    guard file.remaining == 0 else {
      throw Failure(.format, "`\(file.path)` goes on after its last tensor")
    }
    tensors = header.entries.compactMap { entry in entry.tensor.map { (entry.name, $0) } }
    metadata = header.metadata
  }
}

/// What the JSON object at the start of a file says.
struct SafetensorsHeader {
  struct Entry {
    var name: String
    var type: SafetensorsType
    var shape: [Int]
    var begin: Int
    var end: Int
    var tensor: Tensor?
  }

  private(set) var metadata: [(name: String, text: String)] = []
  var entries: [Entry] = []

  init(_ text: JSONText) throws {
    var text = text
    var names: Set<String> = []
    try text.object { name, text in
      guard names.insert(name).inserted else { throw text.malformed("`\(name)` is there twice") }
      if name == "__metadata__" {
        try text.object { key, text in metadata.append((key, try text.string())) }
      } else {
        entries.append(try SafetensorsHeader.entry(name, &text))
      }
    }
    try text.end()
  }

  private static func entry(_ name: String, _ text: inout JSONText) throws -> Entry {
    var type: SafetensorsType?
    var shape: [Int]?
    var offsets: [Int]?
    try text.object { key, text in
      switch key {
      case "dtype":
        let code = try text.string()
        guard let known = SafetensorsType(code) else {
          throw Failure(
            .unsupported, "`\(text.path)`: `\(name)` has elements of type \(code)",
            help: "F16, BF16, F32, F64, BOOL and integers are read")
        }
        type = known
      case "shape": shape = try text.integers()
      case "data_offsets": offsets = try text.integers()
      default: throw text.malformed("`\(name)` has a field `\(key)`")
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw text.malformed("`\(name)` needs `dtype`, `shape` and two `data_offsets`")
    }
    return Entry(name: name, type: type, shape: shape, begin: offsets[0], end: offsets[1])
  }
}

/// An element type by the name the format has for it.
enum SafetensorsType {
  case plain(ElementType)
  /// The upper half of a float32.
  case bfloat16

  init?(_ code: String) {
    if code == "BF16" {
      self = .bfloat16
      return
    }
    guard let type = ElementType.allCases.first(where: { $0.safetensorsName == code }) else {
      return nil
    }
    self = .plain(type)
  }

  var size: Int {
    switch self {
    case .plain(let type): type.size
    case .bfloat16: 2
    }
  }
}

extension ElementType {
  fileprivate var safetensorsName: String {
    switch self {
    case .bool: "BOOL"
    case .int8: "I8"
    case .int16: "I16"
    case .int32: "I32"
    case .int64: "I64"
    case .uint8: "U8"
    case .uint16: "U16"
    case .uint32: "U32"
    case .uint64: "U64"
    case .float16: "F16"
    case .float32: "F32"
    case .float64: "F64"
    }
  }
}

extension FileBytes {
  fileprivate mutating func elements(_ type: SafetensorsType, shape: [Int]) throws -> Tensor {
    switch type {
    case .plain(let type): return try numbers(type, shape: shape, bigEndian: false)
    case .bfloat16:
      let halves = try numbers(.uint16, shape: shape, bigEndian: false).values
      return Tensor(
        shape: shape, floats: halves.map { Float(bitPattern: UInt32($0) << 16) })
    }
  }
}
