// How a mixture answers the questions every model is asked. All answers are exact: the latent
// variable is finite.

import Foundation
import LatentTensor

extension Mixture {
  /// What the kernel gives for each row of x, in the order of the rows.
  private func rows(_ x: Tensor, _ wanted: Sweep.Wanted) throws -> (
    result: Sweep.Result, data: MixtureData
  ) {
    try check(x, argument: "x")
    guard let parameters else { return (Sweep.Result(), MixtureData([], rows: 0, columns: 0)) }
    if x.shape[0] == 0 { return (Sweep.Result(), MixtureData([], rows: 0, columns: 0)) }
    let data = try arranged(DataSet(x: x), argument: "x")
    let k = parameters.count
    if wanted.responsibilities || wanted.joint { _ = try Shape.count([data.rows, k]) }
    var total = Sweep.Result()
    if wanted.logDensity { total.logDensity = [Double](repeating: 0, count: data.rows) }
    if wanted.responsibilities {
      total.responsibilities = [Double](repeating: 0, count: data.rows * k)
    }
    if wanted.joint { total.joint = [Double](repeating: 0, count: data.rows * k) }
    for group in data.groups {
      let part = try parameters.sweep(group.observed, wanted).run(group)
      guard let rows = group.rows else {
        total = part
        break
      }
      for (i, row) in rows.enumerated() {
        // Nothing is certain to be seen where nothing is looked at: 0, and not the rounding of Σ π.
        if wanted.logDensity {
          total.logDensity[row] = group.observed.isEmpty ? 0 : part.logDensity[i]
        }
        for j in 0..<k {
          if wanted.responsibilities {
            total.responsibilities[row * k + j] = part.responsibilities[i * k + j]
          }
          if wanted.joint { total.joint[row * k + j] = part.joint[i * k + j] }
        }
      }
    }
    if let base = baseDensities(data) {
      for (row, value) in base.enumerated() {
        if wanted.logDensity { total.logDensity[row] += value }
        if wanted.joint { for j in 0..<k { total.joint[row * k + j] += value } }
      }
    }
    return (total, data)
  }

  public func logProbability(_ x: Tensor) throws -> [Double] {
    try rows(x, .init(logDensity: true)).result.logDensity
  }

  /// The bound is the evidence: q is the exact posterior.
  public func elbo(_ x: Tensor, samples: Int, seed: UInt64) throws -> [Double] {
    try logProbability(x)
  }

  public func responsibilities(_ x: Tensor) throws -> Tensor {
    let result = try rows(x, .init(responsibilities: true)).result
    return Tensor(shape: [x.shape[0], components], result.responsibilities)
  }

  public func posterior(_ x: Tensor) throws -> [(name: String, value: Fact)] {
    let probabilities = try responsibilities(x)
    return [
      ("probs", .tensor(probabilities)),
      ("mode", .vector(labels(probabilities).map(Double.init))),
    ]
  }

  /// The likeliest component of each row; the first of equals.
  public func classify(_ x: Tensor) throws -> [Int] { labels(try responsibilities(x)) }

  private func labels(_ probabilities: Tensor) -> [Int] {
    let (k, values) = (components, probabilities.values)
    return stride(from: 0, to: values.count, by: k).map { start in
      var best = 0
      for j in 1..<max(k, 1) where values[start + j] > values[start + best] { best = j }
      return best
    }
  }

  public func encode(_ x: Tensor) throws -> Tensor { try responsibilities(x) }

  /// Means weighted by rows of probabilities.
  public func decode(_ z: Tensor) throws -> Tensor {
    try checkFitted()
    guard z.rank == 2, z.shape[1] == components, let parameters else {
      throw Failure(
        "L512",
        "`z` must have \(components) columns, the probability of each component, but its shape is "
          + "\(z.shape)", argument: "z",
        help: "give one row per datum, as `responsibilities(m, x)` does")
    }
    let means = parameters.components.means
    let d = parameters.components.columns
    let product = try z.matrixProduct(Tensor(shape: [components, d], means))
    guard design.family == .categorical else { return product }
    let rows = product.values
    return Tensor(
      shape: [z.shape[0], levels.count],
      stride(from: 0, to: rows.count, by: d).flatMap { categories(Array(rows[$0..<($0 + d)])) })
  }

  public func reconstruct(_ x: Tensor) throws -> Tensor { try decode(responsibilities(x)) }

