// The parameters of one model in one flat, aligned buffer: an optimiser is then one pass over
// memory, and a checkpoint one block.

import CKernels
import LatentTensor

/// The element type a program computes in.
public enum Precision: String, Sendable, CaseIterable {
  case float32, float64

  var kernels: UnsafePointer<ck_kernels> {
    ck_kernels_best(self == .float32 ? CK_FLOAT32 : CK_FLOAT64)
  }
  var elementSize: Int { self == .float32 ? 4 : 8 }

  /// Nil where the number overflows.
  func bytes(_ count: Int) -> Int? {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: elementSize)
    return overflow ? nil : bytes
  }
}

/// Memory for numbers of one precision, zeroed and aligned to a cache line.
public final class Memory: @unchecked Sendable {
  public let precision: Precision
  public let count: Int
  let base: UnsafeMutableRawPointer
  /// On the account of the program that made it.
  private let claim: MemoryClaim?

  init(_ count: Int, _ precision: Precision) {
    self.precision = precision
    self.count = count
    // One vector more, so that whole vectors may be read at the end.
    let bytes = (count + 16) * precision.elementSize
    claim = MemoryClaim.of(bytes)
    base = .allocate(byteCount: bytes, alignment: 64)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
  }

  deinit { base.deallocate() }

  public var bytes: Int { (count + 16) * precision.elementSize }

  func address(_ offset: Int) -> UnsafeMutableRawPointer {
    base + offset * precision.elementSize
  }

  func read(_ offset: Int, _ count: Int) -> [Double] {
    switch precision {
    case .float32:
      let source = base.assumingMemoryBound(to: Float.self) + offset
      return (0..<count).map { Double(source[$0]) }
    case .float64:
      let source = base.assumingMemoryBound(to: Double.self) + offset
      return Array(UnsafeBufferPointer(start: source, count: count))
    }
  }

  /// Whether every element is a finite number; read in place.
  var isFinite: Bool {
    switch precision {
    case .float32:
      let source = base.assumingMemoryBound(to: Float.self)
      for place in 0..<count where !source[place].isFinite { return false }
    case .float64:
      let source = base.assumingMemoryBound(to: Double.self)
      for place in 0..<count where !source[place].isFinite { return false }
    }
    return true
  }

  func write(_ values: [Double], at offset: Int) {
    switch precision {
    case .float32:
      let target = base.assumingMemoryBound(to: Float.self) + offset
      for (place, value) in values.enumerated() { target[place] = Float(value) }
    case .float64:
      let target = base.assumingMemoryBound(to: Double.self) + offset
      for (place, value) in values.enumerated() { target[place] = value }
    }
  }

  /// Elements as they are stored.
  func tensor(_ offset: Int, shape: [Int]) -> Tensor {
    let count = shape.reduce(1, *)
    switch precision {
    case .float32:
      let source = base.assumingMemoryBound(to: Float.self) + offset
      return Tensor(
        shape: shape, floats: Array(UnsafeBufferPointer(start: source, count: count)))
    case .float64: return Tensor(shape: shape, read(offset, count))
    }
  }

  func clear() { base.initializeMemory(as: UInt8.self, repeating: 0, count: bytes) }

  /// The values of a buffer of the same size and precision.
  public func copy(from other: Memory) {
    base.copyMemory(from: other.base, byteCount: min(count, other.count) * precision.elementSize)
  }
}

/// Named parameters and their values.
public final class ParameterBuffer {
  public let slots: [Graph.Slot]
  /// Where each parameter begins, in elements; multiples of 16.
  public let offsets: [Int]
  public let memory: Memory

  public init(_ slots: [Graph.Slot], precision: Precision) {
    self.slots = slots
    var offsets: [Int] = []
    var total = 0
    for slot in slots {
      offsets.append(total)
      total += (slot.count + 15) / 16 * 16
    }
    self.offsets = offsets
    memory = Memory(total, precision)
  }

  public var precision: Precision { memory.precision }

  /// Refuses parameters that would not fit into memory: ask before making a buffer of sizes that a
  /// user gave.
  ///
  /// - Throws: `L602`.
  public static func require(_ slots: [Graph.Slot], precision: Precision) throws {
    let count = slots.reduce(0 as Int?) { sum, slot in
      guard let sum, let own = Graph.elementCount(slot.shape) else { return nil }
      return sum + (own + 15) / 16 * 16
    }
    try MemoryAccount.require(
      count.flatMap { precision.bytes($0) }, for: "the parameters of the model",
      helps: ["make the layers narrower or fewer"])
  }

  /// Bytes of the flat buffer, padding included.
  public var byteCount: Int { memory.bytes }

  /// The stretches of the flat buffer that parameters of these names fill.
  public func spans(of names: Set<String>) -> [Range<Int>] {
    var result: [Range<Int>] = []
    for (place, slot) in slots.enumerated() where names.contains(slot.name) {
      let end = place + 1 < offsets.count ? offsets[place + 1] : memory.count
      if let last = result.last, last.upperBound == offsets[place] {
        result[result.count - 1] = last.lowerBound..<end
      } else {
        result.append(offsets[place]..<end)
      }
    }
    return result
  }

  /// How many numbers are trained (padding not counted).
  public var parameterCount: Int { slots.reduce(0) { $0 + $1.count } }

  public subscript(name: String) -> Tensor? {
    get {
      guard let place = slots.firstIndex(where: { $0.name == name }) else { return nil }
      return Tensor(
        shape: slots[place].shape, memory.read(offsets[place], slots[place].count))
    }
    set {
      guard let newValue, let place = slots.firstIndex(where: { $0.name == name }),
        newValue.count == slots[place].count
      else { return }
      memory.write(newValue.values, at: offsets[place])
    }
  }

  /// The values of all parameters by name, in the precision of the buffer.
  public var values: [(name: String, values: Tensor)] {
    zip(slots, offsets).map { ($0.name, memory.tensor($1, shape: $0.shape)) }
  }

  /// Whether every parameter is a finite number.
  public var isFinite: Bool { memory.isFinite }

  /// An independent copy of the values, to come back to.
  public func snapshot() -> Memory {
    let copy = Memory(memory.count, memory.precision)
    copy.copy(from: memory)
    return copy
  }

  public func restore(_ snapshot: Memory) { memory.copy(from: snapshot) }
}
