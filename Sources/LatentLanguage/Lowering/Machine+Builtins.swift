// Calling builtins: defaults, the checks the declaration asks for, and errors at the argument
// that is at fault.

import LatentSyntax
import LatentTensor

extension Machine {
  @inline(never)
  static func call(
    _ builtin: Builtin, _ arguments: [Value], _ plan: ArgumentPlan, site: CallSite,
    _ state: UnsafeMutablePointer<MachineState>
  ) throws -> Value {
    let runtime = state.pointee.runtime
    try tick(state)
    guard NativeStack.hasRoom(state.pointee.nativeLimit) else {
      throw Failure("L704", "calls are nested too deeply")
    }
    var values: [Value] = []
    values.reserveCapacity(builtin.parameters.count)
    for (parameter, source) in zip(builtin.parameters, plan.sources) {
      guard let source else {
        values.append(parameter.fallback.value)
        continue
      }
      let value = arguments[source]
      // `nothing` written where it is the default means "left out".
      let isLeftOut = value.isNothing && parameter.isOptional && parameter.fallback.value.isNothing
      if !isLeftOut, !parameter.kind.accepts(value) {
        throw refusal(builtin, parameter, value, site, source)
      }
      values.append(value)
    }
    if let parameter = builtin.parameters.first(where: \.isVariadic) {
      for position in plan.rest where !parameter.kind.accepts(arguments[position]) {
        throw refusal(builtin, parameter, arguments[position], site, position)
      }
    }
    let call = BuiltinCall(
      builtin: builtin, runtime: runtime, arguments: values,
      rest: plan.rest.map { arguments[$0] }, site: site.isForeign ? nil : site,
      origins: plan.sources)
    do {
      let result = try runtime.attributing(to: call.place()) { try body(of: call)(call) }
      try runtime.checkMemory()
      return result
    } catch let failure as Failure {
      throw Diagnostic(failure, at: call.place(of: failure.argument))
    } catch let diagnostic as Diagnostic where !site.isForeign {
      guard diagnostic.primary != nil else {
        var placed = diagnostic
        placed.primary = call.place()
        return try { throw placed }()
      }
      // An error inside a function that the builtin called back.
      throw diagnostic.called(builtin.name, from: site.source, site.span)
    }
  }

  /// The form of the builtin for these arguments. Only while a function is traced can one of them
  /// be symbolic.
  private static func body(
    of call: BuiltinCall
  ) throws -> @Sendable (BuiltinCall) throws -> Value {
    let builtin = call.builtin
    guard call.runtime.trace != nil else { return builtin.body }
    for (position, parameter) in builtin.parameters.enumerated() {
      let values = parameter.isVariadic ? call.rest : [call.arguments[position]]
      if let traced = builtin.traced {
        let items = values + values.flatMap { $0.asList ?? [] }
        if items.contains(where: \.isSymbolic) { return traced }
      } else if parameter.kind.readsNumbers, values.contains(where: \.isSymbolic) {
        throw call.untraceable(argument: parameter.isVariadic ? nil : parameter.name)
      }
    }
    return builtin.body
  }

  private static func refusal(
    _ builtin: Builtin, _ parameter: Builtin.Parameter, _ value: Value, _ site: CallSite,
    _ position: Int
  ) -> Diagnostic {
    let shown = parameter.kind.isNearly(value) ? value.display() : value.kindPhrase
    var helps: [String] = []
    if case .choice(let choices) = parameter.kind, let text = value.asText,
      let near = nearest(to: text, among: choices)
    {
      helps.append("the nearest choice is \(near.quotedForDisplay)")
    } else if case .object(let kinds) = parameter.kind, let maker = value.object?.callable?.builtin,
      kinds.contains(maker.returns.kind)
    {
      helps.append("call it to make one: `\(maker.name)(…)`")
    } else if !parameter.help.isEmpty {
      helps.append("`\(parameter.name)`: \(parameter.help)")
    } else {
      helps.append("it is written `\(Signature(builtin).written)`")
    }
    return Diagnostic(
      "L402",
      "`\(parameter.name)` of `\(builtin.name)` must be \(parameter.kind.phrase), not \(shown)",
      at: site.isForeign
        ? nil : Diagnostic.Label(site.source, site.argumentSpan(position), value.kindPhrase),
      helps: helps)
  }
}
