// What one asks of distributions: densities, draws, moments, entropy, divergences.

import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentModels
import LatentTensor

extension Builtin {
  static let questions: [Builtin] = [
    Builtin(
      "log_prob", in: .distributions,
      help: """
        The log-density of x in nats, summed over one draw; leading axes of x are rows. Of a model: \
        log p(x) of each datum, where it is known exactly; of a `linear_regression`, log p(y | x) of \
        each row of `(x: X, y: y)`.
        """,
      parameters: [.object("d", ["distribution", "density", "model"]), .data("x")],
      returns: .numeric,
      examples: ["log_prob(uniform(0, 2), [1, 3])  #=> [-0.6931471805599453, -inf]"],
      traced: tracedLogProbability
    ) { call in
      if let model = (call.value("d").object as? ModelObject)?.model {
        if let regression = model as? BayesianRegression {
          return .vector(
            try regression.logProbability(
              try call.dataSet("x", columns: regression.columns), argument: "x"))
        }
        return .vector(
          try model.logProbability(try call.dataMatrix("x", of: model)))
      }
      let object = try call.plainDistribution("d")
      let x = try object.draw(of: call.value("x")) ?? call.tensor("x")
      return .tensor(try object.distribution.logProbability(x))
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
      returns: .tensor, examples: ["sample(normal(zeros(3), 1), 2, seed: 1).shape  #=> [2, 3]"],
      traced: tracedDraw
    ) { call in
      let count = try call.optionalInteger("n")
      let key = try call.randomKey()
      if let model = call.value("d").object as? ModelObject {
        guard let block = model.model as? BlockModel else {
          return .tensor(try model.model.sample(count ?? 1, seed: key.combined))
        }
        let parts = try block.samples(count ?? 1, seed: key.combined)
        if parts.count == 1, let only = parts.first { return .tensor(only.values) }
        return .record(parts.map { ($0.name, .tensor($0.values)) })
      }
      if let density = call.value("d").object as? DensityObject {
        return try density.draw(count, key)
      }
      let object = try call.plainDistribution("d")
      return try object.value(
        ofDraw: try object.distribution.sample(count, seed: key.seed, stream: key.stream))
    },
    Builtin(
      "variance", in: .distributions, help: "The variance of each element of a draw.",
      parameters: [.distribution("d")], returns: .numeric,
      examples: ["variance(normal(0, 3))  #=> 9"],
      traced: tracedVariance
    ) { call in
      let object = try call.plainDistribution("d")
      return try object.value(ofDraw: try object.distribution.variance())
    },
    Builtin(
      "entropy", in: .distributions,
      help: """
        The entropy of one draw in nats; an estimate with a standard error where there is no closed \
        form (mixtures).
        """,
      parameters: [
        .distribution("d"),
        .integer("samples", in: 2...100_000_000, default: 10_000, "Draws, if it is estimated.")
          .named, .seed,
      ],
      returns: .number, examples: ["entropy(bernoulli(1))  #=> 0"],
      traced: tracedEntropy
    ) { call in
      let d = try call.plainDistribution("d").distribution
      if let exact = try d.entropy() { return .number(exact) }
      return try call.estimated(of: d) { try d.logProbability($0).values.map { -$0 } }
    },
    Builtin(
      "kl", in: .distributions,
      help: """
        The Kullback-Leibler divergence KL(a || b) = E_a[log a - log b] in nats: in closed form \
        where one is known (two of one family, finite distributions), else an estimate with its \
        standard error.
        """,
      parameters: [
        .distribution("a"), .distribution("b"),
        .integer("samples", in: 2...100_000_000, default: 10_000, "Draws, if it is estimated.")
          .named, .seed,
      ], returns: .number,
      examples: ["kl(normal(1, 1) || normal(0, 1))  #=> 0.5"], bar: .divergence,
      traced: tracedDivergence
    ) { call in
      if let value = try divergenceOfRows(call) { return value }
      let a = try call.plainDistribution("a").distribution
      let b = try call.plainDistribution("b").distribution
      guard a.isDiscrete == b.isDiscrete else {
        throw Failure(
          "L521",
          "`\(a.name)` and `\(b.name)` have no divergence: one has probabilities, the other densities",
          argument: "b")
      }
      if let value = try a.divergence(from: b) { return .number(value) }
      return try call.estimated(of: a) { draws in
        let (p, q) = (try a.logProbability(draws), try b.logProbability(draws))
        return zip(p.values, q.values).map { $0 - $1 }
      }
    },
  ]

  /// E(distribution, f).
  static let expectation = Builtin(
    "E", in: .distributions,
    help: """
      The expectation of f(x) for x from a distribution. It is exact where the distribution is \
      finite, and where f is a polynomial and the moments it needs are known; else an estimate by \
      draws with its standard error. Saying `samples:` asks for the estimate.
      """,
    parameters: [
      .distribution("d"),
      .function("f", "A function of one draw of each variable, with numbers for its value."),
      .integer(
        "samples", in: 2...100_000_000, default: nil, "Draws; 10,000 if it must be estimated."
      ).named, .seed,
    ],
    returns: .any,
    examples: [
      "E(bernoulli(0.25), x => 4 * x)  #=> 1",
      "E(categorical([0.5, 0.5]), k => [k, 2])  #=> [0.5, 2]",
      "E(normal(1, 2), x => x^2)  #=> 5",
      "E(normal(0, 1), x => x^2, samples: 100, seed: 1).samples  #=> 100",
    ]
  ) { call in
    try expectation(call)
  }
}

extension BuiltinCall {
  /// The mean of `log` over draws, with its standard error.
  fileprivate func estimated(
    of d: Distribution, _ log: (Tensor) throws -> [Double]
  ) throws -> Value {
    let samples = try integer("samples")
    let key = try randomKey()
    let values = try log(try d.sample(samples, seed: key.seed, stream: key.stream))
    var moments = RunningMoments()
    for value in values { try moments.add(Tensor(value), weight: 1) }
    return .object(
      ExpectationObject(
        mean: moments.mean, standardError: moments.standardError, samples: samples, unit: "nats"))
  }
}
