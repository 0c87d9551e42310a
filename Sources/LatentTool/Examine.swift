// `latent doctor`: what the engine found on this machine.

import ArgumentParser
import Latent

struct Examine: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Say what the engine found on this machine, and how fast it is."
  )

  func run() throws {
    for line in Latent.Machine.report() { print(line) }
  }
}
