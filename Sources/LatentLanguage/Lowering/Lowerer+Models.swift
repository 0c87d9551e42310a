// Lowering model blocks, terms that name densities, `use` and `~`.

import LatentSyntax
import LatentTensor

extension Lowerer {
  /// The function that makes models of a block.
  func model(_ block: ModelBlock, help: String?) -> Code {
    guard let scope = resolution.functions[block.name.span],
      let outline = resolution.blocks[block.name.span]
    else {
      assertionFailure("the model block \(block.name.text) was not resolved")
      return { _ in .nothing }
    }
    let clauses = block.clauses.map { clause($0, outline) }
    let families = scope.variables.filter(\.isFamily).map { ($0.slot, $0.name) }
    let parameters = scope.variables.prefix(block.parameters.count).map { ($0.slot, $0.isBoxed) }
    let place = place(block.name.span)
    let (name, selfSlot, runtime) = (block.name.text, scope.selfSlot, runtime)
    return function(name, block.parameters, scope, help: help) { [unowned runtime] frame in
      guard let selfSlot, case .object(let object) = frame[selfSlot],
        let constructor = object as? FunctionObject, let models = runtime.models
      else { throw place.failure("L405", "model blocks need the library of models") }
      let arguments = try parameters.map { slot, isBoxed in
        isBoxed ? try Lowerer.content(frame[slot], name, place) : frame[slot]
      }
      return try place.attempt {
        let builder = try models.builder(
          name: name, constructor: constructor, arguments: arguments, in: runtime)
        for (slot, family) in families { frame[slot] = try builder.family(family) }
        for clause in clauses { try clause(frame, builder) }
        return try builder.finish()
      }
    }
  }

  private typealias ClauseCode = (Frame, any ModelBuilder) throws -> Void

  private func clause(_ clause: ModelBlock.Clause, _ outline: BlockOutline) -> ClauseCode {
    switch clause.kind {
    case .parameter(let name, let type, let value): return parameter(name, type, value)
    case .define(let definition, let isShared):
      guard isShared || BlockOutline.isDensity(definition) else { break }
      let label = place(definition.headSpan).label
      let density = BlockDensity(
        family: definition.name.text, subjects: definition.parameters.map(\.name.text),
        givens: (definition.givens ?? []).map(\.text), isShared: isShared,
        help: clause.documentation, label: label)
      let make = function(
        density.title,
        (definition.givens ?? []).map { LatentSyntax.Parameter($0, fallback: nil) },
        definition.body, key: definition.headSpan, help: clause.documentation)
      return { frame, builder in
        guard case .object(let object) = try make(frame), let body = object as? FunctionObject
        else { return }
        try builder.density(density, body: body)
      }
    case .assign, .error: break
    }
    let steps = sequence(
      ModelBlock(name: Name("", clause.span), parameters: [], clauses: [clause]).statements)
    return { frame, _ in _ = try steps(frame) }
  }

  private func parameter(
    _ name: Name, _ type: ModelBlock.ParameterType?, _ value: Expression?
  ) -> ClauseCode {
    let dimensions = (type?.dimensions ?? []).map { CodeItem(run: code($0)) }
    let initial = value.map { CodeItem(run: code($0)) }
    let store = store(name)
    let places = [
      "type": place(type?.span ?? name.span), "value": place(value?.span ?? name.span),
    ]
    let place = place(name.span)
    return { frame, builder in
      let parameter = BlockParameter(
        name: name.text, type: type?.name.text,
        dimensions: try dimensions.map { try $0.run(frame) }, label: place.label)
      do {
        try store(
          frame,
          try builder.parameter(parameter, initial: initial.map { code in { try code.run(frame) } })
        )
      } catch let failure as Failure {
        throw (failure.argument.flatMap { places[$0] } ?? place).diagnostic(failure)
      }
    }
  }

  // MARK: Terms

