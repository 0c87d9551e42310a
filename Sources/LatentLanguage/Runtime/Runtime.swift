// The state of one interpreter: its names, its stack of values, its console, its random stream and
// its limits. Not shared between threads; only the interrupt flag may be touched from outside.

import LatentSyntax
import LatentTensor

public final class Runtime {
  public var console: any Console
  public var random: RandomStream
  public var limits: Limits
  public let interrupt: InterruptFlag

  public init(
    console: any Console, seed: UInt64 = 0, limits: Limits = Limits(),
    interrupt: InterruptFlag = InterruptFlag()
  ) {
    self.console = console
    random = RandomStream(seed: seed)
    self.limits = limits
    self.interrupt = interrupt
  }

  /// Throws L705 when somebody asked to stop.
  public func checkInterrupt() throws {
    guard interrupt.isSet else { return }
    interrupt.lower()
    throw Failure("L705", "interrupted")
  }

  /// Calls a function with positional arguments.
  public func invoke(_ function: FunctionObject, _ arguments: [Value]) throws -> Value {
    throw Failure("L700", "not yet")
  }
}
