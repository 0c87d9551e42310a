// What a model tells about itself, in a form that needs no language: the binding turns it into
// values, a file format into text.

import LatentTensor

/// A number, a text, a tensor, or a collection of such.
public indirect enum Fact: Sendable {
  case nothing
  case bool(Bool)
  case number(Double)
  case text(String)
  case tensor(Tensor)
  case list([Fact])
  case record([(name: String, value: Fact)])

  public static func integer(_ value: Int) -> Fact { .number(Double(value)) }
  public static func vector(_ values: [Double]) -> Fact { .tensor(Tensor(values)) }
}
