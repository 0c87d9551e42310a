// Values that grow in a loop: `s += x` and `xs = append(xs, x)` extend a text, a list or a vector in
// place when nobody else holds it, so that a loop takes time in proportion to its turns.

import LatentSyntax
import LatentTensor

/// `slot = slot + b`
struct Accumulation: OperandPair {
  let site: OperationSite
  let slot: Int

  func lowered<Left: Operand, Right: Operand>(_ left: Left, _ right: Right) -> StepItem {
    // What stands in the slot can only be extended while nothing keeps a copy of it.
    guard Left.self != KeptOperand.self, let borrowing = Borrowing() else {
      return ArithmeticStore<Add>(site: site, slot: slot).lowered(left, right)
    }
    let growing = Growing(site, left, right, slot, borrowing)
    return StepItem { try growing.run($0) }
  }

  /// What the closure captures, as one object (see `SitedPair`, which it must not hold: only what
  /// stands in the captured object itself is read without counting references).
  private final class Growing<Left: Operand, Right: Operand> {
    let site: OperationSite
    let left: Left
    let right: Right
    let slot: Int
    let borrowing: Borrowing

    init(
      _ site: OperationSite, _ left: Left, _ right: Right, _ slot: Int, _ borrowing: Borrowing
    ) {
      self.site = site
      self.left = left
      self.right = right
      self.slot = slot
      self.borrowing = borrowing
    }

    @inline(__always)
    func run(_ frame: Frame) throws -> Flow {
      let a = try left.read(frame)
      let b = try right.read(frame)
      if let x = left.number(a, frame), let y = right.number(b, frame) {
        frame.set(slot, x + y)
        return .next
      }
      if let bytes = right.literal {
        if borrowing.extend(frame.slots + slot, by: bytes) { return .next }
      } else if borrowing.extend(frame.slots + slot, by: right.value(b, frame)) {
        return .next
      }
      frame[slot] = try site.slow(left.value(a, frame), right.value(b, frame), frame.state)
      return .next
    }
  }
}

extension Borrowing {
  /// Joins a text to the text, or a list to the list, at a place; false when somebody else holds
  /// what is there, or it is neither.
  @inline(never)
  func extend(_ place: UnsafeMutablePointer<Value>, by addend: Value) -> Bool {
    if case .short(let text) = addend { return text.withUTF8 { extend(place, by: $0) } }
    guard case .object(let more) = addend, more.tag == .text || more.tag == .list else {
      return false
    }
    return unshared(at: place)?._withUnsafeGuaranteedRef { object in
      guard object.tag == more.tag else { return false }
      if object.tag == .text {
        return unsafeDowncast(object, to: TextObject.self)
          .extend(by: unsafeDowncast(more, to: TextObject.self))
      }
      return unsafeDowncast(object, to: ListObject.self)
        .extend(by: unsafeDowncast(more, to: ListObject.self))
    } ?? false
  }

  /// Joins UTF-8 to the text at a place; false for everything else.
  @inline(__always)
  func extend(
    _ place: UnsafeMutablePointer<Value>, by bytes: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    guard let object = unshared(at: place) else { return false }
    return object._withUnsafeGuaranteedRef { object in
      object.tag == .text && unsafeDowncast(object, to: TextObject.self).extend(by: bytes)
    }
  }

  /// Appends a number to the vector at a place; false when it is shared or no such vector.
  @inline(__always)
  func append(_ number: Double, to place: UnsafeMutablePointer<Value>) -> Bool {
    guard let object = unshared(at: place) else { return false }
    return object._withUnsafeGuaranteedRef { object in
      object.tag == .tensor && unsafeDowncast(object, to: TensorObject.self).append(number)
    }
  }

  /// Appends one item to the list or vector at a place by the rule of ``Value/collected(_:)``;
  /// false when somebody else holds it, or the result would be of another kind.
  @inline(never)
  func append(_ item: Value, to place: UnsafeMutablePointer<Value>) -> Bool {
    unshared(at: place)?._withUnsafeGuaranteedRef { object in
      if object.tag == .list { return unsafeDowncast(object, to: ListObject.self).append(item) }
      guard object.tag == .tensor, case .number(let number) = item else { return false }
      return unsafeDowncast(object, to: TensorObject.self).append(number)
    } ?? false
  }
}

extension Lowerer {
  /// `xs = append(xs, x)`; nil when the call is another one.
  func growing(_ slot: Int, _ call: Call, _ span: Span) -> Step? {
    guard call.arguments.count == 2, call.bar == nil,
      call.arguments.allSatisfy({ $0.name == nil }),
      case .slot(slot) = operand(call.arguments[0].value), !call.arguments[1].value.mayAssign,
      let function = knownBuiltin(call.callee), let builtin = function.builtin, builtin.isAppending
    else { return nil }
    guard let place = fixedPlace(call.callee), let borrowing = Borrowing() else {
      return nil
    }
    var itemSlot = -1
    if case .slot(let slot) = operand(call.arguments[1].value) { itemSlot = slot }
    let (target, whole) = (code(call.callee), code(call.arguments[0].value))
    let site = CallSite(source: source, call: call, piped: nil, span: span)
    let appending = Appending(
      borrowing, function, place, slot, itemSlot, item: code(call.arguments[1].value)
    ) { item, frame in
      try Lowerer.anyCall(try target(frame), [try whole(frame), item], site, frame.state)
    }
    return { try appending.run($0) }
  }

  /// What the closure captures, as one object (see `SitedPair`).
  private final class Appending {
    let borrowing: Borrowing
    let function: FunctionObject
    let place: UnsafeMutablePointer<Value>
    let slot: Int
    /// The variable that is appended; -1 for other items.
    let itemSlot: Int
    let item: Code
    /// The call as any other.
    let general: (Value, Frame) throws -> Value

    init(
      _ borrowing: Borrowing, _ function: FunctionObject, _ place: UnsafeMutablePointer<Value>,
      _ slot: Int, _ itemSlot: Int, item: @escaping Code,
      general: @escaping (Value, Frame) throws -> Value
    ) {
      self.borrowing = borrowing
      self.function = function
      self.place = place
      self.slot = slot
      self.itemSlot = itemSlot
      self.item = item
      self.general = general
    }

    @inline(__always)
    func run(_ frame: Frame) throws -> Flow {
      if itemSlot >= 0, let number = frame.number(itemSlot),
        borrowing.holds(function, at: place), borrowing.append(number, to: frame.slots + slot)
      {
        return .next
      }
      return try other(frame)
    }

    @inline(never)
    private func other(_ frame: Frame) throws -> Flow {
      let item = try item(frame)
      if borrowing.holds(function, at: place), borrowing.append(item, to: frame.slots + slot) {
        return .next
      }
      frame[slot] = try general(item, frame)
      return .next
    }
  }
}
