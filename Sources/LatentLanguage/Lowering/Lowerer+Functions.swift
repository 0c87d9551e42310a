// Lowering functions.

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
    return function(name, parameters, scope, help: help, body: lowered)
  }

  func function(
    _ name: String?, _ parameters: [LatentSyntax.Parameter], _ scope: FunctionScope, help: String?,
    body lowered: @escaping Code
  ) -> Code {
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
}
