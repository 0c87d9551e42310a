// Arithmetic and comparison: two numbers are handled in place, everything else in one function
// that is never inlined.

import LatentSyntax
import LatentTensor

/// An operator on two numbers, as a type so that the loops below are compiled once for each.
protocol NumberOperation {
  associatedtype Output
  static func apply(_ a: Double, _ b: Double) -> Output
}

private enum Add: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Double { a + b }
}
private enum Subtract: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Double { a - b }
}
private enum Multiply: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Double { a * b }
}
private enum Divide: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Double { a / b }
}
private enum Remainder: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Double {
    Arithmetic.remainder(a, b)
  }
}
private enum Power: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Double {
    b == 2 ? a * a : Arithmetic.power(a, b)
  }
}
private enum Equal: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Bool { a == b }
}
private enum NotEqual: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Bool { a != b }
}
private enum Less: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Bool { a < b }
}
private enum LessOrEqual: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Bool { a <= b }
}
private enum Greater: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Bool { a > b }
}
private enum GreaterOrEqual: NumberOperation {
  @inline(__always) static func apply(_ a: Double, _ b: Double) -> Bool { a >= b }
}

/// What the slow path needs to know of an operation.
final class OperationSite: Sendable {
  enum Operation: Sendable {
    case arithmetic(BinaryOperator)
    case comparison(ComparisonOperator)
  }
  let operation: Operation
  let place: Place
  let left: Place
  let right: Place

  init(_ operation: Operation, place: Place, left: Place, right: Place) {
    self.operation = operation
    self.place = place
    self.left = left
    self.right = right
  }

  @inline(never)
  func slow(_ a: Value, _ b: Value, _ state: UnsafeMutablePointer<MachineState>) throws -> Value {
    if a.isUnset { throw Lowerer.unset(String(left.source.text(in: left.span)), left) }
    if b.isUnset { throw Lowerer.unset(String(right.source.text(in: right.span)), right) }
    do {
      // One operation on large tensors takes as long as thousands of turns of a loop.
      if state.pointee.runtime.interrupt.isSet { try state.pointee.runtime.checkInterrupt() }
      switch operation {
      case .arithmetic(let operation):
        let result = try Operators.arithmetic(operation, a, b)
        try state.pointee.runtime.checkMemory()
        return result
      case .comparison(let operation): return try Operators.comparison(operation, a, b)
      }
    } catch let failure as Failure {
      var diagnostic = Diagnostic(failure, at: place.label)
      // `1 + (2 …` over several lines would underline too much; the kinds of the operands help.
      if failure.code == "L401" {
        diagnostic.secondary = [
          Diagnostic.Label(left.source, left.span, a.kindPhrase),
          Diagnostic.Label(right.source, right.span, b.kindPhrase),
        ]
      }
      throw diagnostic
    }
  }

  @inline(never)
  func slowTest(
    _ a: Value, _ b: Value, _ state: UnsafeMutablePointer<MachineState>
  ) throws -> Bool {
    let value = try slow(a, b, state)
    return try place.attempt { try Operators.condition(value) }
  }
}

extension Lowerer {
  /// Longer chains of operators are run by a loop instead of closures inside closures.
  private static let longestNestedChain = 24

  func binary(_ expression: Expression) -> Code {
    var links: [(BinaryOperator, Expression, Span, Expression)] = []
    var left = expression
    while case .binary(let operation, let next, let right, let sign) = left.kind {
      links.append((operation, right, sign, left))
      left = next
    }
    links.reverse()
    if links.count <= Lowerer.longestNestedChain {
      guard case .binary(let operation, let a, let b, _) = expression.kind else {
        return code(expression)
      }
      return arithmetic(operation, a, b, expression.span)
    }
    let first = code(left)
    let rest = links.map { operation, right, _, whole in
      let site = OperationSite(
        .arithmetic(operation), place: place(whole.span), left: place(left.span),
        right: place(right.span))
      return (code(right), site)
    }
    return { frame in
      var value = try first(frame)
      for (right, site) in rest { value = try site.slow(value, try right(frame), frame.state) }
      return value
    }
  }

  func arithmetic(
    _ operation: BinaryOperator, _ a: Expression, _ b: Expression, _ span: Span
  ) -> Code {
    let site = OperationSite(
      .arithmetic(operation), place: place(span), left: place(a.span), right: place(b.span))
    let (left, right) = (operand(a), operand(b))
    switch operation {
    case .add: return value(Add.self, left, right, site)
    case .subtract: return value(Subtract.self, left, right, site)
    case .multiply: return value(Multiply.self, left, right, site)
    case .divide: return value(Divide.self, left, right, site)
    case .remainder: return value(Remainder.self, left, right, site)
    case .power: return value(Power.self, left, right, site)
    case .matrixProduct:
      let (first, second) = (code(a), code(b))
      return { try site.slow(try first($0), try second($0), $0.state) }
    }
  }

