// Models and distributions as safetensors files: the tensors under the names they have for the user,
// and in the metadata the expression that makes a model like it, what `fit` saw, and the history.
// Other tools read the tensors; `load` gives the model back to the last bit.

import LatentData
import LatentDistributions
import LatentLanguage
import LatentModels
import LatentTensor

enum SavedFile {
  private static let format = "latent 1"
  private static let (stateMark, historyMark) = ("state.", "history.")

  // MARK: Writing

  /// - Throws: `L570` for what no file can hold, `L727` where the file cannot be written.
  static func write(_ value: Value, to path: String) throws {
    var file = Safetensors()
    let expression: String
    var summary = value.display()
    switch value.object {
    case let object as ModelObject:
      guard let model = object.model as? any StoredModel else {
        throw Failure(
          "L570", "a `\(object.model.kind)` cannot be kept in a file", argument: "value")
      }
      (expression, summary) = (try SavedFile.expression(of: model), model.summary)
      let state = model.state
      let history = state.history.flattened(historyMark)
      file.tensors = state.tensors + history.tensors
      file.metadata =
        state.texts.map { (stateMark + $0.name, $0.text) } + history.texts
    case let object as DistributionObject:
      expression = try value.expression()
      if let (family, values) = object.distribution.family {
        file.tensors = zip(family.parameters, values).map { ($0.name, $1) }
      }
    default: expression = try value.expression()
    }
    file.metadata =
      [
        ("format", format), ("version", Release.version), ("summary", summary),
        ("expression", expression),
      ] + file.metadata
    try file.write(to: path)
  }

  /// The call that makes a model like this one before any data.
  private static func expression(of model: any StoredModel) throws -> String {
    switch model {
    case let model as BlockModel: return try model.expression()
    case let model as BayesModel:
      let prior = try Value.object(DistributionObject(model.prior)).expression()
      var call = "bayes(\(prior), \"\(model.likelihood.name)\""
      switch model.likelihood {
      case .binomial(let trials): call += ", trials: \(NumberText.shortest(trials))"
      case .normal(let sd): call += ", sd: \(NumberText.shortest(sd))"
      default: break
      }
      return call + ")"
    case let model as BayesianRegression:
      func numbers(_ values: Double...) -> String {
        values.map(NumberText.shortest).joined(separator: ", ")
      }
      switch model.prior {
      case .knownNoise(let mean, let sd, let noise):
        return "linear_regression(normal(\(numbers(mean, sd))), noise: \(numbers(noise)))"
      case .unknownNoise(let m, let kappa, let a, let b):
        return "linear_regression(normal_inverse_gamma(\(numbers(m, kappa, a, b))))"
      }
    default:
      let arguments = try model.construction.map {
        "\($0.name): \(try $0.value.value.expression())"
      }
      return "\(model.kind)(\(arguments.joined(separator: ", ")))"
    }
  }

  // MARK: Reading

  /// What a file holds, or nil for one that `save` did not write so.
  ///
  /// - Throws: `L571` for a damaged one.
  static func value(of file: Safetensors, in runtime: Runtime) throws -> Value? {
    guard let found = file.text("format"), found.hasPrefix("latent "), found != "latent training 1"
    else { return nil }
    guard found == format, let expression = file.text("expression") else {
      throw Failure(
        "L571",
        "the file is in the format \"\(found)\", and this version \(Release.version) reads "
          + "\"\(format)\"", argument: "path",
        help: "the library of version \(file.text("version") ?? "?") wrote it")
    }
    let random = runtime.random
    defer { runtime.random = random }
    let texts = file.metadata.filter { $0.name.hasPrefix(stateMark) }.map {
      (name: String($0.name.dropFirst(stateMark.count)), text: $0.text)
    }
    // What the clauses of a block draw is drawn as it was.
    if let seed = texts.first(where: { $0.name == "random.seed" }).flatMap({ UInt64($0.text) }),
      let draws = texts.first(where: { $0.name == "random.draws" }).flatMap({ UInt64($0.text) })
    {
      runtime.random = RandomStream(seed: seed, draws: draws)
    }
    let value = try Workshop(runtime).value(of: expression)
    guard let model = (value.object as? ModelObject)?.model else { return value }
    guard let model = model as? any StoredModel else {
      throw ModelState.malformed("a `\(model.kind)` is not kept in files")
    }
    (model as? BlockModel)?.origin = expression
    var state = ModelState()
    state.tensors = file.tensors.filter { !$0.name.hasPrefix(historyMark) }
    state.texts = texts
    state.history = try TrainingHistory(file.tensors, file.metadata, historyMark)
    try model.restore(state)
    return value
  }
}
