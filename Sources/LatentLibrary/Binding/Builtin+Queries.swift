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
      let model = try call.object("model", as: ModelObject.self).model
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
        .choice("method", ["auto", "importance", "elbo"], default: "auto", "How it is found."),
        .integer("samples", in: 1...1_000_000, default: 100, "Draws of z per datum."), .seed,
      ],
      returns: .estimate
    ) { call in
      let model = try call.object("model", as: ModelObject.self).model
      let x = try call.dataMatrix("x", columns: model.columns)
      let samples = try call.integer("samples")
      let seed = try call.randomKey().combined
      if try call.text("method") == "elbo" {
        // Each datum's error is unknown from one pass, the mean's follows from two halves.
        let halves = try (0..<2).map {
          try model.elbo(x, samples: (samples + 1) / 2, seed: seed &+ UInt64($0))
        }
        let values = zip(halves[0], halves[1]).map { ($0 + $1) / 2 }
        let squares = zip(halves[0], halves[1]).reduce(0.0) {
          $0 + ($1.0 - $1.1) * ($1.0 - $1.1) / 4
        }
        return .object(
          EstimateObject(
            perDatum: values, standardError: squares.squareRoot() / Double(max(values.count, 1)),
            quality: .lowerBound, effectiveSize: nil, samples: (samples + 1) / 2 * 2))
      }
      let runtime = call.runtime
      let evidence = try model.evidence(
        x, samples: samples, seed: seed, shouldStop: { runtime.interrupt.isSet })
      return .object(
        EstimateObject(
          perDatum: evidence.perDatum, standardError: evidence.standardError, quality: .estimate,
          effectiveSize: evidence.effectiveSize, samples: samples))
    },
    Builtin(
      "encode", in: .inference, help: "The posterior mean of z for each datum: rows × latent.",
      parameters: [.model("model"), .data("x")], returns: .tensor
    ) { call in
      let model = try call.object("model", as: ModelObject.self).model
      return .tensor(try model.encode(try call.dataMatrix("x", columns: model.columns)))
    },
    Builtin(
      "decode", in: .inference, help: "The mean of p(x|z) for each row of z: rows × columns.",
      parameters: [.model("model"), .data("z", "rows × latent; a vector is one code.")],
      returns: .tensor
    ) { call in
      let model = try call.object("model", as: ModelObject.self).model
      return .tensor(
        try model.decode(try call.dataMatrix("z", columns: model.architecture.latent)))
    },
    Builtin(
      "reconstruct", in: .inference,
      help: "The mean of p(x|z) at the posterior mean of z, for each datum: rows × columns.",
      parameters: [.model("model"), .data("x")], returns: .tensor
    ) { call in
      let model = try call.object("model", as: ModelObject.self).model
      return .tensor(try model.reconstruct(try call.dataMatrix("x", columns: model.columns)))
    },
  ]
}
