// Probabilistic PCA and factor analysis by their names in the language.

import LatentLanguage
import LatentModels
import LatentTensor

extension Builtin {
  static let linearModels: [Builtin] = [
    linear(
      .isotropic,
      help: """
        Probabilistic PCA: p(z) = N(0, I), p(x|z) = N(W z + μ, σ² I), fitted in closed form \
        (Tipping and Bishop 1999), or by EM where entries are missing (nan), which are integrated \
        out exactly. W is determined up to a rotation of z; the principal axes are kept. `latent: \
        "auto"` takes the dimension of the greatest evidence (Minka 2000).
        """,
      noise: "σ² of a model with known parameters: one number.",
      example: "round(1e4 * fit(ppca(latent: 2), iris(), progress: false).noise)  #=> 507"),
    linear(
      .diagonal,
      help: """
        Factor analysis: p(z) = N(0, I), p(x|z) = N(W z + μ, diag ψ), fitted by maximum likelihood \
        from the covariance (Jöreskog 1967) or by EM. A Heywood case, where the likelihood only \
        tends to its bound as the noise of a column goes to 0, is named. `latent: "auto"` takes \
        the dimension of least BIC.
        """,
      noise: "ψ of a model with known parameters: one number per column.",
      example: """
        fit(factor_analysis(latent: 1), usarrests(), progress: false).history.converged  #=> true
        """),
    Builtin(
      "varimax", in: .models,
      help: """
        Loadings turned to a simple structure, few large entries in each column (Kaiser 1958): a \
        record of `loadings` and the `rotation` with loadings = w @ rotation. Of a model: its own.
        """,
      parameters: [
        .either(
          "w", [.object(["model"]), .tensor],
          "A matrix, columns of the data × factors, or a fitted `ppca` or `factor_analysis`."),
        .flag("normalize", default: true, "Kaiser's: every row weighs the same."),
      ],
      returns: .record,
      examples: ["round(varimax([[1, 1], [1, -1]]).loadings[0, 0]^2)  #=> 2"]
    ) { call in
      var w = call.value("w").asTensor
      if let model = (call.value("w").object as? ModelObject)?.model {
        try model.checkFitted()
        w = model.parameterValues.first { $0.name == "loadings" }?.value
        if w == nil {
          throw Failure("L516", "a `\(model.kind)` has no loadings to rotate", argument: "w")
        }
      }
      guard let w, w.rank == 2, w.values.allSatisfy(\.isFinite) else {
        throw Failure(
          "L421", "`varimax` needs a finite matrix, columns of the data × factors", argument: "w")
      }
      let (loadings, rotation) = varimax(
        Matrix(w.shape[0], w.shape[1], w.values), normalize: try call.flag("normalize"))
      return .record([
        ("loadings", .tensor(loadings.tensor)), ("rotation", .tensor(rotation.tensor)),
      ])
    },
  ]

  private static func linear(
    _ kind: LinearGaussian.Noise, help: String, noise: String, example: String
  ) -> Builtin {
    Builtin(
      kind.rawValue, in: .models, help: help,
      parameters: [
        .either(
          "latent", [.integer(.from(1)), .choice(["auto"])], default: 2,
          "Dimension of z, less than the columns of the data."),
        .tensor("loadings", default: nil, "W of a model with known parameters.").named,
        .tensor("mean", default: nil, "μ of a model with known parameters; 0 if not given.").named,
        .tensor("noise", default: nil, noise).named,
      ],
      returns: .model, examples: [example]
    ) { call in
      guard let loadings = try call.optionalTensor("loadings") else {
        if let stray = ["mean", "noise"].first(where: { call.has($0) }) {
          throw Failure(
            "L543", "`\(stray)` is known but `loadings` is not", argument: stray,
            help: "give all parameters, or none and `fit` the model")
        }
        return .object(ModelObject(LinearGaussian(kind, latent: call.value("latent").asInteger)))
      }
      guard let noise = try call.optionalTensor("noise") else {
        throw Failure("L543", "`loadings` are known but `noise` is not", argument: "loadings")
      }
      if call.isWritten("latent"), call.value("latent").asInteger != loadings.shape.last {
        throw Failure(
          "L543", "`latent` is not the number of columns of `loadings`", argument: "latent",
          help: "leave `latent` out")
      }
      let mean = try call.optionalTensor("mean")?.values
      return .object(
        ModelObject(
          try LinearGaussian(
            kind, loadings: loadings,
            mean: mean ?? [Double](repeating: 0, count: loadings.shape.first ?? 0),
            variances: noise.values)))
    }
  }
}
