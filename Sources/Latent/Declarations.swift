// What the library declares, for those who write it down: the reference, highlighters, editors.

import LatentLibrary

/// The library as data.
public enum Declarations {
  /// All builtins, section by section.
  public static let builtins: [Builtin] = Builtin.standard

  /// The names that are numbers.
  public static let constants: [String] = Builtin.constants.map(\.0)

  /// The codes of diagnostics, table by table; a code stands in one table only.
  public static let codes: [CodeMeaning] = CodeMeaning.library
}
