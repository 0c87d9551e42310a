// Lowering assignments, those into elements and fields too. Values are copied when they are
// written and somebody else holds them, and only then.

import LatentSyntax
import LatentTensor

extension Lowerer {
  func writing(_ name: Name, _ value: @escaping Code) -> Step {
    switch destination(name) {
    case .slot(let slot):
      return { frame in
        frame[slot] = try value(frame)
        return .next
      }
    case .box, .nowhere:
      let store = store(name)
      return { frame in
        try store(frame, try value(frame))
        return .next
      }
    }
  }

  func assignment(
    _ target: Target, _ operation: AssignmentOperator, _ expression: Expression
  ) -> Step {
    switch target {
    case .names(let names, _):
      let value = code(expression)
      let take = taking(names, place(expression.span))
      return { frame in
        try take(frame, try value(frame))
        return .next
      }
    case .place(let name, let steps) where steps.isEmpty:
      guard case .update(let operation) = operation else { return plain(name, expression) }
      // `s += x` is lowered as `s = s + x`, fast paths and all.
      let read = Expression(.name(name.text), name.span)
      let span = name.span.joined(expression.span)
      if let step = storing(operation, read, expression, span, in: name) { return step }
      return update(name, arithmetic(operation, read, expression, span))
    case .place(let name, let steps):
      return pathAssignment(name, steps, target.span, operation, expression)
    }
  }

  /// `name = expression`
  private func plain(_ name: Name, _ expression: Expression) -> Step {
    if case .binary(let operation, let left, let right, _) = expression.kind,
      isNested(expression),
      let step = storing(operation, left, right, expression.span, in: name)
    {
      return step
    }
    if case .call(let call) = expression.kind, case .slot(let slot) = destination(name),
      let step = growing(slot, call, expression.span)
    {
      return step
    }
    return writing(name, code(expression))
  }

  /// `name = left op right` in one closure, where that can be.
  private func storing(
    _ operation: BinaryOperator, _ left: Expression, _ right: Expression, _ span: Span,
    in name: Name
  ) -> Step? {
    guard case .local(let variable) = resolution.names[name.span.start], !variable.isBoxed else {
      return nil
    }
    return arithmeticStep(operation, left, right, span, into: variable.slot)
  }

  /// The slot a changed name lives in: the resolver made sure that it is the function's own.
  private func pointer(_ name: Name) -> (Frame) throws -> UnsafeMutablePointer<Value> {
    let place = place(name.span)
    let text = name.text
    guard case .local(let variable) = resolution.names[name.span.start] else {
      return { _ in throw Lowerer.unset(text, place) }
    }
    let slot = variable.slot
    if variable.isBoxed {
      return { frame in
        guard case .object(let object) = frame[slot], let box = object as? Box,
          !box.value.pointee.isUnset
        else { throw Lowerer.unset(text, place) }
        return box.value
      }
    }
    return { frame in
      if frame[slot].isUnset { throw Lowerer.unset(text, place) }
      return frame.slots + slot
    }
  }

  private func update(_ name: Name, _ value: @escaping Code) -> Step {
    guard case .local(let variable) = resolution.names[name.span.start], !variable.isBoxed else {
      let pointer = pointer(name)
      return { frame in
        let new = try value(frame)
        try pointer(frame).pointee = new
        return .next
      }
    }
    let slot = variable.slot
    return { frame in
      frame[slot] = try value(frame)
      return .next
    }
  }

  // MARK: Elements and fields

  /// One step of a path, evaluated.
  enum PathStep {
    case index([Subscript], Place)
    case member(String, Place)
  }

