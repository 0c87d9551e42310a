// What is wrong with a fitted model, and how well its gradients are known.

import LatentLanguage
import LatentModels
import LatentTensor

extension Builtin {
  static let diagnosis: [Builtin] = [
    Builtin(
      "doctor", in: .inference,
      help: """
        Examines a fitted model on data and gives a verdict with what it rests on. Of a `vae`, in nats \
        per datum: which dimensions are active (the variance of E_q[z] over the data is above 0.01, \
        Burda et al. 2016); KL(q(z|x) || p(z)) as a whole and by dimension; its two parts, the mutual \
        information of datum and code (from 0 to log n) and the distance of the aggregate posterior \
        from the prior; how many nats the encoder loses to the best q of each datum. Of a `mixture`: \
        what each component holds, which are empty, collapsed or alike, the share of the data that \
        `classify` is expected to get wrong, and whether the starts agreed. Of a linear model: how \
        many directions of z stand out of the noise, what they explain of each column, columns \
        without noise (Heywood), and rows that fit badly.
        """,
      parameters: [.model("model"), .data("x"), .seed], returns: .record,
      examples: ["doctor(fit(mixture(), faithful(), seed: 1), faithful()).sound  #=> true"]
    ) { call in
      let model = try call.model("model")
      let runtime = call.runtime
      return Fact.record(
        try model.diagnosis(
          try call.dataMatrix("x", of: model),
          seed: try call.randomKey().combined, shouldStop: { runtime.interrupt.isSet })
      ).value
    },
    Builtin(
      "gradients", in: .inference,
      help: """
        Estimates the gradient of the bound of x (the mean over its rows) by the encoder's \
        parameters `repeats` times with each estimator. By name: `mean` and its standard `error` \
        per parameter, `variance` of one estimate summed over the parameters, `seconds` per \
        estimate, and `cost`, their product: half the cost is the same accuracy in half the time. \
        "score_raw" is the score function without its baseline.
        """,
      parameters: [
        .model("model"), .data("x"),
        .any("by", "The names of estimators: \"pathwise\", \"score\", \"stl\", …"),
        .integer("repeats", in: 2...10_000_000, default: 1000, "Estimates each."),
        .integer("samples", in: 1...10_000, default: 1, "Draws of z per datum."),
        .choice(
          "objective", BoundOptions.Kind.allCases.map(\.rawValue), default: "elbo", "The bound."
        ).named,
        .number("alpha", default: nil, "Of Rényi's bound.").named,
        .choice(
          "kl", BoundOptions.DivergenceForm.allCases.map(\.rawValue), default: "auto",
          "Whether KL(q(z|x) || p(z)) is taken in closed form or over the draws."
        ).named,
        .seed,
      ],
      returns: .record
    ) { call in
      let model = try call.model("model")
      let x = try call.dataMatrix("x", of: model)
      let runtime = call.runtime
      let seed = try call.randomKey().combined
      var results: [(String, Value)] = []
      for name in try call.estimatorNames("by") {
        var bound = try call.boundOptions(by: name)
        bound.hasBaseline = name != "score_raw"
        let found = try model.gradients(
          x, bound: bound, samples: try call.integer("samples"),
          repeats: try call.integer("repeats"), seed: seed,
          shouldStop: { runtime.interrupt.isSet })
        results.append(
          (
            name,
            .record([
              ("mean", .vector(found.mean)), ("error", .vector(found.errors)),
              ("variance", .number(found.variance)), ("variances", .vector(found.variances)),
              ("seconds", .number(found.seconds)),
              ("cost", .number(found.variance * found.seconds)),
            ])
          ))
      }
      return .record(results)
    },
  ]
}

extension BuiltinCall {
  /// One text or a list of texts, each the name of an estimator.
  fileprivate func estimatorNames(_ argument: String) throws -> [String] {
    let known = GradientEstimator.allCases.map(\.rawValue).filter { $0 != "auto" } + ["score_raw"]
    let value = value(argument)
    let names = value.asText.map { [$0] } ?? value.asList?.compactMap(\.asText) ?? []
    guard !names.isEmpty, names.count == value.asList?.count ?? 1 else {
      throw Failure(
        "L401", "`by` must be a list of names, not \(value.kindPhrase)", argument: argument,
        help: "write e.g. `by: [\"pathwise\", \"score\"]`")
    }
    if let wrong = names.first(where: { !known.contains($0) }) {
      throw Failure(
        "L402", "there is no estimator \"\(wrong)\"", argument: argument,
        help: "choose among \(known.map { "\"\($0)\"" }.joined(separator: ", "))")
    }
    return names
  }
}
