// Shapes, creation, sizes that overflow, and the text of numbers and tensors.

import LatentTensor
import Testing

@Suite struct ArrayShapingTests {
  @Test func reshapeWorksOutOneLength() throws {
    let x = counting([2, 6])
    #expect(try x.reshape([3, -1]).shape == [3, 4])
    #expect(try x.reshape([-1]).values == x.values)
    #expect(try counting([0, 4]).reshape([-1, 4]).shape == [0, 4])
    for bad in [[5, -1], [-1, -1], [13], [-2, 6], [0, -1], [Int.max, Int.max], []] {
      #expect(failure { try x.reshape(bad) } != nil, "\(bad)")
    }
    #expect(failure { try x.reshape([5, -1]) }?.message.contains("(5, -1)") == true)
  }

  @Test func joiningAndSplittingAreInverse() throws {
    let x = counting([4, 6])
    for axis in [0, 1, -1] {
      let parts = try x.split(2, axis: axis)
      #expect(parts.count == 2)
      #expect(try Tensor.concatenate(parts, axis: axis).values == x.values)
    }
    #expect(try x.split(3).map(\.shape) == [[4, 2], [4, 2], [4, 2]])
    #expect(failure { try x.split(4) }?.code == "L421")
    #expect(failure { try x.split(0) }?.code == "L421")
    #expect(failure { try Tensor.concatenate([x, counting([4, 5])]) }?.code == "L421")
    #expect(try Tensor.concatenate([x, counting([1, 6])]).shape == [5, 6])
    #expect(failure { try Tensor.concatenate([]) }?.code == "L425")
    #expect(failure { try Tensor.concatenate([Tensor(1)]) }?.code == "L421")
  }

  @Test func stacking() throws {
    let (a, b) = (Tensor([1, 2]), Tensor([3, 4]))
    #expect(try Tensor.stack([a, b]).values == [1, 2, 3, 4])
    #expect(try Tensor.stack([a, b], axis: -1).values == [1, 3, 2, 4])
    #expect(try Tensor.stack([Tensor(1), Tensor(2)]).shape == [2])
    #expect(failure { try Tensor.stack([a, Tensor([1])]) }?.code == "L421")
    let bytes = Tensor(shape: [2], storage: .bytes([1, 2], scale: 0.5))
    guard case .bytes(let joined, 0.5) = try Tensor.stack([bytes, bytes]).storage else {
      Issue.record("stacking bytes gave other storage")
      return
    }
    #expect(joined == [1, 2, 1, 2])
    let mask = Tensor(shape: [1], mask: [true])
    #expect(try Tensor.concatenate([mask, mask]).isMask)
  }