  func pathAssignment(
    _ name: Name, _ steps: [Target.Step], _ span: Span, _ operation: AssignmentOperator,
    _ expression: Expression, _ drawn: Code? = nil
  ) -> Step {
    let pointer = pointer(name)
    let path = steps.map(pathStep)
    let value = drawn ?? code(expression)
    let runtime = runtime
    guard case .update(let operation) = operation else {
      return { frame in
        var steps: [PathStep] = []
        for step in path { steps.append(try step(frame)) }
        let new = try value(frame)
        try Lowerer.write(new, into: &pointer(frame).pointee, steps[...])
        return .next
      }
    }
    let site = OperationSite(
      .arithmetic(operation), place: place(span.joined(expression.span)), left: place(span),
      right: place(expression.span))
    return { [unowned runtime] frame in
      var steps: [PathStep] = []
      for step in path { steps.append(try step(frame)) }
      var old = try pointer(frame).pointee
      for step in steps { old = try Lowerer.read(step, of: old, runtime) }
      let new = try site.slow(old, try value(frame), frame.state)
      old = .nothing
      try Lowerer.write(new, into: &pointer(frame).pointee, steps[...])
      return .next
    }
  }

  private func pathStep(_ step: Target.Step) -> (Frame) throws -> PathStep {
    switch step {
    case .member(let name):
      let (text, place) = (name.text, place(name.span))
      return { _ in .member(text, place) }
    case .index(let items, let span):
      let codes = items.map(subscripting)
      let place = place(span)
      return { frame in
        var items: [Subscript] = []
        for code in codes { items.append(try code(frame)) }
        return .index(items, place)
      }
    }
  }

  private static func read(
    _ step: PathStep, of value: Value, _ runtime: Runtime
  ) throws -> Value {
    switch step {
    case .index(let items, let place): try index(value, items, place)
    case .member(let name, let place): try member(name, of: value, place, runtime)
    }
  }

  /// Writes `new` at the end of a path into `value`.
  ///
  /// The value is taken out of its place while it is written, so that it is shared only when
  /// somebody else holds it too; an error puts it back.
  static func write(_ new: Value, into value: inout Value, _ path: ArraySlice<PathStep>) throws {
    guard let step = path.first else {
      value = new
      return
    }
    guard var object = value.object else {
      switch step {
      case .index(_, let place):
        throw place.failure(
          "L404", "\(value.kindPhrase) has no elements to assign",
          help: "make a tensor first, as in `x = zeros(3)`, or a list, `x = []`")
      case .member(_, let place):
        throw place.failure(
          "L404", "\(value.kindPhrase) has no fields to assign",
          help: "make a record first, as in `x = (y: 2)`")
      }
    }
    value = .nothing
    if !isKnownUniquelyReferenced(&object) { object = object.copyForWriting() }
    defer { value = .object(object) }
    switch step {
    case .index(let items, let place):
      let rest = path.dropFirst()
      var inner = new
      if !rest.isEmpty {
        inner = try place.attempt { try take(items, from: object) }
        let result = Swift.Result { try write(new, into: &inner, rest) }
        try place.attempt { try object.setIndex(items, to: inner) }
        return try result.get()
      }
      try place.attempt { try object.setIndex(items, to: inner) }
    case .member(let name, let place):
      let rest = path.dropFirst()
      var inner = new
      var result = Swift.Result<Void, any Error>.success(())
      if !rest.isEmpty {
        inner = try place.attempt { try take(name, from: object) }
        result = Swift.Result { try write(new, into: &inner, rest) }
      }
      guard try place.attempt({ try object.setMember(name, to: inner) }) else {
        throw place.failure(
          "L311", "`\(name)` of \(Value.phrase(forKind: object.kind)) cannot be assigned")
      }
      try result.get()
    }
  }

  /// The element an inner write goes to; lists and records give it away, so that it is not copied.
  private static func take(_ items: [Subscript], from object: Object) throws -> Value {
    let value = try object.index(items)
    guard items.count == 1, case .value(let key) = items[0] else { return value }
    switch object {
    case let list as ListObject:
      guard case .number(let number) = key else { return value }
      return list.take(try Positions.position(number, list.items.count, "list"))
    case let record as RecordObject:
      return key.asText.flatMap(record.take) ?? value
    default: return value
    }
  }

  private static func take(_ name: String, from object: Object) throws -> Value {
    if let value = (object as? RecordObject)?.take(name) { return value }
    if let value = try object.member(name) { return value }
    throw Failure(
      "L311", "\(Value.phrase(forKind: object.kind)) has no member `\(name)`",
      help: nearest(to: name, among: object.memberNames).map { "the nearest is `\($0)`" }
        ?? "only fields that exist can be written into")
  }
}
