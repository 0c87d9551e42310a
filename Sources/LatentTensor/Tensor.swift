// The n-dimensional array every other numerical module works on.
//
// To the language a tensor is float64. What a data file holds as bytes stays bytes, though, and
// what a network produces stays float32: 60,000 images take 47 MB instead of 376, and a minibatch
// is read from them directly. The element type therefore is a property of the storage, not of the
// Swift type, and every read is a Double.

/// An immutable-by-value array of numbers, row-major and without gaps.
///
/// A scalar has the empty shape. Copies share storage until one of them is written.
public struct Tensor: Sendable {
  public private(set) var shape: [Int]
  public private(set) var storage: Storage

  public enum Storage: Sendable {
    case float64([Double])
    case float32([Float])
    /// Small integers times a scale, as image files hold them: value = byte · scale.
    case bytes([UInt8], scale: Double)
    /// The truth values of a comparison; 0 and 1 in arithmetic.
    case mask([Bool])

    public var count: Int {
      switch self {
      case .float64(let values): values.count
      case .float32(let values): values.count
      case .bytes(let values, _): values.count
      case .mask(let values): values.count
      }
    }
  }

  /// - Precondition: the product of `shape` is the number of elements; callers compute both.
  public init(shape: [Int], storage: Storage) {
    assert(shape.reduce(1, *) == storage.count, "shape \(shape), \(storage.count) elements")
    self.shape = shape
    self.storage = storage
  }

  public init(shape: [Int], _ values: [Double]) {
    self.init(shape: shape, storage: .float64(values))
  }

  public init(shape: [Int], floats values: [Float]) {
    self.init(shape: shape, storage: .float32(values))
  }

  public init(shape: [Int], mask: [Bool]) {
    self.init(shape: shape, storage: .mask(mask))
  }

  /// A vector.
  public init(_ values: [Double]) {
    self.init(shape: [values.count], values)
  }

  /// A tensor without axes.
  public init(_ value: Double) {
    self.init(shape: [], [value])
  }

  public init(repeating value: Double, shape: [Int]) {
    self.init(shape: shape, [Double](repeating: value, count: shape.reduce(1, *)))
  }

  public var count: Int { storage.count }
  public var rank: Int { shape.count }
  public var isScalar: Bool { shape.isEmpty }
  public var isMask: Bool {
    if case .mask = storage { true } else { false }
  }

  /// The elements in row-major order. Costs a copy unless the storage is float64.
  public var values: [Double] {
    switch storage {
    case .float64(let values): values
    case .float32(let values): values.map(Double.init)
    case .bytes(let values, let scale): values.map { Double($0) * scale }
    case .mask(let values): values.map { $0 ? 1 : 0 }
    }
  }

  /// The elements as float32, as networks take them. Costs a copy unless the storage is float32.
  public var floats: [Float] {
    switch storage {
    case .float64(let values): values.map(Float.init)
    case .float32(let values): values
    case .bytes(let values, let scale): values.map { Float(Double($0) * scale) }
    case .mask(let values): values.map { $0 ? 1 : 0 }
    }
  }

  /// The element at a position in row-major order.
  public subscript(flat position: Int) -> Double {
    get {
      switch storage {
      case .float64(let values): values[position]
      case .float32(let values): Double(values[position])
      case .bytes(let values, let scale): Double(values[position]) * scale
      case .mask(let values): values[position] ? 1 : 0
      }
    }
    set {
      if case .float64(var values) = storage {
        storage = .float64([])  // so that `values` is the only owner and is written in place
        values[position] = newValue
        storage = .float64(values)
      } else {
        var values = self.values
        values[position] = newValue
        storage = .float64(values)
      }
    }
  }

  /// The elements of a vector of float64 as they are stored; nil for every other tensor.
  @inlinable public var vector: [Double]? {
    guard shape.count == 1, case .float64(let values) = storage else { return nil }
    return values
  }

  /// Appends a number to a vector of float64, in place when its storage is not shared; false for
  /// every other tensor.
  public mutating func append(_ number: Double) -> Bool {
    guard shape.count == 1, case .float64 = storage else { return false }
    // Swapped out, so that `values` is the only owner and is written in place.
    var taken = Storage.float64([])
    swap(&storage, &taken)
    guard case .float64(var values) = consume taken else { return false }
    values.append(number)
    storage = .float64(values)
    shape[0] = values.count
    return true
  }

  /// The same elements under another shape with the same product.
  public func reshaped(_ shape: [Int]) -> Tensor { Tensor(shape: shape, storage: storage) }
}
