// Broadcasting against a naive implementation that indexes by coordinates, and the rules of
// LANGUAGE §1.5 that go beyond the usual ones.

import LatentTensor
import Testing

/// All shapes of up to three axes with lengths from `lengths`.
func smallShapes(_ lengths: [Int] = [0, 1, 2, 3]) -> [[Int]] {
  var shapes: [[Int]] = [[]]
  for a in lengths {
    shapes.append([a])
    for b in lengths {
      shapes.append([a, b])
      for c in lengths { shapes.append([a, b, c]) }
    }
  }
  return shapes
}

/// A tensor of distinct numbers.
func counting(_ shape: [Int], from start: Double = 0) -> Tensor {
  Tensor(shape: shape, (0..<shape.reduce(1, *)).map { start + Double($0) })
}

/// The coordinates of a row-major position.
func coordinates(_ position: Int, _ shape: [Int]) -> [Int] {
  var rest = position
  var result: [Int] = []
  for length in shape.reversed() {
    result.insert(rest % length, at: 0)
    rest /= length
  }
  return result
}

/// The row-major position of coordinates.
func position(_ coordinates: [Int], _ shape: [Int]) -> Int {
  zip(coordinates, shape).reduce(0) { $0 * $1.1 + $1.0 }
}

func failure(_ body: () throws -> Any) -> Failure? {
  do {
    _ = try body()
    return nil
  } catch { return error as? Failure }
}

