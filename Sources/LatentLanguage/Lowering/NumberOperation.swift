// The operators on two numbers as types, so that the closures of `Operand.swift` are compiled once
// for each of them.

import LatentTensor

/// An operator on two numbers, as a type so that the loops below are compiled once for each.
protocol NumberOperation {
  associatedtype Output
  static func apply(_ a: Double, _ b: Double) -> Output
}

enum Add: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Double { a + b }
}
enum Subtract: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Double { a - b }
}
enum Multiply: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Double { a * b }
}
enum Divide: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Double { a / b }
}
enum Remainder: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Double {
    // Whole numbers that fit, which is what loops take remainders of, need no `fmod`.
    if a > 0, b > 0, a < 0x1p31, b < 0x1p31 {
      let (x, y) = (UInt32(a), UInt32(b))
      if Double(x) == a, Double(y) == b, y > 0 { return Double(x % y) }
    }
    return Arithmetic.remainder(a, b)
  }
}
enum Power: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Double {
    b == 2 ? a * a : Arithmetic.power(a, b)
  }
}
enum Equal: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Bool { a == b }
}
enum NotEqual: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Bool { a != b }
}
enum Less: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Bool { a < b }
}
enum LessOrEqual: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Bool { a <= b }
}
enum Greater: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Bool { a > b }
}
enum GreaterOrEqual: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Bool { a >= b }
}
