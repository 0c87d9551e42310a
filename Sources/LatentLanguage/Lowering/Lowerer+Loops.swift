// Lowering `for` loops and comprehensions. Ranges and vectors are walked without making a value of
// every number, and numbers are collected without making a list of values first.

import LatentSyntax
import LatentTensor

extension Lowerer {
  func loop(_ names: [Name], _ source: Expression, _ block: Block) -> Step {
    let values = code(source)
    let place = place(source.span)
    let body = sequence(block.statements)
    guard names.count == 1, case .slot(let slot) = destination(names[0]) else {
      let bind = names.count == 1 ? store(names[0]) : taking(names, place)
      return { frame in
        try Lowerer.turns(try values(frame), place, frame, body) { try bind(frame, $0) }
      }
    }
    return { frame in
      let value = try values(frame)
      switch Numbers(value) {
      case .range(let range): return try Lowerer.turns(range, slot, frame, body)
      case .vector(let numbers): return try Lowerer.turns(numbers, slot, frame, body)
      case nil:
        return try Lowerer.turns(value, place, frame, body) { frame[slot] = $0 }
      }
    }
  }

  /// The turns of a loop over numbers.
  @inline(__always)
  private static func turns(
    _ numbers: some Sequence<Double>, _ slot: Int, _ frame: Frame, _ body: Step
  ) throws -> Flow {
    for number in numbers {
      frame.set(slot, number)
      let flow = try body(frame)
      if flow != .next {
        if flow == .breaking { return .next }
        if flow == .returning { return .returning }
      }
      try Machine.tick(frame.state)
    }
    return .next
  }

  private static func turns(
    _ values: Value, _ place: Place, _ frame: Frame, _ body: Step,
    _ bind: (Value) throws -> Void
  ) throws -> Flow {
    var ending = Flow.next
    try forEach(values, place) { element in
      try bind(element)
      switch try body(frame) {
      case .next, .continuing: break
      case .breaking: return false
      case .returning:
        ending = .returning
        return false
      }
      try Machine.tick(frame.state)
      return true
    }
    return ending
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
    let general: Code = { frame in
      var results = Collector()
      try Lowerer.forEach(try source(frame), sourcePlace) { element in
        try Machine.tick(frame.state)
        try bind(frame, element)
        for variable in others {
          frame[variable.slot] = variable.isBoxed ? .object(Box(unset)) : unset
        }
        if try condition(frame) { results.append(try body(frame)) }
        return true
      }
      return try place.attempt { try results.value() }
    }
    guard variables.count == 1, comprehension.targets.count == 1, !variables[0].isBoxed else {
      return general
    }
    let slot = variables[0].slot
    return { frame in
      let values = try source(frame)
      var results = Collector()
      switch Numbers(values) {
      case .range(let range):
        try Lowerer.collect(range, slot, frame, condition, body, into: &results)
      case .vector(let numbers):
        try Lowerer.collect(numbers, slot, frame, condition, body, into: &results)
      case nil:
        try Lowerer.forEach(values, sourcePlace) { element in
          try Machine.tick(frame.state)
          frame[slot] = element
          if try condition(frame) { results.append(try body(frame)) }
          return true
        }
      }
      return try place.attempt { try results.value() }
    }
  }

  @inline(__always)
  private static func collect(
    _ numbers: some Sequence<Double>, _ slot: Int, _ frame: Frame, _ condition: Test,
    _ body: Code, into results: inout Collector
  ) throws {
    for number in numbers {
      try Machine.tick(frame.state)
      frame.set(slot, number)
      if try condition(frame) { results.append(try body(frame)) }
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
    guard let object = value.object, let length = object.length else {
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
