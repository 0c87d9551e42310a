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
        .shape(
          "latent", default: 2,
          """
          Dimension of z, or of each of several layers from the data up: `[100, 50]` is \
          p(x|z1) p(z1|z2) p(z2) with q(z1|x) q(z2|z1) (Burda, Grosse and Salakhutdinov 2016). \
          `encode` and `decode` speak of the first.
          """),
        .either(
          "hidden", [.shape, .tensor, .list], default: 200,
          """
          Widths of the encoder's hidden layers; the decoder has them in reverse. Between layers of \
          latents too, or a list for each: `[[200, 200], [100, 100]]`.
          """),
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
      let layers = try call.latentLayers()
      var architecture = Autoencoder.Architecture(
        latent: layers[0].latent, hidden: layers[0].hidden,
        activation: Activation(rawValue: try call.text("activation")) ?? .relu,
        likelihood: Likelihood(rawValue: try call.text("likelihood")))
      architecture.above = Array(layers.dropFirst())
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
  /// `latent` and `hidden` of `vae`, at least one layer.
  fileprivate func latentLayers() throws -> [LatentLayer] {
    let widths = try shape("latent")
    if widths.isEmpty || widths.count > 32 {
      let limit = widths.isEmpty ? "at least one layer" : "at most 32 layers"
      throw Failure(
        "L402", "a `vae` has \(limit) of latents",
        argument: "latent", help: "write e.g. `latent: 2`, or `latent: [100, 50]` for two layers")
    }
    if let wrong = widths.first(where: { !(1...65_536).contains($0) }) {
      throw Failure(
        "L402", "`latent` of `vae` must be from 1 to 65,536, not \(wrong)", argument: "latent",
        help: "write e.g. `latent: 2`, or `latent: [100, 50]` for two layers")
    }
    let hidden = try hiddenWidths(layers: widths.count)
    if let wrong = hidden.joined().first(where: { $0 < 1 || $0 > 1_000_000 }) {
      throw Failure(
        "L402", "a hidden layer cannot have \(wrong) units", argument: "hidden",
        help: "write e.g. `hidden: [200, 100]`")
    }
    return zip(widths, hidden).map { LatentLayer(latent: $0, hidden: $1) }
  }

  /// `hidden` of each layer of latents: the same for all, or a list for each.
  private func hiddenWidths(layers: Int) throws -> [[Int]] {
    if let all = value("hidden").asSizes {
      return [[Int]](repeating: all, count: layers)
    }
    let lists = try elements("hidden").map(\.asSizes)
    let widths = lists.compactMap { $0 }
    guard widths.count == lists.count else {
      throw Failure(
        "L402", "`hidden` of `vae` must be sizes", argument: "hidden",
        help: "write e.g. `hidden: [200, 100]`, or a list for each layer of latents")
    }
    guard widths.count == layers else {
      let many = layers == 1 ? "one layer" : "\(layers) layers"
      throw Failure(
        "L402", "`hidden` has \(widths.count) lists of widths for \(many) of latents",
        argument: "hidden", help: "write one list for each, or one for all: `hidden: [200, 100]`")
    }
    return widths
  }

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
    if architecture.prior == .vamp, !architecture.above.isEmpty {
      throw refuse(
        "prior", "pseudo-inputs have no q(z|u) of their own for a layer above the first",
        "write `prior: \"mixture\"`, which is learned for the last layer")
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
    if architecture.posterior == .full,
      let wide = architecture.layers.map(\.latent).first(where: { $0 > 64 })
    {
      throw refuse(
        "posterior", "a full covariance of \(wide) dimensions is too large",
        "use at most 64 dimensions, or `posterior: \"normal\"`")
    }
  }
}
