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

  /// Where the function finds itself, when it calls itself.
  var selfSlot: Int?
  /// Parameters that closures capture and something still assigns.
  var boxedParameters: [Int] = []
  /// Other such variables.
  var boxedLocals: [Int] = []
  /// Variables that may be read before they are written.
  var unsetSlots: [Int] = []
  private(set) var hasPrologue = false

  init(
    name: String?, parameters: [Parameter], slotCount: Int, captureCount: Int, source: Source,
    help: String?, body: @escaping Code
  ) {
    self.name = name
    self.parameters = parameters
    parameterCount = parameters.count
    self.slotCount = slotCount
    self.captureCount = captureCount
    self.source = source
    self.help = help
    self.body = body
  }

  func setPrologue(
    selfSlot: Int?, boxedParameters: [Int], boxedLocals: [Int], unsetSlots: [Int]
  ) {
    self.selfSlot = selfSlot
    self.boxedParameters = boxedParameters
    self.boxedLocals = boxedLocals
    self.unsetSlots = unsetSlots
    hasPrologue =
      selfSlot != nil || !boxedParameters.isEmpty || !boxedLocals.isEmpty || !unsetSlots.isEmpty
  }

  /// The same function for calls that leave out these parameters: it begins by evaluating their
  /// defaults.
  func completing(_ missing: [Int]) -> FunctionCode {
    let (parameters, body, boxed) = (parameters, body, Set(boxedParameters))
    let completed = FunctionCode(
      name: name, parameters: parameters, slotCount: slotCount, captureCount: captureCount,
      source: source, help: help
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
    completed.setPrologue(
      selfSlot: selfSlot, boxedParameters: boxedParameters, boxedLocals: boxedLocals,
      unsetSlots: unsetSlots)
    return completed
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
