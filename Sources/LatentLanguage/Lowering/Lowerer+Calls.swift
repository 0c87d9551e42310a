// Lowering calls: of functions of the language with arguments straight onto the stack, of
// builtins with a plan made once, of everything else through the general path.

import LatentSyntax
import LatentTensor

extension Lowerer {
  func pipe(_ value: Expression, _ stage: Expression, _ span: Span) -> Code {
    if case .call(let call) = stage.kind {
      return self.call(call, piped: value, stage.span)
    }
    let site = CallSite(
      source: source, span: span, argumentSpans: [value.span], argumentNames: [nil], bar: nil)
    return call(stage, [value], site)
  }

  func logarithm(_ operand: Expression, _ span: Span) -> Code {
    let callee = Expression(.name("log"), Span(span.start, span.start + 3))
    let site = CallSite(
      source: source, span: span, argumentSpans: [operand.span], argumentNames: [nil], bar: nil)
    return call(callee, [operand], site)
  }

  func call(_ call: Call, piped: Expression?, _ span: Span) -> Code {
    if resolution.naming.contains(span) { return namingCall(call, piped: piped, span) }
    let values = (piped.map { [$0] } ?? []) + call.arguments.map(\.value)
    return self.call(
      call.callee, values,
      CallSite(source: source, call: call, piped: piped?.span, span: span))
  }

  private func call(_ callee: Expression, _ values: [Expression], _ site: CallSite) -> Code {
    let target = code(callee)
    let isPlain = site.bar == nil && site.argumentNames.allSatisfy { $0 == nil }
    if isPlain, values.count == 1, knownBuiltin(callee) == nil, let place = fixedPlace(callee) {
      return fixedCall(place, target, values[0], site)
    }
    let arguments = values.map { CodeItem(run: code($0)) }
    if let builtin = knownBuiltin(callee), let place = fixedPlace(callee) {
      let only = values.count == 1 ? values[0] : nil
      return call(builtin, at: place, target, arguments, only, site)
    }
    switch (isPlain, arguments.count) {
    case (true, 0): return plainCall(target, site)
    case (true, 1): return plainCall(target, arguments[0].run, site)
    case (true, 2): return plainCall(target, arguments[0].run, arguments[1].run, site)
    default: return generalCall(target, arguments, site)
    }
  }

  // MARK: Functions of the language

  /// The function of the language behind a callee, when it takes exactly `count` arguments.
  @inline(__always)
  private static func plain(_ callee: Value, _ count: Int) -> FunctionObject? {
    guard case .object(let object) = callee, object.tag == .function else { return nil }
    let function = unsafeDowncast(object, to: FunctionObject.self)
    return function.parameterCount == count ? function : nil
  }

  /// The place in the table of names that a callee is read from.
  func fixedPlace(_ callee: Expression) -> UnsafeMutablePointer<Value>? {
    guard case .name = callee.kind else { return nil }
    switch resolution.names[callee.span.start] {
    case .local(let variable) where variable.isGlobal: return globals.values + variable.slot
    case .global(let slot, _): return globals.values + slot
    default: return nil
    }
  }

  /// A call of a function that a name of the session holds, without counting references to it:
  /// the session keeps it, and what a nested run replaces stays alive until the run ends.
  private func fixedCall(
    _ place: UnsafeMutablePointer<Value>, _ target: @escaping Code, _ argument: Expression,
    _ site: CallSite
  ) -> Code {
    guard let borrowing = Borrowing() else {
      return plainCall(target, code(argument), site)
    }
    return using(
      argument, FixedCall(borrowing: borrowing, place: place, target: target, site: site))
  }

  /// The same for a call without names and with one argument; nil where the callee is no name of
  /// the session, or a builtin.
  func fixedCall(_ call: Call, _ span: Span) -> FixedCall? {
    guard knownBuiltin(call.callee) == nil, let place = fixedPlace(call.callee),
      let borrowing = Borrowing()
    else { return nil }
    return FixedCall(
      borrowing: borrowing, place: place, target: code(call.callee),
      site: CallSite(source: source, call: call, piped: nil, span: span))
  }

  private func plainCall(_ target: @escaping Code, _ site: CallSite) -> Code {
    return { frame in
      let callee = try target(frame)
      guard let function = Lowerer.plain(callee, 0) else {
        return try Lowerer.anyCall(callee, [], site, frame.state)
      }
      return try Machine.traced(function, site) {
        try Machine.enter(function, frame.state, frame.state.pointee.top)
      }
    }
  }

  private func plainCall(
    _ target: @escaping Code, _ argument: @escaping Code, _ site: CallSite
  ) -> Code {
    return { frame in
      let callee = try target(frame)
      guard let function = Lowerer.plain(callee, 1) else {
        return try Lowerer.anyCall(callee, [try argument(frame)], site, frame.state)
      }
      let value = try argument(frame)
      let base = frame.state.pointee.top
      base.initialize(to: value)
      return try Machine.traced(function, site) {
        try Machine.enter(function, frame.state, base)
      }
    }
  }

