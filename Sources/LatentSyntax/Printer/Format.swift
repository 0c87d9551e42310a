// The canonical form of a program: one spacing, one indentation, everything the author wrote.
//
// The printer lays out tokens, not nodes: the tree drops what a reader wants back (parentheses,
// the spelling of numbers, escapes, comments), while the tokens of a text without mistakes hold
// it all. Line breaks between statements, behind a bracket or a comma and around operators are
// the author's; the printer adds breaks only where a line would be too long.

/// The text in canonical form: two spaces of indentation, at most one blank line in a row, lines
/// of at most 100 columns where a bracket allows a break.
///
/// Comments, number spellings and texts are kept as they are, so is the tree: the result parses
/// to what the source parses to, and formatting it again changes nothing.
///
/// - Throws: The parser's diagnostics when the source has mistakes.
public func format(_ source: Source) throws(Diagnostics) -> String {
  let diagnostics = parse(source).diagnostics
  guard diagnostics.isEmpty else { throw Diagnostics(diagnostics) }
  var printer = Printer()
  return printer.print(BracketTree(source))
}
