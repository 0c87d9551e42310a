// `verify`: the mathematics of the lecture as a test of the user's own model.

import LatentLanguage
import LatentModels
import LatentTensor

extension Builtin {
  static let verify = Builtin(
    "verify", in: .inference,
    help: """
      Runs on a model and data the identities that must hold of it: a table of both sides, their \
      difference and what it may be, `.passed` if all hold, and `.failed` by name. Which apply \
      depends on the model: log p(x) = ELBO + KL(q || p(z|x)) and the parts of the bound; \
      responsibilities that sum to 1; evidence by draws from q against the exact one, or against \
      annealing; a density of one or two columns that integrates to 1 and where its draws lie; \
      the marginal of what is seen against the integral over what is missing; EM that never falls; \
      gradients against finite differences, batches against all data, one estimator against \
      another; float32 against float64; q that reaches wherever p does; posteriors that do not \
      depend on the order of the data. Where draws are compared, the tolerance is in standard \
      errors, which a correct model exceeds once in thousands of times.
      """,
    parameters: [
      .model("model"), .data("data", "Rows that the model could be fitted to."), .seed,
    ],
    returns: .init("verification"),
    examples: [
      """
      verify(mixture(weights: [0.3, 0.7], means: [-1, 2], covariances: [1, 0.25]), [0.5], seed: \
      1).passed  #=> true
      """
    ]
  ) { call in
    let model = try call.model("model")
    let runtime = call.runtime
    let variable = (model as? BlockModel).flatMap(BlockPlan.principal) ?? "x"
    let found = try Verification(
      model, try call.dataSet("data", columns: model.columns, variable: variable),
      seed: try call.randomKey().combined, shouldStop: { runtime.interrupt.isSet })
    guard !found.identities.isEmpty else {
      throw Failure(
        "L516", "no identity is known that a `\(model.kind)` can be held to on these data",
        argument: "model", help: "more rows, or a field `y` for a regression, may help")
    }
    return .object(VerificationObject(found.identities))
  }
}
