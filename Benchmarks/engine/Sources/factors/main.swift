// Times fits of linear Gaussian models: `factors ppca|factor_analysis FILE ROWS COLUMNS LATENT
// REPEATS` prints the median seconds of a fit and the mean log-likelihood it reached.
// `scripts/compare-factors` runs it in turn with scikit-learn.

import Foundation
import LatentModels
import LatentTensor

let arguments = CommandLine.arguments
guard arguments.count == 7, let noise = LinearGaussian.Noise(rawValue: arguments[1]),
  let rows = Int(arguments[3]), let columns = Int(arguments[4]), let latent = Int(arguments[5]),
  let repeats = Int(arguments[6]), repeats > 0,
  let bytes = FileManager.default.contents(atPath: arguments[2]),
  bytes.count == rows * columns * MemoryLayout<Double>.size
else {
  FileHandle.standardError.write(
    Data("usage: factors ppca|factor_analysis FILE ROWS COLUMNS LATENT REPEATS\n".utf8))
  exit(2)
}
let values = bytes.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
let data = DataSet(x: Tensor(shape: [rows, columns], values))
let clock = ContinuousClock()
var times: [Double] = []
var likelihood = 0.0
for _ in 0..<repeats {
  let model = LinearGaussian(noise, latent: latent)
  let start = clock.now
  try model.fit(data, FitRequest(), FitObserver())
  let (whole, fraction) = (clock.now - start).components
  times.append(Double(whole) + Double(fraction) * 1e-18)
  likelihood = (model.history.logLikelihood.last ?? .nan) / Double(rows)
}
print(String(format: "%.4f %.6f", times.sorted()[repeats / 2], likelihood))
