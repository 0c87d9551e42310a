// Lowering statements.

import LatentSyntax
import LatentTensor

extension Lowerer {
  func step(_ statement: Statement) -> Step {
    switch statement.kind {
    case .expression(let expression): return step(expression)
    case .assign(let target, let operation, let value): return assignment(target, operation, value)
    case .define(let definition):
      let make = function(
        definition.name.text, definition.parameters, definition.body, key: definition.headSpan,
        help: statement.documentation)
      return writing(definition.name, make)
    case .check(let check): return self.check(check, statement.span)
    case .for(let names, let source, let block): return loop(names, source, block)
    case .while(let condition, let block):
      let condition = test(condition)
      let body = sequence(block.statements)
      return { frame in
        while try condition(frame) {
          let flow = try body(frame)
          if flow != .next {
            if flow == .breaking { return .next }
            if flow == .returning { return .returning }
          }
          try Machine.tick(frame.state)
        }
        return .next
      }
    case .break: return { _ in .breaking }
    case .continue: return { _ in .continuing }
    case .return(let expression):
      guard let expression else { return { _ in .returning } }
      let value = code(expression)
      return { frame in
        frame.state.pointee.result = try value(frame)
        return .returning
      }
    case .import(_, let span): return running(resolution.imports[span] ?? nil)
    case .use(let expression): return use(expression)
    case .draw(let target, let value): return draw(target, value)
    case .model(let block):
      return writing(block.name, model(block, help: statement.documentation))
    case .error:
      let place = place(statement.span)
      return { _ in throw place.failure("L200", "a part of the program could not be read") }
    }
  }

  private func step(_ expression: Expression) -> Step {
    if case .conditional(let conditional) = expression.kind { return step(conditional) }
    let code = code(expression)
    let runtime = runtime
    return { [unowned runtime] frame in
      let value = try code(frame)
      if case .object(let object) = value, object.tag == .other, object.isShownAsStatement {
        runtime.console.show(value)
      }
      return .next
    }
  }

  private func step(_ conditional: Conditional) -> Step {
    let condition = test(conditional.condition)
    let then = sequence(conditional.then.statements)
    let otherwise: Step
    switch conditional.otherwise {
    case .block(let block): otherwise = sequence(block.statements)
    case .conditional(let next): otherwise = step(next)
    case nil: otherwise = { _ in .next }
    }
    return { try condition($0) ? try then($0) : try otherwise($0) }
  }

  /// Statements one after the other; the first that does not end normally ends them.
  func sequence(_ statements: some Sequence<Statement>) -> Step {
    let steps = statements.map { StepItem(run: step($0)) }
    switch steps.count {
    case 0: return { _ in .next }
    case 1: return steps[0].run
    case 2:
      let first = steps[0].run
      let second = steps[1].run
      return { frame in
        let flow = try first(frame)
        return flow == .next ? try second(frame) : flow
      }
    case 3:
      let first = steps[0].run
      let second = steps[1].run
      let third = steps[2].run
      return { frame in
        var flow = try first(frame)
        guard flow == .next else { return flow }
        flow = try second(frame)
        return flow == .next ? try third(frame) : flow
      }
    default:
      return { frame in
        for step in steps {
          let flow = try step.run(frame)
          if flow != .next { return flow }
        }
        return .next
      }
    }
  }

  /// Gives several names the parts of one value.
  func taking(_ names: [Name], _ place: Place) -> (Frame, Value) throws -> Void {
    let stores = names.map(store)
    let texts = names.map(\.text)
    return { frame, value in
      let parts = try place.attempt { try Lowerer.parts(of: value, texts) }
      for (store, part) in zip(stores, parts) { try store(frame, part) }
    }
  }

  private func running(_ unit: Unit?) -> Step {
    guard let unit else { return { _ in .next } }
    let code = Lowerer(unit, runtime).program(unit.program)
    return { frame in
      _ = try code(frame)
      return .next
    }
  }

  // MARK: Checks

  private func check(_ check: Check, _ span: Span) -> Step {
    let place = place(check.subject.span)
    switch check.mode {
    case .holds: return holds(check.subject, place)
    case .within(let tolerance): return within(check.subject, tolerance, place)
    case .fails(let text):
      if let known = resolution.failing[span] {
        return { _ in
          try Lowerer.confirm(known, text, place)
          return .next
        }
      }
      let subject = code(check.subject)
      return { frame in
        do {
          _ = try subject(frame)
        } catch let diagnostic as Diagnostic {
          if Runtime.stopsEverything(diagnostic) { throw diagnostic }
          try Lowerer.confirm([diagnostic], text, place)
          return .next
        } catch let failure as Failure {
          let diagnostic = Diagnostic(failure, at: place.label)
          if Runtime.stopsEverything(diagnostic) { throw diagnostic }
          try Lowerer.confirm([diagnostic], text, place)
          return .next
        }
        throw place.failure("L701", "check failed: no error, where one was expected")
      }
    }
  }

