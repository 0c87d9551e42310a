// The stable codes of what models and their training refuse, for the reference and the tests.

/// The codes of models.
public enum ModelCodes {
  /// One line for the reference by code.
  public static let meanings: KeyValuePairs<String, String> = [
    "L510": "a model is asked before it was fitted",
    "L511": "a value that cannot serve as data",
    "L512": "the data or codes have not the columns that the model has",
    "L513": "the data hold a value that is not a finite number",
    "L514": "the data do not fit the likelihood of the model",
    "L515": "columns of texts that are left out of the data (a warning)",
    "L516": "a model does not answer this question, or not in this way",
    "L517": "a model is not fitted by this method",
    "L518": "an argument of `fit` that has no effect on this model (a warning)",
    "L519": "a training cannot be resumed under these arguments",
    "L530": "more components than different rows, or a component that no row belongs to",
    "L531": "data for which the likelihood of a mixture has no maximum",
    "L532": "parameters or probabilities that make no distribution",
    "L533": "components that cannot be paired, or criteria that cannot be compared",
    "L540": "the data have too few columns for the latent dimensions",
    "L541": "the likelihood of a linear model has no bound for these data",
    "L542": "a column of the data has no value at all",
    "L543": "parameters given to a model do not fit together",
    "L544": "a bound, a gradient estimator and options that do not go together",
    "L570": "a value or a model that no file can hold",
    "L571": "a file that does not hold the model it should, or a damaged one",
    "L590": "nothing to train: parameters are missing",
    "L601": "training has left the finite numbers",
    "L602": "a computation that would take more memory than there is",
  ]
}
