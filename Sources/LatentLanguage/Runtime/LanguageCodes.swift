// The stable codes of what can be wrong with names, values and runs, each with its meaning, for
// the reference and the tests. The codes of the text itself are the parser's (`DiagnosticCode`).

/// The codes that the resolver and the evaluator report.
public enum LanguageCodes {
  /// One line for the reference by code.
  public static let meanings: KeyValuePairs<String, String> = [
    "L200": "a part of the program that could not be read was reached",

    "L301": "a name that nothing defines",
    "L302": "a named argument that the function does not have",
    "L303": "a name that has no value yet where it is used",
    "L304": "an argument that must be given is missing",
    "L305": "more arguments than the function takes",
    "L306": "an argument given twice",
    "L308": "a parameter or field that appears twice",
    "L309": "`|` or `||` in the call of a function that takes none there",
    "L310": "a statement where it cannot stand, such as `break` outside of a loop",
    "L311": "a value has no such member, or one that cannot be assigned",
    "L313": "a definition hides a builtin (a note of `latent check`)",
    "L314": "a function assigns to a name that belongs to the code around it",

    "L401": "an operator between kinds of values it does not join",
    "L402": "an argument is not of the kind or in the range that the function takes",
    "L403": "a range that cannot be walked through, or a list of too many elements",
    "L404": "an index that the value cannot be indexed by",
    "L405": "a value that is no function is called",
    "L406": "a condition that is not true or false",
    "L407": "a record has no such field",
    "L408": "an index outside of a list, text or range",
    "L409": "values do not fit the names, places or elements that are to take them",
    "L410": "a value without elements to walk through",
    "L411": "a computation whose shapes do not fit, or through which no derivative passes",
    "L412": "a point whose shape is not that of a draw of the distribution",
    "L413": "a format for numbers on a value that is none",
    "L414": "a text that is no number",
    "L430": "a traced value, as derivatives use it, where its numbers must be known",
    "L431": "a function that cannot be differentiated",

    "L550": "a density that a model block defines twice",
    "L551": "a parameter of a model with a name that means something else there",
    "L552": "the head of a density that says nothing, or uses a name that has a value",
    "L553": "densities that are given each other in a circle",
    "L554": "a variable of a model where it is not given, or one that the model has not",
    "L555": "`use` of something that is no model",
    "L556": "a draw by `~` from something that is no distribution",

    "L700": "an error that no other code describes",
    "L701": "a check that does not hold",
    "L702": "more steps than the limit allows",
    "L703": "more time than the limit allows",
    "L704": "calls nested deeper than the limit",
    "L705": "interrupted",
    "L706": "an imported file that cannot be found or read",
    "L707": "the program holds more memory than it may",
    "L708": "a text or a nested value beyond the limit of size",
    "L709": "more names than a session can hold",
    "L710": "a file that the command cannot read or write",
    "L718": "the standard input gives no more",
  ]
}
