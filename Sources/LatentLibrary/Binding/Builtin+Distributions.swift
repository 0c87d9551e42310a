// Distributions, made from the table of families.

import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentTensor

extension Builtin {
  static let distributions: [Builtin] =
    families + [mixtureOf, independent] + questions + tails + [expectation]

  /// One builtin for all parametrisations of a name.
  private static let families: [Builtin] = {
    var names: [String] = []
    for family in Family.all where !names.contains(family.name) { names.append(family.name) }
    return names.map { name in
      let forms = Family.named(name)
      return Builtin(
        name, in: .distributions, help: FamilyPage.help(name), parameters: parameters(of: forms),
        returns: .distribution, examples: FamilyPage.examples[name] ?? [],
        traced: tracedFamily(forms)
      ) { call in
        let family = try form(among: forms, call)
        return .object(
          DistributionObject(
            try Distribution(family, try family.parameters.map { try call.tensor($0.name) })))
      }
    }
  }()

  /// What all forms share, then the alternatives: the first by position, the others by name.
  private static func parameters(of forms: [Family]) -> [Parameter] {
    guard let first = forms.first else { return [] }
    return first.parameters.map { parameter in
      let isAlternative = !forms.allSatisfy { $0.parameters.contains { $0.name == parameter.name } }
      return declaration(parameter, isOptional: isAlternative)
    }
      + forms.dropFirst().flatMap { form in
        form.parameters.filter { other in !first.parameters.contains { $0.name == other.name } }
          .map { declaration($0, isOptional: true).named }
      }
  }

  private static func declaration(
    _ parameter: Family.Parameter, isOptional: Bool
  ) -> Parameter {
    let fallback: Default =
      isOptional ? .nothing : parameter.fallback.map { .number($0) } ?? .required
    return .tensor(parameter.name, default: fallback, "\(parameter.constraint.sentence).")
  }

  /// The parametrisation whose arguments were given.
  static func form(among forms: [Family], _ call: BuiltinCall) throws -> Family {
    let given = forms.filter { $0.parameters.allSatisfy { call.has($0.name) } }
    if forms.count == 1 || given.count == 1, let family = given.first ?? forms.first {
      return family
    }
    let names = forms.compactMap(\.parameters.last?.name)
    let list = names.map { "`\($0)`" }.joined(separator: ", ")
    throw Failure(
      "L520",
      "`\(call.builtin.name)` takes one of \(list), and \(given.isEmpty ? "none" : "several") "
        + (given.isEmpty ? "is given" : "are given"), argument: given.last?.parameters.last?.name,
      help: "e.g. `\(call.builtin.name)(\(call.builtin.parameters[0].name), \(names[0]): …)`")
  }

  private static let mixtureOf = Builtin(
    "mixture_of", in: .distributions,
    help: """
      The mixture of several distributions: a component is chosen by its weight, then a whole draw \
      is made from it.
      """,
    parameters: [
      .tensor("weights", "One probability per component, with sum 1."),
      .list("components", "Distributions whose draws have one shape."),
    ],
    returns: .distribution,
    examples: ["mean(mixture_of([0.5, 0.5], [normal(0, 1), normal(4, 1)]))  #=> 2"],
    traced: tracedMixture
  ) { call in
    .object(
      DistributionObject(
        try .mixture(
          weights: try call.tensor("weights"),
          components: try call.list("components").map { item in
            guard let object = item.object as? DistributionObject else {
              throw notADistribution(item)
            }
            return object.distribution
          })))
  }

  static func notADistribution(_ value: Value) -> Failure {
    Failure(
      "L402", "`components` of `mixture_of` must be distributions, not \(value.kindPhrase)",
      argument: "components",
      help: "write e.g. `mixture_of([0.5, 0.5], [normal(0, 1), normal(3, 1)])`"
    )
  }

  private static let independent = Builtin(
    "independent", in: .distributions,
    help: "Independent copies of a distribution: a draw has a new first axis of length n.",
    parameters: [.distribution("d"), .integer("n", in: 0...100_000_000, "How many copies.")],
    returns: .distribution,
    examples: ["sample(independent(beta(1, 2), 3), seed: 1).shape  #=> [3]"],
    traced: tracedCopies
  ) { call in
    let d = try call.object("d", as: DistributionObject.self).distribution
    return .object(DistributionObject(try d.independent(try call.integer("n"))))
  }
}
