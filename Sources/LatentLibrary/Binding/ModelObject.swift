// A model as a value of the language: a reference, with its history and its parameters to look at.

import LatentLanguage
import LatentModels
import LatentTensor

/// A model of the library. `fit` changes it in place; `copy` makes another.
public final class ModelObject: Object {
  public let model: any Model

  public init(_ model: any Model) { self.model = model }

  public override var kind: String { "model" }

  public override var memberNames: [String] {
    ["history", "parameters", "columns"] + model.facts.map(\.name)
      + ((model as? BlockModel)?.memberNames ?? [])
  }

  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "history": model.history.value
    case "columns": model.columns.map(Value.integer) ?? .nothing
    case "parameters": parameters
    default:
      try (model as? BlockModel)?.member(name)
        ?? model.facts.first { $0.name == name }?.value.value
    }
  }

  public override func opened() throws -> [(name: String, value: Value)]? {
    try (model as? BlockModel)?.opened()
  }

  /// The values of all parameters by name.
  var parameters: Value {
    .record(model.parameterValues.map { ($0.name, .tensor($0.value)) })
  }

  public override func display(_ style: DisplayStyle) -> String { model.summary }
}

extension Fact {
  /// The same in the language.
  var value: Value {
    switch self {
    case .nothing: .nothing
    case .bool(let bool): .bool(bool)
    case .number(let number): .number(number)
    case .text(let text): .text(text)
    case .tensor(let tensor):
      tensor.rank == 0 ? .number(tensor.values.first ?? .nan) : .tensor(tensor)
    case .list(let facts): .list(facts.map(\.value))
    case .record(let fields): .record(fields.map { ($0.name, $0.value.value) })
    }
  }
}

extension TrainingHistory {
  /// The record `model.history` of the language.
  var value: Value {
    .record(
      [
        ("elbo", .vector(elbo)), ("log_likelihood", .vector(logLikelihood)),
        ("reconstruction", .vector(term("reconstruction"))),
        ("kl", .vector(term("kl"))), ("validation", .vector(validation)),
        ("seconds", .number(seconds)), ("steps", .integer(steps)), ("converged", .bool(converged)),
        ("reason", .text(reason)),
      ]
        + (cost.map {
          [("memory", .integer($0.bytes)), ("compile_seconds", .number($0.compileSeconds))]
        } ?? [])
        + (rate.map { [("lr", .number($0))] } ?? [])
        + details.map { ($0.name, $0.value.value) })
  }
}
