// Tensors as values of the language: the box around `Tensor`, whose operations live in
// LatentTensor.

import LatentSyntax
import LatentTensor

public final class TensorObject: Object {
  public internal(set) var tensor: Tensor

  public init(_ tensor: Tensor) {
    self.tensor = tensor
    super.init(tag: .tensor)
  }

  public override var kind: String { "tensor" }
  public override var length: Int? { tensor.shape.first }
  public override func copyForWriting() -> Object { TensorObject(tensor) }
  public override var memberNames: [String] { ["shape"] }

  public override func member(_ name: String) throws -> Value? {
    name == "shape" ? .vector(tensor.shape.map(Double.init)) : nil
  }

  public override func isEqual(to other: Object) -> Bool {
    guard let other = (other as? TensorObject)?.tensor else { return false }
    return other.shape == tensor.shape && other.values == tensor.values
  }
}
