// An autoencoder that is a textbook model: p(z) = N(0, 1), p(x|z) = N(z, 1), and a q(z|x) of our
// choice, the same for all x. Everything about it is known in closed form.

import Foundation
import LatentTensor

@testable import LatentModels

/// The model of MODELS §3.10–3.15 with q = N(mean, exp(logScale)²), in float64.
func conjugateModel(mean: Double, logScale: Double) throws -> Autoencoder {
  let model = Autoencoder(.init(latent: 1, hidden: [], likelihood: .gaussian))
  try model.initialise(
    try DataScan(Tensor(shape: [2, 1], [0, 1])), likelihood: .gaussian, precision: .float64,
    seed: 1)
  model.parameters?["encoder.0.weights"] = Tensor(shape: [1, 2], [0, 0])
  // log σ passes through 10 tanh(s/10), so its inverse goes in.
  model.parameters?["encoder.0.bias"] = Tensor([mean, 10 * atanh(logScale / 10)])
  model.parameters?["decoder.0.weights"] = Tensor(shape: [1, 1], [1])
  model.parameters?["decoder.0.bias"] = Tensor([0])
  model.parameters?["decoder.log_sd"] = Tensor(0)
  return model
}

/// log p(x = 2) of that model: N(2; 0, 2).
let conjugateEvidence = -0.5 * log(2 * Double.pi * 2) - 1

/// Mean and standard error.
func moments(_ values: [Double]) -> (mean: Double, error: Double, variance: Double) {
  let n = Double(values.count)
  let mean = values.reduce(0, +) / n
  let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
  return (mean, (variance / n).squareRoot(), variance)
}
