// What the operators mean for values of every kind: the general case behind the evaluator's fast
// paths for two numbers.

import LatentSyntax
import LatentTensor

enum Operators {
  // MARK: Arithmetic

  /// - Parameter written: The operands a refusal names, where `a` and `b` stand in for them.
  static func arithmetic(
    _ operation: BinaryOperator, _ a: Value, _ b: Value, written: (Value, Value)? = nil
  ) throws -> Value {
    if case .number(let x) = a, case .number(let y) = b, let scalar = Arithmetic(operation) {
      return .number(scalar(x, y))
    }
    if operation == .add, case .short(let x) = a, case .short(let y) = b, let both = x.joined(y) {
      return .short(both)
    }
    if case .object(let object) = a,
      let result = try object.arithmetic(operation, b, reversed: false)
    {
      return result
    }
    if case .object(let object) = b,
      let result = try object.arithmetic(operation, a, reversed: true)
    {
      return result
    }
    let named = written ?? (a, b)
    for case let range as RangeObject in [a.object, b.object] { try range.range.checkLength() }
    if let stand = a.object?.standIn {
      return try arithmetic(operation, stand, b, written: named)
    }
    if let stand = b.object?.standIn {
      return try arithmetic(operation, a, stand, written: named)
    }
    if let x = a.asTensor, let y = b.asTensor {
      guard let elementwise = Arithmetic(operation) else {
        return .tensor(try x.matrixProduct(y))
      }
      return .tensor(try Tensor.elementwise(elementwise, x, y))
    }
    if operation == .add {
      if let x = a.asText, let y = b.asText {
        try Value.checkTextSize(x.utf8.count.addingProduct(1, y.utf8.count))
        return .text(x + y)
      }
      if let x = a.asList, let y = b.asList { return .list(x + y) }
    }
    throw refusal(operation.rawValue, named.0, named.1, arithmeticHelp(operation, a, b))
  }

  private static func arithmeticHelp(
    _ operation: BinaryOperator, _ a: Value, _ b: Value
  ) -> String? {
    let kinds = [a.kind, b.kind]
    if operation == .multiply, kinds.contains("text"), kinds.contains("number") {
      return "repeat a text with `join([t for i in 0..<n])`"
    }
    if operation == .add, kinds.contains("text") {
      return "write it into the text, `\"… {x}\"`, or convert it with `text(x)`"
    }
    if operation == .remainder, a.kind == "text" {
      return "write the value into the text: `\"x = {x:.2f}\"`"
    }
    if kinds.contains("distribution") {
      return "draw a value first, `z ~ d`, or take its mean, `mean(d)`"
    }
    if kinds.contains("function") {
      return "a call has parentheses: `f(-x)`; `x => f(x) + g(x)` joins functions"
    }
    if operation == .add, kinds.contains("list") {
      return "`append(xs, x)` adds one item; `+` joins two lists"
    }
    if kinds.contains("list") { return "only lists of numbers are tensors; use `map(xs, f)`" }
    if kinds.contains("text") { return "`number(t)` reads a number from a text" }
    if kinds.contains("nothing") { return "ask for it first: `x == nothing`" }
    return nil
  }

  static func refusal(_ operation: String, _ a: Value, _ b: Value, _ help: String?) -> Failure {
    Failure(
      "L401", "`\(operation)` does not apply to \(a.kindPhrase) and \(b.kindPhrase)",
      helps: help.map { [$0] } ?? [])
  }

  static func negated(_ value: Value) throws -> Value {
    switch value {
    case .number(let number): return .number(-number)
    case .bool(let flag): return .number(flag ? -1 : 0)
    case .nothing, .short: break
    case .object(let object):
      if let result = try object.negated() { return result }
      if let stand = object.standIn { return try negated(stand) }
      if let tensor = value.asTensor { return .tensor(tensor.mapping { -$0 }) }
    }
    throw Failure("L401", "`-` does not apply to \(value.kindPhrase)")
  }

  static func affirmed(_ value: Value) throws -> Value {
    if case .bool(let flag) = value { return .number(flag ? 1 : 0) }
    if value.asTensor != nil || value.object?.takesPartAsTensor == true { return value }
    throw Failure("L401", "`+` does not apply to \(value.kindPhrase)")
  }

  static func transposed(_ value: Value) throws -> Value {
    if case .object(let object) = value {
      if let result = try object.transposed() { return result }
      if let stand = object.standIn { return try transposed(stand) }
    }
    guard let tensor = value.asTensor else {
      throw Failure("L401", "`'` transposes tensors, not \(value.kindPhrase)")
    }
    return .tensor(tensor.rank < 2 ? tensor : tensor.transposed())
  }

  // MARK: Comparison

