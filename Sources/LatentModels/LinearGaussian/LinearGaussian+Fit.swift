// Fitting: which of the ways fits the request and the data, and what is refused by name.

import Foundation
import LatentTensor

extension LinearGaussian {
  public func heeds(_ argument: String, by method: FitMethod) -> Bool {
    argument == "weights" || (method != .exact && ["tol", "max_iter"].contains(argument))
  }

  public func fit(_ data: DataSet, _ request: FitRequest, _ observer: FitObserver) throws {
    let start = Date()
    guard [.auto, .exact, .em, .mle].contains(request.method) else {
      throw Failure(
        "L517",
        "a `\(kind)` is fitted by \"exact\" or \"em\", not by \"\(request.method.rawValue)\"",
        argument: "method", help: "leave `method` out")
    }
    let x = data.x
    guard x.rank == 2, x.count > 0 else {
      throw Failure(
        "L511",
        x.rank == 2
          ? "the data have no elements (shape \(x.shape))"
          : "the data must be a matrix (rows × columns), not a tensor of shape \(x.shape)",
        argument: "data")
    }
    if let factors, factors.columns != x.shape[1] {
      throw wrongWidth(x.shape[1], argument: "data")
    }
    try checkDimension(columns: x.shape[1])
    var outcome: FitOutcome
    if let moments = try completeMoments(x, weights: data.weights) {
      try checkVariances(moments.variances, mean: moments.mean)
      outcome = try fit(moments, request, observer)
    } else {
      guard request.method != .exact else {
        throw Failure(
          "L517", "a closed form needs complete rows, and some entries are missing (nan)",
          argument: "method", help: "leave `method` out: EM integrates them out exactly")
      }
      let rows = IncompleteRows(x, weights: data.weights)
      try checkVariances(rows.variances, mean: rows.mean)
      outcome = try fit(rows, request, observer)
    }
    factors = try outcome.factors.aligned()
    fitted = outcome.logLikelihood
    outcome.history.seconds = Date().timeIntervalSince(start)
    history.append(outcome.history)
  }

  struct FitOutcome {
    var factors: GaussianFactors
    var logLikelihood: Double
    var history: TrainingHistory
  }

  // MARK: Complete rows

  private func fit(
    _ moments: SampleCovariance, _ request: FitRequest, _ observer: FitObserver
  ) throws -> FitOutcome {
    var details: [(name: String, value: Fact)] = []
    let latent = try requested ?? choose(moments, &details, observer)
    warnOfExcess(latent, columns: moments.columns, observer)
    var outcome: FitOutcome
    if request.method == .em {
      let begin = try start(moments, latent: latent, seed: request.seed)
      outcome = try run(CompleteMoments(moments), from: begin, request, observer)
      if !isIsotropic, !outcome.history.converged {
        let solution = try FactorLikelihood(
          moments: moments, latent: latent, shouldStop: observer.shouldStop
        ).maximum()
        report(solution, in: &outcome)
      }
    } else if isIsotropic {
      let factors = try closedForm(moments, latent: latent)
      outcome = FitOutcome(
        factors: factors, logLikelihood: try factors.logLikelihood(moments),
        history: TrainingHistory())
      outcome.history.converged = true
      outcome.history.reason = String(
        format: "the closed form of the maximum: log-likelihood %.3f", outcome.logLikelihood)
    } else {
      let solution = try FactorLikelihood(
        moments: moments, latent: latent, shouldStop: observer.shouldStop
      ).maximum()
      outcome = FitOutcome(
        factors: solution.factors, logLikelihood: try solution.factors.logLikelihood(moments),
        history: TrainingHistory())
      outcome.history.steps = solution.evaluations
      outcome.history.converged = solution.converged
      outcome.history.reason = String(
        format: "%@ of the likelihood by a quasi-Newton method, %d evaluations: "
          + "log-likelihood %.3f",
        solution.converged ? "the maximum" : "an unfinished search for the maximum",
        solution.evaluations, outcome.logLikelihood)
      report(solution, in: &outcome)
    }
    if request.method != .em { outcome.history.logLikelihood = [outcome.logLikelihood] }
    outcome.history.details = details + outcome.history.details
    return outcome
  }

