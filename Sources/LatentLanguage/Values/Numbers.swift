// The sequences of plain numbers that loops walk without making a value of every element.

import LatentTensor

/// A range, or the elements of a vector of float64.
enum Numbers {
  case range(NumberRange)
  case vector([Double])

  /// Nil for every other value.
  @inline(__always)
  init?(_ value: Value) {
    guard case .object(let object) = value else { return nil }
    switch object.tag {
    case .range: self = .range(unsafeDowncast(object, to: RangeObject.self).range)
    case .tensor:
      guard let numbers = unsafeDowncast(object, to: TensorObject.self).tensor.vector else {
        return nil
      }
      self = .vector(numbers)
    default: return nil
    }
  }
}

extension NumberRange: Sequence {
  public struct Iterator: IteratorProtocol {
    let range: NumberRange
    var position = 0

    @inline(__always)
    public mutating func next() -> Double? {
      guard position < range.count else { return nil }
      defer { position &+= 1 }
      return range[position]
    }
  }

  @inline(__always)
  public func makeIterator() -> Iterator { Iterator(range: self) }
}
