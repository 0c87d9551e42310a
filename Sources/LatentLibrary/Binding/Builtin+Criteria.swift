// What a model is worth when its parameters are counted: AIC, BIC and ICL.

import LatentLanguage
import LatentModels
import LatentTensor

extension Builtin {
  static let criteria: [Builtin] =
    InformationCriterion.allCases.map { criterion in
      Builtin(
        criterion.rawValue, in: .inference, help: descriptions[criterion] ?? "",
        parameters: [.model("model"), .data("x")], returns: .number,
        examples: examples[criterion] ?? []
      ) { call in
        let model = try call.model("model")
        let x = try call.dataMatrix("x", of: model)
        return .object(CriterionObject(try model.criterion(criterion, x)))
      }
    } + [compare]

  private static let descriptions: [InformationCriterion: String] = [
    .aic: """
    Akaike's criterion of the data as a whole: -2·log-likelihood + 2 per free parameter. Small \
    is good.
    """,
    .bic: """
    Schwarz's criterion of the data as a whole: -2·log-likelihood + log n per free parameter. \
    Small is good (mclust prints the negative).
    """,
    .icl: """
    BIC + twice the entropy of the responsibilities, which favours classes that are apart \
    (Biernacki et al. 2000). Small is good.
    """,
  ]

  private static let examples: [InformationCriterion: [String]] = [
    .bic: [
      "text(bic(fit(mixture(), faithful(), seed: 1, progress: false), faithful()))  #=> "
        + "\"BIC 2322.192 = -2 · -1130.264 + penalty of 11 parameters, total of 272 rows, "
        + "small is good\""
    ]
  ]
}
