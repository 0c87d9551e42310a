// The stable codes of what can be wrong with a notebook and its parameters, for the reference and
// the tests.

/// The codes of notebooks.
public enum NotebookCodes {
  /// One line for the reference by code.
  public static let meanings: KeyValuePairs<String, String> = [
    "L711": "a line of a notebook's header that is not `# key: JSON`",
    "L712": "a notebook of a newer format",
    "L713": "a parameter that the notebook does not have",
    "L714": "a value that the parameter does not take",
    "L715": "a cell option that does not exist (a warning)",
    "L716": "a cell that was to end in an error but succeeded",
    "L717": "something about a notebook was mended while reading (a note)",
  ]
}
