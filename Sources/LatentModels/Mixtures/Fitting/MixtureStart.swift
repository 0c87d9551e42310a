// Where EM begins: responsibilities by k-means, at random, or by a tree, turned into parameters by
// one M-step.

import CKernels
import Foundation
import LatentTensor

/// How a start of EM is found.
public enum MixtureStart: String, CaseIterable, Sendable {
  case kmeans
  case random
  case hierarchical

  /// Rows that k-means and the tree look at; more are sampled.
  static let rowsForSeeding = 20_000
  static let rowsForTree = 2_000
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
  func parameters(_ start: MixtureStart, number: Int, seed: UInt64) throws -> MixtureParameters {
    var random = Philox(seed: seed, stream: 0xE31 &+ UInt32(truncatingIfNeeded: number) << 12)
    let order = template.components.order
    let moments: Moments?
    switch start {
    case .kmeans:
      let sample = self.sample(MixtureStart.rowsForSeeding, &random)
      let clusters = try KMeans(
        sample, components: template.count, scale: scale, known: known, random: &random)
      moments = try clusters.assignment(data, order: order)
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
