// Fitting a model written in a block: by climbing log p(x) where that is known exactly and the data
// are few, else by gradients of the bound on minibatches.

import LatentAutodiff
import LatentLanguage
import LatentModels
import LatentTensor

extension BlockModel {
  /// - Parameter data: the rows of the observed variables side by side, as `bind` gives them.
  func fit(_ data: DataSet, _ request: FitRequest, _ observer: FitObserver) throws {
    guard let runtime else {
      throw Failure("L562", "the interpreter that the model belongs to is gone")
    }
    let rows = MissingRows(data.x, observed)
    let values = rows.forTraining
    example = try firstDatum(values)
    missing = try missingVariables(
      rows.patterns.flatMap(rows.values).map { (name: $0.name, values: .tensor($0.values)) })
    parametersChanged()
    let wishes = BlockPlan.Wishes(
      gradient: request.gradient.bound.gradient,
      isWeighted: request.gradient.bound.order != 1 && request.gradient.samples > 1)
    try amortise(rows, data.x, request)
    let plans = try rows.patterns.map { try plan(of: $0, wishes) }
    self.wishes = wishes
    if let plan = plans.first { try checkSupports(plan) }
    let proposed = plans.flatMap(\.proposed) + plans.flatMap { $0.shared.map(\.name) }
    guard request.method != .exact, request.method != .em || proposed.isEmpty else {
      throw Failure(
        "L517",
        proposed.first.flatMap { request.method == .em ? $0 : nil }.map {
          "\"em\" needs log p(x) exactly, but `\($0)` is drawn from `q`"
        } ?? "a model block is fitted by gradients, not by \"\(request.method.rawValue)\"",
        argument: "method", help: "leave `method` out")
    }
    if !request.given.contains("precision") || request.gradient.precision == .float64 {
      use(hasNetworks && request.gradient.precision == .float32 ? .float32 : .float64)
    }
    defer { parametersChanged() }
    let training = BlockTraining(
      self, plans, runtime, count: values.shape[0], weights: data.weights)
    let climbs = proposed.isEmpty && BlockAscent.suits(self, request, rows: values.shape[0])
    if request.method == .em || climbs {
      use(.float64)
      training.dropsOut = false
      let ascent = BlockAscent(model: self, training: training, runtime: runtime, rows: rows)
      return try training.placing {
        history.append(try ascent.train(on: values, request, observer))
      }
    }
    var trainer = Trainer(request.gradient)
    trainer.onProgress = observer.progressed
    trainer.shouldStop = observer.shouldStop
    if let validation = request.validation {
      trainer.validate = { [self] in
        parametersChanged()
        let bounds = try elbo(validation, samples: 1, seed: request.seed)
        return bounds.reduce(0, +) / Double(max(bounds.count, 1))
      }
    }
    try training.placing {
      history.append(try trainer.train(training, on: training.table(values)))
    }
  }

  /// How rows of a pattern are dealt with: what is missing is latent.
  func plan(
    of pattern: MissingRows.Pattern, _ wishes: BlockPlan.Wishes = .init()
  ) throws -> BlockPlan {
    let names = observed.map(\.name).filter { !pattern.missing.contains($0) }
    do {
      return try BlockPlan(self, bound: names, wishes: wishes)
    } catch var failure as Failure where !pattern.missing.isEmpty {
      let list = pattern.missing.sorted().map { "`\($0)`" }.joined(separator: ", ")
      failure.notes.append("row \(pattern.rows.first ?? 0) of the data has no \(list) (nan)")
      throw failure
    }
  }

  private func firstDatum(_ values: Tensor) throws -> [String: Value] {
    let all = values.values
    var start = 0
    var datum: [String: Value] = [:]
    for variable in observed where start + variable.columns <= all.count {
      let own = Array(all[start..<(start + variable.columns)])
      datum[variable.name] = .tensor(Tensor(shape: variable.shape, own))
      start += variable.columns
    }
    return datum
  }
}
