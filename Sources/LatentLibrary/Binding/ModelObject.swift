// A model as a value of the language: a reference, with its history and its parameters to look at.

import LatentAutodiff
import LatentLanguage
import LatentModels
import LatentTensor

/// A model of the library. `fit` changes it in place; `copy` makes another.
public final class ModelObject: Object {
  public let model: Autoencoder

  public init(_ model: Autoencoder) { self.model = model }

  public override var kind: String { "model" }

  public override var memberNames: [String] {
    ["history", "latent", "hidden", "likelihood", "columns", "parameters"]
  }

  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "history": return model.history.value
    case "latent": return .integer(model.architecture.latent)
    case "hidden": return .vector(model.architecture.hidden.map(Double.init))
    case "likelihood":
      return .text((model.likelihood ?? model.architecture.likelihood)?.rawValue ?? "auto")
    case "columns": return model.columns.map(Value.integer) ?? .nothing
    case "parameters": return parameters
    default: return nil
    }
  }

  /// The values of all parameters by name.
  var parameters: Value {
    let values = model.parameters
    return .record(
      (values?.slots ?? []).map { ($0.name, values?[$0.name].map(Value.tensor) ?? .nothing) })
  }

  /// `vae(latent: 2, hidden: [200])`, and what it was fitted to.
  public override func display(_ style: DisplayStyle) -> String {
    let shape = model.architecture
    let hidden = shape.hidden.map(String.init).joined(separator: ", ")
    var text = "vae(latent: \(shape.latent), hidden: [\(hidden)])"
    guard let parameters = model.parameters, let columns = model.columns,
      let likelihood = model.likelihood
    else { return text + ", not fitted" }
    text += ", \(likelihood.rawValue) decoder of \(columns) columns"
    text += ", \(parameters.parameterCount) parameters"
    if let last = model.history.elbo.last {
      text += ", bound \(fixed(last)) nats after \(plural(model.history.elbo.count, "epoch"))"
    }
    return text
  }
}

extension TrainingHistory {
  /// The record `model.history` of the language.
  var value: Value {
    .record([
      ("elbo", .vector(elbo)), ("reconstruction", .vector(term("reconstruction"))),
      ("kl", .vector(term("kl"))), ("validation", .vector(validation)),
      ("seconds", .number(seconds)), ("steps", .integer(steps)), ("converged", .bool(converged)),
      ("reason", .text(reason)),
    ])
  }
}
