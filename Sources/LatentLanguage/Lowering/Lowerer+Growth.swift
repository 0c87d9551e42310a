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
    let borrowing = Left.self == KeptOperand.self ? nil : Borrowing()
    return StepItem { frame in
      let a = try left.read(frame)
      let b = try right.read(frame)
      if let x = left.number(a, frame), let y = right.number(b, frame) {
        frame.set(slot, x + y)
        return .next
      }
      if let borrowing, borrowing.extend(frame.slots + slot, by: right.value(b, frame)) {
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
    guard case .object(let more) = addend, more.tag == .text || more.tag == .list else {
      return false
    }
    return unshared(at: place)?._withUnsafeGuaranteedRef { object in
      guard object.tag == more.tag else { return false }
      if object.tag == .text {
        return unsafeDowncast(object, to: TextObject.self)
          .extend(by: unsafeDowncast(more, to: TextObject.self))
      }
      unsafeDowncast(object, to: ListObject.self)
        .extend(by: unsafeDowncast(more, to: ListObject.self))
      return true
    } ?? false
  }

  /// Appends one item to the list or vector at a place by the rule of ``Value/collected(_:)``;
  /// false when somebody else holds it, or the result would be of another kind.
  @inline(never)
  func append(_ item: Value, to place: UnsafeMutablePointer<Value>) -> Bool {
    unshared(at: place)?._withUnsafeGuaranteedRef { object in
      if object.tag == .list { return unsafeDowncast(object, to: ListObject.self).append(item) }
      guard object.tag == .tensor, case .number(let number) = item else { return false }
      return unsafeDowncast(object, to: TensorObject.self).tensor.append(number)
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
    let (target, whole) = (code(call.callee), code(call.arguments[0].value))
    let item = code(call.arguments[1].value)
    let site = CallSite(source: source, call: call, piped: nil, span: span)
    return { frame in
      let item = try item(frame)
      if borrowing.holds(function, at: place), borrowing.append(item, to: frame.slots + slot) {
        return .next
      }
      frame[slot] = try Lowerer.anyCall(
        try target(frame), [try whole(frame), item], site, frame.state)
      return .next
    }
  }
}
