// Where EM begins: responsibilities by k-means, short runs of EM, at random, or by a tree, turned
// into parameters by one M-step.

import CKernels
import Foundation
import LatentTensor

/// How a start of EM is found.
public enum MixtureStart: String, CaseIterable, Sendable {
  /// k-means and short runs by turns: neither alone finds the best optimum of every data set.
  case auto
  case kmeans
  /// The best of a few short runs of EM from random centres (Biernacki, Celeux & Govaert 2003).
  case short
  case random
  case hierarchical

  /// Rows that k-means and the tree look at; more are sampled.
  static let rowsForSeeding = 20_000
  static let rowsForTree = 2_000
  /// Of faithful's 3 full components, the best of 5 runs of 20 steps leads to the best optimum known
  /// in 8 of 10 cases, one run in 1 of 4, and k-means never.
  static let shortRuns = 5
  static let shortSteps = 20

  /// The kind of the start with a number.
  func kind(number: Int) -> MixtureStart {
    self == .auto ? (number.isMultiple(of: 2) ? .kmeans : .short) : self
  }
}

/// Makes starts for one fit.
struct StartMaker {
  /// Without missing values.
  let data: MixtureData
  let scale: DataScale
  /// Components in shape but without values.
  let template: MixtureParameters
  let constraint: MStepConstraint
  /// The means of rows with known components.
  private let known: [Int: [Double]]

  init(
    _ data: MixtureData, _ scale: DataScale, _ template: MixtureParameters,
    _ constraint: MStepConstraint
  ) {
    self.data = data.imputed(scale.means)
    self.scale = scale
    self.template = template
    self.constraint = constraint
    var sums: [Int: (sum: [Double], count: Double)] = [:]
    if let labels = data.labels, let x = self.data.groups.first?.x {
      for (row, label) in labels.enumerated() where label >= 0 {
        let w = data.weights?[row] ?? 1
        let old = sums[Int(label)] ?? ([Double](repeating: 0, count: data.columns), 0)
        let values = x[(row * data.columns)..<((row + 1) * data.columns)]
        sums[Int(label)] = (zip(old.sum, values).map { $0 + w * $1 }, old.count + w)
      }
    }
    known = sums.filter { $0.value.count > 0 }
      .mapValues { part in part.sum.map { $0 / part.count } }
  }

  /// Whether every start of a kind is the same.
  func isUnique(_ start: MixtureStart) -> Bool {
    template.count == 1 || (start == .hierarchical && data.rows <= MixtureStart.rowsForTree)
  }

  /// θ of the start with a number.
  func parameters(
    _ start: MixtureStart, number: Int, seed: UInt64, shouldStop: () -> Bool = { false }
  ) throws -> MixtureParameters {
    var random = Philox(seed: seed, stream: 0xE31 &+ UInt32(truncatingIfNeeded: number) << 12)
    let order = template.components.order
    let moments: Moments?
    switch start.kind(number: number) {
    case .auto, .kmeans:
      let sample = self.sample(MixtureStart.rowsForSeeding, &random)
      let clusters = try KMeans(
        sample, components: template.count, scale: scale, known: known, random: &random)
      moments = try clusters.assignment(data, order: order)
    case .short:
      if let best = try shortRuns(&random, shouldStop) { return best }
      moments = try assignment(to: try distantRows(data, &random), data)
    case .random:
      _ = try Shape.count([data.rows, template.count])
      moments = try given(shares(&random), order)
    case .hierarchical:
      _ = try Shape.count([template.count, template.count])
      let sample = self.sample(MixtureStart.rowsForTree, &random)
      let tree = WardTree(
        sample.groups.first?.x ?? [], rows: sample.rows, columns: data.columns,
        weights: sample.weights, clusters: template.count)
      moments = try given(treeShares(tree, sample), order, of: sample)
    }
    guard let moments else { return template }
    return try parameters(moments)
  }

  // MARK: Short runs

  /// The best of some runs of EM, each of few steps from the rows nearest to random ones; nil where
  /// each collapsed. The answer is where that run began, so that the fit has the whole way in its
  /// history, or where it got to if a sample spared the fit these steps.
  private func shortRuns(
    _ random: inout Philox, _ shouldStop: () -> Bool
  ) throws -> MixtureParameters? {
    let sample = self.sample(MixtureStart.rowsForSeeding, &random)
    var options = EMOptions()
    options.iterations = MixtureStart.shortSteps
    var best: (objective: Double, parameters: MixtureParameters)?
    for _ in 0..<MixtureStart.shortRuns where !shouldStop() {
      guard let moments = try assignment(to: distantRows(sample, &random), sample) else { continue }
      do {
        let start = try parameters(moments)
        var run = EMRun(start)
        try run.run(
          on: sample, constraint, options, base: 0, isAccelerated: false, shouldStop: shouldStop)
        guard run.collapsed.isEmpty, run.objective > best?.objective ?? -.infinity else { continue }
        best = (run.objective, sample.rows < data.rows ? run.parameters : start)
      } catch let error as Failure where error.code == "L601" || error.code == "L621" {
        continue
      }
    }
    return best?.parameters
  }

