// How the latent variables of a model are dealt with: which are observed, which are drawn from q,
// which are summed out, and why.

import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentModels
import LatentTensor

struct BlockPlan {
  enum Choice: Equatable {
    /// Drawn from q by a function of noise, so that gradients pass.
    case pathwise
    /// Drawn from q; gradients are those of log q, times what the draw brought.
    case scored
    /// Has a q over finitely many values, whose average is taken.
    case averaged
    /// Has no q: all its values are summed out.
    case enumerated
  }

  /// What decides between several ways to deal with a latent.
  struct Wishes {
    var gradient = GradientEstimator.auto
    /// Whether the bound is of several weighted draws, which averages have no place in.
    var isWeighted = false
  }

  /// Values of a finite latent beyond which it is drawn though it has a q.
  static let mostAveraged = 64

  /// The variables bound to data.
  let observed: [String]
  /// The others, in the order in which q draws them; those that are summed out last.
  let latents: [(name: String, choice: Choice, reason: String)]
  /// Densities of parameters: their logarithms are added once for all data.
  let priors: [BlockDensity]

  /// The latents that have a q.
  var proposed: [String] { latents.filter { $0.choice != .enumerated }.map(\.name) }
  /// Those of them that are drawn.
  var drawn: [String] {
    latents.filter { $0.choice == .pathwise || $0.choice == .scored }.map(\.name)
  }
  var scored: [String] { latents.filter { $0.choice == .scored }.map(\.name) }

  func isProposed(_ name: String) -> Bool { proposed.contains(name) }

  func choice(of name: String) -> Choice? { latents.first { $0.name == name }?.choice }

  /// - Parameters:
  ///   - bound: the variables that data are given for; nil leaves it to the block.
  ///   - wishes: what was asked for in `fit`.
  /// - Throws: a failure L562 that names the latent for which nothing is known, L544 for a gradient
  ///   that a latent does not have.
  init(_ model: BlockModel, bound: [String]?, wishes: Wishes = Wishes()) throws {
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
    let ordered = BlockInstance.ordered(proposals).filter {
      !$0.subjects.contains(where: known.contains)
    }
    if !ordered.isEmpty {
      var classes = LatentClasses(model, wishes)
      for density in ordered {
        let (choice, reason) = try classes.choice(for: density)
        latents += density.subjects.map { ($0, choice, reason) }
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

extension BlockPlan {
  func tooLarge(_ name: String) -> Failure {
    Failure(
      "L562", "`\(name)` has no small finite number of values to go through",
      help: "`gradient: \"score\"` draws it")
  }
}
