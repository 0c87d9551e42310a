// The machine's view of one call: a window on the value stack. Closures get it by value, in
// registers; nothing here is counted, checked or allocated while a program runs.

import LatentSyntax

/// An expression, lowered.
typealias Code = (Frame) throws -> Value

/// A statement, lowered.
typealias Step = (Frame) throws -> Flow

/// Closures in arrays and optionals are called through thunks that convert between the general and
/// the direct convention; inside a struct of their own they are not.
struct CodeItem {
  let run: Code
}

struct StepItem {
  let run: Step
}

struct TestItem {
  let run: Test
}

/// How a statement ended. The value of a `return` waits in ``MachineState/result``.
enum Flow {
  case next, breaking, continuing, returning
}

struct Frame {
  let slots: UnsafeMutablePointer<Value>
  /// The captured values of the function that runs.
  let captures: UnsafeMutablePointer<Value>
  let state: UnsafeMutablePointer<MachineState>
  #if DEBUG
    let size: Int
  #endif

  @inline(__always)
  init(
    slots: UnsafeMutablePointer<Value>, captures: UnsafeMutablePointer<Value>,
    state: UnsafeMutablePointer<MachineState>, size: Int
  ) {
    self.slots = slots
    self.captures = captures
    self.state = state
    #if DEBUG
      self.size = size
    #endif
  }

  @inline(__always)
  subscript(slot: Int) -> Value {
    get {
      #if DEBUG
        assert(slot >= 0 && slot < size, "slot \(slot) of \(size)")
      #endif
      return slots[slot]
    }
    nonmutating set {
      #if DEBUG
        assert(slot >= 0 && slot < size, "slot \(slot) of \(size)")
      #endif
      slots[slot] = newValue
    }
  }
}

/// What the machine keeps while it runs, behind a pointer so that reading it costs a load.
struct MachineState {
  /// The first free place of the value stack.
  var top: UnsafeMutablePointer<Value>
  /// One past the last place.
  var limit: UnsafeMutablePointer<Value>
  var depth = 0
  var maximumDepth = Int.max
  /// Turns and calls until the limits are looked at again.
  var fuel = 0
  /// The lowest address the native stack may reach.
  var nativeLimit: UInt = 0
  /// The value of the `return` that is on its way.
  var result: Value = .nothing
  unowned(unsafe) let runtime: Runtime

  init(top: UnsafeMutablePointer<Value>, limit: UnsafeMutablePointer<Value>, runtime: Runtime) {
    self.top = top
    self.limit = limit
    self.runtime = runtime
  }
}
