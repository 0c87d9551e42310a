// Calls of a function that a name of the session holds, with one argument: the argument is made
// inside the closure of the call where it is a variable, or a variable plus a constant.

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

struct FixedCall {
  let borrowing: BorrowedFunction
  let place: UnsafeMutablePointer<Value>
  let target: Code
  let site: CallSite

  func lowered<Only: Argument>(_ argument: Only) -> Code {
    let (borrowing, place, target, site) = (borrowing, place, target, site)
    return { frame in
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
