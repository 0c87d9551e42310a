// Scopes and variables, as the resolver finds them and the lowering reads them.

import LatentSyntax

/// A variable of a function, a comprehension, or of the top level.
final class Variable {
  let name: String
  let slot: Int
  let isGlobal: Bool
  /// Where it is first written, for messages.
  var declaration: Span
  var isParameter = false
  /// A family of densities of the block around.
  var isFamily = false
  /// How often it is assigned, parameters' and loops' own binding not counted.
  var assignments = 0
  var isAssignedInLoop = false
  var lastAssignment = -1
  /// Where the first closure captures it.
  var firstCapture: Int?
  /// Some read may come before any write.
  var mayBeUnset = false
  /// The function a single definition binds it to, when nothing else is ever assigned.
  var definition: Signature?
  weak var definingScope: FunctionScope?

  init(_ name: String, slot: Int, isGlobal: Bool, declaration: Span) {
    self.name = name
    self.slot = slot
    self.isGlobal = isGlobal
    self.declaration = declaration
  }

  /// Captured and still written afterwards: closures and the owner share a box. Everything else
  /// that is captured is copied when the closure is made.
  var isBoxed: Bool {
    guard let firstCapture, !isGlobal else { return false }
    if isParameter { return assignments > 0 }
    return assignments != 1 || isAssignedInLoop || lastAssignment >= firstCapture
  }
}

/// How a name at one place of the source is reached.
enum Binding {
  case local(Variable)
  case captured(Int, Variable)
  case global(Int, name: String)
}

/// A function, or the top level of a cell.
final class FunctionScope {
  let parent: FunctionScope?
  /// Innermost last: the function's own names, then those of the comprehensions around the
  /// place being resolved.
  var layers: [[String: Variable]] = [[:]]
  var slotCount = 0
  var captures: [(variable: Variable, from: Binding)] = []
  private var captureIndex: [ObjectIdentifier: Int] = [:]
  /// The slot that holds the running function, when it refers to itself.
  var selfSlot: Int?
  var loopDepth = 0
  /// Variables that have a value for sure at the place being resolved.
  var assigned: Set<ObjectIdentifier> = []
  /// Parameters whose defaults are still to come, at the place being resolved.
  var waiting: Set<ObjectIdentifier> = []
  /// Every variable, for the ones that must start unset.
  var variables: [Variable] = []
  /// The variable this function is the definition of.
  weak var boundTo: Variable?
  /// Variables of a model: their values are known only to the densities that are given them.
  var modelVariables: Set<String> = []
  /// What the density is one of, whose body this is: not known to it either.
  var subjects: Set<String> = []

  init(parent: FunctionScope?) { self.parent = parent }

  var isTopLevel: Bool { parent == nil }

  func find(_ name: String) -> Variable? {
    for layer in layers.reversed() {
      if let variable = layer[name] { return variable }
    }
    return nil
  }

  func capture(_ variable: Variable, from binding: Binding) -> Int {
    if let index = captureIndex[ObjectIdentifier(variable)] { return index }
    captures.append((variable, binding))
    captureIndex[ObjectIdentifier(variable)] = captures.count - 1
    return captures.count - 1
  }

  var unsetSlots: [Int] {
    variables.filter { !$0.isParameter && $0.mayBeUnset && !$0.isBoxed && !$0.isGlobal }.map(\.slot)
  }
}

/// What the resolver found out about a program, by place in its source.
struct Resolution {
  /// Reads and writes of names, by the offset at which the name stands.
  var names: [Int: Binding] = [:]
  /// Functions by the span of the expression, or of the head of the definition.
  var functions: [Span: FunctionScope] = [:]
  /// The variables of comprehensions by the span of the expression.
  var comprehensions: [Span: [Variable]] = [:]
  /// Calls that pass the names of plain names beside their values, by the span of the call.
  var naming: Set<Span> = []
  /// The outlines of model blocks by the span of their name.
  var blocks: [Span: BlockOutline] = [:]
  /// `check … fails` whose subject is already known to be wrong.
  var failing: [Span: [Diagnostic]] = [:]
  /// Files to run at an `import`, by the span of the path; nil when they have been run.
  var imports: [Span: Unit?] = [:]
  /// Places of the global table used for comprehension variables at top level.
  var anonymousSlots: [Int] = []
  var diagnostics: [Diagnostic] = []
}

/// A program with its names resolved, ready to be lowered.
final class Unit {
  let program: Program
  var resolution: Resolution
  let path: String?

  init(program: Program, resolution: Resolution, path: String?) {
    self.program = program
    self.resolution = resolution
    self.path = path
  }
}
