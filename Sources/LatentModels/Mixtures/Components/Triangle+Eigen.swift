// Eigenvalues of a packed symmetric matrix raised to a floor.

import LatentTensor

extension Triangle {
  /// The nearest matrix with no eigenvalue below `floor`: the maximiser of a Gaussian likelihood
  /// with scatter `matrix` under that constraint.
  func raised(_ matrix: [Double], to floor: Double) throws -> [Double] {
    let eigen = try Tensor(shape: [size, size], unpacked(matrix)).symmetricEigen()
    let (values, vectors) = (eigen.values.values, eigen.vectors.values)
    var result = [Double](repeating: 0, count: count)
    for i in 0..<size {
      for j in 0...i {
        var sum = 0.0
        for k in 0..<size {
          sum += vectors[i * size + k] * vectors[j * size + k] * max(values[k], floor)
        }
        result[Triangle.start(i) + j] = sum
      }
    }
    return result
  }
}
