// What a notebook lets its caller choose: the assignments of the cell tagged `parameters`, each
// with its default.

import Latent

/// A parameter of a notebook.
public struct Parameter: Sendable {
  public var name: String
  /// The default as it is written in the cell.
  public var defaultText: String
  /// What the default is, which is what a given value has to be.
  public var type: Literal

  /// The kinds of literals, and of defaults.
  public enum Literal: Sendable {
    case text, number, bool, list, record, nothing
    /// A default that is computed, such as `2 * pi`: any literal may replace it.
    case computed

    /// The kind of an expression.
    init(_ expression: Expression) {
      switch expression.kind {
      case .text(let pieces):
        let isPlain = pieces.allSatisfy { if case .literal = $0 { true } else { false } }
        self = isPlain ? .text : .computed
      case .number: self = .number
      case .bool: self = .bool
      case .nothing: self = .nothing
      case .unary(_, let operand): self = Self(operand) == .number ? .number : .computed
      case .array(let items):
        self = items.allSatisfy { Self($0) != .computed } ? .list : .computed
      case .record(let fields):
        self = fields.allSatisfy { Self($0.value) != .computed } ? .record : .computed
      default: self = .computed
      }
    }

    /// The kind with an example, for messages.
    var phrase: String {
      switch self {
      case .text: "a text"
      case .number: "a number such as 10 or 1e-3"
      case .bool: "`true` or `false`"
      case .list: "a list such as [200, 100]"
      case .record: "a record such as (a: 1)"
      case .nothing, .computed: "a literal: a number, `true`, `\"text\"`, [1, 2] or `nothing`"
      }
    }
  }

  /// The tag of the cell that declares parameters, and of the one that replaces their values.
  static let tag = "parameters"
  static let injectedTag = "injected-parameters"
}

extension Notebook {
  /// The cell tagged `parameters`, by its place among the cells.
  var parameterCell: Array<Cell>.Index? {
    cells.firstIndex { $0.kind == .code && $0.tags.contains(Parameter.tag) }
  }

  /// The parameters in their order; nil when no cell is tagged `parameters`.
  public var parameters: [Parameter]? {
    guard let index = parameterCell else { return nil }
    let cell = cells[index]
    let source = Source(name: name, text: cell.text, firstLine: cell.firstLine)
    var parameters: [Parameter] = []
    for statement in parse(source).program.statements {
      guard case .assign(.place(let name, let steps), .set, let value) = statement.kind,
        steps.isEmpty
      else { continue }
      // A name assigned twice has the later default, as when the cell runs.
      parameters.removeAll { $0.name == name.text }
      parameters.append(
        Parameter(
          name: name.text, defaultText: String(source.text(in: value.span)), type: .init(value)))
    }
    return parameters
  }
}