  /// E[missing | observed] = Σ_k r_k E[missing | observed, z = k]; of categories the likeliest.
  public func impute(_ x: Tensor) throws -> Tensor {
    let (result, data) = try rows(x, .init(responsibilities: true))
    guard let parameters, data.rows > 0 else { return x }
    let (k, d, width) = (components, data.columns, x.shape[1])
    var filled = x.values
    for group in data.groups where group.observed.count < d {
      let known = group.observed.count
      for i in 0..<group.count {
        let row = group.rows?[i] ?? i
        var sum = [Double](repeating: 0, count: d)
        for component in 0..<k {
          let share = result.responsibilities[row * k + component]
          if share == 0 { continue }
          var datum = [Double](repeating: .nan, count: d)
          for (j, column) in group.observed.enumerated() {
            datum[column] = group.x[i * known + j]
          }
          try parameters.components.complete(
            &datum, component: component, observed: group.observed)
          for j in 0..<d { sum[j] += share * datum[j] }
        }
        let values = categories(sum)
        for j in 0..<width where filled[row * width + j].isNaN {
          filled[row * width + j] = values[j]
        }
      }
    }
    return Tensor(shape: x.shape, filled)
  }

  public func sample(_ count: Int, seed: UInt64) throws -> Tensor {
    try checkFitted()
    guard let parameters, let columns else { return Tensor([]) }
    _ = try Shape.count([count, columns], argument: "n")
    var random = Philox(seed: seed, stream: 0x3A1C)
    let classes = random.uniforms(count)
    var result: [Double] = []
    result.reserveCapacity(count * columns)
    for u in classes {
      let component = CountComponents.category(parameters.weights[...], u)
      result += categories(parameters.components.draw(component, &random))
    }
    return Tensor(shape: [count, columns], result)
  }

  public func explanation() throws -> [String] {
    let k = components
    var lines = [
      "z: \(k) components, so the E-step is exact: q(z|x) = p(z|x), and the bound touches log p(x)",
      "π and the components: the M-step is in closed form",
    ]
    switch design.family {
    case .gaussian:
      lines.append("covariance: \(design.covariance.rawValue), kept as Cholesky factors")
      lines.append("missing values (nan): integrated out exactly")
      if design.prior != nil {
        lines.append("prior: conjugate, so EM raises log p(X|θ) + log p(θ)")
      } else if design.covariance != .tied {
        lines.append(
          "the likelihood is unbounded: a component may shrink onto few points; such ends are "
            + "named and set aside")
      }
    default: lines.append("family: \(design.family.rawValue), columns independent given z")
    }
    if let count = freeParameters { lines.append("\(count) free parameters") }
    if !history.reason.isEmpty { lines.append("last fit: \(history.reason)") }
    return lines
  }

  // MARK: The decomposition

  public func decomposition(_ x: Tensor) throws -> [(name: String, value: Fact)] {
    try decomposition(x, q: responsibilities(x))
  }

  /// log p(x) = L(q) + KL(q ‖ p(z|x)) for any q(z), in the three forms in which L(q) is written:
  /// E_q[log p(x, z) − log q], log p(x) − KL(q ‖ p(z|x)), and E_q log p(x|z) − KL(q ‖ p(z)).
  ///
  /// - Parameter q: rows × components, each row a distribution.
  public func decomposition(_ x: Tensor, q: Tensor) throws -> [(name: String, value: Fact)] {
    let result = try rows(x, .init(logDensity: true, responsibilities: true, joint: true)).result
    guard let parameters else { return [] }
    let (n, k) = (x.shape[0], components)
    let shares = try checked(q, rows: n)
    var parts: [(name: String, values: [Double])] = [
      "log_evidence", "elbo", "kl_posterior", "reconstruction", "kl_prior", "expected_joint",
      "entropy",
    ].map { ($0, []) }
    let logWeights = parameters.logWeights
    for row in 0..<n {
      var (reconstruction, prior, posterior, joint, entropy) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for j in 0..<k {
        let share = shares[row * k + j]
        if share == 0 { continue }
        let l = result.joint[row * k + j]
        reconstruction += share * (l - logWeights[j])
        prior += share * (log(share) - logWeights[j])
        // log r = log p(x, z) − log p(x) keeps its digits where r itself is 0.
        posterior += share * (log(share) - (l - result.logDensity[row]))
        joint += share * l
        entropy -= share * log(share)
      }
      let row = [
        result.logDensity[row], joint + entropy, posterior, reconstruction, prior, joint, entropy,
      ]
      for (place, value) in row.enumerated() { parts[place].values.append(value) }
    }
    return parts.map { ($0.name, .vector($0.values)) }
  }

  private func checked(_ q: Tensor, rows n: Int) throws -> [Double] {
    guard q.shape == [n, components] else {
      throw Failure(
        "L512",
        "`q` must have one row per datum and a column per component, \(n) × \(components), but its "
          + "shape is \(q.shape)", argument: "q",
        help: "start from `responsibilities(m, x)`")
    }
    let values = q.values
    for row in 0..<n {
      let part = values[(row * components)..<((row + 1) * components)]
      guard part.allSatisfy({ $0 >= 0 }), abs(part.reduce(0, +) - 1) < 1e-9 else {
        throw Failure(
          "L532",
          "row \(row) of `q` is no distribution: it sums to "
            + NumberText.rounded(part.reduce(0, +)), argument: "q",
          help: "probabilities are at least 0 and sum to 1")
      }
    }
    return values
  }
}
