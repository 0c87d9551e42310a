// Everything that decides how a gradient training goes on, as one value: a run that is interrupted,
// exported and resumed goes through the same numbers, to the last bit, as one that never stopped.
//
// The draws of a step depend on the seed and the number of the step only, and the order of the data
// on the seed and the position of the shuffling stream, so these numbers stand for all randomness.

import LatentAutodiff
import LatentTensor

/// A gradient training at a step.
public struct TrainingState: Sendable {
  /// The options that decide the course of a run, by the names they have in `fit`. A run is only
  /// resumed under the same ones.
  public var settings: [(name: String, text: String)]
  /// The seed of the run, which the resumed one takes over.
  public var seed: UInt64
  /// Tells the data of the run from others.
  public var dataHash: UInt64
  /// Parameters by name in the precision of the training.
  public var parameters: [(name: String, values: Tensor)]
  /// The learning rate it began with; nil in a file that was written before rates were chosen.
  public var rate: Double?
  /// What the optimiser remembers, in its own layout.
  public var moments: [Tensor]
  /// Steps done.
  public var step: Int
  /// Where the order of the running epoch began in the shuffling stream.
  public var position: Int
  /// Batches done of the running epoch, the data in them, and the weighted sums of the bound and
  /// its terms over them.
  public var batches: Int
  public var seen: Int
  public var sums: [Double]
  /// What the model had been through before this run.
  public var earlier: TrainingHistory
  /// The finished epochs of the run.
  public var history: TrainingHistory

  public var epoch: Int { history.elbo.count }
}

extension TrainingOptions {
  /// What must be the same for a resumed run to be the run that was interrupted.
  var settings: [(name: String, text: String)] {
    var result: [(name: String, text: String)] = [
      ("batch", "\(batch)"), ("lr", choosesRate ? "auto" : "\(rate)"), ("optimizer", "\(method)"),
      ("weight_decay", "\(decay.rate)\(decay.isDecoupled ? ", decoupled" : "")"),
      ("schedule", schedule.rawValue),
      ("final_lr", finalRate.map { "\($0)" } ?? "none"), ("warmup_steps", "\(warmup)"),
      ("clip", clipNorm.map { "\($0)" } ?? "none"),
      ("binarize", binarization?.rawValue ?? "none"), ("samples", "\(samples)"),
      ("objective", bound.kind.rawValue), ("alpha", "\(bound.alpha)"),
      ("gradient", bound.gradient.rawValue), ("kl", bound.divergence.rawValue),
      ("beta", "\(bound.beta)"), ("warmup", "\(bound.warmup)"),
      ("free_bits", "\(bound.freeBits)"), ("steps", isAlternating ? "alternating" : "joint"),
    ]
    if schedule == .plateau {
      result.append(("plateau_factor", "\(plateau.factor)"))
      result.append(("plateau_patience", "\(plateau.patience)"))
    }
    // A rate that falls over the run falls differently in a longer one.
    if schedule.endsWithRun { result.append(("epochs", "\(epochs)")) }
    return result
  }
}

extension TrainingState {
  /// - Throws: `L519` unless the run can go on under these options, on these data, with these
  ///   parameters.
  func check(_ options: TrainingOptions, _ parameters: ParameterBuffer, dataHash: UInt64) throws {
    let wanted = options.settings
    for (name, text) in settings {
      let present = wanted.first { $0.name == name }?.text ?? "none"
      guard present != text else { continue }
      throw TrainingState.refusal(
        "the interrupted training had `\(name)` \(text), this one has \(present)",
        "give the arguments the training was started with, or leave `resume` out to go on from "
          + "the model's parameters under new ones")
    }
    guard dataHash == self.dataHash else {
      throw TrainingState.refusal(
        "the interrupted training had other data", "give the data it was started with")
    }
    let fits =
      parameters.slots.count == self.parameters.count
      && zip(parameters.slots, self.parameters).allSatisfy {
        $0.name == $1.name && $0.shape == $1.values.shape
      }
    guard fits else {
      throw TrainingState.refusal(
        "the interrupted training was of another model",
        "make the model with the arguments it had then")
    }
  }

  private static func refusal(_ message: String, _ help: String) -> Failure {
    Failure("L519", message, argument: "resume", help: help)
  }
}

extension Tensor {
  /// Tells data apart by their shape and elements, in whatever type they are stored (FNV-1a over
  /// the bits of the numbers).
  var contentHash: UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func mix(_ bits: UInt64) { hash = (hash ^ bits) &* 0x100_0000_01b3 ^ (hash >> 29) }
    for length in shape { mix(UInt64(length)) }
    forEachElement { mix($1.bitPattern) }
    return hash
  }
}
