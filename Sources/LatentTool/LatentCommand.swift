// The `latent` command: arguments only. What they ask for is done by the modules below.

import ArgumentParser
import Foundation
import Latent

/// The version of the tool and of the library under it.
let version = Interpreter.version

@main
struct LatentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latent",
    abstract: "A small language for latent variable models.",
    usage: """
      latent [-q] [--color <when>]
      latent -e <code>
      latent run <file> [-p <name=value> ...] [--seed <n>] [--quiet]
      latent check <file> ...
      latent format <file> ... [--check]
      """,
    discussion: """
      Without a subcommand, latent is a prompt; text piped into it runs as a script, and \
      `latent FILE.lvm` is `latent run FILE.lvm`.
      """,
    version: "latent \(version)",
    subcommands: [
      Run.self, Check.self, Format.self, Examine.self, Builtins.self, Reference.self, Session.self,
    ],
    defaultSubcommand: Session.self)

  /// Replaces the library's entry point: its exit code for wrong usage is 64, ours is 2.
  static func main() {
    do {
      var command = try parseAsRoot(Self.withRun(Array(CommandLine.arguments.dropFirst())))
      try command.run()
    } catch let code as ExitCode {
      Foundation.exit(code.rawValue)
    } catch {
      let code = exitCode(for: error)
      let text = fullMessage(for: error)
      let stream = code.isSuccess ? FileHandle.standardOutput : FileHandle.standardError
      if !text.isEmpty { try? stream.write(contentsOf: Data((text + "\n").utf8)) }
      Foundation.exit(code.isSuccess ? 0 : 2)
    }
  }

  /// `latent FILE.lvm …` stands for `latent run FILE.lvm …`.
  private static func withRun(_ arguments: [String]) -> [String] {
    guard let first = arguments.first, first == "-" || first.hasSuffix(".lvm") else {
      return arguments
    }
    return [Run.configuration.commandName ?? "run"] + arguments
  }
}
