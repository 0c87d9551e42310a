// What operators work on, as types: a slot, a constant, anything else. A closure that is generic
// over its operands is compiled once for every combination, so that `n - 1`, `n < 2` and `s + x`
// are one closure each, without calls for their parts.

import LatentSyntax
import LatentTensor

/// An operand. It is read first; what was read is then asked for a number, and only if that fails
/// for the value, so that numbers are never copied as values.
protocol Operand {
  associatedtype Reading
  func read(_ frame: Frame) throws -> Reading
  func number(_ reading: Reading, _ frame: Frame) -> Double?
  func value(_ reading: Reading, _ frame: Frame) -> Value
}

/// A variable that nothing between its place and the operation can change.
struct SlotOperand: Operand {
  let slot: Int

  @inline(__always) func read(_ frame: Frame) throws {}
  @inline(__always) func number(_: Void, _ frame: Frame) -> Double? { frame.number(slot) }
  @inline(__always) func value(_: Void, _ frame: Frame) -> Value { frame[slot] }
}

/// A variable before an operand that may assign it: the value is kept.
struct KeptOperand: Operand {
  let slot: Int

  @inline(__always) func read(_ frame: Frame) throws -> Value { frame.copy(slot) }
  @inline(__always) func number(_ reading: Value, _: Frame) -> Double? {
    if case .number(let number) = reading { number } else { nil }
  }
  @inline(__always) func value(_ reading: Value, _: Frame) -> Value { reading }
}

struct ConstantOperand: Operand {
  let constant: Double

  @inline(__always) func read(_ frame: Frame) throws {}
  @inline(__always) func number(_: Void, _: Frame) -> Double? { constant }
  @inline(__always) func value(_: Void, _: Frame) -> Value { .number(constant) }
}

/// A text as it stands in the program.
struct TextOperand: Operand {
  let text: Value

  @inline(__always) func read(_ frame: Frame) throws {}
  @inline(__always) func number(_: Void, _: Frame) -> Double? { nil }
  @inline(__always) func value(_: Void, _: Frame) -> Value { text }
}

struct CodeOperand: Operand {
  let code: Code

  @inline(__always) func read(_ frame: Frame) throws -> Value { try code(frame) }
  @inline(__always) func number(_ reading: Value, _: Frame) -> Double? {
    if case .number(let number) = reading { number } else { nil }
  }
  @inline(__always) func value(_ reading: Value, _: Frame) -> Value { reading }
}

extension Frame {
  /// The number in a slot, when there is one.
  @inline(__always)
  func number(_ slot: Int) -> Double? {
    if case .number(let number) = self[slot] { number } else { nil }
  }

  /// The value in a slot; a number is told apart first, since copying it counts no references.
  @inline(__always)
  func copy(_ slot: Int) -> Value {
    if case .number(let number) = self[slot] { return .number(number) }
    return self[slot]
  }

  /// Writes a number into a slot, which most of the time holds nothing that must be released.
  @inline(__always)
  func set(_ slot: Int, _ number: Double) {
    if case .object = self[slot] {
      self[slot] = .number(number)
    } else {
      (slots + slot).initialize(to: .number(number))
    }
  }
}

// MARK: - Operations on two operands

/// A closure to be made for two operands of known kinds. It comes in a struct: a closure as the
/// value of an associated type would be called through thunks.
protocol OperandPair {
  associatedtype Lowered
  func lowered<Left: Operand, Right: Operand>(_ left: Left, _ right: Right) -> Lowered
}

struct ArithmeticValue<Operation: NumberOperation>: OperandPair where Operation.Output == Double {
  let site: OperationSite

  func lowered<Left: Operand, Right: Operand>(_ left: Left, _ right: Right) -> CodeItem {
    let site = site
    return CodeItem { frame in
      let a = try left.read(frame)
      let b = try right.read(frame)
      if let x = left.number(a, frame), let y = right.number(b, frame) {
        return .number(Operation.apply(x, y))
      }
      return try site.slow(left.value(a, frame), right.value(b, frame), frame.state)
    }
  }
}

/// `slot = a op b`
struct ArithmeticStore<Operation: NumberOperation>: OperandPair where Operation.Output == Double {
  let site: OperationSite
  let slot: Int

  func lowered<Left: Operand, Right: Operand>(_ left: Left, _ right: Right) -> StepItem {
    let (site, slot) = (site, slot)
    return StepItem { frame in
      let a = try left.read(frame)
      let b = try right.read(frame)
      if let x = left.number(a, frame), let y = right.number(b, frame) {
        frame.set(slot, Operation.apply(x, y))
      } else {
        frame[slot] = try site.slow(left.value(a, frame), right.value(b, frame), frame.state)
      }
      return .next
    }
  }
}

struct ComparisonTest<Operation: NumberOperation>: OperandPair where Operation.Output == Bool {
  let site: OperationSite

