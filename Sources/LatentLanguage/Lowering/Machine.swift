// Calling functions: the window on the stack, the limits, the trace.

import LatentSyntax
import LatentTensor

enum Machine {
  /// One turn of a loop or one call.
  @inline(__always)
  static func tick(_ state: UnsafeMutablePointer<MachineState>) throws {
    state.pointee.fuel &-= 1
    if state.pointee.fuel < 0 { try state.pointee.runtime.refuel() }
  }

  /// Runs a function whose arguments stand at `base`, one per parameter.
  ///
  /// Takes over the arguments: they are gone afterwards, and the stack ends at `base` again.
  @inline(__always)
  static func enter(
    _ function: FunctionObject, _ state: UnsafeMutablePointer<MachineState>,
    _ base: UnsafeMutablePointer<Value>
  ) throws -> Value {
    guard let code = function.borrowedCode else { return .nothing }
    return try code._withUnsafeGuaranteedRef { try enter(function, $0, state, base) }
  }

  /// Not inlined: as parameters the function and its code are borrowed, and what is read from
  /// their constants needs no counting of references.
  @inline(never)
  private static func enter(
    _ function: FunctionObject, _ code: FunctionCode, _ state: UnsafeMutablePointer<MachineState>,
    _ base: UnsafeMutablePointer<Value>
  ) throws -> Value {
    let arguments = code.parameterCount
    let count = code.slotCount
    let end = base + count
    state.pointee.depth &+= 1
    defer { state.pointee.depth &-= 1 }
    guard end <= state.pointee.limit, state.pointee.depth <= state.pointee.maximumDepth,
      NativeStack.hasRoom(state.pointee.nativeLimit)
    else {
      throw refused(state, base, arguments)
    }
    var slot = base + arguments
    while slot < end {
      slot.initialize(to: .nothing)
      slot += 1
    }
    state.pointee.top = end
    defer {
      // A loop of single values stays inline; clearing them as an array is a call of the runtime.
      var slot = base
      while slot < end {
        if case .object = slot.pointee { slot.deinitialize(count: 1) }
        slot += 1
      }
      state.pointee.top = base
    }
    try tick(state)
    let frame = Frame(slots: base, captures: function.captures, state: state, size: count)
    if code.hasPrologue { prologue(function, code, frame) }
    return try code.body(frame)
  }

  /// Puts in place what only some functions need: boxes, themselves, marks of unset variables.
  @inline(never)
  private static func prologue(_ function: FunctionObject, _ code: FunctionCode, _ frame: Frame) {
    for slot in code.prologue.unsetSlots { frame[slot] = frame.state.pointee.runtime.globals.unset }
    for slot in code.prologue.boxedParameters { frame[slot] = .object(Box(frame[slot])) }
    for slot in code.prologue.boxedLocals {
      frame[slot] = .object(Box(frame.state.pointee.runtime.globals.unset))
    }
    if let slot = code.prologue.selfSlot { frame[slot] = .object(function) }
  }

  /// Gives up a call whose arguments stand at `base`.
  @inline(never)
  private static func refused(
    _ state: UnsafeMutablePointer<MachineState>, _ base: UnsafeMutablePointer<Value>,
    _ arguments: Int
  ) -> any Error {
    base.deinitialize(count: arguments)
    state.pointee.top = base
    return tooDeep(state.pointee.depth)
  }

  @inline(never)
  private static func tooDeep(_ depth: Int) -> Failure {
    Failure(
      "L704", "calls are nested too deeply (\(depth) levels)",
      help: "make sure the recursion ends, or write it as a loop")
  }

  static func enter(
    _ function: FunctionObject, _ code: FunctionCode, _ state: UnsafeMutablePointer<MachineState>,
    arguments: [Value]
  ) throws -> Value {
    let base = state.pointee.top
    guard base + arguments.count <= state.pointee.limit else { throw tooDeep(state.pointee.depth) }
    arguments.withUnsafeBufferPointer { arguments in
      if let first = arguments.baseAddress { base.initialize(from: first, count: arguments.count) }
    }
    return try enter(function, code, state, base)
  }

  // MARK: Any callee, any arguments

