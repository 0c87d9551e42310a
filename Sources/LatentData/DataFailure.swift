// The ways in which data cannot be read, in one table for the reference and the tests.

import LatentTensor

/// The codes of failures around data files, with what each of them means.
public enum DataFailure: String, CaseIterable, Sendable {
  case notFound = "L720"
  case unreadable = "L721"
  case format = "L722"
  case truncated = "L723"
  case table = "L724"
  case unsupported = "L725"
  case missingPart = "L726"
  case unwritable = "L727"
  case column = "L728"
  case values = "L729"

  /// One line for the reference.
  public var meaning: String {
    switch self {
    case .notFound: "there is no such file"
    case .unreadable: "the file cannot be read"
    case .format: "the file is not what its name says, or its format is not known"
    case .truncated: "the file ends early"
    case .table: "a line of a text table is malformed"
    case .unsupported: "the file uses a part of its format that is not read"
    case .missingPart: "a file of a data set is missing"
    case .unwritable: "the file cannot be written"
    case .column: "the table has no such column, or it holds texts"
    case .values: "the values of the data do not fit what is to be done with them"
    }
  }
}

extension Failure {
  init(
    _ kind: DataFailure, _ message: String, argument: String? = "path", notes: [String] = [],
    helps: [String] = []
  ) {
    self.init(kind.rawValue, message, argument: argument, notes: notes, helps: helps)
  }

  init(_ kind: DataFailure, _ message: String, argument: String? = "path", help: String) {
    self.init(kind.rawValue, message, argument: argument, helps: [help])
  }
}
