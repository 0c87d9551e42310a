// Exact Bayesian models: conjugate pairs and linear regression.

import LatentDistributions
import LatentLanguage
import LatentModels
import LatentTensor

extension Builtin {
  static let bayes: [Builtin] = [conjugate, linearRegression, predictive, predict]

  private static let conjugate = Builtin(
    "bayes", in: .models,
    help: """
      A parameter with a conjugate prior. `fit` applies Bayes' rule and goes on from the present \
      posterior; `posterior(m)` is a distribution, `predictive(m)` that of the next datum, \
      `log_likelihood(m, x).total` the exact evidence of x in its order, and `m.log_evidence` that \
      of all data fitted. Pairs: beta with bernoulli or binomial, gamma with poisson or \
      exponential, dirichlet with categorical or multinomial, normal with normal and known `sd`, \
      normal_inverse_gamma with normal, normal_inverse_wishart with mvnormal.
      """,
    parameters: [
      .distribution("prior"),
      .choice(
        "likelihood", ["auto"] + Set(ConjugatePair.pairs.map(\.likelihood)).sorted(),
        default: "auto", "\"auto\" is the first partner of the prior."),
      .integer("trials", in: 0...9_007_199_254_740_992, default: nil, "Of each binomial datum.")
        .named,
      .number("sd", .above(0), default: nil, "The known standard deviation of normal data.").named,
    ],
    returns: .model,
    examples: [
      "posterior(fit(bayes(beta(1, 1)), [1, 1, 0]))  #=> beta(a: 3, b: 2)",
      "bayes(gamma(2, 1), \"poisson\").likelihood  #=> \"poisson\"",
    ]
  ) { call in
    let prior = try call.object("prior", as: DistributionObject.self).distribution
    var name = try call.text("likelihood")
    if name == "auto" {
      name = ConjugatePair.pairs.first { $0.prior == prior.name }?.likelihood ?? "normal"
      if prior.name == "beta", call.has("trials") { name = "binomial" }
    }
    return .object(
      ModelObject(
        try BayesModel(prior: prior, likelihood: try call.likelihood(name, for: prior))))
  }

  private static let linearRegression = Builtin(
    "linear_regression", in: .models,
    help: """
      Bayesian linear regression y = intercept + x·coefficients + noise, fitted exactly to \
      `(x:, y:)`; fitting again goes on. The prior, the same for intercept and coefficients, is \
      normal_inverse_gamma(m, kappa, a, b) (coefficients N(m, noise variance/kappa), noise variance \
      inverse_gamma(a, b)), or normal(mean, sd) with the noise's standard deviation as `noise:`. \
      `posterior(m)` is of [intercept, coefficients…], `predict(m, x)` a distribution of y per row, \
      `m.log_evidence` the log of p(y | x). Without a prior it is normal_inverse_gamma(0, 0.01, 1, \
      1), which suits standardised columns.
      """,
    parameters: [
      .object("prior", ["distribution"], default: nil),
      .number("noise", .above(0), default: nil, "The known standard deviation of the noise.").named,
    ],
    returns: .model,
    examples: [
      """
      fit(linear_regression(normal(0, 1), noise: 1), (x: [[1], [-1]], y: [3, -3])).coefficients \
       #=> [2]
      """
    ]
  ) { call in
    guard call.has("prior") else {
      return .object(
        ModelObject(BayesianRegression(prior: try call.regressionPrior(nil))))
    }
    let prior = try call.object("prior", as: DistributionObject.self).distribution
    return .object(ModelObject(BayesianRegression(prior: try call.regressionPrior(prior))))
  }

  private static let predictive = Builtin(
    "predictive", in: .inference,
    help: "The distribution of the next datum, the parameter of a `bayes` model integrated out.",
    parameters: [
      .model("model"),
      .integer(
        "trials", in: 0...9_007_199_254_740_992, default: nil,
        "Of a multinomial: the sum of the next row."
      ).named,
    ],
    returns: .distribution,
    examples: ["predictive(bayes(gamma(2, 1)))  #=> negative_binomial(n: 2, probs: 0.5)"]
  ) { call in
    guard let model = try call.model("model") as? BayesModel else {
      throw Failure(
        "L516", "a `\(try call.model("model").kind)` does not answer `predictive`",
        argument: "model", help: "`bayes(prior, likelihood)` does; of others, `sample(m, n)`")
    }
    let trials = try call.optionalInteger("trials").map(Double.init)
    return .object(DistributionObject(try model.predictive(trials: trials)))
  }