  static func comparison(_ operation: ComparisonOperator, _ a: Value, _ b: Value) throws -> Value {
    if operation == .member { return .bool(try contains(a, in: b)) }
    if case .short(let x) = a, case .short(let y) = b { return .bool(compare(operation, x, y)) }
    if case .object(let object) = a,
      let result = try object.comparison(operation, b, reversed: false)
    {
      return result
    }
    if case .object(let object) = b,
      let result = try object.comparison(operation, a, reversed: true)
    {
      return result
    }
    if let stand = a.object?.standIn { return try comparison(operation, stand, b) }
    if let stand = b.object?.standIn { return try comparison(operation, a, stand) }
    if case .object(let x as RangeObject) = a, case .object(let y as RangeObject) = b {
      if operation == .equal { return .bool(x.isEqual(to: y)) }
      if operation == .notEqual { return .bool(!x.isEqual(to: y)) }
    }
    if let x = a.asTensor, let y = b.asTensor, let elementwise = Comparison(operation) {
      return .tensor(try Tensor.compare(elementwise, x, y))
    }
    switch operation {
    case .equal: return .bool(a.isSame(as: b))
    case .notEqual: return .bool(!a.isSame(as: b))
    default: break
    }
    guard let x = a.asText, let y = b.asText else {
      throw refusal(
        operation.rawValue, a, b,
        a.isNothing || b.isNothing
          ? "`nothing` has no order; test `x == nothing` first"
          : "`number(t)` reads a number from a text, `text(x)` writes one")
    }
    switch operation {
    case .less: return .bool(x < y)
    case .lessOrEqual: return .bool(x <= y)
    case .greater: return .bool(x > y)
    default: return .bool(x >= y)
    }
  }

  private static func compare(
    _ operation: ComparisonOperator, _ a: ShortText, _ b: ShortText
  ) -> Bool {
    switch operation {
    case .equal, .member: a.isSame(as: b)
    case .notEqual: !a.isSame(as: b)
    case .less: a.precedes(b)
    case .lessOrEqual: !b.precedes(a)
    case .greater: b.precedes(a)
    case .greaterOrEqual: !a.precedes(b)
    }
  }

  static func contains(_ value: Value, in container: Value) throws -> Bool {
    guard let object = container.object else {
      throw refusal("in", value, container, "`in` looks into a list, tensor, range, text or record")
    }
    guard let result = try object.contains(value) else {
      throw refusal("in", value, container, nil)
    }
    return result
  }

  // MARK: Logic

  /// The one bool a condition must be.
  static func condition(_ value: Value) throws -> Bool {
    if let flag = try value.asBool ?? value.object?.condition() { return flag }
    if let mask = mask(value) {
      throw Failure(
        "L406", "a condition must be one bool, not a mask of shape \(Shape.text(mask.shape))",
        help: "use `all(…)` or `any(…)`")
    }
    throw Failure(
      "L406", "a condition must be true or false, not \(value.kindPhrase)",
      help: value.asNumber == nil ? "compare it with something" : "write `x != 0`")
  }

  static func connected(
    _ connective: Connective, _ a: Value, _ b: Value
  ) throws -> Value {
    if a.isSymbolic || b.isSymbolic {
      guard isLogical(a) else { throw notLogical(connective.rawValue, a) }
      guard isLogical(b) else { throw notLogical(connective.rawValue, b) }
      if let result = try a.object?.connected(connective, b) { return result }
      if let result = try b.object?.connected(connective, a) { return result }
    }
    guard let x = mask(a) else { throw notLogical(connective.rawValue, a) }
    guard let y = mask(b) else { throw notLogical(connective.rawValue, b) }
    return .tensor(try Tensor.combine(connective, x, y))
  }

  static func inverted(_ value: Value) throws -> Value {
    if let flag = value.asBool { return .bool(!flag) }
    if let result = try value.object?.inverted() { return result }
    guard let mask = mask(value) else { throw notLogical("not", value) }
    return .tensor(mask.negatedMask())
  }

  /// Whether a value may stand beside `and` and `or`.
  static func isLogical(_ value: Value) -> Bool { value.isSymbolic || mask(value) != nil }

  private static func mask(_ value: Value) -> Tensor? {
    if case .bool(let flag) = value { return Tensor(shape: [], mask: [flag]) }
    guard case .object = value, let tensor = value.asNumericArgument, tensor.isMask else {
      return nil
    }
    return tensor
  }

  static func notLogical(_ word: String, _ value: Value) -> Failure {
    Failure(
      "L406", "`\(word)` takes bools and masks, not \(value.kindPhrase)",
      help: value.asTensor == nil ? "compare it with something" : "write `x != 0`")
  }
}

extension Arithmetic {
  /// Nil for the matrix product, which is not elementwise.
  @inline(__always)
  init?(_ operation: BinaryOperator) {
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
}

extension Comparison {
  init?(_ operation: ComparisonOperator) {
    switch operation {
    case .equal: self = .equal
    case .notEqual: self = .notEqual
    case .less: self = .less
    case .lessOrEqual: self = .lessOrEqual
    case .greater: self = .greater
    case .greaterOrEqual: self = .greaterOrEqual
    case .member: return nil
    }
  }
}
