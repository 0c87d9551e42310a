// Functions as values: those written in the language and those written in Swift.

import LatentSyntax
import LatentTensor

public final class FunctionObject: Object {
  /// The Swift function, when it is one.
  public let builtin: Builtin?
  /// The lowered function, when it was written in the language.
  let code: FunctionCode?
  /// The same, to be read without counting references while the function is borrowed.
  let borrowedCode: Unmanaged<FunctionCode>?
  /// How many parameters the function of the language has; -1 for builtins.
  let parameterCount: Int
  /// The captured values (or boxes of them), `code.captureCount` of them.
  let captures: UnsafeMutablePointer<Value>

  /// A function written in Swift. Its body may capture what it likes, so a library kind can offer
  /// bound functions as members.
  public init(_ builtin: Builtin) {
    self.builtin = builtin
    code = nil
    borrowedCode = nil
    parameterCount = -1
    captures = UnsafeMutablePointer<Value>.allocate(capacity: 0)
    super.init(tag: .function)
  }

  /// Takes over the initialised memory at `captures`.
  init(_ code: FunctionCode, captures: UnsafeMutablePointer<Value>) {
    builtin = nil
    self.code = code
    borrowedCode = Unmanaged.passUnretained(code)
    parameterCount = code.parameterCount
    self.captures = captures
    super.init(tag: .function)
  }

  deinit {
    if let code, code.captureCount > 0 {
      // A function may capture a function that captures a function …: released one by one, not
      // one inside the other, or a long chain would overflow the stack.
      Graveyard.bury(captures, count: code.captureCount)
    }
    captures.deallocate()
  }

  public override var kind: String { "function" }
  public override var callable: FunctionObject? { self }

  public var name: String? { builtin?.name ?? code?.name }

  /// Whether it uses variables of a function around it.
  public var isClosure: Bool { (code?.captureCount ?? 0) > 0 }

  /// The names of the parameters in order, for callers that pass values by name.
  public var parameterNames: [String] {
    builtin?.parameters.map(\.name) ?? code?.parameters.map(\.name) ?? []
  }

  /// The `##` lines above the definition, or the builtin's help.
  public var help: String? { builtin?.help ?? code?.help }

  /// `f(a, b: 2)`
  public var signature: String { builtin?.signature ?? code?.signature ?? "function" }

  public override func display(_ style: DisplayStyle) -> String { "<function \(signature)>" }
}