  private static func confirm(
    _ diagnostics: [Diagnostic], _ text: String?, _ place: Place
  ) throws {
    guard let text else { return }
    let said = diagnostics.flatMap { [$0.message] + $0.helps }
    if said.contains(where: { $0.contains(text) }) { return }
    var failed = place.failure(
      "L701", "check failed: the error does not say \(text.quotedForDisplay)")
    failed.notes = said.prefix(4).map { "it says: \($0)" }
    throw failed
  }

  private func holds(_ subject: Expression, _ place: Place) -> Step {
    if case .comparison(let first, let links) = subject.kind, links.count == 1 {
      return compared(first, links[0], place)
    }
    let condition = code(subject)
    return { frame in
      let value = try condition(frame)
      guard let holds = Lowerer.holdsEverywhere(value) else {
        throw place.failure(
          "L406", "`check` takes a bool or a mask, not \(value.kindPhrase)",
          help: value.asTensor == nil ? nil : "write `check x != 0`")
      }
      if !holds { throw Lowerer.failed(place, []) }
      return .next
    }
  }

  /// A failed comparison tells what was compared.
  private func compared(_ first: Expression, _ link: ComparisonLink, _ place: Place) -> Step {
    let (left, right) = (code(first), code(link.operand))
    let site = OperationSite(
      .comparison(link.comparison), place: place, left: self.place(first.span),
      right: self.place(link.operand.span))
    return { frame in
      let a = try left(frame)
      let b = try right(frame)
      guard Lowerer.holdsEverywhere(try site.slow(a, b, frame.state)) == true else {
        throw Lowerer.failed(place, ["left is \(a.briefDisplay)", "right is \(b.briefDisplay)"])
      }
      return .next
    }
  }

  private static func holdsEverywhere(_ value: Value) -> Bool? {
    if let flag = value.asBool { return flag }
    guard let mask = (value.object as? TensorObject)?.tensor, mask.isMask else { return nil }
    return mask.values.allSatisfy { $0 != 0 }
  }

  private static func failed(_ place: Place, _ notes: [String]) -> Diagnostic {
    var diagnostic = place.failure("L701", "check failed")
    diagnostic.notes = notes
    return diagnostic
  }

  private func within(_ subject: Expression, _ tolerance: Expression, _ place: Place) -> Step {
    guard case .comparison(let first, let links) = subject.kind, links.count == 1 else {
      return { _ in .next }
    }
    let (left, right, limit) = (code(first), code(links[0].operand), code(tolerance))
    let limitPlace = self.place(tolerance.span)
    return { frame in
      let a = try left(frame)
      let b = try right(frame)
      let most = try limit(frame)
      guard let most = most.asNumber, most >= 0 else {
        throw limitPlace.failure(
          "L406", "the tolerance must be a number from 0", help: "write `within 1e-6`")
      }
      guard let x = a.asTensor, let y = b.asTensor else {
        throw place.failure(
          "L406", "`within` compares numbers and tensors, not \(a.kindPhrase) and \(b.kindPhrase)",
          help: "without a tolerance: `check a == b`")
      }
      guard x.shape == y.shape else {
        throw Lowerer.failed(
          place, ["left has shape \(Shape.text(x.shape)), right \(Shape.text(y.shape))"])
      }
      var worst = 0.0
      for (p, q) in zip(x.values, y.values) where p != q {
        let distance = abs(p - q)
        worst = distance.isNaN || worst.isNaN ? .nan : max(worst, distance)
      }
      if worst <= most { return .next }
      throw Lowerer.failed(
        place,
        [
          "left is \(a.briefDisplay)", "right is \(b.briefDisplay)",
          "they differ by \(worst.displayText), more than \(most.displayText)",
        ])
    }
  }
}

extension Value {
  /// The display on one line, for messages.
  var briefDisplay: String {
    let text = display(DisplayStyle(width: 80, items: 8, levels: 3))
    guard text.contains("\n") || text.count > 100 else { return text }
    if let tensor = asTensor { return "a tensor of shape \(Shape.text(tensor.shape))" }
    return text.prefix(100).split(separator: "\n").joined(separator: " ") + " …"
  }
}
