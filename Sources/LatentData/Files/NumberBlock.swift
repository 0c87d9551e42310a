// Blocks of numbers as binary formats store them: NPY and IDX name an element type and a byte
// order, and the elements follow. One table of types serves both.

import LatentTensor

/// An element type of a binary file.
enum ElementType: String, CaseIterable {
  case bool = "b1"
  case int8 = "i1"
  case int16 = "i2"
  case int32 = "i4"
  case int64 = "i8"
  case uint8 = "u1"
  case uint16 = "u2"
  case uint32 = "u4"
  case uint64 = "u8"
  case float16 = "f2"
  case float32 = "f4"
  case float64 = "f8"

  var size: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }
}

extension FileBytes {
  /// A tensor of the next elements: bytes stay bytes, bools masks, and float32 float32.
  mutating func numbers(
    _ type: ElementType, shape: [Int], bigEndian: Bool
  ) throws -> Tensor {
    let count = try Shape.count(shape)
    // `Shape.count` keeps the product far below overflow.
    let body = try take(count * type.size, "a body of shape \(Shape.text(shape))")
    func integers<Number: FixedWidthInteger>(_: Number.Type) -> Tensor {
      let size = type.size
      return Tensor(
        shape: shape,
        (0..<count).map { i in
          let start = body.startIndex + i * size
          let value: Number = FileBytes.number(body[start..<(start + size)], bigEndian: bigEndian)
          return Double(value)
        })
    }
    func bits<Number: FixedWidthInteger>(_: Number.Type) -> [Number] {
      body.withUnsafeBytes { raw in
        (0..<count).map { i in
          let value = raw.loadUnaligned(fromByteOffset: i * type.size, as: Number.self)
          return bigEndian ? Number(bigEndian: value) : Number(littleEndian: value)
        }
      }
    }
    switch type {
    case .bool: return Tensor(shape: shape, mask: body.map { $0 != 0 })
    case .uint8: return Tensor(shape: shape, storage: .bytes(Array(body), scale: 1))
    case .int8: return integers(Int8.self)
    case .int16: return integers(Int16.self)
    case .int32: return integers(Int32.self)
    case .int64: return integers(Int64.self)
    case .uint16: return integers(UInt16.self)
    case .uint32: return integers(UInt32.self)
    case .uint64: return integers(UInt64.self)
    case .float16: return Tensor(shape: shape, bits(UInt16.self).map(NumberBlock.half))
    case .float32:
      return Tensor(shape: shape, floats: bits(UInt32.self).map { Float(bitPattern: $0) })
    case .float64:
      return Tensor(shape: shape, bits(UInt64.self).map { Double(bitPattern: $0) })
    }
  }
}

enum NumberBlock {
  /// An IEEE half: 1 sign, 5 exponent and 10 fraction bits. Swift's own type is not there on all
  /// processors.
  static func half(_ bits: UInt16) -> Double {
    let fraction = Double(bits & 0x3ff) / 1024
    let exponent = Int(bits >> 10 & 0x1f)
    let magnitude: Double =
      switch exponent {
      case 0: fraction * 0x1p-14
      case 31: fraction == 0 ? .infinity : .nan
      default: Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction)
      }
    return bits & 0x8000 == 0 ? magnitude : -magnitude
  }
}
