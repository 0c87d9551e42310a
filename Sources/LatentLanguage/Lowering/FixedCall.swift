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
  /// Makes the closure for one argument, by what kind of expression it is.
  func using(_ argument: Expression, _ use: some ArgumentUse) -> Code {
    if case .binary(let sign, let left, let right, _) = argument.kind,
      sign == .add || sign == .subtract, case .slot(let slot) = operand(left),
      case .constant(let constant) = operand(right)
    {
      // `n - c` is exactly `n + -c`.
      let step = sign == .add ? constant : -constant
      return use.lowered(ShiftedArgument(slot: slot, step: step, general: code(argument))).run
    }
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
    let (slot, object, place) = (slot, object, place)
    return CodeItem { frame in
      let position = try argument.value(frame)
      if case .number(let number) = position,
        let element = Lowerer.element(number, of: frame.slots + slot)
      {
        return element
      }
      return try Lowerer.index(try object(frame), [.value(position)], place)
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
    return CodeItem { try running.run($0) }
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

    @inline(__always)
    func run(_ frame: Frame) throws -> Value {
      // The argument goes first: a block in it may assign the very name.
      let base = try push(frame)
      guard let function = call.borrowing.function(at: call.place, parameters: 1) else {
        return try other(base.move(), frame)
      }
      return try function._withUnsafeGuaranteedRef { function in
        try Machine.traced(function, call.site) { try Machine.enter(function, frame.state, base) }
      }
    }

    @inline(__always)
    private func push(_ frame: Frame) throws -> UnsafeMutablePointer<Value> {
      let value = try argument.value(frame)
      let base = frame.state.pointee.top
      base.initialize(to: value)
      return base
    }

    @inline(never)
    private func other(_ value: Value, _ frame: Frame) throws -> Value {
      try Lowerer.anyCall(try call.target(frame), [value], call.site, frame.state)
    }
  }
}
