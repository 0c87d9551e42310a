// The stable codes of what models written in blocks refuse when they run; what is wrong with a
// block itself is the resolver's (`LanguageCodes`).

/// The codes of model blocks.
public enum BlockCodes {
  /// One line for the reference by code.
  public static let meanings: KeyValuePairs<String, String> = [
    "L557": "a term that names no variable of the model, or not those it needs",
    "L558": "a variable of a model that has no value where a density needs one",
    "L559": "the body of a density whose value is no distribution",
    "L560": "the type, the sizes or the value of a parameter of a model",
    "L561": "a member of a family that cannot be derived exactly",
    "L562": "a model block for which no inference is known",
    "L563": "a q over other values than its prior's (a warning where it is only too narrow)",
  ]
}
