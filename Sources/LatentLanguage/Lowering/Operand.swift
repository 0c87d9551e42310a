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
  /// The UTF-8 of a text that stands in the program.
  var literal: UnsafeBufferPointer<UInt8>? { get }
}

extension Operand {
  @inline(__always) var literal: UnsafeBufferPointer<UInt8>? { nil }
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
  private let bytes: TextBytes

  init(_ text: String) {
    self.text = .text(text)
    bytes = TextBytes(text)
  }

  @inline(__always) var literal: UnsafeBufferPointer<UInt8>? {
    bytes.bytes
  }

  @inline(__always) func read(_ frame: Frame) throws {}
  @inline(__always) func number(_: Void, _: Frame) -> Double? { nil }
  @inline(__always) func value(_: Void, _: Frame) -> Value { text }
}

/// A text of the program as it is written into others: in memory that nobody moves.
final class TextBytes {
  let bytes: UnsafeBufferPointer<UInt8>

  init(_ text: String) {
    let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count)
    _ = memory.initialize(from: text.utf8)
    bytes = UnsafeBufferPointer(memory)
  }

  deinit { bytes.deallocate() }
}

struct CodeOperand: Operand {
  let code: Code

  @inline(__always) func read(_ frame: Frame) throws -> Value { try code(frame) }
  @inline(__always) func number(_ reading: Value, _: Frame) -> Double? {
    if case .number(let number) = reading { number } else { nil }
  }
  @inline(__always) func value(_ reading: Value, _: Frame) -> Value { reading }
}

/// `variable[index]` of two variables; `general` is the same for whatever is not a simple element.
struct ElementOperand: Operand {
  let slot: Int
  let index: Int
  let general: CodeItem

  @inline(__always) func read(_ frame: Frame) throws -> Value {
    if let index = frame.number(index),
      let element = Lowerer.element(index, of: frame.slots + slot)
    {
      return element
    }
    return try general.run(frame)
  }
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

/// What a closure over two operands captures, as one object: captured one by one, the parts would be
/// passed on the stack by one or two more functions between the closure and its body.
final class SitedPair<Left: Operand, Right: Operand> {
  let site: OperationSite
  let left: Left
  let right: Right
  /// Where the result goes, for those that store it.
  let slot: Int

  init(_ site: OperationSite, _ left: Left, _ right: Right, slot: Int = 0) {
    self.site = site
    self.left = left
    self.right = right
    self.slot = slot
  }
}

struct ArithmeticValue<Operation: NumberOperation>: OperandPair where Operation.Output == Double {
  let site: OperationSite

  func lowered<Left: Operand, Right: Operand>(_ left: Left, _ right: Right) -> CodeItem {
    let pair = SitedPair(site, left, right)
    return CodeItem { frame in
      let a = try pair.left.read(frame)
      let b = try pair.right.read(frame)
      if let x = pair.left.number(a, frame), let y = pair.right.number(b, frame) {
        return .number(Operation.apply(x, y))
      }
      return try pair.site.slow(
        pair.left.value(a, frame), pair.right.value(b, frame), frame.state)
    }
  }
}

/// `slot = a op b`
struct ArithmeticStore<Operation: NumberOperation>: OperandPair where Operation.Output == Double {
  let site: OperationSite
  let slot: Int

  func lowered<Left: Operand, Right: Operand>(_ left: Left, _ right: Right) -> StepItem {
    let pair = SitedPair(site, left, right, slot: slot)
    return StepItem { frame in
      let a = try pair.left.read(frame)
      let b = try pair.right.read(frame)
      if let x = pair.left.number(a, frame), let y = pair.right.number(b, frame) {
        frame.set(pair.slot, Operation.apply(x, y))
      } else {
        frame[pair.slot] = try pair.site.slow(
          pair.left.value(a, frame), pair.right.value(b, frame), frame.state)
      }
      return .next
    }
  }
}

struct ComparisonTest<Operation: NumberOperation>: OperandPair where Operation.Output == Bool {
  let site: OperationSite

  func lowered<Left: Operand, Right: Operand>(_ left: Left, _ right: Right) -> TestItem {
    let pair = SitedPair(site, left, right)
    return TestItem { frame in
      let a = try pair.left.read(frame)
      let b = try pair.right.read(frame)
      if let x = pair.left.number(a, frame), let y = pair.right.number(b, frame) {
        return Operation.apply(x, y)
      }
      return try pair.site.slowTest(
        pair.left.value(a, frame), pair.right.value(b, frame), frame.state)
    }
  }
}

/// `if a op b { then } else { otherwise }`
struct ComparisonBranch<Operation: NumberOperation>: OperandPair where Operation.Output == Bool {
  let site: OperationSite
  let then: CodeItem
  let otherwise: CodeItem
  /// The variable that `then` reads, when it does only that; -1 when it does more. Where a
  /// recursion ends there is one call less.
  let thenSlot: Int

  init(
    _ site: OperationSite, _ then: @escaping Code, _ otherwise: @escaping Code, thenSlot: Int?
  ) {
    self.site = site
    self.then = CodeItem(run: then)
    self.otherwise = CodeItem(run: otherwise)
    self.thenSlot = thenSlot ?? -1
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
      guard holds else { return try branch.otherwise.run(frame) }
      if branch.thenSlot >= 0 { return frame.copy(branch.thenSlot) }
      return try branch.then.run(frame)
    }
  }
}

extension Lowerer {
  /// The kinds of operands a closure is compiled for.
  enum OperandKind {
    case slot(Int)
    case constant(Double)
    case element(ElementOperand)
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
    case .index(let base, let items):
      guard items.count == 1, case .value(let position) = items[0],
        case .slot(let slot) = operand(base), case .slot(let index) = operand(position)
      else { return .code(code(expression)) }
      return .element(
        ElementOperand(slot: slot, index: index, general: CodeItem(run: code(expression))))
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
      return pair.lowered(SlotOperand(slot: slot), TextOperand(text))
    }
    let (first, second) = (operand(left), operand(right))
    switch (first, second) {
    case (.slot(let a), .element(let b)): return pair.lowered(SlotOperand(slot: a), b)
    case (.element(let a), .element(let b)): return pair.lowered(a, b)
    default: break
    }
    return switch (first.withoutElement, second.withoutElement) {
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

extension Lowerer.OperandKind {
  /// The combinations that loops do not spend their time on are not compiled for elements.
  fileprivate enum Common {
    case slot(Int)
    case constant(Double)
    case code(Code)
  }

  fileprivate var withoutElement: Common {
    switch self {
    case .slot(let slot): .slot(slot)
    case .constant(let constant): .constant(constant)
    case .element(let element): .code(element.general.run)
    case .code(let code): .code(code)
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
