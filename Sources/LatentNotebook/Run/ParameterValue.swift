// A value given from outside, `-p name=value`, and the cell that hands such values to a notebook.

import Foundation
import Latent

/// A `name=value` of the command line, not yet held against a notebook.
public struct ParameterValue: Sendable {
  public var name: String
  /// What stands after the first `=`, exactly.
  public var value: String

  /// Reads `name=value`; nil without a name and an equals sign.
  public init?(_ argument: String) {
    guard let equals = argument.firstIndex(of: "=") else { return nil }
    let name = argument[..<equals]
    guard let first = name.first, first.isLetter || first == "_",
      name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
    else { return nil }
    // Names are compared in NFC, as the lexer has them.
    self.name = String(name).precomposedStringWithCanonicalMapping
    value = String(argument[argument.index(after: equals)...])
  }

  private var source: Source { Source(name: "-p", text: "\(name)=\(value)") }
  private var nameSpan: Span { Span(0, name.utf8.count) }
  private var valueSpan: Span { Span(name.utf8.count + 1, name.utf8.count + 1 + value.utf8.count) }

  /// The line of the language that sets the parameter.
  ///
  /// The type comes from the default: a text takes the value as it stands, anything else a
  /// literal of the same kind, or `nothing`.
  ///
  /// - Throws: `Diagnostic` L714 when the value is no such literal.
  func assignment(to parameter: Parameter, finding files: FileFinder) throws -> String {
    if parameter.type == .text { return "\(name) = \(Self.literal(files.resolved(value)))" }
    let parsed = parse(source)
    if parsed.diagnostics.allSatisfy({ $0.severity != .error }),
      parsed.program.statements.count == 1,
      case .assign(_, .set, let expression)? = parsed.program.statements.first?.kind
    {
      let given = Parameter.Literal(expression)
      if given != .computed,
        given == parameter.type || given == .nothing
          || [.computed, .nothing].contains(parameter.type)
      {
        return "\(name) = \(source.text(in: expression.span))"
      }
    }
    throw Diagnostic(
      "L714", "the parameter `\(name)` takes \(parameter.type.phrase)",
      at: Diagnostic.Label(source, valueSpan, "its default is \(parameter.defaultText)"))
  }

  func unknown(among parameters: [Parameter]) -> Diagnostic {
    let nearest = nearest(to: name, among: parameters.map(\.name))
    let list = parameters.map { "`\($0.name) = \($0.defaultText)`" }.joined(separator: ", ")
    return Diagnostic(
      "L713", "the notebook has no parameter `\(name)`",
      at: Diagnostic.Label(source, nameSpan, "unknown parameter"),
      notes: [parameters.isEmpty ? "its parameters cell is empty" : "its parameters are \(list)"],
      helps: nearest.map { ["the nearest name is `\($0)`"] } ?? [])
  }

  func undeclared(in notebook: Notebook) -> Diagnostic {
    Diagnostic(
      "L713", "\(notebook.name) has no cell tagged `parameters`, so none can be set",
      at: Diagnostic.Label(source, nameSpan),
      helps: ["begin the cell that assigns them with `# %% Settings tags=[\"parameters\"]`"])
  }

  /// A text as a literal of the language; braces are doubled, since `{` begins an interpolation.
  static func literal(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "{": result += "{{"
      case "}": result += "}}"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case _ where scalar.value < 0x20: result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// Finds the files that texts name. Cells run in the notebook's folder, but a path typed at a
/// shell was completed in the caller's.
public struct FileFinder: Sendable {
  public var notebookFolder: String
  public var callerFolder: String

  public init(notebookFolder: String, callerFolder: String) {
    self.notebookFolder = notebookFolder
    self.callerFolder = callerFolder
  }

  /// An absolute path when the text names something in the caller's folder and nothing in the
  /// notebook's; otherwise the text as it is.
  func resolved(_ text: String) -> String {
    guard !text.isEmpty, !text.hasPrefix("/") else { return text }
    let files = FileManager.default
    let here = notebookFolder + "/" + text
    let there = callerFolder + "/" + text
    return !files.fileExists(atPath: here) && files.fileExists(atPath: there) ? there : text
  }
}

extension Notebook {
  /// The notebook with one cell more, behind the one tagged `parameters`, that sets the values.
  ///
  /// - Throws: `Diagnostics` with every value that is not accepted: L713 an unknown name (or no
  ///   parameters at all), L714 a value of another type.
  public func setting(_ values: [ParameterValue], finding files: FileFinder) throws -> Notebook {
    guard let first = values.first else { return self }
    guard let index = parameterCell, let parameters else {
      throw Diagnostics([first.undeclared(in: self)])
    }
    var lines: [String] = []
    var problems: [Diagnostic] = []
    for value in values {
      do {
        guard let parameter = parameters.first(where: { $0.name == value.name }) else {
          throw value.unknown(among: parameters)
        }
        lines.append(try value.assignment(to: parameter, finding: files))
      } catch let problem as Diagnostic {
        problems.append(problem)
      }
    }
    guard problems.isEmpty else { throw Diagnostics(problems) }
    let tags = JSON.Object.Entry("tags", .array([.text(Parameter.injectedTag)]))
    var result = self
    result.cells.insert(
      Cell(
        kind: .code, title: "injected parameters", metadata: JSON.Object([tags]),
        text: lines.joined(separator: "\n"), firstLine: 1, number: cells[index].number,
        isMarked: true),
      at: index + 1)
    return result
  }
}

extension Notebook.Cell {
  /// Whether the cell stands in no file: it holds what the caller set.
  var isInjected: Bool { tags.contains(Parameter.injectedTag) }
}
