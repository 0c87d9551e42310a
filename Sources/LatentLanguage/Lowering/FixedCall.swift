// Calls of a function that a name of the session holds, with one argument: the argument is made
// inside the closure of the call where it is a variable, or a variable plus a constant. Indices
// share this.

import LatentSyntax

/// The argument of a call, as a type.
protocol Argument {
  func value(_ frame: Frame) throws -> Value
}

/// A variable that has a value.
struct SlotArgument: Argument {
  let slot: Int

  @inline(__always) func value(_ frame: Frame) throws -> Value { frame.copy(slot) }
}

/// `n + step`, when `n` is a number.
struct ShiftedArgument: Argument {
  let slot: Int
  let step: Double
  let general: Code

  @inline(__always) func value(_ frame: Frame) throws -> Value {
    if let number = frame.number(slot) { return .number(number + step) }
    return try general(frame)
  }
}

struct CodeArgument: Argument {
  let code: Code

  @inline(__always) func value(_ frame: Frame) throws -> Value { try code(frame) }
}

/// A closure to be made for an argument of a known kind.
protocol ArgumentUse {
  func lowered<Only: Argument>(_ argument: Only) -> CodeItem
}

extension Lowerer {
  /// `variable + constant`, or nil.
  private func shifted(_ argument: Expression) -> ShiftedArgument? {
    guard case .binary(let sign, let left, let right, _) = argument.kind,
      sign == .add || sign == .subtract, case .slot(let slot) = operand(left),
      case .constant(let constant) = operand(right)
    else { return nil }
    // `n - c` is exactly `n + -c`.
    let step = sign == .add ? constant : -constant
    return ShiftedArgument(slot: slot, step: step, general: code(argument))
  }

  /// The closure of an operation on calls `name(variable + constant)`, or on a variable and such a
  /// call; nil for other operands.
  func combiningCalls<Pair: OperandPair>(
    _ left: Expression, _ right: Expression, _ pair: Pair
  ) -> Pair.Lowered? {
    guard let second = callOperand(right) else { return nil }
    if case .slot(let slot) = operand(left) { return pair.lowered(SlotOperand(slot: slot), second) }
    return callOperand(left).map { pair.lowered($0, second) }
  }

  private func callOperand(_ expression: Expression) -> CallOperand? {
    guard case .call(let call) = expression.kind, call.arguments.count == 1, call.bar == nil,
      let only = call.arguments.first, only.name == nil, let argument = shifted(only.value),
      let fixed = fixedCall(call, expression.span)
    else { return nil }
    return CallOperand(call: fixed, argument: argument)
  }

  /// Makes the closure for one argument, by what kind of expression it is.
  func using(_ argument: Expression, _ use: some ArgumentUse) -> Code {
    if let argument = shifted(argument) { return use.lowered(argument).run }
    if case .slot(let slot) = operand(argument), isSet(argument) {
      return use.lowered(SlotArgument(slot: slot)).run
    }
    return use.lowered(CodeArgument(code: code(argument))).run
  }
}

/// `variable[position]`, looked into where it stands.
struct ElementOf: ArgumentUse {
  let slot: Int
  let object: Code
  let place: Place

  func lowered<Only: Argument>(_ argument: Only) -> CodeItem {
    let looking = Looking(self, argument)
    return CodeItem { try looking.run($0) }
  }

  /// What the closure captures, as one object (see `FixedCall`).
  private final class Looking<Only: Argument> {
    let element: ElementOf
    let argument: Only

    init(_ element: ElementOf, _ argument: Only) {
      self.element = element
      self.argument = argument
    }

    @inline(__always)
    func run(_ frame: Frame) throws -> Value {
      let position = try argument.value(frame)
      if case .number(let number) = position,
        let found = Lowerer.element(number, of: frame.slots + element.slot)
      {
        return found
      }
      return try general(position, frame)
    }

    @inline(never)
    private func general(_ position: Value, _ frame: Frame) throws -> Value {
      try Lowerer.index(try element.object(frame), [.value(position)], element.place)
    }
  }
}

/// `name(argument)`
struct FixedCall: ArgumentUse {
  let borrowing: Borrowing
  let place: UnsafeMutablePointer<Value>
  let target: Code
  let site: CallSite

  func lowered<Only: Argument>(_ argument: Only) -> CodeItem {
    let running = Running(self, argument)
    return CodeItem { try running.call.run(running.argument, $0) }
  }

  /// What the closure captures, as one object: captured one by one, they would be passed on the
  /// stack by one more function between the closure and its body, and in deep recursion it is the
  /// number of functions on the processor's own stack that counts.
  private final class Running<Only: Argument> {
    let call: FixedCall
    let argument: Only

    init(_ call: FixedCall, _ argument: Only) {
      self.call = call
      self.argument = argument
    }
  }

  @inline(__always)
  func run(_ argument: some Argument, _ frame: Frame) throws -> Value {
    // The argument goes first: a block in it may assign the very name.
    let base = try push(argument, frame)
    guard let function = borrowing.function(at: place, parameters: 1) else {
      return try other(base.move(), frame)
    }
    return try function._withUnsafeGuaranteedRef { function in
      try Machine.traced(function, site) { try Machine.enter(function, frame.state, base) }
    }
  }

  @inline(__always)
  private func push(
    _ argument: some Argument, _ frame: Frame
  ) throws -> UnsafeMutablePointer<Value> {
    let value = try argument.value(frame)
    let base = frame.state.pointee.top
    base.initialize(to: value)
    return base
  }

  @inline(never)
  private func other(_ value: Value, _ frame: Frame) throws -> Value {
    try Lowerer.anyCall(try target(frame), [value], site, frame.state)
  }
}

/// `name(n + step)` as an operand: in `fib(n - 1) + fib(n - 2)` the calls are made by the closure of
/// the sum, which saves the processor's stack one function at every level of a recursion.
struct CallOperand: Operand {
  let call: FixedCall
  let argument: ShiftedArgument

  @inline(__always) func read(_ frame: Frame) throws -> Value { try call.run(argument, frame) }
  @inline(__always) func number(_ reading: Value, _: Frame) -> Double? {
    if case .number(let number) = reading { number } else { nil }
  }
  @inline(__always) func value(_ reading: Value, _: Frame) -> Value { reading }
}

/// `name(argument)` of a builtin that tells what it does to one number or one value.
struct UnaryBuiltin: ArgumentUse {
  let borrowing: Borrowing
  let place: UnsafeMutablePointer<Value>
  let function: FunctionObject
  let scalar: (@Sendable (Double) -> Double)?
  let direct: (@Sendable (Value) -> Value?)?
  /// The call as any other.
  let general: (Value, Frame) throws -> Value

  func lowered<Only: Argument>(_ argument: Only) -> CodeItem {
    let running = Running(self, argument)
    return CodeItem { try running.run($0) }
  }

  /// What the closure captures, as one object (see `FixedCall`).
  private final class Running<Only: Argument> {
    let call: UnaryBuiltin
    let argument: Only

    init(_ call: UnaryBuiltin, _ argument: Only) {
      self.call = call
      self.argument = argument
    }

    @inline(__always)
    func run(_ frame: Frame) throws -> Value {
      // The argument goes first: a block in it may assign the very name.
      let value = try argument.value(frame)
      if call.borrowing.holds(call.function, at: call.place) {
        if let scalar = call.scalar {
          if case .number(let number) = value { return .number(scalar(number)) }
        } else if let direct = call.direct, let result = direct(value) {
          return result
        }
      }
      return try call.general(value, frame)
    }
  }
}
