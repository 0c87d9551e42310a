// Tensors as values of the language: the box around `Tensor`, whose operations live in
// LatentTensor.

import LatentSyntax
import LatentTensor

public final class TensorObject: Object {
  // Loops read it at every turn; no access to it calls back into the language.
  @exclusivity(unchecked) private var settled: Tensor
  /// All elements of a vector while it grows and nobody has read it as a whole.
  @exclusivity(unchecked) private var growing = Growth<Double>()
  /// A vector that was read between two extensions grows as an array from then on, so that reading
  /// it at every turn of a loop does not copy it at every turn.
  @exclusivity(unchecked) private var wasSettled = false
  private var claim: MemoryClaim?

  public init(_ tensor: Tensor) {
    settled = tensor
    claim = .of(tensor.count * MemoryLayout<Double>.stride)
    super.init(tag: .tensor)
  }

  public internal(set) var tensor: Tensor {
    get {
      if growing.hasBegun { settle() }
      return settled
    }
    _modify {
      if growing.hasBegun { settle() }
      yield &settled
    }
  }

  /// The elements of a vector that does not grow, for loops that index it.
  @inline(__always)
  var vector: [Double]? { settled.vector }

  /// The element of a vector that grows; nil for every other tensor.
  @inline(__always)
  func grown(_ position: Int) -> Double? {
    guard position >= 0, position < growing.count else { return nil }
    return growing.elements[position]
  }

  @inline(never)
  private func settle() {
    settled = Tensor(Array(growing.elements))
    growing.end()
    wasSettled = true
  }

  /// Appends a number to a vector of float64 that nobody else holds; false for other tensors.
  @inline(__always)
  func append(_ number: Double) -> Bool {
    guard growing.hasBegun else { return appendSettled(number) }
    let isFull = growing.room == 0
    growing.append(number)
    if isFull { reclaim() }
    return true
  }

  @inline(never)
  private func appendSettled(_ number: Double) -> Bool {
    guard !wasSettled, settled.count >= TensorObject.shortestGrowing,
      let elements = settled.vector
    else {
      guard settled.append(number) else { return false }
      claim = .renewed(claim, settled.count * MemoryLayout<Double>.stride)
      return true
    }
    elements.withUnsafeBufferPointer { growing.begin($0) }
    settled = Tensor([])
    reclaim()
    return append(number)
  }

  @inline(never)
  private func reclaim() {
    claim = .renewed(claim, growing.count * MemoryLayout<Double>.stride)
  }

  private static let shortestGrowing = 32

  public override var kind: String { "tensor" }
  public override var length: Int? { growing.hasBegun ? growing.count : settled.shape.first }
  public override var takesPartAsTensor: Bool { true }

  public override func element(_ position: Int) throws -> Value {
    if tensor.rank == 1, !tensor.isMask { return .number(tensor[flat: position]) }
    return .tensor(try tensor.row(position))
  }

  public override func index(_ items: [Subscript]) throws -> Value {
    // One number into a vector is what loops do.
    if items.count == 1, tensor.rank == 1, case .value(.number(let number)) = items[0],
      let position = Int(exactly: number), position >= 0, position < tensor.count, !tensor.isMask
    {
      return .number(tensor[flat: position])
    }
    if case .value(let place) = items.first,
      let found = try place.object?.element(of: .object(self))
    {
      let rest = Array(items.dropFirst())
      return rest.isEmpty ? found : try found.object?.index(rest) ?? found
    }
    return .tensor(try tensor.selecting(try items.map(Self.selection)))
  }

  public override func setIndex(_ items: [Subscript], to value: Value) throws {
    if items.count == 1, tensor.rank == 1, case .value(.number(let index)) = items[0],
      case .number(let number) = value, let position = Int(exactly: index), position >= 0,
      position < tensor.count, !tensor.isMask
    {
      tensor[flat: position] = number
      return
    }
    if value.isSymbolic {
      throw Failure(
        "L430", "a traced value cannot be assigned to an element of a tensor",
        help: "build the tensor from its parts: `[a, b]`, `stack`, `concat` or `where`")
    }
    guard let values = value.asTensor else {
      throw Failure(
        "L409", "the elements of a tensor are numbers, not \(value.kindPhrase)",
        help: "a list can hold values of any kind")
    }
    try tensor.replace(try items.map(Self.selection), with: values)
  }

  /// One item of an index as the tensor takes it.
  static func selection(_ item: Subscript) throws -> AxisSelection {
    switch item {
    case .all: return .all
    case .ellipsis: return .ellipsis
    case .from(let lower): return .range(lower: lower, upper: nil, closed: false, step: 1)
    case .upTo(let upper, let closed):
      return .range(lower: nil, upper: upper, closed: closed, step: 1)
    case .value(let value):
      if let range = (value.object as? RangeObject)?.range {
        guard let lower = Int(exactly: range.start), let upper = Int(exactly: range.end),
          let step = Int(exactly: range.step)
        else { throw Failure("L404", "a tensor is indexed by ranges of whole numbers") }
        return .range(lower: lower, upper: upper, closed: range.closed, step: step)
      }
      guard let tensor = value.asNumericArgument else {
        throw Failure(
          "L404",
          "a tensor is indexed by whole numbers, ranges, tensors of indices and masks, "
            + "not by \(value.kindPhrase)",
          help: value.asText == nil
            ? "a mask is a comparison, as in `x[x > 0]`"
            : "only records and tables have names: `r[\"name\"]`")
      }
      return try AxisSelection(tensor)
    }
  }

  public override func contains(_ value: Value) throws -> Bool? {
    guard let number = value.asNumber else { return false }
    return tensor.values.contains(number)
  }

  public override func display(_ style: DisplayStyle) -> String {
    tensor.description(width: style.width)
  }
  public override func copyForWriting() -> Object { TensorObject(tensor) }
  public override var memberNames: [String] { ["shape"] }

  public override func member(_ name: String) throws -> Value? {
    name == "shape" ? .vector(tensor.shape.map(Double.init)) : nil
  }

  public override func isEqual(to other: Object) -> Bool {
    guard let other = (other as? TensorObject)?.tensor else { return false }
    return other.shape == tensor.shape && other.values == tensor.values
  }
}