  private static let predict = Builtin(
    "predict", in: .inference,
    help: """
      The distribution of y for each row of x, by a fitted `linear_regression`: `mean` of it \
      predicts, `interval` says how surely. By a model block: the mean of the observed variable \
      that the data leave out, given the others.
      """,
    parameters: [.model("model"), .data("x")], returns: .any,
    examples: [
      """
      predict(fit(linear_regression(normal(0, 1), noise: 1), (x: [[1], [-1]], y: [3, -3])), \
      [[0]]).mean  #=> [0]
      """
    ]
  ) { call in
    if let block = try call.model("model") as? BlockModel {
      return .tensor(try block.prediction(try call.dataMatrix("x", of: block)))
    }
    guard let model = try call.model("model") as? BayesianRegression else {
      throw Failure(
        "L516", "a `\(try call.model("model").kind)` does not answer `predict`",
        argument: "model", help: "`linear_regression()` and model blocks do")
    }
    return .object(
      DistributionObject(
        try model.predictive(try call.dataMatrix("x", columns: model.columns))))
  }

  /// `posterior(m)` without data: that of the parameters.
  static func parameterPosterior(_ call: BuiltinCall) throws -> Value {
    switch try call.model("model") {
    case let model as BayesModel: return .object(DistributionObject(model.posterior))
    case let model as BlockModel: return try model.sharedPosterior()
    case let model as BayesianRegression:
      return .object(DistributionObject(try model.posterior()))
    case let model:
      throw Failure(
        "L516", "a `\(model.kind)` has a posterior given data only", argument: "model",
        help: "write `posterior(m, x)`")
    }
  }
}

extension BuiltinCall {
  fileprivate func likelihood(
    _ name: String, for prior: Distribution
  ) throws -> BayesLikelihood {
    if has("trials"), name != "binomial" {
      throw Failure("L402", "`trials` belongs to the binomial likelihood", argument: "trials")
    }
    if has("sd"), name != "normal" {
      throw Failure("L402", "`sd` belongs to the normal likelihood", argument: "sd")
    }
    switch name {
    case "bernoulli": return .bernoulli
    case "binomial":
      guard let trials = try optionalInteger("trials") else {
        throw Failure(
          "L402", "a binomial likelihood needs the number of trials of each datum",
          argument: "likelihood", help: "write `trials: 10`")
      }
      return .binomial(trials: Double(trials))
    case "categorical": return .categorical
    case "multinomial": return .multinomial
    case "poisson": return .poisson
    case "exponential": return .exponential
    case "mvnormal": return .mvnormal
    default:
      guard let sd = try optionalNumber("sd") else { return .normalUnknownVariance }
      return .normal(sd: sd)
    }
  }

  fileprivate func regressionPrior(_ prior: Distribution?) throws -> BayesianRegression.Prior {
    let noise = try optionalNumber("noise")
    guard let prior else {
      if let noise { return .knownNoise(mean: 0, sd: 10, noise: noise) }
      return .unknownNoise(m: 0, kappa: 0.01, a: 1, b: 1)
    }
    let p = prior.family?.parameters.compactMap { $0.isScalar ? $0.values.first : nil } ?? []
    switch (prior.name, p.count) {
    case ("normal", 2):
      guard let noise else {
        throw Failure(
          "L523", "a `normal` prior needs the standard deviation of the noise", argument: "prior",
          help: "write `noise: 1`; or learn it with `normal_inverse_gamma(m, kappa, a, b)`")
      }
      return .knownNoise(mean: p[0], sd: p[1], noise: noise)
    case ("normal_inverse_gamma", 4):
      if noise != nil {
        throw Failure(
          "L523", "this prior learns the noise, so that it cannot be known", argument: "noise",
          help: "leave `noise` out, or give `prior: normal(mean, sd)`")
      }
      return .unknownNoise(m: p[0], kappa: p[1], a: p[2], b: p[3])
    default:
      throw Failure(
        "L523",
        "the prior of a regression is `normal` or `normal_inverse_gamma` of numbers, not "
          + "`\(prior.name)`", argument: "prior")
    }
  }
}

extension BuiltinCall {
  /// log p(y | x, data so far) of the rows of `x` in their order.
  func regressionEvidence(_ model: BayesianRegression) throws -> Value {
    let method = EvidenceMethod(rawValue: try text("method")) ?? .auto
    guard method == .auto || method == .exact else {
      throw Failure(
        "L516",
        "the evidence of a `linear_regression` is known exactly, not by \"\(method.rawValue)\"",
        argument: "method", help: "leave `method` out")
    }
    let data = try dataSet("x", columns: model.columns)
    return .object(
      EstimateObject(
        try model.evidence(data, argument: "x") { [runtime] in runtime.interrupt.isSet }))
  }
}
