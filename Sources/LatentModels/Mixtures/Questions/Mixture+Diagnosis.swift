// What is wrong with a fitted mixture, if anything: components that are empty, at a floor, or the same
// twice, too few data for what was asked, starts that do not agree.

import Foundation
import LatentTensor

/// Findings about a mixture on data.
struct MixtureDiagnosis {
  /// Σ r of each component.
  var counts: [Double]
  /// The cosine of the responsibilities of two components over the data: 1 for components that are the
  /// same, 0 for components that no datum hesitates between.
  var overlap: [Double]
  /// 1 − the mean of max r: the share of the data that `classify` is expected to get wrong.
  var error: Double
  /// The mean entropy of the responsibilities, nats.
  var entropy: Double
  var findings: [String] = []

  /// Above this cosine two components are told apart for few data only.
  static let overlapThreshold = 0.5

  var components: Int { counts.count }
  /// Components that hold less than one datum.
  var empty: [Int] { counts.indices.filter { counts[$0] < 1 } }

  /// Pairs that overlap, the most alike first.
  var alike: [(Int, Int)] {
    let k = components
    let pairs = (0..<k).flatMap { i in ((i + 1)..<max(k, i + 1)).map { (i, $0) } }
    return pairs.filter { overlap[$0.0 * k + $0.1] > MixtureDiagnosis.overlapThreshold }
      .sorted { overlap[$0.0 * k + $0.1] > overlap[$1.0 * k + $1.1] }
  }

  /// - Parameter shares: rows × components.
  init(_ shares: [Double], components k: Int) throws {
    let n = Double(max(shares.count / max(k, 1), 1))
    var products = [Double](repeating: 0, count: try Shape.count([k, k]))
    counts = [Double](repeating: 0, count: k)
    (error, entropy) = (0, 0)
    for start in stride(from: 0, to: shares.count, by: k) {
      var top = 0.0
      // Most responsibilities are 0, and nothing comes of them.
      let present = (0..<k).filter { shares[start + $0] > 0 }
      for i in present {
        let r = shares[start + i]
        counts[i] += r
        top = max(top, r)
        entropy -= r * log(r) / n
        for j in present { products[i * k + j] += r * shares[start + j] }
      }
      error += (1 - top) / n
    }
    overlap = products
    for i in 0..<k {
      for j in 0..<k {
        let scale = (products[i * k + i] * products[j * k + j]).squareRoot()
        overlap[i * k + j] = i == j ? 1 : scale > 0 ? products[i * k + j] / scale : 0
      }
    }
  }
}

/// What a list of findings amounts to.
func verdict(_ findings: [String]) -> String {
  findings.isEmpty ? "nothing to complain of" : findings.joined(separator: "; ")
}

extension Mixture {
  public func diagnosis(
    _ x: Tensor, seed: UInt64, shouldStop: () -> Bool
  ) throws -> [(name: String, value: Fact)] {
    try check(x, argument: "x")
    guard x.shape[0] > 0 else {
      throw Failure(
        "L511", "the data have no rows", argument: "x", help: "give at least one row")
    }
    let k = components
    var found = try MixtureDiagnosis(responsibilities(x).values, components: k)
    let (starts, hits, optima) = agreement
    found.findings = findings(found, starts: starts, hits: hits, optima: optima)
    return [
      ("verdict", .text(verdict(found.findings))),
      ("sound", .bool(found.findings.isEmpty)),
      ("counts", .vector(found.counts)), ("empty", .vector(found.empty.map(Double.init))),
      ("collapsed", .vector(collapsed.map(Double.init))),
      ("overlap", .tensor(Tensor(shape: [k, k], found.overlap))),
      (
        "alike",
        .list(found.alike.map { .vector([Double($0.0), Double($0.1)]) })
      ),
      ("error", .number(found.error)), ("entropy", .number(found.entropy)),
      ("starts", .integer(starts)), ("hits", .integer(hits)), ("optima", .integer(optima)),
    ]
  }

  /// Of the latest fit: its starts, how many reached the optimum that was kept, and how many different
  /// ends there were; zeros where there was only one.
  private var agreement: (starts: Int, hits: Int, optima: Int) {
    guard case .list(let optima)? = history.details.first(where: { $0.name == "optima" })?.value
    else { return (0, 0, 0) }
    let ends = optima.compactMap { fact -> (hits: Int, isSound: Bool)? in
      guard case .record(let fields) = fact,
        case .number(let hits)? = fields.first(where: { $0.name == "hits" })?.value,
        case .tensor(let collapsed)? = fields.first(where: { $0.name == "collapsed" })?.value
      else { return nil }
      return (Int(exactly: hits) ?? 0, collapsed.count == 0)
    }
    let starts = ends.reduce(0) { $0 + $1.hits }
    guard starts > 1, let kept = ends.first(where: \.isSound) ?? ends.first else {
      return (0, 0, 0)
    }
    return (starts, kept.hits, ends.count)
  }

  private func findings(
    _ found: MixtureDiagnosis, starts: Int, hits: Int, optima: Int
  ) -> [String] {
    let k = found.components
    var findings: [String] = []
    if !collapsed.isEmpty {
      findings.append(
        "\(list(collapsed)) shrank onto too few points, where the likelihood has no maximum: use "
          + "fewer components, `covariance: \"tied\"` or `prior: \"conjugate\"`")
    }
    if !found.empty.isEmpty {
      findings.append(
        "\(list(found.empty)) hold\(found.empty.count == 1 ? "s" : "") less than one "
          + "datum: fewer components say the same")
    }
    let each = (freeParameters ?? 0) / max(k, 1)
    let scarce = found.counts.indices.filter {
      found.counts[$0] >= 1 && found.counts[$0] < Double(each)
    }
    if !scarce.isEmpty {
      let few = scarce.map { NumberText.rounded(found.counts[$0], digits: 3) }
        .joined(separator: ", ")
      findings.append(
        "\(list(scarce)) rest\(scarce.count == 1 ? "s" : "") on \(few) data, fewer than the "
          + "\(each) parameters of a component")
    }
    if let (i, j) = found.alike.first {
      let value = NumberText.rounded(found.overlap[i * k + j], digits: 2)
      var text = "components \(i) and \(j) overlap (\(value) of 1)"
      if found.alike.count > 1 { text += ", and so do \(found.alike.count - 1) other pairs" }
      findings.append(text + ": see whether fewer have a smaller `bic`")
    }
    if starts > 2, hits == 1 || hits * 4 < starts {
      findings.append(
        "\(hits) of \(starts) starts reached the optimum that was kept, the others \(optima - 1) "
          + "lower one\(optima == 2 ? "" : "s"): there may be a higher one, so raise `restarts`")
    }
    if !history.converged, !history.reason.isEmpty, collapsed.isEmpty {
      findings.append("EM has not converged: `fit` again goes on")
    }
    return findings
  }

  /// `component 3`, `components 1, 2`.
  private func list(_ places: [Int]) -> String {
    (places.count == 1 ? "component " : "components ")
      + places.prefix(8).map(String.init).joined(separator: ", ")
      + (places.count > 8 ? ", …" : "")
  }
}
