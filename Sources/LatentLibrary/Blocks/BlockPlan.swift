// How the latent variables of a model are dealt with: which are observed, which are drawn from q,
// which are summed out, and why.

import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentTensor

struct BlockPlan {
  enum Choice: Equatable {
    /// Drawn from q by a function of noise, so that gradients pass.
    case pathwise
    /// All its values are gone through.
    case enumerated
  }

  /// The variables bound to data.
  let observed: [String]
  /// The others, in the order in which q draws them; those that are summed out last.
  let latents: [(name: String, choice: Choice, reason: String)]
  /// Densities of parameters: their logarithms are added once for all data.
  let priors: [BlockDensity]

  var drawn: [String] { latents.filter { $0.choice == .pathwise }.map(\.name) }

  /// - Parameter bound: the variables that data are given for; nil leaves it to the block.
  /// - Throws: a failure L562 that names the latent for which nothing is known.
  init(_ model: BlockModel, bound: [String]?) throws {
    let generative = model.densities.filter { $0.family == "p" }
    let proposals = model.densities.filter { $0.family == "q" }
    guard !generative.isEmpty else {
      throw Failure(
        "L562", "`\(model.name)` defines no density, so there is nothing to fit",
        help: "write `p(x) = …` in the block")
    }
    let parameters = Set(model.declared.map(\.name))
    let subjects = generative.flatMap(\.subjects)
    let proposed = proposals.flatMap(\.subjects)
    priors = generative.filter { $0.subjects.allSatisfy(parameters.contains) }
    observed = bound ?? BlockPlan.observed(model)
    if let shared = model.densities.first(where: \.isShared) {
      throw Failure(
        "L562", "`\(shared.title)` is shared by all data, which is not fitted in this version",
        help: "a `param` with a prior is: `param w`, `p(w) = …` gives its mode")
    }
    for density in generative where density.subjects.count > 1 {
      throw Failure(
        "L562", "`\(density.title)` is of several variables at once",
        help: "define them one by one, each given those before it")
    }
    let known = Set(observed).union(parameters)
    for density in generative {
      for given in density.givens where !subjects.contains(given) && !known.contains(given) {
        throw Failure(
          "L562", "`\(density.title)` needs `\(given)`, which has neither a density nor data",
          argument: "data",
          help: "write `p(\(given)) = …` in the block, or give it as data: `(…, \(given): …)`")
      }
    }
    var latents: [(name: String, choice: Choice, reason: String)] = []
    for density in BlockInstance.ordered(proposals) {
      for name in density.subjects where !known.contains(name) {
        latents.append(
          (name, .pathwise, "drawn from `\(density.title)` by a function of noise"))
      }
    }
    for name in subjects where !known.contains(name) && !proposed.contains(name) {
      latents.append((name, .enumerated, "summed out exactly"))
    }
    self.latents = latents
  }

  /// What q conditions on, else what nothing depends on.
  static func observed(_ model: BlockModel) -> [String] {
    let generative = model.densities.filter { $0.family == "p" }
    let parameters = Set(model.declared.map(\.name))
    let proposals = model.densities.filter { $0.family == "q" }
    let proposed = Set(proposals.flatMap(\.subjects))
    var names: [String] = []
    func add(_ name: String) {
      if !names.contains(name), !parameters.contains(name) { names.append(name) }
    }
    for density in proposals {
      for given in density.givens where !proposed.contains(given) { add(given) }
    }
    let givens = Set(generative.flatMap(\.givens))
    let subjects = generative.flatMap(\.subjects)
    for subject in subjects where !givens.contains(subject) && !proposed.contains(subject) {
      add(subject)
    }
    // What no density is of can only be data.
    for given in generative.flatMap(\.givens)
    where !subjects.contains(given) && !proposed.contains(given) {
      add(given)
    }
    return names
  }

  /// The variable that plain data are the values of.
  static func principal(_ model: BlockModel) -> String? {
    let names = observed(model)
    return names.contains("x") ? "x" : names.first
  }
}
