// The stable codes of what distributions refuse, for the reference and the tests.

/// The codes of distributions and divergences.
public enum DistributionCodes {
  /// One line for the reference by code.
  public static let meanings: KeyValuePairs<String, String> = [
    "L520": "a parameter outside of what the distribution allows",
    "L521": "a divergence without a closed form",
  ]
}
