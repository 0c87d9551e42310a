// Mixtures, and what is asked of models with classes.

import LatentLanguage
import LatentModels
import LatentTensor

extension Builtin {
  static let mixtures: [Builtin] = [
    mixture("mixture", "A mixture"), mixture("gmm", "The same as `mixture`: a mixture"),
    Builtin(
      "classify", in: .inference,
      help: "The likeliest class of each datum, 0 … K − 1.",
      parameters: [.model("model"), .data("x")], returns: .tensor,
      examples: [
        """
        classify(mixture(weights: [0.5, 0.5], means: [0, 9], covariances: [1, 1]), [1, 8]) \
         #=> [0, 1]
        """
      ]
    ) { call in
      let mixture = try call.mixture("model")
      let x = try call.dataMatrix("x", columns: mixture.columns)
      return .vector(try mixture.classify(x).map(Double.init))
    },
    Builtin(
      "align", in: .inference,
      help: """
        Numbers the components of a mixture as the nearest ones of another are numbered, in place, \
        and returns it.
        """,
      parameters: [.model("model"), .model("to", "A mixture of the same family.")],
      returns: .model
    ) { call in
      try call.mixture("model").align(to: try call.mixture("to"))
      return call.value("model")
    },
  ]

  private static func mixture(_ name: String, _ what: String) -> Builtin {
    Builtin(
      name, in: .models,
      help: what + """
         p(x) = Σ π_k p(x|z = k), fitted by expectation maximisation with its exact posterior. \
        Missing values (nan) are integrated out; a field `z` of the data holds known components \
        (nan where unknown). With `weights` and `means` (and `covariances`) given it needs no fit.
        """,
      parameters: [
        .integer("components", in: 1...100_000, default: 2, "How many, K."),
        .choice(
          "covariance", CovarianceFamily.allCases.map(\.rawValue), default: "full",
          """
          How the covariances differ: one for each component, one for all, variances by column, or \
          one variance each.
          """),
        .choice(
          "family", MixtureFamily.allCases.map(\.rawValue), default: "gaussian",
          "The distribution of the components; but for gaussian, columns are independent given z."
        ),
        .either(
          "prior", [.choice(["none", "conjugate"]), .record], default: "none",
          """
          A conjugate prior of gaussian components, which keeps them from collapsing: scaled by \
          the data (Fraley and Raftery 2007), or a record with some of `shrinkage`, `df`, \
          `concentration`, `mean` and `scale`.
          """
        ).named,
        .tensor("weights", default: nil, "π, to sum to 1.").named,
        .tensor("means", default: nil, "K × d, or K numbers.").named,
        .tensor(
          "covariances", default: nil, "K × d × d, d × d (tied), K × d (diag) or K (spherical)."
        ).named,
      ],
      returns: .model,
      examples: [
        "\(name)(components: 3).components  #=> 3",
        """
        responsibilities(\(name)(weights: [0.5, 0.5], means: [0, 2], covariances: [1, 1]), 1) \
         #=> [[0.5, 0.5]]
        """,
      ]
    ) { call in
      var design = Mixture.Design()
      design.components = try call.integer("components")
      design.covariance = CovarianceFamily(rawValue: try call.text("covariance")) ?? .full
      design.family = MixtureFamily(rawValue: try call.text("family")) ?? .gaussian
      design.prior = try call.priorChoice()
      if call.isWritten("covariance"), design.family != .gaussian {
        throw Failure(
          "L402", "a \(design.family.rawValue) mixture has no covariance", argument: "covariance",
          help: "leave it out")
      }
      if design.prior != nil, design.family != .gaussian {
        throw Failure(
          "L402", "priors are for gaussian mixtures", argument: "prior", help: "leave it out")
      }
      guard let weights = try call.optionalTensor("weights") else {
        for name in ["means", "covariances"] where call.has(name) {
          throw Failure(
            "L532", "`\(name)` needs `weights` too", argument: name,
            help: "give all parameters, or none")
        }
        return .object(ModelObject(Mixture(design)))
      }
      if call.isWritten("components"), weights.count != design.components {
        throw Failure(
          "L532", "\(weights.count) weights for \(design.components) components",
          argument: "weights")
      }
      guard let means = try call.optionalTensor("means") else {
        throw Failure(
          "L532", "`weights` need `means` too", argument: "weights",
          help: "give all parameters, or none")
      }
      return .object(
        ModelObject(
          try Mixture(
            design, weights: weights, means: means,
            covariances: try call.optionalTensor("covariances"))))
    }
  }
}

extension BuiltinCall {
  /// A model that has to be a mixture.
  func mixture(_ name: String) throws -> Mixture {
    let model = try model(name)
    guard let mixture = model as? Mixture else {
      throw Failure(
        "L516", "a `\(model.kind)` has no classes", argument: name,
        help: "`mixture` is a model with classes")
    }
    return mixture
  }

  /// The argument `prior`.
  fileprivate func priorChoice() throws -> Mixture.PriorChoice? {
    if let word = value("prior").asText { return word == "conjugate" ? .init() : nil }
    var choice = Mixture.PriorChoice()
    for (field, value) in try record("prior").fields {
      switch field {
      case "shrinkage": choice.shrinkage = try positive(field, value)
      case "df": choice.degrees = try positive(field, value)
      case "concentration": choice.concentration = try positive(field, value)
      case "mean":
        let mean = try finite(field, value)
        guard mean.rank < 2 else {
          throw Failure(
            "L402",
            "`mean` of the prior must be one number per column, not a tensor of shape "
              + "\(mean.shape)", argument: "prior")
        }
        choice.mean = mean.values
      case "scale": choice.scale = try finite(field, value)
      default:
        throw Failure(
          "L402", "a prior has no `\(field)`", argument: "prior",
          help: "it has `shrinkage`, `df`, `concentration`, `mean` and `scale`")
      }
    }
    return choice
  }

  private func positive(_ field: String, _ value: Value) throws -> Double {
    guard let number = value.asNumber, number > 0, number.isFinite else {
      throw Failure(
        "L402",
        "`\(field)` of the prior must be a positive number, not "
          + (value.asNumber.map { NumberText.rounded($0) } ?? value.kindPhrase), argument: "prior")
    }
    return number
  }

  private func finite(_ field: String, _ value: Value) throws -> Tensor {
    guard let tensor = value.asTensor ?? value.asNumber.map({ Tensor($0) }),
      tensor.values.allSatisfy(\.isFinite)
    else {
      throw Failure(
        "L402", "`\(field)` of the prior must hold finite numbers only", argument: "prior")
    }
    return tensor
  }
}
