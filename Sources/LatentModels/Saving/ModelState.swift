// What `fit` found, as named tensors and texts: the form in which a file keeps a model. How a model
// is made before any data is not part of it; the call that does it is kept beside it.

import LatentAutodiff
import LatentTensor

/// The parameters of a model, what it saw of its data, and its history.
public struct ModelState: Sendable {
  public var tensors: [(name: String, tensor: Tensor)] = []
  public var texts: [(name: String, text: String)] = []
  public var history = TrainingHistory()

  public init() {}

  public static func malformed(_ what: String) -> Failure {
    Failure(
      "L571", "the file does not hold this model: \(what)", argument: "path",
      help: "`save(m, path)` writes such files")
  }

  // MARK: Reading, with checks

  public func contains(_ name: String) -> Bool { tensors.contains { $0.name == name } }

  /// A tensor of the state.
  ///
  /// - Parameter shape: the shape it must have.
  /// - Throws: `L571` where it is missing, of another shape, or not finite.
  public func tensor(_ name: String, shape: [Int]? = nil) throws -> Tensor {
    guard let tensor = tensors.first(where: { $0.name == name })?.tensor else {
      throw ModelState.malformed("it has no `\(name)`")
    }
    if let shape, tensor.shape != shape {
      throw ModelState.malformed(
        "`\(name)` has the shape \(Shape.text(tensor.shape)), not \(Shape.text(shape))")
    }
    guard tensor.values.allSatisfy(\.isFinite) else {
      throw ModelState.malformed("`\(name)` holds a value that is not a finite number")
    }
    return tensor
  }

  public func text(_ name: String) throws -> String {
    guard let text = texts.first(where: { $0.name == name })?.text else {
      throw ModelState.malformed("it has no `\(name)`")
    }
    return text
  }

  /// A whole number from 0.
  public func count(_ name: String) throws -> Int {
    guard let number = Int(try text(name)), number >= 0 else {
      throw ModelState.malformed("`\(name)` is no whole number from 0")
    }
    return number
  }

  public func number(_ name: String) throws -> Double {
    guard let number = Double(try text(name)) else {
      throw ModelState.malformed("`\(name)` is no number")
    }
    return number
  }

  /// A list of whole numbers from 0.
  public func counts(_ name: String) throws -> [Int] {
    try text(name).split(separator: ",").map { part in
      guard let number = Int(part), number >= 0 else {
        throw ModelState.malformed("`\(name)` is no list of whole numbers")
      }
      return number
    }
  }
}

/// A model that can be kept in a file.
public protocol StoredModel: Model {
  /// The arguments of the call that makes a model like this one before any data.
  var construction: [(name: String, value: Fact)] { get }
  /// Its parameters to the last bit, under the names they have for the user where these are enough.
  var state: ModelState { get }
  /// Takes over a state.
  ///
  /// - Throws: `L571` for a state that is not one of this model; the model is then not changed.
  func restore(_ state: ModelState) throws
}

extension ParameterBuffer {
  /// A buffer of the same parameters with the values that a state has for them.
  func filled(from state: ModelState) throws -> ParameterBuffer {
    let values = ParameterBuffer(slots, precision: precision)
    for slot in slots { values[slot.name] = try state.tensor(slot.name, shape: slot.shape) }
    return values
  }
}
