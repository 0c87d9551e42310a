// The one form in which Latent says that something is wrong, from the lexer to the models.

/// What is wrong, where, and what to do about it.
///
/// The message is lower case without a full stop and states the fact; a help states the remedy.
/// Codes are stable: `L1xx` lexical, `L2xx` syntax, `L3xx` names, `L4xx` values, `L5xx` models,
/// `L6xx` numerics, `L7xx` files, limits, interrupts and failed checks.
public struct Diagnostic: Error, Sendable {
  public enum Severity: String, Sendable { case error, warning, note }

  /// A place with a few words about it.
  public struct Label: Sendable {
    public var source: Source
    public var span: Span
    public var text: String

    public init(_ source: Source, _ span: Span, _ text: String = "") {
      self.source = source
      self.span = span
      self.text = text
    }
  }

  public var code: String
  public var severity: Severity
  public var message: String
  public var primary: Label?
  public var secondary: [Label] = []
  public var notes: [String] = []
  public var helps: [String] = []
  /// The calls that led here, innermost first; filled while the error unwinds.
  public var trace: [String] = []

  public init(
    _ code: String, _ message: String, severity: Severity = .error, at primary: Label? = nil,
    secondary: [Label] = [], notes: [String] = [], helps: [String] = []
  ) {
    self.code = code
    self.severity = severity
    self.message = message
    self.primary = primary
    self.secondary = secondary
    self.notes = notes
    self.helps = helps
  }
}

/// Several diagnostics of one cell, in the order of their places.
public struct Diagnostics: Error, Sendable {
  public var all: [Diagnostic]

  public init(_ all: [Diagnostic]) { self.all = all }
}
