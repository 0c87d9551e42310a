// A tensor whose numbers are not known while a function is traced: it takes part in arithmetic,
// comparison, indexing and builtins as a tensor does, and records what is done with it.

import LatentAutodiff
import LatentLanguage
import LatentTensor

import enum LatentSyntax.BinaryOperator
import enum LatentSyntax.ComparisonOperator

final class TracedObject: Object {
  private(set) var symbol: Symbol
  let trace: Trace
  /// Whether its elements are truth values.
  let isMask: Bool

  init(_ symbol: Symbol, in trace: Trace, isMask: Bool = false) {
    self.symbol = symbol
    self.trace = trace
    self.isMask = isMask
    super.init()
  }

  private func traced(_ symbol: Symbol, isMask: Bool = false) -> Value {
    .object(TracedObject(symbol, in: trace, isMask: isMask))
  }

  override var kind: String { symbol.shape.isEmpty ? "traced number" : "traced tensor" }
  override var isSymbolic: Bool { true }
  override var takesPartAsTensor: Bool { true }

  override func display(_ style: DisplayStyle) -> String {
    symbol.shape.isEmpty
      ? "<traced number>" : "<traced tensor of shape \(Shape.text(symbol.shape))>"
  }

  // MARK: Elements

  override var length: Int? { symbol.shape.first }
  override var memberNames: [String] { ["shape"] }

  override func member(_ name: String) throws -> Value? {
    name == "shape" ? .vector(symbol.shape.map(Double.init)) : nil
  }

  override func element(_ position: Int) throws -> Value {
    let shape = Array(symbol.shape.dropFirst())
    let size = shape.reduce(1, *)
    let start = position * size
    return traced(symbol.collecting((start..<(start + size)).map { $0 }, shape: shape))
  }

  /// The sum of all rows of which only the one at this place counts; not a number where there is
  /// none. A traced mask chooses several elements, which a graph cannot.
  override func element(of tensor: Value) throws -> Value? {
    guard symbol.shape.isEmpty, !isMask, let rows = try trace.symbol(of: tensor),
      let count = rows.shape.first
    else { return nil }
    let ones = [Int](repeating: 1, count: rows.shape.count - 1)
    let places = trace.constant(Tensor((0..<count).map(Double.init)))
    let isHere = places.applying(.equal, symbol)
    let picked = isHere.reshaped([count] + ones).select(rows, rows.graph.constant(0)).sum(axis: 0)
    return traced(isHere.sum().select(picked, rows.graph.constant(.nan)))
  }

  override func index(_ items: [Subscript]) throws -> Value {
    if case .value(let place) = items.first,
      let found = try place.object?.element(of: .object(self))
    {
      let rest = Array(items.dropFirst())
      return rest.isEmpty ? found : try found.object?.index(rest) ?? found
    }
    let places = try TensorObject(symbol.places()).index(items)
    guard let places = places.asTensor else { return .nothing }
    return traced(symbol.collecting(places), isMask: isMask)
  }

  override func copyForWriting() -> Object { TracedObject(symbol, in: trace, isMask: isMask) }

  override func setIndex(_ items: [Subscript], to value: Value) throws {
    guard let places = try TensorObject(symbol.places()).index(items).asTensor else { return }
    guard let new = try trace.symbol(of: value) else {
      throw Failure("L409", "the elements of a tensor are numbers, not \(value.kindPhrase)")
    }
    guard try Shape.broadcast(new.shape, places.shape) == places.shape else {
      throw Failure(
        "L420",
        "values of shape \(Shape.text(new.shape)) for elements of shape "
          + Shape.text(places.shape))
    }
    let count = symbol.count
    var sources: [Int?] = Array(0..<count)
    for (position, place) in places.values.enumerated() {
      sources[Int(place)] = count + position
    }
    let parts = [symbol.flat, new.broadcast(to: places.shape).flat]
    symbol = (Symbol.concatenated(parts) ?? symbol).collecting(sources, shape: symbol.shape)
  }

  override func collected(_ items: [Value]) throws -> Value? {
    var parts: [Symbol] = []
    for item in items {
      if case .bool = item { return nil }
      guard item.object is TracedObject || item.object is TensorObject || item.object == nil,
        let part = try trace.symbol(of: item), part.shape == symbol.shape
      else { return nil }
      parts.append(part.flat)
    }
    return Symbol.concatenated(parts).map {
      traced($0.reshaped([items.count] + symbol.shape))
    }
  }

  // MARK: Operators

  override func arithmetic(
    _ operation: BinaryOperator, _ other: Value, reversed: Bool
  ) throws -> Value? {
    guard let other = try trace.symbol(of: other) else { return nil }
    let (a, b) = reversed ? (other, symbol) : (symbol, other)
    guard let elementwise = Arithmetic(operator: operation) else {
      return traced(try a.matrixProduct(b))
    }
    _ = try Shape.broadcast(a.shape, b.shape)
    return traced(elementwise.traced(a, b))
  }

  override func comparison(
    _ operation: ComparisonOperator, _ other: Value, reversed: Bool
  ) throws -> Value? {
    guard let other = try trace.symbol(of: other) else { return nil }
    let (a, b) = reversed ? (other, symbol) : (symbol, other)
    _ = try Shape.broadcast(a.shape, b.shape)
    let mask: Symbol
    switch operation {
    case .equal: mask = a.applying(.equal, b)
    case .notEqual: mask = 1 - a.applying(.equal, b)
    case .less: mask = a.applying(.less, b)
    case .greater: mask = b.applying(.less, a)
    // Not the opposite of `<`, which would hold for nan.
    case .lessOrEqual: mask = a.applying(.less, b) + a.applying(.equal, b)
    case .greaterOrEqual: mask = b.applying(.less, a) + a.applying(.equal, b)
    case .member: return nil
    }
    return traced(mask, isMask: true)
  }

  override func negated() throws -> Value? { traced(-symbol) }

  override func transposed() throws -> Value? {
    switch symbol.shape.count {
    case 0, 1: traced(symbol)
    case 2: traced(symbol.transposed(), isMask: isMask)
    default: traced(symbol.collecting(symbol.places().transposed()), isMask: isMask)
    }
  }

  // MARK: Logic

  override func connected(_ connective: Connective, _ other: Value) throws -> Value? {
    guard isMask, let other = try trace.symbol(of: other) else { return nil }
    _ = try Shape.broadcast(symbol.shape, other.shape)
    let both = symbol.applying(connective == .and ? .minimum : .maximum, other)
    return traced(both, isMask: true)
  }

  override func inverted() throws -> Value? {
    isMask ? traced(1 - symbol, isMask: true) : nil
  }

  override func condition() throws -> Bool? {
    guard isMask else { return nil }
    throw Failure(
      "L406", "a condition must not depend on what the function is differentiated by",
      help: "`where(condition, a, b)` chooses between two values, element by element")
  }
}

extension Arithmetic {
  /// Nil for the matrix product, which is not elementwise.
  fileprivate init?(operator operation: BinaryOperator) {
    switch operation {
    case .add: self = .add
    case .subtract: self = .subtract
    case .multiply: self = .multiply
    case .divide: self = .divide
    case .remainder: self = .remainder
    case .power: self = .power
    case .matrixProduct: return nil
    }
  }

  /// The operation in a graph.
  fileprivate func traced(_ a: Symbol, _ b: Symbol) -> Symbol {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .remainder: a - b * (a / b).applying(.floor)
    case .power: a.applying(.power, b)
    }
  }
}
