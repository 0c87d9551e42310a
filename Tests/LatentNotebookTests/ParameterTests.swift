// Values given from outside: which names and types are accepted, and what the notebook then runs.

import Foundation
import Latent
import Testing

@testable import LatentNotebook

struct ParameterTests {
  static let text = """
    # %% [markdown]
    # # Title
    # %% Settings tags=["parameters"]
    epochs = 10     # how long
    lr = -1e-3
    name = "base"
    fast = false
    hidden = [200, 100]
    limit = nothing
    area = 2 * pi
    (a, b) = [1, 2]
    hidden[0] = 300
    # %% Fit
    epochs
    """

  private let finder = FileFinder(notebookFolder: "/nowhere", callerFolder: "/nowhere")

  private func notebook() throws -> Notebook { try Notebook(reading: Self.text, name: "a.lvm") }

  private func injected(_ arguments: String...) throws -> Notebook.Cell? {
    let values = arguments.compactMap { ParameterValue($0) }
    #expect(values.count == arguments.count)
    return try notebook().setting(values, finding: finder).cells.first(where: \.isInjected)
  }

  private func refusal(_ arguments: String...) throws -> [Diagnostic] {
    let values = arguments.compactMap { ParameterValue($0) }
    let error = #expect(throws: Diagnostics.self) {
      try notebook().setting(values, finding: finder)
    }
    return error?.all ?? []
  }

  @Test func theCellDeclaresPlainAssignments() throws {
    let parameters = try #require(try notebook().parameters)
    #expect(
      parameters.map(\.name) == ["epochs", "lr", "name", "fast", "hidden", "limit", "area"])
    #expect(parameters.map(\.type) == [.number, .number, .text, .bool, .list, .nothing, .computed])
    #expect(parameters.map(\.defaultText).prefix(3) == ["10", "-1e-3", "\"base\""])
  }

  @Test func theInjectedCellFollowsTheParametersCell() throws {
    let values = ["epochs=3", "name=deep"].compactMap { ParameterValue($0) }
    let cells = try notebook().setting(values, finding: finder).cells
    #expect(cells.map(\.isInjected) == [false, false, true, false])
    #expect(cells[2].text == "epochs = 3\nname = \"deep\"")
    // Cells of the file keep their numbers.
    #expect(cells.map(\.number) == [1, 2, 2, 3])
  }

  /// Argument, and the line it becomes.
  static let accepted: [(String, String)] = [
    ("epochs=3", "epochs = 3"), ("epochs=-3", "epochs = -3"), ("epochs= 3 ", "epochs = 3"),
    ("lr=1e-4", "lr = 1e-4"), ("epochs=nothing", "epochs = nothing"),
    ("fast=true", "fast = true"), ("hidden=[1, 2]", "hidden = [1, 2]"),
    ("limit=5", "limit = 5"), ("limit=\"x\"", "limit = \"x\""), ("area=3", "area = 3"),
    // A text takes what stands there, whatever it looks like.
    ("name=10", "name = \"10\""), ("name=", "name = \"\""), ("name=a=b", "name = \"a=b\""),
    ("name=\"q\"", "name = \"\\\"q\\\"\""), ("name={x}\\", "name = \"{{x}}\\\\\""),
    ("name=a\nb", "name = \"a\\nb\""), ("name=\u{1}", "name = \"\\u{1}\""),
  ]

  @Test(arguments: accepted) func accepts(_ argument: String, _ line: String) throws {
    #expect(try injected(argument)?.text == line)
    // What is injected is a program of the language.
    #expect(parse(Source(name: "-p", text: line)).diagnostics.isEmpty)
  }

  static let refused = [
    "epochs=ten", "epochs=\"3\"", "epochs=true", "epochs=", "epochs=[1]", "epochs=1 + 1",
    "epochs=3; print(1)", "epochs=3\nprint(1)", "fast=1", "fast=yes", "hidden=3", "hidden=[f(x)]",
    "limit=abc", "limit=\"{epochs}\"", "area=r",
  ]

  @Test(arguments: refused) func refuses(_ argument: String) throws {
    let problem = try #require(try refusal(argument).first)
    #expect(problem.code == "L714")
    // The caret stands under the value.
    let label = try #require(problem.primary)
    let name = try #require(argument.split(separator: "=").first)
    #expect(label.source.text == argument)
    #expect(label.span.start == name.utf8.count + 1)
  }

  @Test func anUnknownNameIsShownWithWhatThereIs() throws {
    let problems = try refusal("epoch=3", "fast=maybe")
    #expect(problems.map(\.code) == ["L713", "L714"])
    #expect(problems.first?.helps == ["the nearest name is `epochs`"])
    #expect(problems.first?.notes.first?.contains("`epochs = 10`, `lr = -1e-3`") == true)
  }

  @Test func aNotebookWithoutParametersSaysSo() throws {
    let plain = try Notebook(reading: "x = 1\n", name: "plain.lvm")
    #expect(plain.parameters == nil)
    let value = try #require(ParameterValue("x=2"))
    let error = #expect(throws: Diagnostics.self) { try plain.setting([value], finding: finder) }
    #expect(error?.all.first?.message.contains("no cell tagged `parameters`") == true)
    #expect(try plain.setting([], finding: finder).cells.count == 1)
  }

  @Test(arguments: ["epochs", "=3", "", "3x=1", "a b=1", "-x=1"])
  func whatIsNoAssignmentIsNoValue(_ argument: String) {
    #expect(ParameterValue(argument) == nil)
  }

  @Test func aPathOfTheCallerBecomesAbsoluteUnlessTheNotebookHasIt() throws {
    let root = NSTemporaryDirectory() + "latent-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    for folder in ["/caller/data", "/caller/both", "/notebook/both"] {
      try FileManager.default.createDirectory(
        atPath: root + folder, withIntermediateDirectories: true)
    }
    let finder = FileFinder(notebookFolder: root + "/notebook", callerFolder: root + "/caller")
    #expect(finder.resolved("data") == root + "/caller/data")
    #expect(finder.resolved("both") == "both")
    #expect(finder.resolved("neither") == "neither")
    #expect(finder.resolved("") == "")
    #expect(finder.resolved("/tmp") == "/tmp")
  }
}
