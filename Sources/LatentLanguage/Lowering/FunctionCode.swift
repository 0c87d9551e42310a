// A function of the language after lowering: what all its closures share.

import LatentSyntax

final class FunctionCode {
  struct Parameter {
    var name: String
    /// Evaluated in the frame of the call, so it sees the parameters before it.
    var fallback: Code?
    /// The fallback as it was written, for help.
    var fallbackText: String?
  }

  let name: String?
  let parameters: [Parameter]
  let parameterCount: Int
  let slotCount: Int
  let captureCount: Int
  let source: Source
  let help: String?
  let body: Code

  let prologue: Prologue
  /// Whether a call must put anything in place before the body runs; most need not.
  let hasPrologue: Bool

  struct Prologue {
    /// Where the function finds itself, when it calls itself.
    var selfSlot: Int?
    /// Parameters that closures capture and something still assigns.
    var boxedParameters: [Int] = []
    /// Other such variables.
    var boxedLocals: [Int] = []
    /// Variables that may be read before they are written.
    var unsetSlots: [Int] = []

    var isEmpty: Bool {
      selfSlot == nil && boxedParameters.isEmpty && boxedLocals.isEmpty && unsetSlots.isEmpty
    }
  }

  init(
    name: String?, parameters: [Parameter], slotCount: Int, captureCount: Int,
    prologue: Prologue, source: Source, help: String?, body: @escaping Code
  ) {
    self.name = name
    self.parameters = parameters
    parameterCount = parameters.count
    self.slotCount = slotCount
    self.captureCount = captureCount
    self.prologue = prologue
    hasPrologue = !prologue.isEmpty
    self.source = source
    self.help = help
    self.body = body
  }

  /// The same function for calls that leave out these parameters: it begins by evaluating their
  /// defaults.
  func completing(_ missing: [Int]) -> FunctionCode {
    let body = body
    let (parameters, boxed) = (parameters, Set(prologue.boxedParameters))
    return FunctionCode(
      name: name, parameters: parameters, slotCount: slotCount, captureCount: captureCount,
      prologue: prologue, source: source, help: help
    ) { frame in
      for position in missing {
        guard let fallback = parameters[position].fallback else { continue }
        let value = try fallback(frame)
        if boxed.contains(position), case .object(let object) = frame[position],
          let box = object as? Box
        {
          box.value.pointee = value
        } else {
          frame[position] = value
        }
      }
      return try body(frame)
    }
  }

  /// `f(a, b: 2)`
  var signature: String {
    let list = parameters.map { parameter in
      parameter.fallbackText.map { "\(parameter.name): \($0)" } ?? parameter.name
    }
    return "\(name ?? "")(\(list.joined(separator: ", ")))"
  }
}

/// A variable that closures capture while it is still assigned.
final class Box: Object {
  let value: UnsafeMutablePointer<Value>

  init(_ initial: Value) {
    value = .allocate(capacity: 1)
    value.initialize(to: initial)
    super.init(tag: .box)
  }

  deinit {
    value.deinitialize(count: 1)
    value.deallocate()
  }
}
