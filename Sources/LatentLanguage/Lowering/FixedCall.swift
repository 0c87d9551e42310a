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
    let (borrowing, place, target, site) = (borrowing, place, target, site)
    return CodeItem { frame in
      // The argument goes first: a block in it may assign the very name.
      let value = try argument.value(frame)
      guard let function = borrowing.function(at: place, parameters: 1) else {
        return try Lowerer.anyCall(try target(frame), [value], site, frame.state)
      }
      let base = frame.state.pointee.top
      base.initialize(to: value)
      return try function._withUnsafeGuaranteedRef { function in
        try Machine.traced(function, site) { try Machine.enter(function, frame.state, base) }
      }
    }
  }
}
