// An autoencoder in a file.

import LatentAutodiff
import LatentTensor

extension Autoencoder: StoredModel {
  public var construction: [(name: String, value: Fact)] {
    let design = architecture
    var arguments: [(name: String, value: Fact)] = [
      ("latent", design.latentFact), ("hidden", design.hiddenFact),
      ("likelihood", .text(design.likelihood?.rawValue ?? "auto")),
      ("activation", .text(design.activation.rawValue)), ("prior", .text(design.prior.rawValue)),
      ("posterior", .text(design.posterior.rawValue)),
    ]
    if design.prior.isMixture { arguments.append(("components", .integer(design.components))) }
    if let levels = design.levels { arguments.append(("levels", .integer(levels))) }
    if let noise = design.noise { arguments.append(("noise", .number(noise))) }
    return arguments
  }

  public var state: ModelState {
    var state = ModelState()
    state.history = history
    guard let parameters, let columns, let likelihood else { return state }
    state.tensors = parameters.values.map { ($0.name, $0.values) }
    state.texts = [
      ("precision", parameters.precision.rawValue), ("columns", "\(columns)"),
      ("likelihood", likelihood.rawValue), ("levels", "\(levels)"),
      ("binarize", binarization?.rawValue ?? "none"),
    ]
    return state
  }

  public func restore(_ state: ModelState) throws {
    guard !state.texts.isEmpty else {
      history = state.history
      return
    }
    let known = copy()
    known.columns = try state.count("columns")
    known.levels = try state.count("levels")
    known.likelihood = Likelihood(rawValue: try state.text("likelihood"))
    guard let precision = Precision(rawValue: try state.text("precision")),
      let likelihood = known.likelihood, let columns = known.columns,
      (1...(1 << 32)).contains(columns),
      known.levels <= 65_536,
      architecture.likelihood == nil || architecture.likelihood == likelihood
    else { throw ModelState.malformed("its likelihood, precision or width is none") }
    // Before memory is asked for, the shapes must be those of the tensors that are there.
    let slots = known.slots
    for slot in slots { _ = try state.tensor(slot.name, shape: slot.shape) }
    parameters = try ParameterBuffer(slots, precision: precision).filled(from: state)
    (self.columns, self.likelihood, levels) = (columns, likelihood, known.levels)
    binarization = TrainingOptions.Binarization(rawValue: try state.text("binarize"))
    history = state.history
    programs = [:]
  }
}
