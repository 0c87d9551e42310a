// A row of the tables of codes. Every module that reports something keeps a table; the reference
// joins them.

/// A stable code with what it means.
public struct CodeMeaning: Sendable, Hashable {
  public var code: String
  public var meaning: String

  public init(_ code: String, _ meaning: String) {
    self.code = code
    self.meaning = meaning
  }
}
