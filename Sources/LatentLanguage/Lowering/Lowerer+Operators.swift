// Arithmetic and comparison: two numbers are handled in place, everything else in one function
// that is never inlined.

import LatentSyntax
import LatentTensor

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
        let result = try state.pointee.runtime.attributing(to: place.label) {
          try Operators.arithmetic(operation, a, b)
        }
        try state.pointee.runtime.checkMemory()
        return result
      case .comparison(let operation):
        return try state.pointee.runtime.attributing(to: place.label) {
          try Operators.comparison(operation, a, b)
        }
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

  /// Whether the operators of an expression are few enough for closures inside closures.
  func isNested(_ expression: Expression) -> Bool {
    var (left, count) = (expression, 0)
    while case .binary(_, let next, _, _) = left.kind, count <= Lowerer.longestNestedChain {
      left = next
      count += 1
    }
    return count <= Lowerer.longestNestedChain
  }

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
    let site = arithmeticSite(operation, a, b, span)
    switch operation {
    case .add:
      let sum = ArithmeticValue<Add>(site: site)
      return (combiningCalls(a, b, sum) ?? combining(a, b, sum)).run
    case .multiply:
      let product = ArithmeticValue<Multiply>(site: site)
      return (combiningCalls(a, b, product) ?? combining(a, b, product)).run
    case .subtract: return combining(a, b, ArithmeticValue<Subtract>(site: site)).run
    case .divide: return combining(a, b, ArithmeticValue<Divide>(site: site)).run
    case .remainder: return combining(a, b, ArithmeticValue<Remainder>(site: site)).run
    case .power: return combining(a, b, ArithmeticValue<Power>(site: site)).run
    case .matrixProduct:
      let (first, second) = (code(a), code(b))
      return { try site.slow(try first($0), try second($0), $0.state) }
    }
  }

  /// `slot = a op b` in one closure; nil for the matrix product.
  func arithmeticStep(
    _ operation: BinaryOperator, _ a: Expression, _ b: Expression, _ span: Span, into slot: Int
  ) -> Step? {
    let site = arithmeticSite(operation, a, b, span)
    switch operation {
    case .add:
      if case .slot(slot) = operand(a) {
        return combining(a, b, Accumulation(site: site, slot: slot)).run
      }
      return combining(a, b, ArithmeticStore<Add>(site: site, slot: slot)).run
    case .subtract: return combining(a, b, ArithmeticStore<Subtract>(site: site, slot: slot)).run
    case .multiply: return combining(a, b, ArithmeticStore<Multiply>(site: site, slot: slot)).run
    case .divide: return combining(a, b, ArithmeticStore<Divide>(site: site, slot: slot)).run
    case .remainder: return combining(a, b, ArithmeticStore<Remainder>(site: site, slot: slot)).run
    case .power: return combining(a, b, ArithmeticStore<Power>(site: site, slot: slot)).run
    case .matrixProduct: return nil
    }
  }

  private func arithmeticSite(
    _ operation: BinaryOperator, _ a: Expression, _ b: Expression, _ span: Span
  ) -> OperationSite {
    OperationSite(
      .arithmetic(operation), place: place(span), left: place(a.span), right: place(b.span))
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
    if case .comparison(let a, let links) = expression.kind, links.count == 1 {
      let site = comparisonSite(a, links[0], expression.span)
      let b = links[0].operand
      switch links[0].comparison {
      case .equal: return combining(a, b, ComparisonTest<Equal>(site: site)).run
      case .notEqual: return combining(a, b, ComparisonTest<NotEqual>(site: site)).run
      case .less: return combining(a, b, ComparisonTest<Less>(site: site)).run
      case .lessOrEqual: return combining(a, b, ComparisonTest<LessOrEqual>(site: site)).run
      case .greater: return combining(a, b, ComparisonTest<Greater>(site: site)).run
      case .greaterOrEqual: return combining(a, b, ComparisonTest<GreaterOrEqual>(site: site)).run
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

  /// One of two values, by a condition; a comparison is tested in the same closure.
  func branch(
    on condition: Expression, _ then: @escaping Code, _ otherwise: @escaping Code,
    thenSlot: Int?
  ) -> Code {
    if case .comparison(let a, let links) = condition.kind, links.count == 1 {
      let site = comparisonSite(a, links[0], condition.span)
      let b = links[0].operand
      switch links[0].comparison {
      case .equal:
        return combining(a, b, ComparisonBranch<Equal>(site, then, otherwise, thenSlot: thenSlot))
          .run
      case .less:
        return combining(a, b, ComparisonBranch<Less>(site, then, otherwise, thenSlot: thenSlot))
          .run
      case .lessOrEqual:
        return combining(
          a, b, ComparisonBranch<LessOrEqual>(site, then, otherwise, thenSlot: thenSlot)
        ).run
      case .greater:
        return combining(a, b, ComparisonBranch<Greater>(site, then, otherwise, thenSlot: thenSlot))
          .run
      case .notEqual, .greaterOrEqual, .member: break
      }
    }
    let condition = test(condition)
    return { try condition($0) ? try then($0) : try otherwise($0) }
  }
}
