// What `explain` says of a block: latent by latent what was chosen, why, and what could be forced
// instead. What is integrated out is told by the same algebra that does it.

import LatentAutodiff
import LatentLanguage
import LatentTensor

extension BlockModel {
  func explanation() throws -> [String] {
    let plan = try BlockPlan(
      self, bound: observed.isEmpty ? nil : observed.map(\.name), wishes: wishes)
    var lines = ["observed: " + plan.observed.joined(separator: ", ")]
    let exact = try exactForms(plan)
    for latent in plan.latents {
      let own = exact.first { $0.name == latent.name }
      let forced = alternatives(to: latent.choice, isExact: own?.isExact ?? false)
      if plan.isProposed(latent.name) {
        lines.append("\(latent.name): \(latent.reason)\(forced)")
        if let made = amortised.first(where: { $0.latent == latent.name }) {
          lines.append("\(latent.name): \(made.explanation)")
        }
        if let own, own.isExact {
          lines.append("\(latent.name), without `q`: \(own.reason)")
        }
      } else if let own, own.isExact {
        lines.append("\(latent.name): \(own.reason)\(forced)")
      } else {
        lines.append(
          "\(latent.name): "
            + openReason(
              latent.name, own?.reason ?? "it is neither finite nor conjugate nor linear Gaussian"))
      }
    }
    lines += plan.shared.map {
      "\($0.name): shared by all data, drawn from `\($0.posterior.title)` once per step"
    }
    lines += plan.priors.map { "\($0.subjects[0]): a parameter with a prior, found as its mode" }
    lines.append(
      plan.isExact
        ? "fit: log p(x) itself is climbed to its top, all data at once (L-BFGS); by gradients on "
          + "minibatches where data or parameters are many, there are networks, or `epochs`, "
          + "`batch`, `lr` … are given"
        : "fit: gradients of the bound E_q[log p(x, z) - log q(z|x)]")
    return lines
  }

  /// What is said of a latent that is not exact and has no q yet.
  private func openReason(_ name: String, _ why: String) -> String {
    guard let kind = amortisedKind(of: name) else { return "needs a `q`: \(why)" }
    return "not exact: \(why); without a `q` in the block `fit` learns one, a "
      + "`\(kind.rawValue)` by a network of the data"
  }

  /// What could be asked for instead of a choice, as the end of its line.
  private func alternatives(to choice: BlockPlan.Choice, isExact: Bool) -> String {
    let others: [String]
    switch choice {
    case .pathwise: others = ["`gradient: \"score\"`, with more noise"]
    case .averaged: others = ["`gradient: \"score\"` draws it"]
    case .scored: others = ["`gradient: \"vimco\"` with `objective: \"iwae\", samples: 5`"]
    case .enumerated: others = isExact ? ["`method: \"variational\"` learns a `q`"] : []
    }
    return others.isEmpty ? "" : " (could be forced: \(others.joined(separator: ", ")))"
  }

  /// How p would deal with each latent without q, or why it cannot.
  private func exactForms(
    _ plan: BlockPlan
  ) throws -> [(name: String, reason: String, isExact: Bool)] {
    guard let runtime, !plan.latents.isEmpty else { return [] }
    let instance = try instance()
    guard
      let draw = try? instance.ancestralDraw(
        key: RandomKey(seed: 1, stream: 0), known: example)
    else { return [] }
    var reasons: [(name: String, reason: String, isExact: Bool)] = []
    let random = runtime.random
    defer { runtime.random = random }
    for latent in plan.latents {
      guard let density = members(of: "p").first(where: { $0.subjects.contains(latent.name) }),
        let values = try? instance.law(density, draw).support()
      else { continue }
      reasons.append((latent.name, "finite, \(values.count) values: summed out exactly", true))
    }
    do {
      var known = draw
      for latent in plan.latents { known[latent.name] = nil }
      let density = try BoundDensity(evidenceTerm(plan), instance)
      let forms = try density.branches(known, Set(density.hidden), runtime).first?.forms ?? []
      for (name, form) in forms { reasons.append((name, text(form, of: name), true)) }
    } catch let failure as Failure where failure.code == "L561" {
      let why = failure.notes.first ?? failure.message
      for latent in plan.latents
      where !plan.isProposed(latent.name) && !reasons.contains(where: { $0.name == latent.name }) {
        reasons.append((latent.name, why, false))
      }
    }
    return reasons
  }

  private func text(_ form: ExactIntegral.Form, of name: String) -> String {
    switch form {
    case .linearGaussian:
      let children = densities.filter { $0.family == "p" && $0.givens.contains(name) }
        .map { "`\($0.title)`" }.joined(separator: ", ")
      return "linear Gaussian: normal, and the mean of \(children) is affine in it while the noise "
        + "does not depend on it: integrated out exactly, p(\(name)|…) = N(-C Σ W w, C), C = "
        + "(Σ W Wᵀ)⁻¹ of whitened slopes W and residuals w"
    case .conjugate(let prior, let likelihoods):
      let partners = likelihoods.map { "`\($0)`" }.joined(separator: ", ")
      return "conjugate: `\(prior)` with \(partners): integrated out exactly, p(\(name)|…) is a "
        + "`\(prior)`, log p(x) = log p(x, \(name)) - log p(\(name)|x)"
    }
  }
}
