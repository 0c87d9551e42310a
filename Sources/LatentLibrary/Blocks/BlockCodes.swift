// The stable codes of what models written in blocks refuse when they run; what is wrong with a
// block itself is the resolver's (`LanguageCodes`).

/// The codes of model blocks.
public enum BlockCodes {
  /// One line for the reference by code.
  public static let meanings: KeyValuePairs<String, String> = [
    "L537": "a term that names no variable of the model, or not those it needs",
    "L538": "a variable of a model that has no value where a density needs one",
    "L539": "the body of a density whose value is no distribution",
    "L540": "the type, the sizes or the value of a parameter of a model",
    "L541": "a member of a family that cannot be derived exactly",
    "L542": "a model block for which no inference is known",
  ]
}