  /// W = U (Λ − σ² I)^½ and σ² the mean of the other eigenvalues (Tipping & Bishop 1999, equations
  /// 14 and 15, with R = I).
  private func closedForm(
    _ moments: SampleCovariance, latent q: Int
  ) throws -> GaussianFactors {
    let (values, vectors) = try moments.leadingEigen(q)
    let total = moments.variances.reduce(0, +)
    let rest = total - values.reduce(0, +)
    guard values.count == q, rest > 1e-13 * total else {
      let rank = values.filter { $0 > 1e-13 * total }.count
      throw Failure(
        "L541",
        "the data vary in \(rank) direction\(rank == 1 ? "" : "s") only, so \(q) latent dimensions "
          + "leave no noise and the likelihood has no bound", argument: "data",
        help: rank > 1
          ? "write `\(kind)(latent: \(rank - 1))` or less, or give more data"
          : "give more data")
    }
    let level = rest / Double(moments.columns - q)
    return GaussianFactors(
      loadings: vectors.scalingColumns(by: values.map { max($0 - level, 0).squareRoot() }),
      mean: moments.mean, noise: [Double](repeating: level, count: moments.columns))
  }

  private func choose(
    _ moments: SampleCovariance, _ details: inout [(name: String, value: Fact)],
    _ observer: FitObserver
  ) throws -> Int {
    let spectrum = try moments.spectrum()
    var (candidates, scores): ([Double], [Double])
    let rule: String
    if isIsotropic {
      scores = LatentDimension.evidence(spectrum, count: moments.weight)
      candidates = scores.indices.map { Double($0 + 1) }
      rule = "Minka's evidence"
    } else {
      scores = []
      // More factors than Ledermann's bound would have no unique solution.
      for q in 1..<moments.columns where q == 1 || FactorBound.allows(q, columns: moments.columns) {
        if observer.shouldStop() || q > 50 { break }
        let solution = try FactorLikelihood(moments: moments, latent: q).maximum()
        // Factors that have no maximum are not chosen, unless one factor has none either.
        if !solution.heywood.isEmpty, q > 1 { break }
        let parameters = LatentDimension.parameters(
          columns: moments.columns, latent: q, isotropic: false)
        scores.append(
          -0.5
            * LatentDimension.bic(
              solution.supremum, parameters: parameters, count: moments.weight))
        // BIC falls to its least and then rises.
        if scores.count > 3, scores.suffix(3).allSatisfy({ $0 < scores[scores.count - 4] }) {
          break
        }
      }
      candidates = scores.indices.map { Double($0 + 1) }
      rule = "BIC"
    }
    guard let best = scores.indices.max(by: { scores[$0] < scores[$1] }) else {
      throw Failure(
        "L541", "the data vary in one direction only, so no latent dimension can be chosen",
        argument: "data")
    }
    details.append(
      (
        "selection",
        .record([
          ("by", .text(rule)), ("latent", .vector(candidates)), ("evidence", .vector(scores)),
        ])
      ))
    observer.decided("latent: \(best + 1), by \(rule)")
    return best + 1
  }

  // MARK: EM

  /// The parameters EM starts from: the present ones, or random directions with the variance of the
  /// data in them.
  private func start(
    _ moments: SampleCovariance, latent q: Int, seed: UInt64
  ) throws -> GaussianFactors {
    if var known = factors, known.latent == q {
      // The sample mean maximises the likelihood for any W and Ψ.
      known.mean = moments.mean
      return known
    }
    return try start(mean: moments.mean, variances: moments.variances, latent: q, seed: seed)
  }

