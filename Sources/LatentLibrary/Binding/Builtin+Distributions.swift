// Distributions, made from the table of families, and what one asks of them.

import LatentDistributions
import LatentLanguage
import LatentTensor

extension Builtin {
  static let distributions: [Builtin] = families + questions

  private static let bernoulli = Builtin(
    "bernoulli", in: .distributions, help: "1 with probability `probs`, else 0.",
    parameters: [
      .tensor("probs", default: nil, "between 0 and 1."),
      .tensor("logits", default: nil, "log(probs / (1 - probs)), in place of `probs`.").named,
    ],
    returns: .distribution, examples: ["exp(log_prob(bernoulli(0.25), 1))  #=> 0.25"],
    traced: { call in
      try tracedFamily(call.has("logits") ? .bernoulliByLogits : .bernoulli)(call)
    }
  ) { call in
    let family: Family = call.has("logits") ? .bernoulliByLogits : .bernoulli
    guard call.has("logits") != call.has("probs") else {
      throw Failure("L402", "`bernoulli` takes either `probs` or `logits`")
    }
    return .object(
      DistributionObject(
        try Distribution(family, try family.parameters.map { try call.tensor($0.name) })))
  }

  private static let families: [Builtin] = Family.all.map { family in
    if family.name == "bernoulli" { return bernoulli }
    return Builtin(
      family.name, in: .distributions, help: descriptions[family.name] ?? family.name,
      parameters: family.parameters.map { .tensor($0.name, "\($0.constraint).") },
      returns: .distribution, examples: examples[family.name] ?? [],
      traced: tracedFamily(family)
    ) { call in
      .object(
        DistributionObject(
          try Distribution(family, try family.parameters.map { try call.tensor($0.name) })))
    }
  }

  private static let descriptions = [
    "normal": "N(mean, sd²). The shape of a draw is the broadcast shape of the parameters.",
    "bernoulli": "1 with probability `probs`, else 0.",
    "uniform": "Constant density between `low` and `high`.",
    "exponential": "Density rate·exp(−rate·x) for x from 0.",
  ]

  private static let examples = [
    "normal": ["log_prob(normal(0, 1), 0)  #=> -0.9189385332046727"],
    "bernoulli": ["exp(log_prob(bernoulli(0.25), 1))  #=> 0.25"],
    "uniform": ["entropy(uniform(0, 1))  #=> 0"],
    "exponential": ["variance(exponential(2))  #=> 0.25"],
  ]

  private static let questions: [Builtin] = [
    Builtin(
      "log_prob", in: .distributions,
      help: """
        The log-density of x in nats, summed over one draw; leading axes of x are rows. Of a model: \
        log p(x) of each datum, where it is known exactly.
        """,
      parameters: [.object("d", ["distribution", "model"]), .data("x")], returns: .numeric,
      examples: ["log_prob(uniform(0, 2), [1, 3])  #=> [-0.6931471805599453, -inf]"]
    ) { call in
      if let model = (call.value("d").object as? ModelObject)?.model {
        return .vector(
          try model.logProbability(try call.dataMatrix("x", columns: model.columns)))
      }
      let d = try call.distribution("d")
      return .tensor(try d.logProbability(try call.tensor("x")))
    },
    Builtin(
      "sample", in: .distributions,
      help: """
        Draws from a distribution, or data from a fitted model (x ~ p(x|z) with z ~ p(z)): n × one \
        draw; without n one draw.
        """,
      parameters: [
        .object("d", ["distribution", "density", "model"]),
        .integer("n", in: 0...100_000_000, default: nil, "How many."), .seed,
      ],
      returns: .tensor, examples: ["sample(normal(zeros(3), 1), 2, seed: 1).shape  #=> [2, 3]"]
    ) { call in
      let count = try call.optionalInteger("n")
      let key = try call.randomKey()
      if let model = call.value("d").object as? ModelObject {
        return .tensor(try model.model.sample(count ?? 1, seed: key.combined))
      }
      return try call.draw("d", count, key)
    },
    Builtin(
      "variance", in: .distributions, help: "The variance of each element of a draw.",
      parameters: [.distribution("d")], returns: .numeric,
      examples: ["variance(normal(0, 3))  #=> 9"]
    ) { call in
      .tensor(try call.distribution("d").variance())
    },
    Builtin(
      "entropy", in: .distributions, help: "The entropy of one draw in nats.",
      parameters: [.distribution("d")], returns: .number,
      examples: ["entropy(bernoulli(1))  #=> 0"]
    ) { call in
      .number(try call.distribution("d").entropy())
    },
    Builtin(
      "kl", in: .distributions,
      help: "The Kullback-Leibler divergence KL(a || b) = E_a[log a - log b] in nats.",
      parameters: [.distribution("a"), .distribution("b")], returns: .numeric,
      examples: ["kl(normal(1, 1) || normal(0, 1))  #=> 0.5"], bar: .divergence
    ) { call in
      try divergence(call)
    },
  ]
}
