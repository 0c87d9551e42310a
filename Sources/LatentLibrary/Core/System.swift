// Random seeds and time.

import LatentLanguage
import LatentTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Builtin {
  static let system: [Builtin] = [
    Builtin(
      "seed", in: .random, help: "Starts the stream of random numbers again.",
      parameters: [.integer("n", in: 0...)], returns: .nothing, examples: ["seed(1)  #=> nothing"]
    ) { call in
      call.runtime.random.reset(seed: UInt64(try call.integer("n")))
      return .nothing
    },
    Builtin(
      "now", in: .system, help: "The seconds since the beginning of 1970, UTC.", returns: .number,
      examples: ["now() > 1.7e9  #=> true"]
    ) { _ in
      var clock = timespec()
      clock_gettime(CLOCK_REALTIME, &clock)
      return .number(Double(clock.tv_sec) + Double(clock.tv_nsec) * 1e-9)
    },
    Builtin(
      "time", in: .system,
      help: "The seconds a function without parameters takes; without one, those of a clock that "
        + "never goes back.",
      parameters: [.function("f", default: nil)], returns: .number,
      examples: ["time(() => 1 + 1) < 1  #=> true", "time() > 0  #=> true"]
    ) { call in
      let clock = ContinuousClock()
      guard let function = try call.optionalFunction("f") else {
        var reading = timespec()
        clock_gettime(CLOCK_MONOTONIC, &reading)
        return .number(Double(reading.tv_sec) + Double(reading.tv_nsec) * 1e-9)
      }
      let duration = try clock.measure { _ = try call.invoke(function, []) }
      let (seconds, attoseconds) = duration.components
      return .number(Double(seconds) + Double(attoseconds) * 1e-18)
    },
    Builtin(
      "sleep", in: .system, help: "Waits.",
      parameters: [.number("seconds", in: 0...86400)], returns: .nothing,
      examples: ["sleep(0)  #=> nothing"]
    ) { call in
      let clock = ContinuousClock()
      let end = clock.now + .seconds(try call.number("seconds"))
      while clock.now < end {
        try call.runtime.checkLimits()
        usleep(10_000)
      }
      return .nothing
    },
  ]
}
