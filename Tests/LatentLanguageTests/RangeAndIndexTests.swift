// Ranges and positions against what the numbers themselves say.

import LatentSyntax
import LatentTensor
import Testing

@testable import LatentLanguage

struct RangeAndIndexTests {
  /// The plain meaning of a range: step from the start while the end is not passed.
  private func walk(_ start: Int, _ end: Int, _ closed: Bool, _ step: Int) -> [Double] {
    var numbers: [Double] = []
    var next = start
    while step > 0 ? (closed ? next <= end : next < end) : (closed ? next >= end : next > end) {
      numbers.append(Double(next))
      next += step
    }
    return numbers
  }

  @Test func rangesHoldWhatWalkingGives() throws {
    for start in -4...4 {
      for end in -4...4 {
        for step in [-3, -2, -1, 1, 2, 3] {
          for closed in [false, true] {
            let range = try NumberRange(
              from: Double(start), to: Double(end), closed: closed, by: Double(step))
            let expected = walk(start, end, closed, step)
            #expect((0..<range.count).map { range[$0] } == expected)
            for number in -5...5 {
              #expect(range.contains(Double(number)) == expected.contains(Double(number)))
            }
          }
        }
      }
    }
  }

  @Test func fractionsReachTheirEnd() throws {
    for (end, step, count) in [(1.0, 0.1, 11), (0.3, 0.1, 4), (1, 1.0 / 3, 4), (100, 0.01, 10001)] {
      #expect(try NumberRange(from: 0, to: end, closed: true, by: step).count == count)
      #expect(try NumberRange(from: 0, to: end, closed: false, by: step).count == count - 1)
    }
  }

  @Test func badRangesAreRefused() {
    for (start, end, step) in [
      (0.0, Double.nan, 1.0), (-.infinity, 0, 1), (0, 1, 0), (0, 1, .nan), (0, 1e300, 1e-300),
    ] {
      #expect(throws: Failure.self) {
        _ = try NumberRange(from: start, to: end, closed: true, by: step)
      }
    }
  }

  /// Index expressions of lists select what the same expressions select of a tensor.
  @Test func listsAreIndexedLikeTensors() throws {
    let numbers = (0..<6).map(Double.init)
    let tensor = TensorObject(Tensor(numbers))
    let list = ListObject(numbers.map(Value.number))
    func range(_ start: Int, _ end: Int, _ closed: Bool, _ step: Int) throws -> Value {
      .object(
        RangeObject(
          try NumberRange(from: Double(start), to: Double(end), closed: closed, by: Double(step))))
    }
    var items: [Subscript] = [.all, .from(2), .from(-2), .upTo(3, closed: true)]
    items += [.upTo(-2, closed: false), .value(.number(-1)), .value(.vector([5, 0, -2]))]
    for start in -6...6 {
      for end in -6...6 where end >= start || (start < 0) == (end < 0) {
        for closed in [false, true] {
          items.append(.value(try range(start, end, closed, 1)))
          items.append(.value(try range(start, end, closed, 2)))
        }
      }
    }
    for item in items {
      let expected = Result { try tensor.index([item]) }
      let found = Result { try list.index([item]) }
      guard let values = try? expected.get() else { continue }
      let numbers = (values.asTensor?.values ?? []).map(Value.number)
      let got = try found.get()
      #expect((got.asList ?? [got]).map { $0.display() } == numbers.map { $0.display() }, "\(item)")
    }
  }
}
