// The gradient estimators of a model block side by side, at its present parameters.

import LatentAutodiff
import LatentLanguage
import LatentModels
import LatentTensor

extension BlockModel {
  func gradients(
    _ x: Tensor, bound: BoundOptions, samples: Int, repeats: Int, seed: UInt64,
    shouldStop: () -> Bool
  ) throws -> GradientSummary {
    guard let runtime else {
      throw Failure("L562", "the interpreter that the model belongs to is gone")
    }
    try checkFitted()
    let wishes = BlockPlan.Wishes(
      gradient: bound.gradient, isWeighted: bound.order != 1 && samples > 1)
    let plan = try BlockPlan(self, bound: observed.map(\.name), wishes: wishes)
    guard let columns, x.count % max(columns, 1) == 0 else {
      throw wrongWidth(x.shape.last ?? 0, argument: "x")
    }
    let rows = x.count / max(columns, 1)
    let training = BlockTraining(self, plan, runtime, count: rows)
    return try training.gradientSummary(
      x.reshaped([rows, columns]), bound: bound, samples: samples, repeats: repeats, seed: seed,
      shouldStop: shouldStop)
  }
}
