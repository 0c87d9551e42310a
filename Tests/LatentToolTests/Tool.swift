// The built executable, run as a user's shell runs it.

import Foundation
import Testing

/// The `latent` command beside the tests.
struct Tool {
  struct Result {
    var status: Int32
    var output: String
    var errors: String
  }

  static var path: String {
    get throws {
      // The tests are a bundle in the folder that holds the built products.
      var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      for _ in 0..<4 {
        let candidate = folder.appending(path: "latent").path
        var isFolder = ObjCBool(false)
        if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder),
          !isFolder.boolValue
        {
          return candidate
        }
        folder.deleteLastPathComponent()
      }
      throw Missing(near: CommandLine.arguments[0])
    }
  }

  struct Missing: Error {
    var near: String
  }

  /// A small environment, the same on every machine.
  static let environment = [
    "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "LATENT_HISTORY": "",
  ]

  /// Runs the command to its end.
  static func run(
    _ arguments: String..., input: String = "", folder: String? = nil,
    environment extra: [String: String] = [:], whileRunning: (Process) -> Void = { _ in }
  ) throws -> Result {
    let process = Process()
    process.executableURL = URL(filePath: try path)
    process.arguments = arguments
    process.environment = environment.merging(extra) { $1 }
    if let folder { process.currentDirectoryURL = URL(filePath: folder) }
    let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = stdout
    process.standardError = stderr
    try process.run()
    try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try stdin.fileHandleForWriting.close()
    whileRunning(process)
    // Little is written on either stream, so reading them one after the other cannot block.
    let output = stdout.fileHandleForReading.readDataToEndOfFile()
    let errors = stderr.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus, output: String(decoding: output, as: UTF8.self),
      errors: String(decoding: errors, as: UTF8.self))
  }
}

/// A folder of files for one test, removed with the value's scope.
struct Folder: ~Copyable {
  let path: String

  init(_ files: [String: String] = [:]) throws {
    path = NSTemporaryDirectory() + "latent-\(UUID().uuidString)"
    for (name, text) in files {
      let file = URL(filePath: path).appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
