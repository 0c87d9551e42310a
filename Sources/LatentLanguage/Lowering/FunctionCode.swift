// A function of the language after lowering: what all its closures share.

import LatentSyntax

final class FunctionCode {
  struct Parameter {
    var name: String
    /// Evaluated in the frame of the call, so it sees the parameters before it.
    var fallback: Code?
    /// The fallback as it was written, for help.
    var fallbackText: String?
    /// Captured and reassigned: the argument moves into a box.
    var isBoxed = false
  }

  let name: String?
  let parameters: [Parameter]
  let slotCount: Int
  let captureCount: Int
  /// Where the function finds itself, when it calls itself.
  let selfSlot: Int?
  let source: Source
  let span: Span
  let help: String?
  let body: Code

  init(
    name: String?, parameters: [Parameter], slotCount: Int, captureCount: Int, selfSlot: Int?,
    source: Source, span: Span, help: String?, body: @escaping Code
  ) {
    self.name = name
    self.parameters = parameters
    self.slotCount = slotCount
    self.captureCount = captureCount
    self.selfSlot = selfSlot
    self.source = source
    self.span = span
    self.help = help
    self.body = body
  }

  var signature: String {
    let list = parameters.map { parameter in
      parameter.fallbackText.map { "\(parameter.name): \($0)" } ?? parameter.name
    }
    return "\(name ?? "")(\(list.joined(separator: ", ")))"
  }
}
