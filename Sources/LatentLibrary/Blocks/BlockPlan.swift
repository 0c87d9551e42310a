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
  /// The latents that exist once for all data, in the order in which q draws them.
  let shared: [(name: String, prior: BlockDensity, posterior: BlockDensity)]

  /// The latents that have a q.
  var proposed: [String] { latents.filter { $0.choice != .enumerated }.map(\.name) }
  /// Those of them that are drawn.
  var drawn: [String] {
    latents.filter { $0.choice == .pathwise || $0.choice == .scored }.map(\.name)
  }
  /// Whether log p(x) is known without a q.
  var isExact: Bool { proposed.isEmpty && shared.isEmpty }

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
    let sharedNames = Set(generative.filter(\.isShared).flatMap(\.subjects))
    priors = generative.filter { $0.subjects.allSatisfy(parameters.contains) && !$0.isShared }
    observed = bound ?? BlockPlan.observed(model)
    for density in generative where density.subjects.count > 1 {
      throw Failure(
        "L562", "`\(density.title)` is of several variables at once",
        help: "define them one by one, each given those before it")
    }
    shared = try BlockPlan.shared(model, sharedNames)
    let known = Set(observed).union(parameters).union(sharedNames)
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
    // What the library's own q are not given counts as missing.
    try BlockPlan.checkGivens(of: ordered.filter { !model.isAmortised($0) }, known, observed)
    if !ordered.isEmpty {
      var classes = LatentClasses(model, wishes)
      for density in ordered {
        let (choice, reason) = try classes.choice(for: density)
        latents += density.subjects.map { ($0, choice, reason) }
      }
    }
    for name in BlockPlan.connected(generative, known, proposed) where !known.contains(name) {
      latents.append((name, .enumerated, "summed out exactly"))
    }
    self.latents = latents
  }

  /// Latents without a q that something depends on; what nothing depends on integrates to one.
  private static func connected(
    _ generative: [BlockDensity], _ known: Set<String>, _ proposed: [String]
  ) -> [String] {
    var rest = generative
    while let loose = rest.firstIndex(where: { density in
      density.subjects.allSatisfy { name in
        !known.contains(name) && !proposed.contains(name)
          && !rest.contains { $0.givens.contains(name) }
      }
    }) {
      rest.remove(at: loose)
    }
    return rest.flatMap(\.subjects).filter { !known.contains($0) && !proposed.contains($0) }
  }

  /// - Throws: L562 where q needs a variable that has no data and that q does not draw before.
  private static func checkGivens(
    of proposals: [BlockDensity], _ known: Set<String>, _ observed: [String]
  ) throws {
    let drawn = Set(proposals.flatMap(\.subjects))
    for density in proposals {
      guard let given = density.givens.first(where: { !known.contains($0) && !drawn.contains($0) })
      else { continue }
      throw Failure(
        "L562", "`\(density.title)` needs `\(given)`, which has no data and no `q`",
        argument: "data",
        help:
          "write `q(\(given)|\(observed.joined(separator: ", "))) = …` in the block, or give it "
          + "as data: `(…, \(given): …)`")
    }
  }

  private static func shared(
    _ model: BlockModel, _ names: Set<String>
  ) throws -> [(name: String, prior: BlockDensity, posterior: BlockDensity)] {
    if names.isEmpty { return [] }
    let parameters = Set(model.declared.map(\.name))
    for density in model.densities where density.subjects.contains(where: names.contains) {
      if let given = density.givens.first(where: {
        !names.contains($0) && !parameters.contains($0)
      }) {
        throw Failure(
          "L562",
          "`\(density.title)` is of a variable shared by all data, but `\(given)` differs from "
            + "datum to datum", help: "write `\(density.family)(\(density.subjects[0])) = …`")
      }
    }
    let proposals = model.densities.filter { $0.family == "q" }
    for density in model.densities where density.family == "p" && density.isShared {
      for name in density.subjects where !proposals.contains(where: { $0.subjects.contains(name) })
      {
        throw Failure(
          "L562", "`\(name)` is shared by all data and has no `q`",
          helps: [
            "write one with parameters in the block: `param m`, `param s: positive`, "
              + "`q(\(name)) = normal(m, s)`",
            "or make it a parameter: `param \(name)` with `p(\(name)) = …` gives its mode",
          ])
      }
    }
    return BlockInstance.ordered(proposals.filter { $0.subjects.contains(where: names.contains) })
      .flatMap { posterior in
        posterior.subjects.compactMap { name in
          model.densities.first { $0.family == "p" && $0.subjects.contains(name) }
            .map { (name, $0, posterior) }
        }
      }
  }

  /// What q conditions on, else what nothing depends on.
  static func observed(_ model: BlockModel) -> [String] {
    let generative = model.written.filter { $0.family == "p" }
    let parameters = Set(model.declared.map(\.name))
    let proposals = model.written.filter { $0.family == "q" }
    let proposed = Set(proposals.flatMap(\.subjects))
    var names: [String] = []
    let shared = Set(model.densities.filter(\.isShared).flatMap(\.subjects))
    func add(_ name: String) {
      if !names.contains(name), !parameters.contains(name), !shared.contains(name) {
        names.append(name)
      }
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
