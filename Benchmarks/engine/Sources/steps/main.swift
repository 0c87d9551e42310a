// Times training steps: `steps NAME SECONDS` prints the median milliseconds of one step.
// `scripts/compare-steps` runs it in turn with the peers.

import Foundation
import TrainingSteps

let arguments = CommandLine.arguments
guard arguments.count == 3, let seconds = Double(arguments[2]),
  let work = try Work.named(arguments[1])
else {
  FileHandle.standardError.write(
    Data("usage: steps vae-400|vae-64|vae-200-200|couplings|convolutions SECONDS\n".utf8))
  exit(2)
}

/// The median milliseconds of a step, after a warm-up.
func median(_ work: Work, seconds: Double) throws -> Double {
  let clock = ContinuousClock()
  var times: [Double] = []
  var step = 0
  func timed() throws -> Double {
    let start = clock.now
    try work.run(step)
    step += 1
    let (whole, fraction) = (clock.now - start).components
    return Double(whole) * 1e3 + Double(fraction) * 1e-15
  }
  for _ in 0..<20 { _ = try timed() }
  let end = clock.now + .seconds(seconds)
  while clock.now < end || times.count < 10 { times.append(try timed()) }
  return times.sorted()[times.count / 2]
}

print(String(format: "%.4f", try median(work, seconds: seconds)))
