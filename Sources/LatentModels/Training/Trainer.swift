// Gradient training as a model calls it: what is trained, on what, and who is told. The course of
// one run is in `TrainingRun`.

import LatentAutodiff
import LatentTensor

/// Maximises a model's objective on minibatches. The stochastic gradient is that of the
/// mean over the batch, which is unbiased for the mean over the data.
public struct Trainer {
  public var options: TrainingOptions
  /// Called every `progressInterval`, and at the end of each epoch.
  public var onProgress: (TrainingProgress) -> Void = { _ in }
  /// In seconds, between steps.
  public var progressInterval = 0.2
  /// Asked at every step; training ends after the step at which it answers true.
  public var shouldStop: () -> Bool = { false }
  /// Evaluated after each epoch.
  public var validate: (() throws -> Double)?
  /// Given the state of the run after each epoch, and where it is interrupted.
  public var onCheckpoint: ((TrainingState) throws -> Void)?
  /// What the model has been through before, for the state of the run.
  public var earlier = TrainingHistory()

  public init(_ options: TrainingOptions) { self.options = options }

  /// Trains in place and returns what happened, with the epochs of the run it resumes.
  ///
  /// - Parameter data: rows × columns; read in place, in whatever element type it is stored.
  /// - Throws: a failure `L601` that names the first term that is not finite and the operation it
  ///   came from; the parameters are then the last for which everything was finite. `L519` when
  ///   `options.resume` is the state of another run.
  public func train(_ model: some GradientTrained, on data: Tensor) throws -> TrainingHistory {
    guard let parameters = model.parameters else {
      throw Failure("L590", "the model has no parameters to train")
    }
    guard options.epochs > 0, data.shape.first ?? 0 > 0 else {
      var history = TrainingHistory()
      history.reason = "no epochs were asked for"
      return history
    }
    if options.isQuasiNewton { return try climb(model, on: data) }
    let run = try TrainingRun(self, model, parameters, data)
    return try run.finish()
  }

  /// All data at once, by L-BFGS.
  private func climb(_ model: some GradientTrained, on data: Tensor) throws -> TrainingHistory {
    var ascent = Ascent()
    (ascent.iterations, ascent.options) = (options.epochs, options)
    ascent.subject = "the bound, its draws made once"
    (ascent.onProgress, ascent.shouldStop) = (onProgress, shouldStop)
    var history = try ascent.train(model, on: data)
    if let validate { history.validation.append(try validate()) }
    return history
  }
}
