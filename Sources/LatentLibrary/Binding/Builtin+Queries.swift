// Questions to a trained model.

import LatentLanguage
import LatentModels
import LatentTensor

extension Builtin {
  static let queries: [Builtin] = [
    Builtin(
      "elbo", in: .inference,
      help: """
        The evidence lower bound of each datum in nats: E_q[log p(x|z)] by draws of z from q(z|x), \
        less KL(q(z|x) || p(z)) exactly.
        """,
      parameters: [
        .model("model"), .data("x"),
        .integer("samples", in: 1...100_000, default: 1, "Draws of z."),
        .seed,
      ],
      returns: .tensor,
      examples: [
        """
        len(elbo(fit(vae(), digits(), epochs: 1, seed: 1, progress: false), digits(), seed: 1)) \
         #=> 1797
        """
      ]
    ) { call in
      let model = try call.model("model")
      let x = try call.dataMatrix("x", columns: model.columns)
      return .vector(
        try model.elbo(
          x, samples: try call.integer("samples"), seed: try call.randomKey().combined))
    },
    Builtin(
      "log_likelihood", in: .inference,
      help: """
        log p(x) per datum in nats. "importance" draws z from q(z|x) and takes the logarithm of \
        the mean weight (Burda et al. 2016): from below, the closer the more draws; "naive" draws \
        z from the prior, "ais" leads z from the prior to the posterior (annealed importance \
        sampling, Neal 2001); "elbo" is the bound itself. Shows the standard error that the draws \
        leave (not that of taking these data), the effective number of draws, and `khat`, the \
        shape of the tail of the weights: above 0.7 an estimate is not to be relied on.
        """,
      parameters: [
        .model("model"), .data("x"),
        .choice(
          "method", EvidenceMethod.allCases.map(\.rawValue), default: "auto", "How it is found."),
        .integer(
          "samples", in: 1...1_000_000, default: 100,
          "Draws of z per datum, of \"ais\" chains per datum."),
        .integer(
          "temperatures", in: 1...1_000_000, default: 100,
          "Of \"ais\": steps from the prior to the posterior."
        ).named,
        .choice(
          "transitions", AnnealedImportance.Transition.allCases.map(\.rawValue), default: "hmc",
          "Of \"ais\": what moves z at each temperature."
        ).named,
        .choice(
          "bounds", ["lower", "both"], default: "lower",
          """
          \"both\", of \"ais\": an upper bound too, by walking back from exact draws of p(z|x) \
          (of data drawn from the model where these data have none).
          """
        ).named,
        .seed,
      ],
      returns: .estimate
    ) { call in
      let model = try call.model("model")
      let x = try call.dataMatrix("x", columns: model.columns)
      let runtime = call.runtime
      let method = EvidenceMethod(rawValue: try call.text("method")) ?? .auto
      if method != .ais,
        let idle = ["temperatures", "transitions", "bounds"].first(where: {
          call.isWritten($0)
        })
      {
        throw Failure(
          "L402", "`\(idle)` belongs to the method \"ais\"", argument: idle,
          help: "write `method: \"ais\"`, or leave it out")
      }
      if method == .ais, let sampling = model as? any LatentSampling {
        var options = EvidenceOptions()
        options.samples = try call.integer("samples")
        options.seed = try call.randomKey().combined
        options.temperatures = try call.integer("temperatures")
        options.transition = .init(rawValue: try call.text("transitions")) ?? .hmc
        options.bothBounds = try call.text("bounds") == "both"
        options.shouldStop = { runtime.interrupt.isSet }
        return .object(EstimateObject(try sampling.estimate(x, by: .ais, options)))
      }
      return .object(
        EstimateObject(
          try model.evidence(
            x, by: method,
            samples: try call.integer("samples"), seed: try call.randomKey().combined,
            shouldStop: { runtime.interrupt.isSet })))
    },
    Builtin(
      "encode", in: .inference, help: "The posterior mean of z for each datum: rows × latent.",
      parameters: [.model("model"), .data("x")], returns: .tensor
    ) { call in
      let model = try call.model("model")
      return .tensor(try model.encode(try call.dataMatrix("x", columns: model.columns)))
    },
    Builtin(
      "decode", in: .inference, help: "The mean of p(x|z) for each row of z: rows × columns.",
      parameters: [.model("model"), .data("z", "rows × latent; a vector is one code.")],
      returns: .tensor
    ) { call in
      let model = try call.model("model")
      return .tensor(
        try model.decode(try call.dataMatrix("z", columns: model.latentDimension)))
    },
    Builtin(
      "reconstruct", in: .inference,
      help: "The mean of p(x|z) at the posterior mean of z, for each datum: rows × columns.",
      parameters: [.model("model"), .data("x")], returns: .tensor
    ) { call in
      let model = try call.model("model")
      return .tensor(try model.reconstruct(try call.dataMatrix("x", columns: model.columns)))
    },
    Builtin(
      "posterior", in: .inference,
      help: """
        What is known about z given each datum, p(z|x) or q(z|x): a record of its parameters. \
        Without x, of a `bayes` model or a `linear_regression`: the distribution of its parameters.
        """,
      parameters: [.model("model"), .data("x", default: nil)], returns: .any
    ) { call in
      guard call.has("x") else { return try parameterPosterior(call) }
      let model = try call.model("model")
      return Fact.record(try model.posterior(try call.dataMatrix("x", columns: model.columns)))
        .value
    },
    Builtin(
      "responsibilities", in: .inference,
      help: "The probability of each class given each datum, p(z = k|x): rows × classes.",
      parameters: [.model("model"), .data("x")], returns: .tensor
    ) { call in
      let model = try call.model("model")
      return .tensor(
        try model.responsibilities(try call.dataMatrix("x", columns: model.columns)))
    },
    Builtin(
      "impute", in: .inference,
      help: "The data with each missing entry (nan) replaced by its mean given the others.",
      parameters: [.model("model"), .data("x")], returns: .tensor
    ) { call in
      let model = try call.model("model")
      return .tensor(try model.impute(try call.dataMatrix("x", columns: model.columns)))
    },
    Builtin(
      "decompose", in: .inference,
      help: """
        log p(x) = ELBO + KL(q(z|x) || p(z|x)), and the ELBO as reconstruction - KL(q(z|x) || \
        p(z)): the terms of each datum by name.
        """,
      parameters: [
        .model("model"), .data("x"),
        .tensor("q", default: nil, "A q(z) of your own where z is discrete: rows × components.")
          .named,
      ], returns: .record
    ) { call in
      let model = try call.model("model")
      let x = try call.dataMatrix("x", columns: model.columns)
      guard let q = try call.optionalTensor("q") else {
        return Fact.record(try model.decomposition(x)).value
      }
      return Fact.record(try model.decomposition(x, q: q)).value
    },
    Builtin(
      "explain", in: .inference,
      help: "Which inference the library chose for the model, why, and what it costs.",
      parameters: [.model("model")], returns: .init("explanation")
    ) { call in
      let model = try call.model("model")
      return .object(
        ExplanationObject(try model.explanation() + (model.history.cost?.lines ?? [])))
    },
  ]
}

extension BuiltinCall {
  /// The model in an argument.
  func model(_ name: String) throws -> any Model {
    try object(name, as: ModelObject.self).model
  }
}
