// The state of one interpreter: its names, its stack of values, its console, its random stream and
// its limits. Not shared between threads; only the interrupt flag may be touched from outside.

import LatentSyntax
import LatentTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

public final class Runtime {
  public var console: any Console
  public var random: RandomStream
  public var limits: Limits
  public let interrupt: InterruptFlag
  /// What a library that traces functions records into while one runs; nil at all other times.
  public var trace: (any Recorder)?
  /// Who makes models of model blocks; nil without a library of models.
  public var models: (any ModelBuilding)?
  let globals = Globals()
  let importer = Importer()
  let state: UnsafeMutablePointer<MachineState>

  /// Places of the value stack: 16 bytes each, touched only when a program gets that deep.
  private static let stackSize = 1 << 18
  private let stack: UnsafeMutablePointer<Value>
  private var thread: pthread_t?
  private var runs = 0
  /// Functions whose name was given another value while a program ran: one of them may be running.
  private var replaced: [Value] = []
  private var steps = 0
  private var deadline: ContinuousClock.Instant?
  private let memory = MemoryAccount()
  /// The size of the process when the run began.
  private var residentBefore = 0

  public init(
    console: any Console, seed: UInt64 = 0, limits: Limits = Limits(),
    interrupt: InterruptFlag = InterruptFlag()
  ) {
    self.console = console
    random = RandomStream(seed: seed)
    self.limits = limits
    self.interrupt = interrupt
    stack = .allocate(capacity: Runtime.stackSize)
    state = .allocate(capacity: 1)
    state.initialize(
      to: MachineState(top: stack, limit: stack + (Runtime.stackSize - 64), runtime: self))
    state.pointee.nativeLimit = NativeStack.limit()
  }

  deinit {
    state.deinitialize(count: 1)
    state.deallocate()
    stack.deallocate()
  }

  // MARK: Names

  /// The value of a name, its own or the library's; nil when it has none.
  public subscript(name: String) -> Value? { globals[name] }

  /// Gives a name a value, as an assignment at top level would.
  public func set(_ name: String, to value: Value) throws {
    keepFunctions()
    try globals.set(name, value)
  }

  /// Gives a name of the library its value.
  public func install(_ name: String, _ value: Value) {
    keepFunctions()
    globals.install(name, value)
  }

  /// Calls by name do not count references, so what may be running must outlive its name.
  func keepFunctions() {
    if runs > 0 { replaced += globals.functions }
  }

  /// All names that have values.
  public var names: [String] { globals.known }

  /// Whether a name still means what the library means by it.
  public func isLibraryName(_ name: String) -> Bool { globals.library[name] != nil }

  // MARK: Runs and their limits

  /// Runs `body` as one run with its own share of the limits; a run inside a run shares them.
  func run<Result>(_ body: () throws -> Result) throws -> Result {
    if runs > 0 { return try body() }
    let current = pthread_self()
    if thread.map({ pthread_equal($0, current) == 0 }) ?? true {
      thread = current
      state.pointee.nativeLimit = NativeStack.limit()
    }
    interrupt.lower()  // an interrupt that came too late for the run before
    steps = 0
    state.pointee.fuel = 0
    deadline = limits.seconds.map { ContinuousClock.now + .seconds(min(max($0, 0), 1e9)) }
    state.pointee.maximumDepth = limits.depth
    memory.limit = limits.memory ?? .max
    residentBefore = ResidentMemory.bytes
    runs = 1
    defer {
      runs = 0
      replaced = []
    }
    return try memory.counting(body)
  }

  /// How many turns and calls pass between two looks at the limits.
  private static let stride = 64

  /// Looks at the flag and the limits and hands out the next few turns.
  @inline(never)
  func refuel() throws {
    try checkInterrupt()
    steps += Runtime.stride
    if let most = limits.steps, steps > most + Runtime.stride {
      throw Failure("L702", "the program took more than \(most) steps")
    }
    try checkDeadline()
    try checkMemory()
    if steps % Runtime.residentStride == 0,
      ResidentMemory.bytes - residentBefore > memory.limit
    {
      throw tooMuchMemory
    }
    state.pointee.fuel = Runtime.stride
  }

  /// How many turns and calls pass between two looks at the size of the process.
  private static let residentStride = 1 << 14

  /// Throws L707 when the values hold more than they may. Whatever makes large values asks at
  /// once: a list that doubles in every turn would not wait for the next look.
  func checkMemory() throws {
    if memory.isOverdrawn { throw tooMuchMemory }
  }

  private var tooMuchMemory: Failure {
    Failure(
      "L707", "the values of the program take more than \(memory.limit / 1_000_000) MB",
      help: "keep less at a time: a part of the data, or a sum in place of a list")
  }

  private func checkDeadline() throws {
    guard let deadline, ContinuousClock.now > deadline, let seconds = limits.seconds else { return }
    throw Failure("L703", "the program took more than \(seconds.displayText) seconds")
  }

  /// Throws L705 when somebody asked to stop, L703 when the time is up.
  public func checkLimits() throws {
    try checkInterrupt()
    try checkDeadline()
  }

  /// Throws L705 when somebody asked to stop.
  public func checkInterrupt() throws {
    guard interrupt.isSet else { return }
    interrupt.lower()
    throw Failure("L705", "interrupted")
  }

  /// Whether an error must not be taken as the expected end of a `check … fails`.
  static func stopsEverything(_ diagnostic: Diagnostic) -> Bool {
    ["L702", "L703", "L705"].contains(diagnostic.code)
  }

  // MARK: Calling

  /// Calls a function with positional arguments, from Swift.
  public func invoke(_ function: FunctionObject, _ arguments: [Value]) throws -> Value {
    try run {
      if let code = function.code, code.parameters.count == arguments.count {
        return try Machine.enter(function, code, state, arguments: arguments)
      }
      return try Machine.call(
        function, arguments, site: CallSite(positional: arguments.count), state)
    }
  }

  /// Calls a function with one argument, as builtins do for every item of a sequence.
  public func invoke(_ function: FunctionObject, _ argument: Value) throws -> Value {
    guard runs > 0, function.parameterCount == 1, state.pointee.top < state.pointee.limit else {
      return try invoke(function, [argument])
    }
    let base = state.pointee.top
    base.initialize(to: argument)
    return try Machine.enter(function, state, base)
  }

  /// Calls a function with arguments some of which are named.
  public func invoke(
    _ function: FunctionObject, _ arguments: [Value], named: [(String, Value)]
  ) throws -> Value {
    try run {
      let site = CallSite(positional: arguments.count, named: named.map(\.0))
      return try Machine.call(function, arguments + named.map(\.1), site: site, state)
    }
  }
}
