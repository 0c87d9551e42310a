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
}

/// Memory for numbers of one precision, zeroed and aligned to a cache line.
public final class Memory: @unchecked Sendable {
  public let precision: Precision
  public let count: Int
  let base: UnsafeMutableRawPointer

  init(_ count: Int, _ precision: Precision) {
    self.precision = precision
    self.count = count
    // One vector more, so that whole vectors may be read at the end.
    let bytes = (count + 16) * precision.elementSize
    base = .allocate(byteCount: bytes, alignment: 64)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
  }

  deinit { base.deallocate() }

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

  func copy(from other: Memory) {
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

  /// An independent copy of the values, to come back to.
  public func snapshot() -> Memory {
    let copy = Memory(memory.count, memory.precision)
    copy.copy(from: memory)
    return copy
  }

  public func restore(_ snapshot: Memory) { memory.copy(from: snapshot) }
}
