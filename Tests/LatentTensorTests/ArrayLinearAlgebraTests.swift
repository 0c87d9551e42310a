// Factorisations against numbers of numpy, and by multiplying them back together.

import LatentTensor
import Testing

@Suite struct ArrayLinearAlgebraTests {
  let a = Tensor([4, 1, 0.5, 1, 3, -0.25, 0.5, -0.25, 2]).reshaped([3, 3])
  let c = Tensor([1, 2, 3, 4, 5, 6, 7, 8, 10]).reshaped([3, 3])

  private func near(_ a: Tensor, _ b: [Double], _ error: Double = 1e-12) -> Bool {
    a.count == b.count && zip(a.values, b).allSatisfy { abs($0 - $1) <= error }
  }

  @Test func cholesky() throws {
    let l = try a.cholesky()
    #expect(l[flat: 1] == 0 && l[flat: 2] == 0 && l[flat: 5] == 0)
    #expect(near(try l.matrixProduct(l.transposed()), a.values))
    #expect(l[flat: 0] == 2)
    let batch = try Tensor.stack([a, try Tensor.eye(3)]).cholesky()
    #expect(batch.shape == [2, 3, 3])
    #expect(near(try batch.row(0), l.values))
    let indefinite = try #require(failure { try Tensor.eye(2).negated().cholesky() })
    #expect(indefinite.code == "L621" && indefinite.message.contains("1 × 1"))
    #expect(failure { try c.cholesky() }?.code == "L622")
    #expect(
      failure { try Tensor([1, .nan, .nan, 1]).reshaped([2, 2]).cholesky() }?.code == "L623")
    #expect(failure { try Tensor([1, 2]).cholesky() }?.code == "L421")
    #expect(failure { try counting([2, 3]).cholesky() }?.code == "L421")
  }

  @Test func systems() throws {
    #expect(near(try c.solving(Tensor([1, 2, 4])), [2 / 3.0, -4 / 3.0, 1]))
    let right = Tensor([1, 0, 2, 0, 4, 1]).reshaped([3, 2])
    #expect(near(try c.matrixProduct(try c.solving(right)), right.values))
    #expect(near(try c.matrixProduct(try c.inverse()), try Tensor.eye(3).values))
    let singular = Tensor([1, 2, 2, 4]).reshaped([2, 2])
    #expect(failure { try singular.solving(Tensor([1, 1])) }?.code == "L620")
    let rounded = Tensor([1, 2, 3, 4, 5, 6, 7, 8, 9]).reshaped([3, 3])
    #expect(failure { try rounded.solving(Tensor([1, 1, 1])) }?.code == "L620")
    let small = Tensor([1, 0, 0, 1e-200]).reshaped([2, 2])
    #expect(try small.solving(Tensor([1, 1e-200])).values == [1, 1])
    #expect(failure { try Tensor.zeros([2, 2]).inverse() }?.code == "L620")
    #expect(failure { try c.solving(Tensor([1, 1])) }?.code == "L421")
    #expect(failure { try c.solving(Tensor([1, .infinity, 1])) }?.code == "L623")
    #expect(try Tensor(shape: [0, 0], [Double]()).solving(Tensor([Double]())).count == 0)
  }

  @Test func determinants() throws {
    #expect(near(try c.determinant(), [-3]))
    #expect(near(try a.determinant(), [20.75]))
    #expect(near(try a.logDeterminant(), [3.0325462466767075]))
    #expect(try c.logDeterminant()[flat: 0].isNaN)
    #expect(try Tensor.zeros([2, 2]).logDeterminant()[flat: 0] == -.infinity)
    #expect(try Tensor.zeros([2, 2]).determinant()[flat: 0] == 0)
    let tiny = try Tensor.elementwise(.multiply, try Tensor.eye(200), Tensor(1e-3))
    #expect(near(try tiny.logDeterminant(), [-1381.551055796427], 1e-9))
    #expect(try Tensor.stack([a, c]).determinant().shape == [2])
  }

  @Test func eigenvalues() throws {
    let (w, v) = try a.symmetricEigen()
    #expect(w.values == w.values.sorted())
    #expect(near(try w.sum(), [9]))
    #expect(near(try w.prod(), [20.75]))
    let scaled = try Tensor.elementwise(.multiply, v, w.reshaped([1, 3]))
    #expect(near(try scaled.matrixProduct(v.transposed()), a.values))
    #expect(near(try v.transposed().matrixProduct(v), try Tensor.eye(3).values))
    for column in 0..<3 {
      let vector = try v.selecting([.all, .index(column)]).values
      #expect(vector.max() == vector.map(abs).max())
    }
    #expect(failure { try c.symmetricEigen() }?.code == "L622")
  }

  @Test(arguments: [[2, 3], [3, 2], [4, 4], [1, 5], [60, 40]])
  func singularValues(_ shape: [Int]) throws {
    var random = Philox(seed: 5)
    let x = Tensor(shape: shape, random.normals(shape[0] * shape[1]))
    let (u, s, v) = try x.singularValues()
    let k = min(shape[0], shape[1])
    #expect(u.shape == [shape[0], k] && s.shape == [k] && v.shape == [shape[1], k])
    #expect(s.values == s.values.sorted(by: >) && s.values.allSatisfy { $0 >= 0 })
    let back = try Tensor.elementwise(.multiply, u, s.reshaped([1, k]))
      .matrixProduct(v.transposed())
    #expect(near(back, x.values, 1e-11))
    #expect(near(try u.transposed().matrixProduct(u), try Tensor.eye(k).values, 1e-11))
  }

  @Test func singularValuesOfNumpy() throws {
    let x = Tensor([1, 2, 3, -1, 0.5, 4]).reshaped([2, 3])
    #expect(near(try x.singularValues().s, [5.266357964355762, 1.8749596772375254]))
    #expect(try Tensor.zeros([0, 3]).singularValues().s.count == 0)
  }

  @Test func everyCodeHasItsOwnMeaning() {
    let codes = LinearAlgebraFailure.allCases
    #expect(Set(codes.map(\.meaning)).count == codes.count)
  }
}

extension Tensor {
  fileprivate func negated() -> Tensor { mapping { -$0 } }
}
