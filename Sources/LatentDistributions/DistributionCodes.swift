// The stable codes of what distributions refuse, for the reference and the tests.

/// The codes of distributions and divergences.
public enum DistributionCodes {
  /// One line for the reference by code.
  public static let meanings: KeyValuePairs<String, String> = [
    "L520": "a parameter outside of what the distribution allows",
    "L521": "a divergence without a closed form",
    "L522": "a question to a distribution that has no answer here",
    "L523": "a prior and a likelihood that are not conjugate",
    "L524": "data that the likelihood cannot have given",
  ]
}
