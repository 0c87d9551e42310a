// What a training costs beside its steps. `costs` prints
//  - a step of the trainer beside a bare replay of the compiled program and the optimiser, on the
//    same data, in turn: what the trainer adds;
//  - the milliseconds from a recorded objective to its program, for the largest library models.

import Foundation
import LatentAutodiff
import LatentModels
import LatentTensor
import TrainingSteps

func seconds(_ body: () throws -> Void) rethrows -> Double {
  let (whole, fraction) = try ContinuousClock().measure(body).components
  return Double(whole) + Double(fraction) * 1e-18
}

func overhead(_ name: String, epochs: Int) throws {
  guard let work = try Work.named(name), let train = work.train else { return }
  for step in 0..<50 { try work.run(step) }
  var (steps, ours, bare): (Int, [Double], [Double]) = (0, [], [])
  for _ in 0..<15 {
    let trained = try train(epochs)
    steps = trained.steps
    ours.append(trained.seconds / Double(steps))
    bare.append(try seconds { for step in 0..<steps { try work.run(step) } } / Double(steps))
  }
  let ratios = zip(ours, bare).map { $0 / $1 }.sorted()
  print(
    String(
      format: "%@: a step of the trainer %.4f ms, a bare one %.4f ms; ratio %.3f (quartiles %.3f, "
        + "%.3f; aim 1.01); 15 turns of %ld steps",
      name, ours.sorted()[7] * 1e3, bare.sorted()[7] * 1e3, ratios[7], ratios[3], ratios[11], steps)
  )
}

func compilation(
  _ name: String, _ architecture: Autoencoder.Architecture, _ options: TrainingOptions
) throws {
  let data = Tensor(
    shape: [256, 784], storage: .bytes((0..<(256 * 784)).map { UInt8($0 % 256) }, scale: 1 / 255))
  let model = Autoencoder(architecture)
  var start = options
  start.epochs = 0
  try model.fit(data, options: start)
  guard let parameters = model.parameters else { return }
  var (recording, compiling, size): ([Double], [Double], ProgramSize) = ([], [], ProgramSize())
  for _ in 0..<9 {
    let graph = Graph()
    var objective: Objective?
    recording.append(
      try seconds { objective = try model.objective(graph, rows: 128, options: options) })
    guard let objective else { return }
    compiling.append(
      try seconds {
        let program = try Program(
          graph, outputs: [objective.bound] + objective.terms.map(\.value), loss: objective.loss,
          parameters: parameters, precision: .float32)
        size = program.size
      })
  }
  let (record, compile) = (recording.sorted()[4] * 1e3, compiling.sorted()[4] * 1e3)
  print(
    String(
      format: "%@: recorded in %.1f ms, differentiated and compiled in %.1f (first %.1f), "
        + "together %.1f (aim 100); %ld kernel calls",
      name, record, compile, (recording[0] + compiling[0]) * 1e3, record + compile, size.calls))
}

print("\(threadCount) threads")
for name in ["vae-64", "vae-400"] { try overhead(name, epochs: name == "vae-64" ? 8 : 2) }
let wide = [700, 500, 300, 300, 200]
var options = TrainingOptions()
try compilation(
  "vae, five layers, mixture prior, full posterior",
  .init(
    latent: 50, hidden: wide, likelihood: .discretizedLogistic, prior: .mixture, components: 20,
    posterior: .full), options)
try compilation(
  "vae, five layers, vamp prior, full posterior",
  .init(
    latent: 50, hidden: wide, likelihood: .discretizedLogistic, prior: .vamp, components: 100,
    posterior: .full), options)
options.samples = 50
options.bound.kind = .iwae
options.bound.gradient = .dreg
try compilation(
  "vae, five layers, vamp prior, full posterior, 50 weighted draws, dreg",
  .init(
    latent: 50, hidden: wide, likelihood: .discretizedLogistic, prior: .vamp, components: 100,
    posterior: .full), options)
