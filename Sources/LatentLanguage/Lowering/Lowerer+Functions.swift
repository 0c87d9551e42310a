// Lowering functions and comprehensions.

import LatentSyntax
import LatentTensor

extension Lowerer {
  func function(
    _ name: String?, _ parameters: [LatentSyntax.Parameter], _ body: Body, key: Span,
    help: String?
  ) -> Code {
    guard let scope = resolution.functions[key] else {
      assertionFailure("the function at \(key) was not resolved")
      return { _ in .nothing }
    }
    let lowered: Code
    switch body {
    case .expression(let expression): lowered = tail(expression)
    case .block(let block): lowered = self.block(block.statements, isTail: true)
    }
    let own = Set(parameters.indices)
    let boxed = scope.variables.filter { $0.isBoxed && $0.slot != scope.selfSlot }.map(\.slot)
    let code = FunctionCode(
      name: name,
      parameters: parameters.map { parameter in
        FunctionCode.Parameter(
          name: parameter.name.text, fallback: parameter.fallback.map(self.code),
          fallbackText: parameter.fallback.map { String(source.text(in: $0.span)) })
      },
      slotCount: max(scope.slotCount, parameters.count), captureCount: scope.captures.count,
      prologue: FunctionCode.Prologue(
        selfSlot: scope.selfSlot, boxedParameters: boxed.filter(own.contains),
        boxedLocals: boxed.filter { !own.contains($0) }, unsetSlots: scope.unsetSlots),
      source: source, help: help, body: lowered)
    return making(code, scope.captures.map(\.from))
  }

  private func making(_ code: FunctionCode, _ bindings: [Binding]) -> Code {
    guard !bindings.isEmpty else {
      return { _ in .object(FunctionObject(code, captures: .allocate(capacity: 0))) }
    }
    enum From {
      case slot(Int)
      case capture(Int)
    }
    let sources = bindings.map { binding in
      switch binding {
      case .local(let variable): From.slot(variable.slot)
      case .captured(let index, _): From.capture(index)
      case .global(let slot, _): From.slot(slot)
      }
    }
    // A box is captured as such: the closure and the owner of the variable share it.
    return { frame in
      let captures = UnsafeMutablePointer<Value>.allocate(capacity: sources.count)
      for (position, source) in sources.enumerated() {
        switch source {
        case .slot(let slot): (captures + position).initialize(to: frame[slot])
        case .capture(let index): (captures + position).initialize(to: frame.captures[index])
        }
      }
      return .object(FunctionObject(code, captures: captures))
    }
  }

  // MARK: Comprehensions

  func comprehension(_ comprehension: Comprehension, _ place: Place) -> Code {
    let source = code(comprehension.source)
    let sourcePlace = self.place(comprehension.source.span)
    let variables = resolution.comprehensions[place.span] ?? []
    let condition: Test
    if let filter = comprehension.condition {
      condition = test(filter)
    } else {
      condition = { _ in true }
    }
    let body = code(comprehension.body)
    let bind = binding(Array(variables.prefix(comprehension.targets.count)), sourcePlace)
    let others = Array(variables.dropFirst(comprehension.targets.count))
    let unset = globals.unset
    return { frame in
      let values = try source(frame)
      var results: [Value] = []
      try Lowerer.forEach(values, sourcePlace) { element in
        try Machine.tick(frame.state)
        try bind(frame, element)
        for variable in others {
          frame[variable.slot] = variable.isBoxed ? .object(Box(unset)) : unset
        }
        if try !condition(frame) { return true }
        results.append(try body(frame))
        return true
      }
      return try place.attempt { try Value.collected(results) }
    }
  }

  /// Gives the variables of a comprehension the next element; each turn has variables of its own,
  /// so that functions made in it keep theirs.
  private func binding(
    _ variables: [Variable], _ place: Place
  ) -> (Frame, Value) throws -> Void {
    func put(_ variable: Variable, _ frame: Frame, _ value: Value) {
      frame[variable.slot] = variable.isBoxed ? .object(Box(value)) : value
    }
    if variables.count == 1 {
      let variable = variables[0]
      return { put(variable, $0, $1) }
    }
    let names = variables.map(\.name)
    return { frame, element in
      let parts = try place.attempt { try Lowerer.parts(of: element, names) }
      for (variable, part) in zip(variables, parts) { put(variable, frame, part) }
    }
  }

  /// The values several names get from one: by position, or from a record by name.
  static func parts(of value: Value, _ names: [String]) throws -> [Value] {
    if let record = value.asRecord {
      return try names.map { name in
        guard let field = record.fields[name] else {
          throw Failure(
            "L409", "the record has no field `\(name)`",
            help: nearest(to: name, among: record.fields.keys).map { "the nearest is `\($0)`" }
              ?? "its fields are \(record.fields.keys.joined(separator: ", "))")
        }
        return field
      }
    }
    guard case .object(let object) = value, let length = object.length else {
      throw Failure(
        "L409", "\(value.kindPhrase) cannot be taken apart into \(names.count) names",
        help: "a list, a tensor or a record can")
    }
    guard length == names.count else {
      throw Failure(
        "L409",
        "\(Signature.count(length, "value")) cannot be taken apart into \(names.count) names",
        help: length > names.count
          ? "take a part: `(a, b) = v[..<2]`" : "give as many names as there are values")
    }
    return try (0..<length).map { try object.element($0) }
  }

  /// Visits the elements of a value until `body` returns false.
  static func forEach(
    _ value: Value, _ place: Place, _ body: (Value) throws -> Bool
  ) throws {
    let hasElements: Bool
    do {
      hasElements = try value.forEachElement(body)
    } catch let failure as Failure {
      throw Diagnostic(failure, at: place.label)
    }
    if !hasElements {
      throw place.failure(
        "L410", "\(value.kindPhrase) has no elements to walk through",
        help: value.asNumber == nil
          ? "lists, tensors, ranges and texts have elements"
          : "write `0..<n` for the numbers below n")
    }
  }
}
