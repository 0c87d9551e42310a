// `p` and `q` as values: `p(x|z)` chooses a member of the family by the names of its variables.

import LatentLanguage
import LatentSyntax
import LatentTensor

/// A family of densities of a model.
final class FamilyObject: Object {
  let name: String
  /// The model, where the family is seen from outside of the block.
  private let model: BlockModel?
  /// The densities around, where it is seen by one of them; they outlive what they evaluate.
  private weak var inner: BlockInstance?

  init(_ name: String, of model: BlockModel) {
    self.name = name
    self.model = model
  }

  init(_ name: String, of instance: BlockInstance) {
    self.name = name
    model = nil
    inner = instance
  }

  override var kind: String { "family" }
  override var isFamily: Bool { true }

  func instance() throws -> BlockInstance {
    if let inner { return inner }
    if let model { return try model.instance() }
    throw Failure("L562", "the model of this `\(name)` is gone")
  }

  /// `p(z), p(x|z)`
  override func display(_ style: DisplayStyle) -> String {
    let densities = (try? instance())?.model.members(of: name) ?? []
    return "<\(densities.map(\.title).joined(separator: ", "))>"
  }

  override func term(_ call: DensityCall, _ runtime: Runtime) throws -> Value {
    let instance = try instance()
    let model = instance.model
    let known = model.variables
    func variable(_ argument: DensityCall.Argument) throws -> DensityTerm.Variable {
      guard let name = argument.name else {
        let said = call.arguments.map(\.name)
        let example = known.first { !said.contains($0) } ?? "x"
        throw Failure(
          "L557", "which variable of the model this is the value of is not said",
          help: "write its name: `\(self.name)(\(example): …)`")
      }
      guard known.contains(name) || model.declared.contains(where: { $0.name == name }) else {
        var help = "its variables are " + known.map { "`\($0)`" }.joined(separator: ", ")
        if let near = nearest(to: name, among: known) {
          help = "the nearest name is `\(near)`"
        } else if !argument.isNamed, let example = known.first, argument.value != nil {
          help = "a value is passed by name: `\(self.name)(\(example): \(name))`; " + help
        }
        throw Failure("L557", "the model has no variable `\(name)`", argument: name, help: help)
      }
      return DensityTerm.Variable(name: name, value: argument.value.flatMap(DensityTerm.point))
    }
    let subjects = try call.subjects.map(variable)
    guard !subjects.isEmpty else {
      throw Failure(
        "L557", "a density is of something: `\(name)(x)`",
        help: "its members are "
          + model.members(of: name).map { "`\($0.title)`" }
          .joined(separator: ", "))
    }
    let givens = try call.givens.map(variable)
    var seen: Set<String> = []
    for name in subjects.map(\.name) + givens.map(\.name) where !seen.insert(name).inserted {
      throw Failure(
        "L557", "`\(name)` appears twice", argument: name, help: "name every variable once")
    }
    let term = DensityTerm(family: name, subjects: subjects, givens: givens)
    return .object(DensityObject(try BoundDensity(term, instance), runtime))
  }
}

/// What a term says: which variables, and the values that they have.
struct DensityTerm {
  struct Variable {
    var name: String
    var value: Value?
  }

  var family: String
  var subjects: [Variable]
  var givens: [Variable]

  var title: String {
    let given = givens.isEmpty ? "" : "|" + givens.map(\.name).joined(separator: ", ")
    return "\(family)(\(subjects.map(\.name).joined(separator: ", "))\(given))"
  }

  /// A value as a point: functions and texts that happen to have the name of a variable are none.
  static func point(_ value: Value) -> Value? {
    if value.isSymbolic { return value }
    return value.asTensor == nil ? nil : value
  }
}