  /// A call that passes the names of its arguments beside their values, should it turn out to be
  /// one of a family of densities.
  func namingCall(_ call: Call, piped: Expression?, _ span: Span) -> Code {
    let site = CallSite(source: source, call: call, piped: piped?.span, span: span)
    let target = code(call.callee)
    var arguments = (piped.map { [code($0)] } ?? []).map(CodeItem.init)
    for argument in call.arguments {
      arguments.append(
        CodeItem(run: argument.isPlainName ? mention(argument.value) : code(argument.value)))
    }
    let codes = arguments
    // A name of the library, such as `e`, is no value of a variable of a model.
    let outside = zip(codes.indices.suffix(call.arguments.count), call.arguments).compactMap {
      position, argument in
      argument.isPlainName ? globalName(argument.value).map { (position, $0.name, $0.slot) } : nil
    }
    let globals = globals
    return { [unowned globals] frame in
      let callee = try target(frame)
      var values: [Value] = []
      values.reserveCapacity(codes.count)
      for code in codes { values.append(try code.run(frame)) }
      if case .object(let object) = callee, object.isFamily {
        for (position, name, slot) in outside where globals.library[name] == slot {
          values[position] = globals.unset
        }
        return try Machine.term(object, values, site, frame.state)
      }
      for (position, value) in values.enumerated() where value.isUnset {
        let name = site.plainName(position) ?? "it"
        throw Place(site.source, site.argumentSpan(position)).failure(
          "L301", "`\(name)` has no value", help: "give it one before this line")
      }
      return try Lowerer.anyCall(callee, values, site, frame.state)
    }
  }

  /// The value of a name, or the mark of none.
  private func mention(_ name: Expression) -> Code {
    let unset = globals.unset
    guard let binding = resolution.names[name.span.start] else {
      return { _ in unset }
    }
    func content(_ value: Value) -> Value {
      guard case .object(let object) = value, object.tag == .box else { return value }
      return unsafeDowncast(object, to: Box.self).value.pointee
    }
    switch binding {
    case .local(let variable):
      let slot = variable.slot
      if variable.isGlobal { return mention(slot) }
      return { content($0[slot]) }
    case .captured(let index, _): return { content($0.captures[index]) }
    case .global(let slot, _): return mention(slot)
    }
  }

  private func globalName(_ name: Expression) -> (name: String, slot: Int)? {
    guard case .name(let text) = name.kind else { return nil }
    switch resolution.names[name.span.start] {
    case .global(let slot, _): return (text, slot)
    case .local(let variable) where variable.isGlobal: return (text, variable.slot)
    default: return nil
    }
  }

  private func mention(_ slot: Int) -> Code {
    let pointer = globals.values + slot
    return { _ in pointer.pointee }
  }

  // MARK: Use and draws

  func use(_ expression: Expression) -> Step {
    let model = code(expression)
    let place = place(expression.span)
    let runtime = runtime
    return { [unowned runtime] frame in
      let value = try model(frame)
      guard let names = try place.attempt({ try value.object?.opened() }) else {
        if value.kind == "model" {
          throw place.failure(
            "L555", "`use` opens model blocks, and this model is one of the library",
            help: "`log_likelihood(m, x)`, `encode(m, x)` and `sample(m, n)` ask it")
        }
        throw place.failure(
          "L555", "`use` opens a model, not \(value.kindPhrase)",
          help: (value.object as? FunctionObject) == nil
            ? "write `use m` with `m = fit(…)`" : "call the block first: `m = name(…)`, `use m`")
      }
      for (name, value) in names { try runtime.set(name, to: value) }
      return .next
    }
  }

  func draw(_ target: Target, _ expression: Expression) -> Step {
    let distribution = code(expression)
    let place = place(expression.span)
    let runtime = runtime
    let value: Code = { [unowned runtime] frame in
      let value = try distribution(frame)
      guard let drawn = try place.attempt({ try value.object?.drawn(runtime) }) else {
        throw place.failure(
          "L556", "`~` draws from a distribution, not from \(value.kindPhrase)",
          help: "`=` gives a name a value; `z ~ normal(0, 1)` draws one")
      }
      return drawn
    }
    switch target {
    case .names(let names, _):
      let take = taking(names, place)
      return { frame in
        try take(frame, try value(frame))
        return .next
      }
    case .place(let name, let steps) where steps.isEmpty: return writing(name, value)
    case .place(let name, let steps):
      return pathAssignment(name, steps, target.span, .set, expression, value)
    }
  }
}

extension Machine {
  /// The member of a family that a call names.
  static func term(
    _ family: Object, _ values: [Value], _ site: CallSite,
    _ state: UnsafeMutablePointer<MachineState>
  ) throws -> Value {
    do {
      return try family.term(DensityCall(site, values), state.pointee.runtime)
    } catch let failure as Failure {
      let position = failure.argument.flatMap { name in
        site.argumentSpans.indices.first {
          (site.argumentNames[$0]?.text ?? site.plainName($0)) == name
        }
      }
      let span = position.map { site.argumentSpan($0) } ?? site.span
      throw Diagnostic(
        failure, at: site.isForeign ? nil : Diagnostic.Label(site.source, span))
    }
  }
}
