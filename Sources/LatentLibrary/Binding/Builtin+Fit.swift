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
      the mean over the data, by Adam on minibatches with reparametrised gradients; goes on from \
      the present parameters if the model is trained. `model.history` keeps what happened.
      """,
    parameters: [
      .model("model"), .data("data", "Rows are data: a tensor, a table, or a record with `x`."),
      .integer("epochs", in: 0..., default: 100, "How many passes over the data."),
      .integer(
        "batch", in: 1..., default: nil,
        "Data per step; as many as make about fifty steps an epoch, from 32 to 128, if not given."),
      .number("lr", .above(0), default: 1e-3, "Learning rate of Adam."),
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
      .any("validation", default: nil, "Data whose bound is recorded after each epoch.").named,
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
    let interrupt = call.runtime.interrupt
    try model.fit(
      data, options: options, validation: validation,
      onDecision: { report.decided($0.text) }, onProgress: { report.update($0) },
      shouldStop: { interrupt.isSet })
    // The half-trained model is the result of an interrupted fit, so the interrupt ends here.
    if interrupt.isSet { interrupt.lower() }
    report.finish(model.history)
    return .object(object)
  }
}
