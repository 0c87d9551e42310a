// The IDX format of the MNIST files: two zero bytes, a type, the number of axes, the lengths of
// the axes, and the elements, all big-endian (http://yann.lecun.com/exdb/mnist).

import LatentTensor

extension DataFile {
  private static let types: [UInt8: ElementType] = [
    0x08: .uint8, 0x09: .int8, 0x0b: .int16, 0x0c: .int32, 0x0d: .float32, 0x0e: .float64,
  ]

  /// The raw values of an IDX file; bytes stay bytes with scale 1.
  static func idx(_ file: FileBytes) throws -> Tensor {
    var file = file
    let magic = Array(try file.take(4, "the header"))
    guard magic[0] == 0, magic[1] == 0, let type = types[magic[2]] else {
      let found = magic.map { String($0, radix: 16) }.joined(separator: " ")
      throw Failure(
        .format, "`\(file.path)` is not an IDX file: it starts with the bytes \(found)",
        help: "an IDX file starts with 0 0, an element type (8 for bytes), and its axes")
    }
    var shape: [Int] = []
    for axis in 0..<Int(magic[3]) {
      shape.append(
        Int(try file.integer(UInt32.self, bigEndian: true, "the length of axis \(axis)")))
    }
    return try file.numbers(type, shape: shape, bigEndian: true)
  }
}