@Suite struct ArrayElementwiseTests {
  /// numpy's rule, by coordinates: nil where the shapes do not match.
  private func usualBroadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
    let rank = max(a.count, b.count)
    let left = [Int](repeating: 1, count: rank - a.count) + a
    let right = [Int](repeating: 1, count: rank - b.count) + b
    var result: [Int] = []
    for (x, y) in zip(left, right) {
      guard x == y || x == 1 || y == 1 else { return nil }
      result.append(x == 1 ? y : x)
    }
    return result
  }

  @Test func broadcastingAgreesWithCoordinates() throws {
    for a in smallShapes() {
      for b in smallShapes() {
        let (x, y) = (counting(a, from: 1), counting(b, from: 100))
        let usual = usualBroadcast(a, b)
        guard let shape = usual, shape == a || shape == b else {
          #expect(failure { try Tensor.elementwise(.subtract, x, y) }?.code == "L420")
          continue
        }
        let result = try Tensor.elementwise(.subtract, x, y)
        let less = try Tensor.compare(.less, x, y)
        #expect(result.shape == shape)
        #expect(less.isMask && less.shape == shape)
        for place in 0..<shape.reduce(1, *) {
          let at = coordinates(place, shape)
          func pick(_ t: Tensor, _ own: [Int]) -> Double {
            let aligned = zip(at.suffix(own.count), own).map { $1 == 1 ? 0 : $0 }
            return t[flat: position(aligned, own)]
          }
          #expect(result[flat: place] == pick(x, a) - pick(y, b))
          #expect((less[flat: place] == 1) == (pick(x, a) < pick(y, b)))
        }
      }
    }
  }

  @Test func aShapeOfNeitherOperandIsRefused() throws {
    let error = try #require(
      failure { try Tensor.elementwise(.subtract, counting([5, 1]), counting([5])) })
    #expect(error.message.contains("(5, 1)") && error.message.contains("(5,)"))
    #expect(error.helps.contains { $0.contains("pairwise(a, b, f)") })
    let rows = try #require(
      failure { try Tensor.elementwise(.add, counting([5, 2]), counting([5])) })
    #expect(rows.helps.contains { $0.contains("[5, 1]") })
  }

  @Test(arguments: [
    (7.0, 3.0, 1.0), (-7, 3, 2), (7, -3, -2), (-7, -3, -1), (-1, 0.75, 0.5), (6, 3, 0),
    (-6, 3, 0), (5, .infinity, 5), (-5, .infinity, .infinity),
  ])
  func theRemainderHasTheSignOfTheDivisor(_ a: Double, _ b: Double, _ expected: Double) throws {
    #expect(Arithmetic.remainder.callAsFunction(a, b) == expected)
    #expect(
      try Tensor.elementwise(.remainder, Tensor([a]), Tensor(b)).values == [expected])
  }

  @Test func remainderByZeroIsNan() {
    #expect(Arithmetic.modulo(1, 0).isNaN)
  }

  @Test func everyOperatorAgreesWithItsNumberForm() throws {
    let (a, b) = (Tensor([-2, 0.5, 3]), Tensor([3, 2, -1]))
    for operation in Arithmetic.allCases {
      let result = try Tensor.elementwise(operation, a, b).values
      for i in 0..<3 {
        let (x, y) = (a[flat: i], b[flat: i])
        #expect(result[i] == operation(x, y), "\(operation)")
      }
    }
    #expect(try Tensor.elementwise(.power, a, Tensor(2)).values == [4, 0.25, 9])
    for comparison in Comparison.allCases {
      let result = try Tensor.compare(comparison, a, b).values
      #expect(result == (0..<3).map { comparison(a[flat: $0], b[flat: $0]) ? 1 : 0 })
    }
  }

  @Test func bytesAndMasksAreReadAsNumbers() throws {
    let bytes = Tensor(shape: [2], storage: .bytes([51, 255], scale: 1.0 / 255))
    #expect(try Tensor.elementwise(.add, bytes, Tensor(1)).values == [1.2, 2])
    let mask = Tensor(shape: [3], mask: [true, false, true])
    #expect(try mask.sum().values == [2])
    #expect(try Tensor.combine(.and, mask, mask.negatedMask()).values == [0, 0, 0])
    #expect(try Tensor.combine(.or, mask, mask.negatedMask()).values == [1, 1, 1])
  }

  @Test func whereChooses() throws {
    let x = Tensor([-1, 2, -3])
    let chosen = try Tensor.choose(try Tensor.compare(.less, x, Tensor(0)), Tensor(0), x)
    #expect(chosen.values == [0, 2, 0])
    let mask = Tensor(shape: [2], mask: [true, false])
    #expect(try Tensor.choose(mask, mask, mask).isMask)
  }

  @Test func pairwiseIsTheTableOfAllPairs() throws {
    let table = try Tensor.pairwise(Tensor([1, 2]), Tensor([10, 20, 30])) {
      try Tensor.elementwise(.subtract, $1, $0)
    }
    #expect(table.shape == [2, 3])
    #expect(table.values == [9, 19, 29, 8, 18, 28])
    let rows = try Tensor.pairwise(counting([2, 2]), counting([3, 2])) {
      try Tensor.elementwise(.subtract, $0, $1)
    }
    #expect(rows.shape == [2, 3, 2])
    var calls = 0
    let uneven = failure {
      try Tensor.pairwise(Tensor([1, 2]), Tensor([1])) { _, _ in
        calls += 1
        return counting([calls])
      }
    }
    #expect(uneven?.code == "L421")
  }

  @Test func matrixProductsAgreeWithSums() throws {
    for (a, b) in [
      ([2, 3], [3, 4]), ([3], [3, 4]), ([2, 3], [3]), ([3], [3]), ([5, 2, 3], [5, 3, 4]),
      ([5, 2, 3], [3, 4]), ([2, 3], [5, 3, 4]), ([70, 130], [130, 3]), ([2, 0], [0, 3]),
    ] {
      let (x, y) = (counting(a, from: -3), counting(b, from: -5))
      let product = try x.matrixProduct(y)
      let (n, m) = (a.count > 1 ? a[a.count - 2] : 1, b.count > 1 ? b[b.count - 1] : 1)
      let k = a[a.count - 1]
      let batches = max(a.dropLast(2).first ?? 1, b.dropLast(2).first ?? 1)
      var expected: [Double] = []
      for batch in 0..<batches {
        let (left, right) = (a.count > 2 ? batch * n * k : 0, b.count > 2 ? batch * k * m : 0)
        for i in 0..<n {
          for j in 0..<m {
            var sum = 0.0
            for p in 0..<k { sum += x[flat: left + i * k + p] * y[flat: right + p * m + j] }
            expected.append(sum)
          }
        }
      }
      #expect(product.values == expected, "\(a) @ \(b)")
      let shape = (a.count > 2 || b.count > 2 ? [batches] : [])
      #expect(product.shape == shape + (a.count > 1 ? [n] : []) + (b.count > 1 ? [m] : []))
    }
    let error = try #require(failure { try counting([2, 3]).matrixProduct(counting([2, 3])) })
    #expect(error.code == "L421" && error.helps.contains { $0.contains("b'") })
    #expect(failure { try counting([2, 3]).matrixProduct(Tensor(2)) }?.code == "L421")
  }

  @Test func transpositionAndPermutation() throws {
    let x = counting([2, 3, 4])
    let y = try x.permuted([2, 0, -2])
    #expect(y.shape == [4, 2, 3])
    for i in 0..<2 {
      for j in 0..<3 {
        for k in 0..<4 {
          #expect(
            y[flat: position([k, i, j], y.shape)] == x[flat: position([i, j, k], x.shape)])
          #expect(
            x.transposed()[flat: position([i, k, j], [2, 4, 3])]
              == x[flat: position([i, j, k], x.shape)])
        }
      }
    }
    #expect(Tensor([1, 2]).transposed().shape == [2])
    #expect(failure { try x.permuted([0, 0, 1]) }?.code == "L422")
    let bytes = Tensor(shape: [2, 2], storage: .bytes([1, 2, 3, 4], scale: 1))
    guard case .bytes(let transposed, _) = bytes.transposed().storage else {
      Issue.record("transposing bytes gave other storage")
      return
    }
    #expect(transposed == [1, 3, 2, 4])
  }
}