  /// Calls whatever `callee` is, with evaluated arguments in the order of the site.
  @inline(never)
  static func call(
    _ callee: Value, _ arguments: [Value], site: CallSite,
    _ state: UnsafeMutablePointer<MachineState>
  ) throws -> Value {
    guard case .object(let object) = callee, let function = object.callable else {
      if case .object(let object) = callee, object.isFamily {
        return try term(object, arguments, site, state)
      }
      throw notCallable(callee, site, state.pointee.runtime)
    }
    return try call(function, arguments, site: site, state)
  }

  private static func notCallable(
    _ callee: Value, _ site: CallSite, _ runtime: Runtime
  ) -> Failure {
    let text = site.source.text(in: site.span)
    let name = String(text.prefix { $0 != "(" })
    let help: String? =
      if site.argumentSpans.isEmpty, text.hasSuffix("()"), text.contains(".") {
        "without the parentheses it is a value: `\(text.dropLast(2))`"
      } else if runtime.isLibraryName(name), runtime[name]?.object?.callable == nil {
        "`\(name)` has been given a value here, which hides the function; choose another name"
      } else if callee.object?.length != nil {
        "an element stands in brackets: `x[0]`"
      } else if callee.asNumber != nil {
        "a product has its operator: `2 * (x + 1)`"
      } else if callee.kind == "model" {
        "ask it: `sample(m, n)`, `log m.p(x: X)`"
      } else {
        nil
      }
    return Failure("L405", "\(callee.kindPhrase) cannot be called", helps: help.map { [$0] } ?? [])
  }

  static func call(
    _ function: FunctionObject, _ arguments: [Value], site: CallSite,
    _ state: UnsafeMutablePointer<MachineState>
  ) throws -> Value {
    guard let signature = Signature(function) else { return .nothing }
    let plan: ArgumentPlan
    do {
      plan = try signature.plan(for: site)
    } catch var diagnostic as Diagnostic {
      if site.isForeign { diagnostic.primary = nil }
      throw diagnostic
    }
    if let builtin = function.builtin {
      return try call(builtin, arguments, plan, site: site, state)
    }
    guard let code = function.code else { return .nothing }
    return try enter(function, code, state, arguments, plan, site: site)
  }

  /// A function of the language whose arguments are not simply one per parameter.
  static func enter(
    _ function: FunctionObject, _ code: FunctionCode, _ state: UnsafeMutablePointer<MachineState>,
    _ arguments: [Value], _ plan: ArgumentPlan, site: CallSite
  ) throws -> Value {
    var missing: [Int] = []
    let unset = state.pointee.runtime.globals.unset
    let values = plan.sources.enumerated().map { position, source in
      if let source { return arguments[source] }
      missing.append(position)
      return unset
    }
    if missing.isEmpty {
      return try traced(function, site) { try enter(function, code, state, arguments: values) }
    }
    let fallbacks = missing
    return try traced(function, site) {
      try enter(function, code.completing(fallbacks), state, arguments: values)
    }
  }

  /// Runs a call; an error that leaves it names it in its trace.
  @inline(__always)
  static func traced<Result>(
    _ function: FunctionObject, _ site: CallSite, _ body: () throws -> Result
  ) throws -> Result {
    do { return try body() } catch { throw trace(error, function, site) }
  }

  @inline(never)
  static func trace(
    _ error: any Error, _ function: FunctionObject, _ site: CallSite
  ) -> any Error {
    switch error {
    case let failure as Failure:
      return Diagnostic(failure, at: site.isForeign ? nil : site.label)
    case let diagnostic as Diagnostic:
      return site.isForeign
        ? diagnostic : diagnostic.called(function.name, from: site.source, site.span)
    default: return error
    }
  }
}

extension CallSite {
  /// A call from Swift: it has no place in any source.
  convenience init(positional: Int, named: [String] = []) {
    self.init(
      source: CallSite.foreign, span: Span(0, 0),
      argumentSpans: Array(repeating: Span(0, 0), count: positional + named.count),
      argumentNames: Array(repeating: nil, count: positional)
        + named.map { Name($0, Span(0, 0)) },
      bar: nil)
  }

  private static let foreign = Source(name: "Swift", text: "")

  var isForeign: Bool { source === CallSite.foreign }

  var label: Diagnostic.Label { Diagnostic.Label(source, span) }
}
