// Trainings on disk: `fit(…, checkpoint: path)` keeps one up to date, `resume: path` goes on with it.

import LatentData
import LatentModels
import LatentTensor

/// The file in which a running fit keeps its state.
final class Checkpoint {
  private let path: String
  private var latest: TrainingState?
  private var next = ContinuousClock.now

  init(_ path: String) { self.path = path }

  /// Writes the state, unless that would take more than a twentieth of the time: then a later
  /// epoch's state is written, or this one at the end.
  func keep(_ state: TrainingState) throws {
    latest = state
    if ContinuousClock.now >= next { try flush() }
  }

  /// Writes what is not written yet.
  func flush() throws {
    guard let state = latest else { return }
    latest = nil
    let begin = ContinuousClock.now
    do {
      try Safetensors(tensors: state.tensors, metadata: state.metadata).write(to: path)
    } catch var failure as Failure {
      failure.argument = "checkpoint"
      throw failure
    }
    let end = ContinuousClock.now
    next = end + (end - begin) * 20
  }

  /// The state in a file.
  static func read(_ path: String) throws -> TrainingState {
    do {
      let file = try Safetensors(reading: path)
      return try TrainingState(tensors: file.tensors, metadata: file.metadata)
    } catch var failure as Failure {
      failure.argument = "resume"
      throw failure
    }
  }
}
