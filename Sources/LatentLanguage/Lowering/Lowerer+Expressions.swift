// Lowering expressions.

import LatentSyntax
import LatentTensor

extension Lowerer {
  func code(_ expression: Expression) -> Code {
    let place = place(expression.span)
    switch expression.kind {
    case .number(let number):
      let value = Value.number(number)
      return { _ in value }
    case .bool(let flag):
      let value = Value.bool(flag)
      return { _ in value }
    case .nothing: return { _ in .nothing }
    case .text(let pieces): return text(pieces)
    case .name(let name):
      guard let binding = resolution.names[expression.span.start] else {
        return { _ in throw Lowerer.unset(name, place) }
      }
      return read(binding, name, place)
    case .array(let items): return array(items, place)
    case .comprehension(let comprehension): return self.comprehension(comprehension, place)
    case .record(let fields): return record(fields, place)
    case .function(let parameters, let body):
      return function(nil, parameters, body, key: expression.span, help: nil)
    case .call(let call): return self.call(call, piped: nil, expression.span)
    case .pipe(let value, let stage): return pipe(value, stage, expression.span)
    case .logarithm(let operand): return logarithm(operand, expression.span)
    case .index(let base, let items): return index(base, items, place)
    case .member(let base, let name): return member(base, name)
    case .transpose(let base): return unary(base, place, Operators.transposed)
    case .unary(.minus, let base): return negation(base, place)
    case .unary(.plus, let base): return unary(base, place, Operators.affirmed)
    case .binary: return binary(expression)
    case .and(let left, let right): return connective(.and, left, right)
    case .or(let left, let right): return connective(.or, left, right)
    case .not(let operand): return unary(operand, place, Operators.inverted)
    case .comparison(let first, let links): return comparison(first, links, expression.span)
    case .range(let from, let to, let closed, let step):
      return range(from, to, closed, step, place)
    case .conditional(let conditional): return self.conditional(conditional, isTail: false)
    case .error:
      return { _ in throw place.failure("L200", "a part of the program could not be read") }
    }
  }

  private func unary(
    _ base: Expression, _ place: Place, _ operation: @escaping (Value) throws -> Value
  ) -> Code {
    let operand = code(base)
    return { frame in
      let value = try operand(frame)
      return try place.attempt { try operation(value) }
    }
  }

  private func negation(_ base: Expression, _ place: Place) -> Code {
    if case .number(let number) = base.kind {
      let value = Value.number(-number)
      return { _ in value }
    }
    let operand = code(base)
    return { frame in
      let value = try operand(frame)
      if case .number(let number) = value { return .number(-number) }
      return try place.attempt { try Operators.negated(value) }
    }
  }

  private func connective(
    _ connective: Connective, _ left: Expression, _ right: Expression
  ) -> Code {
    let (first, second) = (code(left), code(right))
    let (leftPlace, rightPlace) = (place(left.span), place(right.span))
    let shortcut = connective == .or
    return { frame in
      let a = try first(frame)
      if case .bool(let flag) = a {
        if flag == shortcut { return a }
        let b = try second(frame)
        if case .bool = b { return b }
        return try rightPlace.attempt { try Operators.connected(connective, a, b) }
      }
      // What is wrong with the left side is said before the right side runs.
      guard Operators.isLogical(a) else {
        throw leftPlace.diagnostic(Operators.notLogical(connective.rawValue, a))
      }
      let b = try second(frame)
      return try rightPlace.attempt { try Operators.connected(connective, a, b) }
    }
  }

  private func array(_ items: [Expression], _ place: Place) -> Code {
    let codes = items.map { CodeItem(run: code($0)) }
    return { frame in
      var values: [Value] = []
      values.reserveCapacity(codes.count)
      for code in codes { values.append(try code.run(frame)) }
      return try place.attempt { try Value.collected(values) }
    }
  }

  private func record(_ fields: [Field], _ place: Place) -> Code {
    let codes = fields.map { ($0.name.text, code($0.value)) }
    return { frame in
      var values: [(String, Value)] = []
      for (name, code) in codes { values.append((name, try code(frame))) }
      try place.attempt { try checkNesting(values.lazy.map(\.1)) }
      return .record(values)
    }
  }

  private func range(
    _ from: Expression, _ to: Expression, _ closed: Bool, _ step: Expression?, _ place: Place
  ) -> Code {
    let (first, last, by) = (code(from), code(to), step.map(code))
    return { frame in
      let lower = try first(frame)
      let upper = try last(frame)
      let stride = try by?(frame) ?? 1
      return try place.attempt {
        guard let start = lower.asNumber, let end = upper.asNumber, let step = stride.asNumber
        else {
          let wrong = lower.asNumber == nil ? lower : upper.asNumber == nil ? upper : stride
          throw Failure("L403", "the bounds of a range are numbers, not \(wrong.kindPhrase)")
        }
        return .object(
          RangeObject(try NumberRange(from: start, to: end, closed: closed, by: step)))
      }
    }
  }

  // MARK: Conditionals and blocks

  func conditional(_ conditional: Conditional, isTail: Bool) -> Code {
    let then = block(conditional.then.statements, isTail: isTail)
    let otherwise: Code
    switch conditional.otherwise {
    case .block(let statements): otherwise = block(statements.statements, isTail: isTail)
    case .conditional(let next):
      otherwise = isTail ? tail(next) : code(next)
    case nil: otherwise = { _ in .nothing }
    }
    return branch(
      on: conditional.condition, then, otherwise,
      thenSlot: variable(of: conditional.then.statements))
  }

  /// The slot of the variable that a block consists of, when it surely has a value.
  private func variable(of block: [Statement]) -> Int? {
    guard block.count == 1, case .expression(let expression)? = block.first?.kind,
      case .slot(let slot) = operand(expression), isSet(expression)
    else { return nil }
    return slot
  }

  /// An expression whose value is the function's: a `return` inside it may end the function.
  func tail(_ expression: Expression) -> Code {
    if case .conditional(let conditional) = expression.kind {
      return self.conditional(conditional, isTail: true)
    }
    return code(expression)
  }

  /// A block as a value: that of its last statement, when that is an expression.
  func block(_ statements: [Statement], isTail: Bool) -> Code {
    guard let last = statements.last else { return { _ in .nothing } }
    let value: Code
    switch last.kind {
    case .expression(let expression): value = isTail ? tail(expression) : code(expression)
    case .return(let expression?) where isTail: value = code(expression)
    default:
      let step = sequence(statements)
      return { frame in Lowerer.result(of: try step(frame), frame) }
    }
    if statements.count == 1 { return value }
    let before = sequence(statements.dropLast())
    return { frame in
      let flow = try before(frame)
      if flow == .next { return try value(frame) }
      return Lowerer.result(of: flow, frame)
    }
  }

  private static func result(of flow: Flow, _ frame: Frame) -> Value {
    guard flow == .returning else { return .nothing }
    let result = frame.state.pointee.result
    frame.state.pointee.result = .nothing
    return result
  }
}