  @Test func repetition() throws {
    #expect(try Tensor([1, 2]).repeated(3).values == [1, 2, 1, 2, 1, 2])
    #expect(try Tensor(5).repeated(2).values == [5, 5])
    #expect(
      try Tensor([1, 2]).reshaped([2, 1]).repeated(2, axis: 1).values == [1, 1, 2, 2])
    #expect(try Tensor([1]).repeated(0).shape == [0])
    #expect(failure { try Tensor([1]).repeated(-1) }?.code == "L426")
    #expect(failure { try Tensor([1, 2]).repeated(.max) }?.code == "L427")
  }

  @Test func creation() throws {
    #expect(try Tensor.eye(2).values == [1, 0, 0, 1])
    #expect(try Tensor.arange(0, 1, step: 0.25).values == [0, 0.25, 0.5, 0.75])
    #expect(try Tensor.arange(0, 0.3, step: 0.1).values.count == 3)
    // 0.1 · 13 + 1 rounds to just below 2.3 in numpy's count, which gives one element too many.
    #expect(try Tensor.arange(1, 1.3, step: 0.1).values.allSatisfy { $0 < 1.3 })
    #expect(try Tensor.arange(3, 0, step: -1).values == [3, 2, 1])
    #expect(try Tensor.arange(0, -5).values == [])
    #expect(try Tensor.linspace(0, 1, 5).values == [0, 0.25, 0.5, 0.75, 1])
    #expect(try Tensor.linspace(0.1, 0.7, 7).values.last == 0.7)
    #expect(try Tensor.linspace(2, 3, 1).values == [2])
    #expect(try Tensor([1, 2]).diag().values == [1, 0, 0, 2])
    #expect(try counting([2, 3]).diag().values == [0, 4])
    #expect(try counting([2, 2]).trace().values == [3])
    #expect(failure { try counting([2, 3]).trace() }?.code == "L421")
    #expect(failure { try counting([2, 3, 2]).diag() }?.code == "L421")
    #expect(try Tensor([-5, .nan, 5]).clamped(-1, 1).values.first == -1)
    #expect(failure { try Tensor([1]).clamped(2, 1) }?.code == "L426")
    #expect(failure { try Tensor.arange(0, 1, step: 0) }?.code == "L426")
    #expect(failure { try Tensor.arange(0, .infinity) }?.code == "L426")
  }

  @Test func hugeSizesAreRefusedWithTheFigure() throws {
    for huge in [[1 << 40, 1 << 40], [Int.max], [Int.max, 2], [1 << 22, 1 << 22]] {
      let error = try #require(failure { try Tensor.zeros(huge) })
      #expect(error.code == "L427" && error.message.contains("GB"), "\(huge)")
    }
    #expect(try Tensor.zeros([Int.max, 0]).count == 0)
    let deep = [Int](repeating: 1, count: 65)
    #expect(failure { try Tensor([1]).reshape(deep) }?.code == "L427")
    let tower = Tensor([1]).reshaped([Int](repeating: 1, count: 100_000))
    #expect(tower.description == "tensor of 100000 axes")
    #expect(failure { try tower.cholesky() }?.code == "L427")
    #expect(failure { try Tensor.zeros([-1]) }?.code == "L426")
    #expect(failure { try Tensor.eye(.max) }?.code == "L427")
    #expect(failure { try Tensor.arange(0, 1e300) }?.code == "L427")
    #expect(failure { try Tensor.linspace(0, 1, .max) }?.code == "L427")
    let tall = Tensor(repeating: 1, shape: [4_000_000, 1])
    #expect(failure { try tall.matrixProduct(tall.transposed()) }?.code == "L427")
    #expect(failure { try tall.flattened().diag() }?.code == "L427")
    #expect(failure { try Tensor.pairwise(tall, tall) { x, _ in x } }?.code == "L427")
    let wide = [Int](repeating: 0, count: 4_000_000)
    #expect(
      failure { try Tensor.zeros([1, 4_000_000]).selecting([.positions(wide), .all]) }?.code
        == "L427")
  }

  @Test(arguments: [
    (6.0, "6"), (0.1, "0.1"), (-0.0, "-0"), (1e-6, "1e-6"), (1.5e-7, "1.5e-7"), (1e16, "1e16"),
    (123_456_789_012_345_680, "1.2345678901234568e17"), (1e15, "1000000000000000"),
    (-999_999_999_999_999, "-999999999999999"), (.nan, "nan"),
    (-.infinity, "-inf"), (1.0 / 3, "0.3333333333333333"), (.leastNonzeroMagnitude, "5e-324"),
    (2.5, "2.5"),
  ])
  func numberTexts(_ number: Double, _ text: String) {
    #expect(NumberText.shortest(number) == text)
    if !number.isNaN { #expect(Double(NumberText.shortest(number)) == number) }
  }

  @Test func roundedTexts() {
    #expect(NumberText.rounded(1.0 / 3) == "0.333333")
    #expect(NumberText.rounded(123456.789) == "123457")
    #expect(NumberText.rounded(2e-9 / 3) == "6.66667e-10")
    #expect(NumberText.rounded(1e22 / 3) == "3.33333e21")
    #expect(NumberText.rounded(.leastNonzeroMagnitude) == "5e-324")
    #expect(NumberText.shortest(Float(0.1)) == "0.1")
  }

  @Test func smallTensorsAreShownWhole() {
    #expect(Tensor(6).description == "6")
    #expect(Tensor([1, 2.5, .nan]).description == "[1, 2.5, nan]")
    #expect(Tensor([Double]()).description == "[]")
    #expect(
      Tensor([1, -0.25, 10.5, 2]).reshaped([2, 2]).description
        == """
        [[ 1,    -0.25],
         [10.5,   2]]
        """)
    #expect(
      counting([2, 2, 2]).description
        == """
        [[[0, 1],
          [2, 3]],

         [[4, 5],
          [6, 7]]]
        """)
    #expect(Tensor(shape: [2], mask: [true, false]).description == "[true, false]")
    #expect(Tensor(shape: [0, 3], [Double]()).description == "tensor of shape (0, 3), empty")
    #expect(Tensor(shape: [1], floats: [Float(0.1)]).description == "[0.1]")
  }

  @Test func largeTensorsAreSummarised() {
    #expect(
      counting([100, 20]).description
        == """
        tensor of shape (100, 20)
        [[   0,    1,    2, …,   17,   18,   19],
         [  20,   21,   22, …,   37,   38,   39],
         [  40,   41,   42, …,   57,   58,   59],
         …,
         [1940, 1941, 1942, …, 1957, 1958, 1959],
         [1960, 1961, 1962, …, 1977, 1978, 1979],
         [1980, 1981, 1982, …, 1997, 1998, 1999]]
        """)
    let long = counting([60]).description.split(separator: "\n")
    #expect(long.count == 3 && long.allSatisfy { $0.count <= 100 })
    #expect(counting([2000]).description.hasSuffix("[0, 1, 2, …, 1997, 1998, 1999]"))
  }

  @Test func everyCodeHasItsOwnMeaning() {
    let codes = ArrayFailure.allCases
    #expect(Set(codes.map(\.meaning)).count == codes.count)
    #expect(codes.allSatisfy { $0.rawValue.hasPrefix("L4") })
  }
}