  private func plainCall(
    _ target: @escaping Code, _ first: @escaping Code, _ second: @escaping Code, _ site: CallSite
  ) -> Code {
    return { frame in
      let callee = try target(frame)
      let a = try first(frame)
      let b = try second(frame)
      guard let function = Lowerer.plain(callee, 2) else {
        return try Lowerer.anyCall(callee, [a, b], site, frame.state)
      }
      let base = frame.state.pointee.top
      base.initialize(to: a)
      (base + 1).initialize(to: b)
      return try Machine.traced(function, site) {
        try Machine.enter(function, frame.state, base)
      }
    }
  }

  private func generalCall(
    _ target: @escaping Code, _ arguments: [CodeItem], _ site: CallSite
  ) -> Code {
    let cache = PlanCache()
    let isPlain = site.bar == nil && site.argumentNames.allSatisfy { $0 == nil }
    return { frame in
      let callee = try target(frame)
      var values: [Value] = []
      values.reserveCapacity(arguments.count)
      for argument in arguments { values.append(try argument.run(frame)) }
      guard case .object(let object) = callee, object.tag == .function,
        let code = unsafeDowncast(object, to: FunctionObject.self).code
      else { return try Lowerer.anyCall(callee, values, site, frame.state) }
      let function = unsafeDowncast(object, to: FunctionObject.self)
      if isPlain, code.parameterCount == values.count {
        return try Machine.traced(function, site) {
          try Machine.enter(function, code, frame.state, arguments: values)
        }
      }
      let plan = try cache.plan(for: code, site)
      return try Machine.enter(function, code, frame.state, values, plan, site: site)
    }
  }

  /// How the arguments of one site go to the parameters of the function that was called last.
  private final class PlanCache {
    private var code: FunctionCode?
    private var plan = ArgumentPlan(sources: [])

    func plan(for code: FunctionCode, _ site: CallSite) throws -> ArgumentPlan {
      if self.code !== code {
        plan = try Signature(code).plan(for: site)
        self.code = code
      }
      return plan
    }
  }

  @inline(never)
  static func anyCall(
    _ callee: Value, _ values: [Value], _ site: CallSite,
    _ state: UnsafeMutablePointer<MachineState>
  ) throws -> Value {
    do {
      return try Machine.call(callee, values, site: site, state)
    } catch let failure as Failure {
      throw Diagnostic(failure, at: site.label)
    }
  }

  // MARK: Builtins

  /// The builtin a callee names now; at run time the name must still hold it.
  func knownBuiltin(_ callee: Expression) -> FunctionObject? {
    guard case .name = callee.kind, let binding = resolution.names[callee.span.start] else {
      return nil
    }
    let slot: Int
    switch binding {
    case .local(let variable) where variable.isGlobal: slot = variable.slot
    case .global(let index, _): slot = index
    default: return nil
    }
    guard globals.isSet(slot), case .object(let object) = globals.values[slot],
      let function = object as? FunctionObject, function.builtin != nil
    else { return nil }
    return function
  }

  private func call(
    _ function: FunctionObject, at place: UnsafeMutablePointer<Value>, _ target: @escaping Code,
    _ arguments: [CodeItem], _ only: Expression?, _ site: CallSite
  ) -> Code {
    guard let builtin = function.builtin, let plan = try? Signature(builtin).plan(for: site) else {
      return generalCall(target, arguments, site)
    }
    let whole: Code = { frame in
      var values: [Value] = []
      values.reserveCapacity(arguments.count)
      let callee = try target(frame)
      for argument in arguments { values.append(try argument.run(frame)) }
      guard case .object(let object) = callee, object === function else {
        return try Lowerer.anyCall(callee, values, site, frame.state)
      }
      return try Lowerer.placed(site) {
        try Machine.call(builtin, values, plan, site: site, frame.state)
      }
    }
    guard let only, plan.sources.first == 0, builtin.scalar != nil || builtin.direct != nil,
      let borrowing = Borrowing()
    else { return whole }
    let general: (Value, Frame) throws -> Value = { value, frame in
      let callee = try target(frame)
      guard case .object(let object) = callee, object === function else {
        return try Lowerer.anyCall(callee, [value], site, frame.state)
      }
      return try Lowerer.placed(site) {
        try Machine.call(builtin, [value], plan, site: site, frame.state)
      }
    }
    return using(
      only,
      UnaryBuiltin(
        borrowing: borrowing, place: place, function: function, scalar: builtin.scalar,
        direct: builtin.direct, general: general))
  }

  @inline(__always)
  private static func placed<Result>(
    _ site: CallSite, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let failure as Failure {
      throw Diagnostic(failure, at: site.label)
    }
  }
}