  @inline(__always)
  private func value<Operation: NumberOperation>(
    _: Operation.Type, _ left: Operand, _ right: Operand, _ site: OperationSite
  ) -> Code where Operation.Output == Double {
    switch (left, right) {
    case (.slot(let i), .slot(let j)):
      return { frame in
        if case .number(let a) = frame[i], case .number(let b) = frame[j] {
          return .number(Operation.apply(a, b))
        }
        return try site.slow(frame[i], frame[j], frame.state)
      }
    case (.slot(let i), .constant(let b)):
      return { frame in
        if case .number(let a) = frame[i] { return .number(Operation.apply(a, b)) }
        return try site.slow(frame[i], .number(b), frame.state)
      }
    case (.slot(let i), .code(let right)):
      // The left operand is read first: the right one may assign it.
      return { frame in
        let a = frame[i]
        let b = try right(frame)
        if case .number(let x) = a, case .number(let y) = b {
          return .number(Operation.apply(x, y))
        }
        return try site.slow(a, b, frame.state)
      }
    case (.constant(let a), .slot(let j)):
      return { frame in
        if case .number(let b) = frame[j] { return .number(Operation.apply(a, b)) }
        return try site.slow(.number(a), frame[j], frame.state)
      }
    case (.constant(let a), .constant(let b)):
      let result = Value.number(Operation.apply(a, b))
      return { _ in result }
    case (.constant(let a), .code(let right)):
      return { frame in
        let b = try right(frame)
        if case .number(let y) = b { return .number(Operation.apply(a, y)) }
        return try site.slow(.number(a), b, frame.state)
      }
    case (.code(let left), .slot(let j)):
      return { frame in
        let a = try left(frame)
        if case .number(let x) = a, case .number(let y) = frame[j] {
          return .number(Operation.apply(x, y))
        }
        return try site.slow(a, frame[j], frame.state)
      }
    case (.code(let left), .constant(let b)):
      return { frame in
        let a = try left(frame)
        if case .number(let x) = a { return .number(Operation.apply(x, b)) }
        return try site.slow(a, .number(b), frame.state)
      }
    case (.code(let left), .code(let right)):
      return { frame in
        let a = try left(frame)
        let b = try right(frame)
        if case .number(let x) = a, case .number(let y) = b {
          return .number(Operation.apply(x, y))
        }
        return try site.slow(a, b, frame.state)
      }
    }
  }

  // MARK: Comparison

  func comparison(_ first: Expression, _ links: [ComparisonLink], _ span: Span) -> Code {
    if links.count == 1 {
      let site = comparisonSite(first, links[0], span)
      let (left, right) = (code(first), code(links[0].operand))
      guard let compare = Comparison(links[0].comparison) else {
        return { try site.slow(try left($0), try right($0), $0.state) }
      }
      return { frame in
        let a = try left(frame)
        let b = try right(frame)
        if case .number(let x) = a, case .number(let y) = b { return .bool(compare(x, y)) }
        return try site.slow(a, b, frame.state)
      }
    }
    var previous = first
    var sites: [(Code, OperationSite)] = []
    for link in links {
      sites.append((code(link.operand), comparisonSite(previous, link, span)))
      previous = link.operand
    }
    let start = code(first)
    let place = place(span)
    // `a < b < c` means `a < b and b < c` with `b` evaluated once.
    return { frame in
      var left = try start(frame)
      var result = Value.bool(true)
      for (operand, site) in sites {
        let right = try operand(frame)
        let holds = try site.slow(left, right, frame.state)
        if case .bool(false) = holds { return holds }
        result = try place.attempt { try Lowerer.both(result, holds) }
        left = right
      }
      return result
    }
  }

  private static func both(_ a: Value, _ b: Value) throws -> Value {
    if case .bool(true) = a { return b }
    return try Operators.connected(.and, a, b)
  }

  private func comparisonSite(
    _ left: Expression, _ link: ComparisonLink, _ span: Span
  ) -> OperationSite {
    OperationSite(
      .comparison(link.comparison), place: place(left.span.joined(link.operand.span)),
      left: place(left.span), right: place(link.operand.span))
  }

  /// A condition. One comparison of numbers makes no value at all.
  func test(_ expression: Expression) -> Test {
    if case .comparison(let first, let links) = expression.kind, links.count == 1 {
      let site = comparisonSite(first, links[0], expression.span)
      let (left, right) = (operand(first), operand(links[0].operand))
      switch links[0].comparison {
      case .equal: return test(Equal.self, left, right, site)
      case .notEqual: return test(NotEqual.self, left, right, site)
      case .less: return test(Less.self, left, right, site)
      case .lessOrEqual: return test(LessOrEqual.self, left, right, site)
      case .greater: return test(Greater.self, left, right, site)
      case .greaterOrEqual: return test(GreaterOrEqual.self, left, right, site)
      case .member: break
      }
    }
    let condition = code(expression)
    let place = place(expression.span)
    return { frame in
      let value = try condition(frame)
      if case .bool(let flag) = value { return flag }
      return try place.attempt { try Operators.condition(value) }
    }
  }

  @inline(__always)
  private func test<Operation: NumberOperation>(
    _: Operation.Type, _ left: Operand, _ right: Operand, _ site: OperationSite
  ) -> Test where Operation.Output == Bool {
    switch (left, right) {
    case (.slot(let i), .slot(let j)):
      return { frame in
        if case .number(let a) = frame[i], case .number(let b) = frame[j] {
          return Operation.apply(a, b)
        }
        return try site.slowTest(frame[i], frame[j], frame.state)
      }
    case (.slot(let i), .constant(let b)):
      return { frame in
        if case .number(let a) = frame[i] { return Operation.apply(a, b) }
        return try site.slowTest(frame[i], .number(b), frame.state)
      }
    case (.code(let left), .constant(let b)):
      return { frame in
        let a = try left(frame)
        if case .number(let x) = a { return Operation.apply(x, b) }
        return try site.slowTest(a, .number(b), frame.state)
      }
    default:
      let (first, second) = (code(left), code(right))
      return { frame in
        let a = try first(frame)
        let b = try second(frame)
        if case .number(let x) = a, case .number(let y) = b { return Operation.apply(x, y) }
        return try site.slowTest(a, b, frame.state)
      }
    }
  }

  private func code(_ operand: Operand) -> Code {
    switch operand {
    case .slot(let slot): return { $0[slot] }
    case .constant(let number):
      let value = Value.number(number)
      return { _ in value }
    case .code(let code): return code
    }
  }
}
