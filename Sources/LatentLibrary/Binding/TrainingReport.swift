// What `fit` says while it runs and when it is done: one updated line on a terminal, a line per
// tenth of the epochs elsewhere, and a verdict.

import LatentLanguage
import LatentModels

/// Turns the progress of one fit into lines on a console.
final class TrainingReport {
  private let console: any Console
  private let isSilent: Bool
  private var lastTenth = 0

  init(_ console: any Console, isSilent: Bool) {
    self.console = console
    self.isSilent = isSilent
  }

  func update(_ progress: TrainingProgress) {
    if isSilent { return }
    if console.isTerminal {
      console.progress(line(progress), finished: false)
      return
    }
    let tenth = progress.epoch * 10 / max(progress.epochs, 1)
    guard progress.epochIsComplete, tenth > lastTenth, !progress.isFinished else { return }
    lastTenth = tenth
    console.progress(line(progress), finished: true)
  }

  func decided(_ text: String) {
    if !isSilent { console.write(text + "\n", to: .error) }
  }

  func finish(_ history: TrainingHistory) {
    if isSilent { return }
    guard let elbo = history.elbo.last else {
      console.progress(history.reason, finished: true)
      return
    }
    var text = "bound \(fixed(elbo)) nats"
    if let reconstruction = history.term("reconstruction").last, let kl = history.term("kl").last {
      text += " = reconstruction \(fixed(reconstruction)) - KL \(fixed(kl))"
      if let tightening = history.term("tightening").last {
        text += " + \(fixed(tightening)) by weighting draws"
      }
    }
    if let validation = history.validation.last { text += ", validation \(fixed(validation))" }
    if let rate = history.rate { text += String(format: "; `lr` chosen %.2g", rate) }
    console.progress(
      "\(text); \(duration(history.seconds)); \(history.reason)", finished: true)
    if let collapse = collapse(history) { console.progress(collapse, finished: true) }
  }

  /// Says which latent dimensions are not used, if there are any.
  private func collapse(_ history: TrainingHistory) -> String? {
    guard
      case .number(let active)? = history.details.first(where: { $0.name == "active_units" })?
        .value,
      case .tensor(let kl)? = history.details.first(where: { $0.name == "kl_per_dimension" })?
        .value, Int(exactly: active).map({ $0 < kl.count }) ?? false
    else { return nil }
    let shown = kl.values.sorted(by: >).prefix(8).map { fixed($0) }.joined(separator: ", ")
    return "\(fixed(active, 0)) of \(kl.count) latent dimensions are active, the others have "
      + "collapsed to the prior; KL by dimension: \(shown)\(kl.count > 8 ? ", …" : "") nats"
  }

  private func line(_ progress: TrainingProgress) -> String {
    var text = "epoch \(progress.epoch) of \(progress.epochs): bound \(fixed(progress.elbo)) nats"
    if let validation = progress.validation { text += ", validation \(fixed(validation))" }
    text += ", \(grouped(progress.rate)) data/s"
    return text + ", \(duration(progress.secondsLeft)) left"
  }
}
