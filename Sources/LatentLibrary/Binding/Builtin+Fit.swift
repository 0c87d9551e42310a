// `fit`: from the arguments of the language to the trainer and back.

import LatentAutodiff
import LatentLanguage
import LatentModels
import LatentTensor

extension Builtin {
  static let fit = Builtin(
    "fit", in: .inference,
    help: """
      Trains the model on data in place and returns it. Maximises the evidence lower bound (ELBO), \
      the mean over the data, on minibatches with reparametrised gradients; goes on from the \
      present parameters if the model is trained. `model.history` keeps what happened.
      """,
    parameters: [
      .model("model"), .data("data", "Rows are data: a tensor, a table, or a record with `x`."),
      .integer("epochs", in: 0..., default: 100, "How many passes over the data."),
      .integer(
        "batch", in: 1..., default: nil,
        "Data per step; as many as make about fifty steps an epoch, from 32 to 128, if not given."),
      .number("lr", .above(0), default: 1e-3, "Learning rate."),
      .choice(
        "optimizer", ["adam", "adamw", "sgd", "rmsprop", "adagrad"], default: "adam",
        "The method; \"adamw\" takes the weight decay off the parameters themselves."
      ).named,
      .number("momentum", in: 0..<1, default: 0, "Of sgd.").named,
      .flag("nesterov", "Nesterov's momentum.").named,
      .number("weight_decay", in: 0..., default: 0, "How strongly parameters are drawn to 0.")
        .named,
      .choice(
        "schedule", Schedule.Shape.allCases.map(\.rawValue), default: "constant",
        "How the learning rate falls from `lr` to `final_lr` over the run."
      ).named,
      .number("final_lr", .above(0), default: nil, "A hundredth of `lr` if not given.").named,
      .integer("warmup_steps", in: 0..., default: 0, "Steps over which the rate rises from 0.")
        .named,
      .number("clip", .above(0), default: nil, "The norm to which longer gradients are cut.")
        .named,
      .integer(
        "patience", in: 1..., default: nil,
        "Stops after so many epochs without a better bound (of the validation data, if given)."
      ).named,
      .choice(
        "binarize", TrainingOptions.Binarization.allCases.map(\.rawValue), default: nil,
        """
        How data in [0, 1] become 0 or 1: drawn with that probability anew in each step, drawn \
        once, or compared with one half.
        """),
      .integer("samples", in: 1...10_000, default: 1, "Draws of z per datum and step."),
      .choice(
        "precision", ["auto", "float32", "float64"], default: "auto",
        "The numbers networks are trained in."),
      .data(
        "validation", default: nil,
        "Data whose bound is recorded after each epoch; `holdout` splits some off."
      ).named,
      .seed,
      .flag("progress", default: true, "Whether to report progress.").named,
    ],
    returns: .model,
    examples: [
      "fit(vae(), digits().x, epochs: 1, seed: 1, progress: false).history.steps  #=> 52"
    ]
  ) { call in
    let object = try call.object("model", as: ModelObject.self)
    let model = object.model
    let data = try call.dataMatrix("data", columns: model.columns)
    var options = TrainingOptions()
    options.epochs = min(try call.integer("epochs"), 1_000_000_000)
    let automatic = min(max((data.shape.first ?? 0) / 50, 32), 128)
    options.batch = try call.optionalInteger("batch") ?? automatic
    options.rate = try call.number("lr")
    options.method = try call.optimizationMethod()
    options.decay = WeightDecay(
      try call.number("weight_decay"), decoupled: try call.text("optimizer") == "adamw")
    options.schedule = Schedule.Shape(rawValue: try call.text("schedule")) ?? .constant
    options.finalRate = try call.optionalNumber("final_lr")
    options.warmup = min(try call.integer("warmup_steps"), 1_000_000_000)
    options.clipNorm = try call.optionalNumber("clip")
    options.patience = try call.optionalInteger("patience")
    options.samples = try call.integer("samples")
    options.binarization = try call.optionalText("binarize").flatMap {
      TrainingOptions.Binarization(rawValue: $0)
    }
    options.precision = Precision(rawValue: try call.text("precision")) ?? .float32
    options.seed = try call.randomKey().combined
    guard options.rate.isFinite else {
      throw Failure("L402", "the learning rate must be finite", argument: "lr")
    }
    let validation = try call.optionalDataMatrix("validation", columns: data.shape.last)
    let report = TrainingReport(call.runtime.console, isSilent: try !call.flag("progress"))
    let runtime = call.runtime
    var limit: Failure?
    try model.fit(
      data, options: options, validation: validation,
      onDecision: { report.decided($0.text) }, onProgress: { report.update($0) },
      shouldStop: {
        if runtime.interrupt.isSet { return true }
        do { try runtime.checkLimits() } catch { limit = error as? Failure }
        return limit != nil
      })
    if let limit { throw limit }
    // The half-trained model is the result of an interrupted fit. The flag stays up, so whatever
    // would go on with it ends as interrupted.
    report.finish(model.history)
    return .object(object)
  }
}

extension BuiltinCall {
  /// The arguments `optimizer`, `momentum` and `nesterov` as a method.
  fileprivate func optimizationMethod() throws -> OptimizationMethod {
    let name = try text("optimizer")
    let momentum = try number("momentum")
    let nesterov = try flag("nesterov")
    guard name == "sgd" || (momentum == 0 && !nesterov) else {
      throw Failure(
        "L402", "momentum belongs to `sgd`, not to `\(name)`",
        argument: momentum != 0 ? "momentum" : "nesterov",
        help: "write `optimizer: \"sgd\"`, or leave it out")
    }
    switch name {
    case "sgd": return .sgd(momentum: momentum, nesterov: nesterov)
    case "rmsprop": return .rmsprop()
    case "adagrad": return .adagrad()
    default: return .adam()
    }
  }
}
