// The models of the library by their names in the language.

import LatentLanguage
import LatentModels
import LatentTensor

extension Builtin {
  static let models: [Builtin] = [
    Builtin(
      "vae", in: .models,
      help: """
        A variational autoencoder: p(x|z) by a decoder network, q(z|x) by an encoder network \
        (Kingma and Welling 2014). The width of the data and, unless named, the likelihood are \
        settled by the first `fit`. Missing values (nan) are integrated out of the bound, the encoder \
        sees the decoder's mean at z = 0 in their place, and `impute` fills them.
        """,
      parameters: [
        .integer("latent", in: 1...65_536, default: 2, "Dimension of z."),
        .shape(
          "hidden", default: 200,
          "Widths of the encoder's hidden layers; the decoder has them in reverse."),
        .choice(
          "likelihood", ["auto"] + Likelihood.allCases.map(\.rawValue), default: "auto",
          """
          What the decoder's output means: the probability of 1, the mean of a normal, the \
          probabilities of the classes 0, 1, …, or the mean of a logistic over grey levels \
          0 … 1; "auto" looks at the data and says what it chose.
          """),
        .choice(
          "activation", Activation.allCases.map(\.rawValue), default: "relu",
          "The nonlinearity of hidden layers."),
        .choice(
          "prior", PriorKind.allCases.map(\.rawValue), default: "normal",
          """
          p(z): N(0, I), a learned mixture of `components` normals, or the mean of q(z|u) over \
          as many learned pseudo-inputs u (Tomczak and Welling 2018). One component of a mixture is a \
          normal with learned mean and scales.
          """),
        .choice(
          "posterior", PosteriorKind.allCases.map(\.rawValue), default: "normal",
          "q(z|x): a normal with independent elements, or with a full covariance."),
        .integer("components", in: 1...10_000, default: 10, "Of a prior that is a mixture.").named,
        .integer(
          "levels", in: 2...65_536, default: nil,
          "Classes of a categorical likelihood (counted if not given), or grey levels (256)."
        ).named,
        .number(
          "noise", .above(0), default: nil,
          "The standard deviation of a gaussian likelihood; learned if not given."
        ).named,
      ],
      returns: .model, examples: ["vae(latent: 3).latent  #=> 3"]
    ) { call in
      let hidden = try call.shape("hidden")
      if let wrong = hidden.first(where: { $0 < 1 || $0 > 1_000_000 }) {
        throw Failure(
          "L402", "a hidden layer cannot have \(wrong) units", argument: "hidden",
          help: "write e.g. `hidden: [200, 100]`")
      }
      var architecture = Autoencoder.Architecture(
        latent: try call.integer("latent"), hidden: hidden,
        activation: Activation(rawValue: try call.text("activation")) ?? .relu,
        likelihood: Likelihood(rawValue: try call.text("likelihood")))
      architecture.prior = PriorKind(rawValue: try call.text("prior")) ?? .normal
      architecture.posterior = PosteriorKind(rawValue: try call.text("posterior")) ?? .normal
      architecture.components = try call.integer("components")
      architecture.levels = try call.optionalInteger("levels")
      architecture.noise = try call.optionalNumber("noise")
      try call.checkArchitecture(architecture)
      return .object(ModelObject(Autoencoder(architecture)))
    },
    Builtin(
      "copy", in: .models,
      help: "An independent model with the same parameters: fitting one leaves the other alone.",
      parameters: [.model("model")], returns: .model,
      examples: ["copy(vae(latent: 3)).latent  #=> 3"]
    ) { call in .object(ModelObject(try call.model("model").copied())) },
    Builtin(
      "parameters", in: .models, help: "The values of all parameters of a fitted model by name.",
      parameters: [.model("model")], returns: .record,
      examples: ["len(parameters(vae()))  #=> 0"]
    ) { call in try call.object("model", as: ModelObject.self).parameters },
  ]
}

extension BuiltinCall {
  /// Refuses arguments of `vae` that another one leaves without meaning.
  fileprivate func checkArchitecture(_ architecture: Autoencoder.Architecture) throws {
    func refuse(_ name: String, _ message: String, _ help: String) -> Failure {
      Failure("L402", message, argument: name, help: help)
    }
    if isWritten("components"), architecture.prior == .normal {
      throw refuse(
        "components", "a normal prior has no components",
        "write `prior: \"mixture\"` or `prior: \"vamp\"`")
    }
    if isWritten("levels"),
      ![.categorical, .discretizedLogistic].contains(architecture.likelihood)
    {
      throw refuse(
        "levels", "`levels` belongs to a categorical or discretized_logistic likelihood",
        "name it: `likelihood: \"categorical\"`")
    }
    if let noise = architecture.noise, architecture.likelihood != .gaussian || !noise.isFinite {
      throw refuse(
        "noise", "`noise` is the finite standard deviation of a gaussian likelihood",
        "write `likelihood: \"gaussian\"` as well")
    }
    if architecture.posterior == .full, architecture.latent > 64 {
      throw refuse(
        "posterior", "a full covariance of \(architecture.latent) dimensions is too large",
        "use at most 64 dimensions, or `posterior: \"normal\"`")
    }
  }
}