  /// The values of K different rows drawn by weight; known components keep their means.
  private func distantRows(_ sample: MixtureData, _ random: inout Philox) throws -> [Double] {
    let d = data.columns
    guard let x = sample.groups.first?.x, sample.rows > 0 else { return [] }
    var chosen = known
    var tries = 0
    while chosen.count < template.count {
      let row = random.integer(below: sample.rows)
      tries += 1
      let values = Array(x[(row * d)..<((row + 1) * d)])
      // Of data with few different rows chance may not find enough.
      guard tries < 100 * template.count + 1000 else {
        return try KMeans(
          sample, components: template.count, scale: scale, known: known, random: &random
        ).centers
      }
      guard sample.weights.map({ $0[row] > 0 }) ?? true, !chosen.values.contains(values),
        let place = (0..<template.count).first(where: { chosen[$0] == nil })
      else { continue }
      chosen[place] = values
    }
    return (0..<template.count).flatMap { chosen[$0] ?? [] }
  }

  /// The moments of the rows nearest to each centre, in units of the columns' deviations.
  private func assignment(to centers: [Double], _ rows: MixtureData) throws -> Moments? {
    guard centers.count == template.count * data.columns else { return nil }
    let units = scale.variances.map { $0 > 0 ? 1e5 / $0.squareRoot() : 0 }
    let sweep = Sweep(
      form: KernelForm(
        form: CK_MIX_DIAGONAL, offsets: [Double](repeating: 0, count: template.count),
        locations: centers, factors: (0..<template.count).flatMap { _ in units }),
      logWeights: [Double](repeating: 0, count: template.count), shift: centers,
      wanted: .init(moments: template.components.order))
    return try rows.groups.first.map { try sweep.run($0).moments } ?? nil
  }

  private func parameters(_ moments: Moments) throws -> MixtureParameters {
    var result = template
    if var gaussian = result.components as? GaussianComponents {
      // What a component without rows keeps: the spread of all data.
      let wide =
        gaussian.isDiagonal
        ? (0..<gaussian.count).flatMap { _ in scale.variances.map { max($0, 1e-300).squareRoot() } }
        : (0..<gaussian.matrices).flatMap { _ in constraint.floor?.factor ?? [] }
      gaussian.factors = wide
      result.components = gaussian
    }
    _ = try result.maximise(moments, constraint)
    return result
  }

  /// The parameters when the component of every row is known: class counts, means, covariances.
  func complete() throws -> (parameters: MixtureParameters, moments: Moments)? {
    var start = template
    let d = data.columns
    if let gaussian = start.components as? GaussianComponents {
      let centers = (0..<template.count).flatMap { known[$0] ?? scale.means }
      var placed = gaussian
      placed.means = centers
      start.components = placed
    }
    let centers = (0..<template.count).flatMap { known[$0] ?? scale.means }
    let sweep = Sweep(
      form: KernelForm(
        form: CK_MIX_LINEAR, offsets: [Double](repeating: 0, count: template.count),
        locations: [], factors: [Double](repeating: 0, count: template.count * d)),
      logWeights: [Double](repeating: 0, count: template.count), shift: centers,
      wanted: .init(moments: template.components.order))
    guard let group = data.groups.first, let moments = try sweep.run(group).moments else {
      return nil
    }
    return (try parameters(moments), moments)
  }

  // MARK: Responsibilities

  private func given(
    _ shares: [Double], _ order: Moments.Order, of rows: MixtureData? = nil
  ) throws -> Moments? {
    let d = data.columns
    let k = template.count
    let shift = (0..<k).flatMap { _ in scale.means }
    let sweep = Sweep(
      form: KernelForm(
        form: CK_MIX_LINEAR, offsets: [Double](repeating: 0, count: k), locations: [],
        factors: [Double](repeating: 0, count: k * d)),
      logWeights: [Double](repeating: 0, count: k), shift: shift,
      wanted: .init(moments: order), given: shares)
    return try (rows ?? data).groups.first.map { try sweep.run($0).moments } ?? nil
  }

  /// Uniform draws, divided by their sum; known components stay known.
  private func shares(_ random: inout Philox) -> [Double] {
    let k = template.count
    var shares = random.uniforms(data.rows * k)
    for row in 0..<data.rows {
      let range = (row * k)..<((row + 1) * k)
      if let label = data.labels?[row], label >= 0 {
        for i in range { shares[i] = i - range.lowerBound == Int(label) ? 1 : 0 }
        continue
      }
      let sum = shares[range].reduce(0, +)
      for i in range { shares[i] = sum > 0 ? shares[i] / sum : 1 / Double(k) }
    }
    return shares
  }

  /// The tree's clusters, called by the known components most of their rows have.
  private func treeShares(_ tree: WardTree, _ sample: MixtureData) -> [Double] {
    let k = template.count
    var votes = [Double](repeating: 0, count: k * k)
    if let labels = sample.labels {
      for (row, label) in labels.enumerated() where label >= 0 && tree.labels[row] < k {
        votes[tree.labels[row] * k + Int(label)] -= 1
      }
    }
    let names = Assignment(costs: votes, size: k).columns
    var shares = [Double](repeating: 0, count: sample.rows * k)
    for row in 0..<sample.rows where tree.labels[row] < k {
      let known = sample.labels.map { Int($0[row]) } ?? -1
      shares[row * k + (known >= 0 ? known : names[tree.labels[row]])] = 1
    }
    return shares
  }

  /// Some rows, drawn without replacement where there are more.
  private func sample(_ limit: Int, _ random: inout Philox) -> MixtureData {
    guard data.rows > limit else { return data }
    let order = random.permutation(data.rows).prefix(limit)
    return data.selecting(order.map(Int.init).sorted())
  }
}
