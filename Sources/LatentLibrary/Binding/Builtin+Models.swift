// The models of the library by their names in the language.

import LatentLanguage
import LatentModels
import LatentTensor

extension Builtin {
  static let models: [Builtin] = [
    Builtin(
      "vae", in: .models,
      help: """
        A variational autoencoder: p(z) = N(0, I), p(x|z) by a decoder network, q(z|x) = N(μ(x), \
        diag σ²(x)) by an encoder network (Kingma and Welling 2014). The width of the data and, \
        unless named, the likelihood are settled by the first `fit`.
        """,
      parameters: [
        .integer("latent", in: 1...65_536, default: 2, "Dimension of z."),
        .shape(
          "hidden", default: 200,
          "Widths of the encoder's hidden layers; the decoder has them in reverse."),
        .choice(
          "likelihood", ["auto", "bernoulli", "gaussian"], default: "auto",
          """
          What the decoder's output means: the probability of 1, or the mean of a normal with one \
          learned noise level; "auto" looks at the data and says what it chose.
          """),
        .choice(
          "activation", Activation.allCases.map(\.rawValue), default: "relu",
          "The nonlinearity of hidden layers."),
      ],
      returns: .model, examples: ["vae(latent: 3).latent  #=> 3"]
    ) { call in
      let hidden = try call.shape("hidden")
      if let wrong = hidden.first(where: { $0 < 1 || $0 > 1_000_000 }) {
        throw Failure(
          "L402", "a hidden layer cannot have \(wrong) units", argument: "hidden",
          help: "write e.g. `hidden: [200, 100]`")
      }
      return .object(
        ModelObject(
          Autoencoder(
            .init(
              latent: try call.integer("latent"), hidden: hidden,
              activation: Activation(rawValue: try call.text("activation")) ?? .relu,
              likelihood: Likelihood(rawValue: try call.text("likelihood"))))))
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