  private func start(
    mean: [Double], variances: [Double], latent q: Int, seed: UInt64
  ) throws -> GaussianFactors {
    let d = mean.count
    var random = Philox(seed: seed, stream: 0x11A5)
    let draws = Matrix(d, q, random.normals(d * q))
    let level = variances.reduce(0, +) / Double(d)
    let noise = isIsotropic ? [Double](repeating: level / 2, count: d) : variances.map { $0 / 2 }
    let scale = noise.map { ($0 / Double(q)).squareRoot() }
    return GaussianFactors(loadings: draws.scalingRows(by: scale), mean: mean, noise: noise)
  }

  private func run(
    _ data: some FactorData, from begin: GaussianFactors, _ request: FitRequest,
    _ observer: FitObserver
  ) throws -> FitOutcome {
    var em = FactorEM(
      isotropic: isIsotropic, tolerance: request.em.tolerance, iterations: request.em.iterations)
    em.shouldStop = observer.shouldStop
    let (factors, logLikelihood, trace) = try em.run(data, from: begin)
    var outcome = FitOutcome(
      factors: factors, logLikelihood: logLikelihood, history: TrainingHistory())
    outcome.history.logLikelihood = Array((trace.afterE + [logLikelihood]).dropFirst())
    outcome.history.steps = trace.afterE.count
    outcome.history.converged = trace.converged
    outcome.history.reason = trace.reason
    outcome.history.details = [("em", trace.fact)]
    return outcome
  }

  private func fit(
    _ rows: IncompleteRows, _ request: FitRequest, _ observer: FitObserver
  ) throws -> FitOutcome {
    func fit(_ latent: Int) throws -> FitOutcome {
      if let known = factors, known.latent == latent {
        return try run(rows, from: known, request, observer)
      }
      let begin = try start(
        mean: rows.mean, variances: rows.variances, latent: latent, seed: request.seed)
      return try run(rows, from: begin, request, observer)
    }
    var outcome: FitOutcome
    if let requested {
      warnOfExcess(requested, columns: rows.mean.count, observer)
      outcome = try fit(requested)
    } else {
      let d = rows.mean.count
      var best: (outcome: FitOutcome, score: Double)?
      var scores: [Double] = []
      for latent in 1..<d
      where isIsotropic || latent == 1 || FactorBound.allows(latent, columns: d) {
        let candidate = try fit(latent)
        let parameters = LatentDimension.parameters(
          columns: d, latent: latent, isotropic: isIsotropic)
        let score =
          -0.5
          * LatentDimension.bic(
            candidate.logLikelihood, parameters: parameters, count: rows.weight)
        scores.append(score)
        if score > best?.score ?? -.infinity { best = (candidate, score) }
        if observer.shouldStop() || scores.suffix(3).allSatisfy({ $0 < best?.score ?? 0 }) {
          break
        }
      }
      guard let best else { return try fit(1) }
      outcome = best.outcome
      observer.decided("latent: \(outcome.factors.latent), by BIC")
      outcome.history.details.append(
        (
          "selection",
          .record([
            ("by", .text("BIC")), ("latent", .vector(scores.indices.map { Double($0 + 1) })),
            ("evidence", .vector(scores)),
          ])
        ))
    }
    let vanishing = outcome.factors.noise.indices.filter {
      outcome.factors.noise[$0] < 1e-4 * rows.variances[$0]
    }
    if !vanishing.isEmpty, !outcome.history.converged || !isIsotropic {
      outcome.history.converged = false
      outcome.history.reason +=
        "; the noise of \(columnList(vanishing)) goes to 0, where the likelihood has no maximum"
      outcome.history.details.append(
        ("heywood", .record([("columns", .vector(vanishing.map(Double.init)))])))
      observer.decided(outcome.history.reason)
    }
    return outcome
  }

  // MARK: Findings and refusals

