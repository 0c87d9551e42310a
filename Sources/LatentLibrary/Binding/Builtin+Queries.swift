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
        the mean weight (Burda et al. 2016): from below, the closer the more draws; "elbo" is the \
        bound itself. Shows the standard error that the draws leave (not that of taking these data) and the \
        effective number of draws.
        """,
      parameters: [
        .model("model"), .data("x"),
        .choice(
          "method", EvidenceMethod.allCases.map(\.rawValue), default: "auto", "How it is found."),
        .integer("samples", in: 1...1_000_000, default: 100, "Draws of z per datum."), .seed,
      ],
      returns: .estimate
    ) { call in
      let model = try call.model("model")
      let x = try call.dataMatrix("x", columns: model.columns)
      let runtime = call.runtime
      return .object(
        EstimateObject(
          try model.evidence(
            x, by: EvidenceMethod(rawValue: try call.text("method")) ?? .auto,
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
      parameters: [.model("model"), .data("x")], returns: .record
    ) { call in
      let model = try call.model("model")
      return Fact.record(try model.decomposition(try call.dataMatrix("x", columns: model.columns)))
        .value
    },
    Builtin(
      "explain", in: .inference,
      help: "Which inference the library chose for the model, why, and what it costs.",
      parameters: [.model("model")], returns: .text
    ) { call in .text(try call.model("model").explanation().joined(separator: "\n")) },
  ]
}

extension BuiltinCall {
  /// The model in an argument.
  func model(_ name: String) throws -> any Model {
    try object(name, as: ModelObject.self).model
  }
}
