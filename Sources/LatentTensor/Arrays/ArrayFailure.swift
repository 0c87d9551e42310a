// The ways in which an array operation says no, in one table: the reference pages, the tests and
// the throwing code read the same list.

/// The codes of failed array operations, with what each of them means.
public enum ArrayFailure: String, CaseIterable, Sendable {
  case broadcast = "L420"
  case shapes = "L421"
  case axis = "L422"
  case index = "L423"
  case selection = "L424"
  case empty = "L425"
  case domain = "L426"
  case tooLarge = "L427"

  /// One line for the reference.
  public var meaning: String {
    switch self {
    case .broadcast: "two shapes cannot be combined element by element"
    case .shapes: "the shapes do not fit this operation"
    case .axis: "there is no such axis"
    case .index: "an index lies outside its axis"
    case .selection: "an index expression does not fit the tensor"
    case .empty: "the result is not defined for no elements"
    case .domain: "an argument lies outside its range"
    case .tooLarge: "a tensor would not fit into memory"
    }
  }
}

extension Failure {
  init(
    _ kind: ArrayFailure, _ message: String, argument: String? = nil, notes: [String] = [],
    helps: [String] = []
  ) {
    self.init(kind.rawValue, message, argument: argument, notes: notes, helps: helps)
  }

  init(_ kind: ArrayFailure, _ message: String, argument: String? = nil, help: String) {
    self.init(kind.rawValue, message, argument: argument, helps: [help])
  }
}