  private func report(
    _ solution: FactorSolution, in outcome: inout FitOutcome
  ) {
    guard !solution.heywood.isEmpty else { return }
    outcome.history.converged = false
    let limit =
      solution.supremum < .infinity
      ? String(format: "tends to %.6f without reaching it", solution.supremum)
      : "grows without bound"
    outcome.history.reason =
      "a Heywood case: as the noise of \(columnList(solution.heywood)) goes to 0 the "
      + "log-likelihood \(limit), so there is no maximum (fewer latent dimensions or other columns may "
      + "have one; `ppca` always has)"
    outcome.history.details.append(
      (
        "heywood",
        .record([
          ("columns", .vector(solution.heywood.map(Double.init))),
          ("limit", .number(solution.supremum)),
        ])
      ))
  }

  func columnList(_ columns: [Int]) -> String {
    (columns.count == 1 ? "column " : "columns ")
      + columns.map(String.init).joined(separator: ", ")
  }

  private func warnOfExcess(_ latent: Int, columns: Int, _ observer: FitObserver) {
    guard !isIsotropic, !FactorBound.allows(latent, columns: columns) else { return }
    observer.decided(
      "\(latent) factors of \(columns) columns have more parameters than the covariance, so the "
        + "noise is not determined; of at most \(FactorBound.most(columns: columns)) it is")
  }

  private func checkDimension(columns d: Int) throws {
    guard d > 1 else {
      throw Failure(
        "L540", "a `\(kind)` needs data of at least 2 columns, but these have 1",
        argument: "data", help: "`mixture` models a single column")
    }
    guard let requested, requested >= d else { return }
    throw Failure(
      "L540",
      "\(requested) latent dimensions need more than \(requested) columns, but the data have \(d)",
      argument: "data", help: "write `\(kind)(latent: \(d - 1))` or less")
  }

  /// The moments of the data; nil when entries are missing.
  private func completeMoments(_ x: Tensor, weights: [Double]?) throws -> SampleCovariance? {
    if let moments = try SampleCovariance(finite: x, weights: weights) { return moments }
    var hasMissing = false
    var wrong: Int?
    x.forEachElement { place, value in
      if value.isNaN { hasMissing = true }
      if value.isInfinite, wrong == nil { wrong = place }
    }
    if let wrong { throw infinite(wrong / x.shape[1], wrong % x.shape[1], argument: "data") }
    guard hasMissing else {
      throw Failure(
        "L601", "the data are so large that their sums leave the finite numbers",
        argument: "data", help: "standardize the data")
    }
    return nil
  }

  private func checkVariances(_ variances: [Double], mean: [Double]) throws {
    if let empty = variances.firstIndex(where: \.isNaN) {
      throw Failure(
        "L542", "column \(empty) of the data has no value at all", argument: "data",
        help: "leave the column out")
    }
    // What rounding leaves of a constant.
    let constant = variances.indices.filter {
      variances[$0] <= pow(abs(mean[$0]) * 1e-14, 2)
    }
    if constant.count == variances.count {
      throw Failure(
        "L541", "all rows of the data are the same, so the likelihood has no bound",
        argument: "data", help: "give data that vary")
    }
    if !isIsotropic, !constant.isEmpty {
      throw Failure(
        "L541",
        "\(columnList(Array(constant.prefix(10)))) of the data \(constant.count == 1 ? "is" : "are") "
          + "constant: without noise there the likelihood has no bound", argument: "data",
        helps: [
          "leave constant columns out: `x[:, std(x, axis: 0) > 0]`",
          "or use `ppca`, whose noise is the same in all columns",
        ])
    }
  }
}

/// Ledermann's bound: as many factors as leave the model no more parameters than the covariance.
enum FactorBound {
  static func allows(_ latent: Int, columns d: Int) -> Bool {
    (d - latent) * (d - latent) >= d + latent
  }

  static func most(columns d: Int) -> Int {
    (0..<d).last { allows($0, columns: d) } ?? 0
  }
}
