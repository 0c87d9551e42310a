// `fit`: from the arguments of the language to the trainer and back.

import LatentAutodiff
import LatentLanguage
import LatentModels
import LatentSyntax
import LatentTensor

extension Builtin {
  static let fit = Builtin(
    "fit", in: .inference,
    help: """
      Fits the model to data in place and returns it. Models with an exact solution or EM use it; \
      the others maximise the evidence lower bound (ELBO), the mean over the data, on minibatches \
      with reparametrised gradients, going on from the present parameters if the model is \
      trained. `model.history` keeps what happened.
      """,
    parameters: [
      .model("model"), .data("data", "Rows are data: a tensor, a table, or a record with `x`."),
      .integer("epochs", in: 0..., default: 100, "How many passes over the data."),
      .integer(
        "batch", in: 1..., default: nil,
        "Data per step; as many as make about fifty steps an epoch, from 32 to 128, if not given."),
      .either(
        "lr", [.number(.above(0)), .choice(["auto"])], default: 1e-3,
        """
        Learning rate; "auto" tries thirteen from 1e-5 to 10 on the first steps of the run, which \
        takes a tenth of its steps more (at least 148, at most 2368), and tells what it chose.
        """),
      .choice(
        "optimizer", ["adam", "adamw", "sgd", "rmsprop", "adagrad", "lbfgs"],
        default: "adam",
        """
        The method; "adamw" takes the weight decay off the parameters themselves; "lbfgs" climbs \
        with all data at once, for small problems, `epochs` being its steps at most.
        """
      ).named,
      .number("momentum", in: 0..<1, default: 0, "Of sgd.").named,
      .flag("nesterov", "Nesterov's momentum.").named,
      .number("weight_decay", in: 0..., default: 0, "How strongly parameters are drawn to 0.")
        .named,
      .choice(
        "schedule", Schedule.Shape.allCases.map(\.rawValue), default: "constant",
        "How the learning rate falls from `lr` to `final_lr` over the run."
      ).named,
      .number(
        "plateau_factor", .open(0, 1), default: 0.3,
        "By what the schedule \"plateau\" multiplies the rate when the bound stops rising."
      ).named,
      .integer(
        "plateau_patience", in: 0..., default: 5,
        "Epochs without a better bound, in the mean of three, before \"plateau\" acts."
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
        "objective", BoundOptions.Kind.allCases.map(\.rawValue), default: "elbo",
        """
        The bound of log p(x): the ELBO; the importance weighted bound of `samples` draws, which \
        is tighter (Burda et al. 2016); or Rényi's of order `alpha`.
        """
      ).named,
      .number(
        "alpha", default: nil,
        "Of Rényi's bound: 1 is the ELBO, 0 the importance weighted one; "
          + "one half if not given."
      ).named,
      .choice(
        "gradient", GradientEstimator.allCases.map(\.rawValue), default: "auto",
        """
        How draws are differentiated: along their path, by the score function with a baseline, \
        or with less noise by "stl" (ELBO), "dreg" (any bound), "vimco" (weighted, any z).
        """
      ).named,
      .choice(
        "steps", ["joint", "alternating"], default: "joint",
        "Whether q and p move together, or each minibatch moves q first and then p."
      ).named,
      .number("beta", in: 0..., default: 1, "The factor of KL(q(z|x) || p(z)).").named,
      .integer("warmup", in: 0..., default: 0, "Epochs over which `beta` rises from 0.").named,
      .number(
        "free_bits", in: 0..., default: 0,
        "Nats of KL per latent dimension that cost nothing, averaged over the batch."
      ).named,
      .choice(
        "kl", BoundOptions.DivergenceForm.allCases.map(\.rawValue), default: "auto",
        "Whether KL(q(z|x) || p(z)) is taken in closed form or over the draws."
      ).named,
      .choice(
        "precision", ["auto", "float32", "float64"], default: "auto",
        "The numbers networks are trained in."),
      .data(
        "validation", default: nil,
        "Data whose bound is recorded after each epoch; `holdout` splits some off."
      ).named,
      .choice(
        "method", FitMethod.allCases.map(\.rawValue), default: "auto",
        "How parameters are found; \"auto\" is what the model does best."
      ).named,
      .tensor("weights", default: nil, "How many times each row counts.").named,
      .integer(
        "restarts", in: 1...100_000, default: 10, "Independent starts of EM; the best is kept."
      ).named,
      .choice(
        "init", ["auto", "kmeans", "short", "random", "hierarchical"], default: "auto",
        "How EM starts: `auto` takes k-means and the best of five short runs by turns."
      ).named,
      .number(
        "tol", in: 0..., default: 1e-6,
        "EM stops when a step gains less of the total log-likelihood, and no more is to come."
      ).named,
      .integer("max_iter", in: 0...1_000_000_000, default: 1000, "Steps of EM at most.").named,
      .flag("accelerate", "Extrapolates from step to step of EM where that gains (SQUAREM).").named,
      .text(
        "checkpoint", default: nil,
        "A .safetensors file in which the state of the training is kept after each epoch."
      ).named,
      .text(
        "resume", default: nil,
        """
        The file of an interrupted training to go on with, under the same arguments: the same \
        numbers follow as if it had never stopped.
        """
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
    let source = (call.value("data").object as? StreamObject)?.source
    var data = DataSet(x: Tensor([]))
    if let block = model as? BlockModel, source == nil {
      data = DataSet(x: try call.bind("data", to: block))
    } else if source == nil {
      data = try call.dataSet("data", columns: model.columns)
    }
    let rows = source?.rows ?? data.x.shape.first ?? 0
    data.weights = try call.rowWeights(rows: rows)
    var request = FitRequest()
    request.method = FitMethod(rawValue: try call.text("method")) ?? .auto
    request.gradient = try call.trainingOptions(rows: rows)
    request.em.restarts = try call.integer("restarts")
    request.em.start = try call.text("init")
    request.em.tolerance = try call.number("tol")
    request.em.iterations = try call.integer("max_iter")
    request.em.isAccelerated = try call.flag("accelerate")
    if let block = model as? BlockModel, call.has("validation") {
      request.validation = try call.rows("validation", of: block)
    } else {
      request.validation = try call.optionalDataMatrix(
        "validation", columns: source?.columns ?? data.x.shape.last)
    }
    request.given = Set(call.builtin.parameters.map(\.name).filter { call.isWritten($0) })
    call.warnOfIdleArguments(model, request)
    let report = TrainingReport(call.runtime.console, isSilent: try !call.flag("progress"))
    let runtime = call.runtime
    var limit: Failure?
    var observer = FitObserver()
    observer.decided = { report.decided($0) }
    observer.progressed = { report.update($0) }
    observer.shouldStop = {
      if runtime.interrupt.isSet { return true }
      do { try runtime.checkLimits() } catch { limit = error as? Failure }
      return limit != nil
    }
    let checkpoint = try call.optionalText("checkpoint").map(Checkpoint.init)
    if let checkpoint { observer.checkpointed = { try checkpoint.keep($0) } }
    if let path = try call.optionalText("resume") {
      let state = try Checkpoint.read(path)
      guard !call.isWritten("seed") || state.seed == request.seed else {
        throw Failure(
          "L519", "the interrupted training had another `seed`", argument: "seed",
          help: "leave `seed` out: the training's own is taken over")
      }
      request.gradient.resume = state
    }
    do {
      if let source {
        try model.fit(source, request, observer)
      } else {
        try model.fit(data, request, observer)
      }
    } catch {
      // The last good state is worth keeping, too.
      try? checkpoint?.flush()
      throw error
    }
    try checkpoint?.flush()
    if let limit { throw limit }
    // The half-trained model is the result of an interrupted fit. The flag stays up, so whatever
    // would go on with it ends as interrupted.
    report.finish(model.history)
    return .object(object)
  }
}

extension BuiltinCall {
  /// Tells which of the arguments the user wrote play no part for this model.
  fileprivate func warnOfIdleArguments(_ model: any Model, _ request: FitRequest) {
    let always: Set = ["model", "data", "method", "progress", "seed"]
    for name in request.given.subtracting(always).sorted()
    where !model.heeds(name, by: request.method) {
      runtime.console.report(
        Diagnostic(
          "L518", "`\(name)` has no effect on fitting a `\(model.kind)`", severity: .warning,
          at: place(of: name), helps: ["leave it out"]))
    }
  }

  /// The argument `weights`: one number per row.
  fileprivate func rowWeights(rows: Int) throws -> [Double]? {
    guard let weights = try optionalTensor("weights") else { return nil }
    guard weights.rank == 1, weights.count == rows else {
      throw Failure(
        "L512", "the data have \(rows) rows, but `weights` has the shape \(weights.shape)",
        argument: "weights", help: "give one weight per row")
    }
    let values = weights.values
    if let wrong = values.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
      throw Failure(
        "L402",
        "weights must be at least 0 and finite, but that of row \(wrong) is \(values[wrong])",
        argument: "weights")
    }
    guard values.contains(where: { $0 > 0 }) else {
      throw Failure("L402", "every weight is 0", argument: "weights")
    }
    return values
  }

  /// The knobs of gradient training.
  fileprivate func trainingOptions(rows: Int) throws -> TrainingOptions {
    var options = TrainingOptions()
    options.epochs = min(try integer("epochs"), 1_000_000_000)
    let automatic = min(max(rows / 50, 32), 128)
    options.batch = try optionalInteger("batch") ?? automatic
    options.choosesRate = value("lr").asText == "auto"
    if !options.choosesRate { options.rate = try number("lr") }
    options.method = try optimizationMethod()
    options.isQuasiNewton = try text("optimizer") == "lbfgs"
    if options.isQuasiNewton { try refuseRates() }
    options.decay = WeightDecay(
      try number("weight_decay"), decoupled: try text("optimizer") == "adamw")
    options.schedule = Schedule.Shape(rawValue: try text("schedule")) ?? .constant
    options.plateau = Plateau(
      factor: try number("plateau_factor"), patience: try integer("plateau_patience"))
    options.finalRate = try optionalNumber("final_lr")
    options.warmup = min(try integer("warmup_steps"), 1_000_000_000)
    options.clipNorm = try optionalNumber("clip")
    options.patience = try optionalInteger("patience")
    options.samples = try integer("samples")
    options.bound = try boundOptions()
    options.bound.beta = try number("beta")
    options.bound.warmup = min(try integer("warmup"), 1_000_000_000)
    options.bound.freeBits = try number("free_bits")
    options.isAlternating = try text("steps") == "alternating"
    options.binarization = try optionalText("binarize").flatMap {
      TrainingOptions.Binarization(rawValue: $0)
    }
    options.precision =
      Precision(rawValue: try text("precision")) ?? (options.isQuasiNewton ? .float64 : .float32)
    options.seed = try randomKey().combined
    guard options.rate.isFinite else {
      throw Failure("L402", "the learning rate must be finite", argument: "lr")
    }
    return options
  }

  /// Refuses what has no meaning where all data are used at once and steps have no rate.
  private func refuseRates() throws {
    let idle = [
      "batch", "lr", "momentum", "nesterov", "weight_decay", "schedule", "plateau_factor",
      "plateau_patience", "final_lr", "warmup_steps", "clip", "patience", "steps", "checkpoint",
      "resume",
    ]
    if let name = idle.first(where: isWritten) {
      throw Failure(
        "L402",
        "`\(name)` has no meaning for \"lbfgs\", which uses all data in every step and finds "
          + "the length of its steps itself", argument: name, help: "leave `\(name)` out")
    }
    let gradient = try text("gradient")
    guard ["auto", "pathwise"].contains(gradient) else {
      throw Failure(
        "L402", "\"lbfgs\" needs the gradient of one function, not \"\(gradient)\"",
        argument: "gradient", help: "leave `gradient` out, or use \"adam\"")
    }
  }

  /// The arguments `objective`, `alpha`, `gradient` and `kl`.
  func boundOptions(by estimator: String? = nil) throws -> BoundOptions {
    var bound = BoundOptions()
    bound.kind = BoundOptions.Kind(rawValue: try text("objective")) ?? .elbo
    let name = try estimator ?? text("gradient")
    bound.gradient = GradientEstimator(rawValue: name) ?? (name == "score_raw" ? .score : .auto)
    bound.divergence = BoundOptions.DivergenceForm(rawValue: try text("kl")) ?? .auto
    guard let alpha = try optionalNumber("alpha") else { return bound }
    guard bound.kind == .renyi else {
      throw Failure(
        "L544", "`alpha` is the order of Rényi's bound, not of \"\(bound.kind.rawValue)\"",
        argument: "alpha", help: "write `objective: \"renyi\"`, or leave `alpha` out")
    }
    guard alpha.isFinite else {
      throw Failure("L402", "`alpha` must be finite", argument: "alpha")
    }
    bound.alpha = alpha
    return bound
  }

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
