// Values that grow in a loop: `s += x` and `xs = append(xs, x)` extend a text, a list or a vector in
// place when nobody else holds it, so that a loop takes time in proportion to its turns.

import LatentSyntax
import LatentTensor

/// `slot = slot + b`
struct Accumulation: OperandPair {
  let site: OperationSite
  let slot: Int

  func lowered<Left: Operand, Right: Operand>(_ left: Left, _ right: Right) -> StepItem {
    let (site, slot) = (site, slot)
    // What stands in the slot can only be extended while nothing keeps a copy of it.
    let isShared = Left.self == KeptOperand.self
    return StepItem { frame in
      let a = try left.read(frame)
      let b = try right.read(frame)
      if let x = left.number(a, frame), let y = right.number(b, frame) {
        frame.set(slot, x + y)
        return .next
      }
      let addend = right.value(b, frame)
      if isShared || !(frame.slots + slot).pointee.extend(by: addend) {
        frame[slot] = try site.slow(left.value(a, frame), addend, frame.state)
      }
      return .next
    }
  }
}

extension Value {
  /// Joins a text to a text, a list to a list, in place; false when this value is shared with
  /// somebody, or is neither.
  @inline(never)
  mutating func extend(by addend: Value) -> Bool {
    guard case .object(let more) = addend, case .object(var object) = self,
      object.tag == more.tag, object.tag == .text || object.tag == .list
    else { return false }
    self = .nothing
    defer { self = .object(object) }
    guard isKnownUniquelyReferenced(&object) else { return false }
    if object.tag == .text {
      return unsafeDowncast(object, to: TextObject.self)
        .extend(by: unsafeDowncast(more, to: TextObject.self))
    }
    unsafeDowncast(object, to: ListObject.self)
      .extend(by: unsafeDowncast(more, to: ListObject.self))
    return true
  }

  /// Appends one item by the rule of ``Value/collected(_:)``, in place; false when this value is
  /// shared with somebody, or the result would be of another kind.
  @inline(never)
  mutating func append(_ item: Value) -> Bool {
    guard case .object(var object) = self, object.tag == .tensor || object.tag == .list else {
      return false
    }
    self = .nothing
    defer { self = .object(object) }
    guard isKnownUniquelyReferenced(&object) else { return false }
    if object.tag == .list { return unsafeDowncast(object, to: ListObject.self).append(item) }
    guard case .number(let number) = item else { return false }
    return unsafeDowncast(object, to: TensorObject.self).tensor.append(number)
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
    guard let place = fixedPlace(call.callee), let borrowing = BorrowedFunction() else {
      return nil
    }
    let (target, whole) = (code(call.callee), code(call.arguments[0].value))
    let item = code(call.arguments[1].value)
    let site = CallSite(source: source, call: call, piped: nil, span: span)
    return { frame in
      let item = try item(frame)
      if borrowing.holds(function, at: place), (frame.slots + slot).pointee.append(item) {
        return .next
      }
      frame[slot] = try Lowerer.anyCall(try target(frame), [try whole(frame), item], site, frame.state)
      return .next
    }
  }
}
