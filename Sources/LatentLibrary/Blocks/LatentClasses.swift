// What q says of each latent, found by running its density once with numbers: whether draws are
// smooth functions of noise, or steps, and how many values there are.

import LatentDistributions
import LatentLanguage
import LatentModels
import LatentTensor

/// Chooses how the latents of q are dealt with, in the order in which they are drawn.
struct LatentClasses {
  private let model: BlockModel
  private let wishes: BlockPlan.Wishes
  /// A value of every variable that one is known of.
  private var values: [String: Value]
  private var chosen: [String: BlockPlan.Choice] = [:]

  init(_ model: BlockModel, _ wishes: BlockPlan.Wishes) {
    self.model = model
    self.wishes = wishes
    values = model.exampleValues()
  }

  mutating func choice(
    for density: BlockDensity
  ) throws -> (choice: BlockPlan.Choice, reason: String) {
    let found = try kind(of: density)
    for name in density.subjects { chosen[name] = found.choice }
    return found
  }

  private mutating func kind(
    of density: BlockDensity
  ) throws -> (choice: BlockPlan.Choice, reason: String) {
    let title = density.title
    let path = (BlockPlan.Choice.pathwise, "drawn from `\(title)` by a function of noise")
    // Where q cannot be run yet, training will say why.
    guard let name = density.subjects.first, let law = try? model.instance().law(density, values)
    else { return path }
    if values[name] == nil {
      values[name] = try? law.draw(nil, RandomKey(seed: 1, stream: 0))
    }
    let forced = "drawn from `\(title)`; gradients by the score function, as asked"
    guard law.isDiscrete else {
      return wishes.gradient == .score || wishes.gradient == .vimco ? (.scored, forced) : path
    }
    let count = try law.support()?.count
    let follows = density.givens.contains { chosen[$0] == .averaged }
    let isSmall = (count ?? .max) <= BlockPlan.mostAveraged
    if isSmall, !wishes.isWeighted, ![.score, .vimco].contains(wishes.gradient) {
      return (
        .averaged, "finite, \(count ?? 0) values: the bound is averaged over `\(title)` exactly"
      )
    }
    if wishes.gradient == .enumerate || wishes.gradient.needsReparametrisation {
      throw refusal(name, title, count)
    }
    if follows {
      throw Failure(
        "L562", "`\(name)` has too many values to go through, for each value of what it is given",
        argument: "gradient", help: "`gradient: \"score\"` draws all of them")
    }
    let why = [.score, .vimco].contains(wishes.gradient) ? "as asked" : "since draws are steps"
    return (.scored, "drawn from `\(title)`; gradients by the score function, \(why)")
  }

  /// What is said of a discrete latent that no path leads through.
  private func refusal(_ name: String, _ title: String, _ count: Int?) -> Failure {
    let gradient = wishes.gradient.rawValue
    let size = count.map { "has \($0) values" } ?? "has no small finite number of values"
    return Failure(
      "L544",
      "`\(name)` of `\(title)` is discrete and \(size): \"\(gradient)\" has no gradient to follow",
      argument: "gradient",
      help: wishes.isWeighted
        ? "choose \"vimco\" or \"score\"" : "choose \"score\", or leave `gradient` out")
  }
}