  func lowered<Left: Operand, Right: Operand>(_ left: Left, _ right: Right) -> TestItem {
    let site = site
    return TestItem { frame in
      let a = try left.read(frame)
      let b = try right.read(frame)
      if let x = left.number(a, frame), let y = right.number(b, frame) {
        return Operation.apply(x, y)
      }
      return try site.slowTest(left.value(a, frame), right.value(b, frame), frame.state)
    }
  }
}

/// `if a op b { then } else { otherwise }`
struct ComparisonBranch<Operation: NumberOperation>: OperandPair where Operation.Output == Bool {
  let site: OperationSite
  let then: CodeItem
  let otherwise: CodeItem

  init(_ site: OperationSite, _ then: @escaping Code, _ otherwise: @escaping Code) {
    self.site = site
    self.then = CodeItem(run: then)
    self.otherwise = CodeItem(run: otherwise)
  }

  func lowered<Left: Operand, Right: Operand>(_ left: Left, _ right: Right) -> CodeItem {
    let choosing = Choosing(self, left, right)
    return CodeItem { try choosing.run($0) }
  }

  /// What the closure captures, as one object (see `FixedCall`).
  private final class Choosing<Left: Operand, Right: Operand> {
    let branch: ComparisonBranch
    let left: Left
    let right: Right

    init(_ branch: ComparisonBranch, _ left: Left, _ right: Right) {
      self.branch = branch
      self.left = left
      self.right = right
    }

    @inline(__always)
    func run(_ frame: Frame) throws -> Value {
      let a = try left.read(frame)
      let b = try right.read(frame)
      let holds: Bool
      if let x = left.number(a, frame), let y = right.number(b, frame) {
        holds = Operation.apply(x, y)
      } else {
        holds = try branch.site.slowTest(
          left.value(a, frame), right.value(b, frame), frame.state)
      }
      return holds ? try branch.then.run(frame) : try branch.otherwise.run(frame)
    }
  }
}

extension Lowerer {
  /// The kinds of operands a closure is compiled for.
  enum OperandKind {
    case slot(Int)
    case constant(Double)
    case code(Code)
  }

  func operand(_ expression: Expression) -> OperandKind {
    switch expression.kind {
    case .number(let number): return .constant(number)
    case .unary(.minus, let inner):
      if case .number(let number) = inner.kind { return .constant(-number) }
      return .code(code(expression))
    case .name:
      // An unset variable is no number either, so the slow path meets it.
      guard case .local(let variable) = resolution.names[expression.span.start],
        !variable.isBoxed
      else { return .code(code(expression)) }
      return .slot(variable.slot)
    default: return .code(code(expression))
    }
  }

  /// Makes the closure for two expressions, by what kinds of operands they are.
  func combining<Pair: OperandPair>(
    _ left: Expression, _ right: Expression, _ pair: Pair
  ) -> Pair.Lowered {
    if case .text(let pieces) = right.kind, case .slot(let slot) = operand(left),
      let text = literal(pieces)
    {
      return pair.lowered(SlotOperand(slot: slot), TextOperand(text: .text(text)))
    }
    return switch (operand(left), operand(right)) {
    case (.slot(let a), .slot(let b)):
      pair.lowered(SlotOperand(slot: a), SlotOperand(slot: b))
    case (.slot(let a), .constant(let b)):
      pair.lowered(SlotOperand(slot: a), ConstantOperand(constant: b))
    case (.slot(let a), .code(let b)):
      right.mayAssign
        ? pair.lowered(KeptOperand(slot: a), CodeOperand(code: b))
        : pair.lowered(SlotOperand(slot: a), CodeOperand(code: b))
    case (.constant(let a), .slot(let b)):
      pair.lowered(ConstantOperand(constant: a), SlotOperand(slot: b))
    case (.constant(let a), .constant(let b)):
      pair.lowered(ConstantOperand(constant: a), ConstantOperand(constant: b))
    case (.constant(let a), .code(let b)):
      pair.lowered(ConstantOperand(constant: a), CodeOperand(code: b))
    case (.code(let a), .slot(let b)):
      pair.lowered(CodeOperand(code: a), SlotOperand(slot: b))
    case (.code(let a), .constant(let b)):
      pair.lowered(CodeOperand(code: a), ConstantOperand(constant: b))
    case (.code(let a), .code(let b)):
      pair.lowered(CodeOperand(code: a), CodeOperand(code: b))
    }
  }
}

extension Expression {
  /// Whether evaluating it may give a variable of its own scope another value: only the block of an
  /// `if` can.
  var mayAssign: Bool {
    var waiting = [self]
    while let expression = waiting.popLast() {
      if case .conditional = expression.kind { return true }
      waiting += expression.operands
    }
    return false
  }
}
