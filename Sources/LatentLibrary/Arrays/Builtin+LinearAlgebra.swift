// Linear algebra on matrices.

import LatentLanguage
import LatentTensor

/// A function of one matrix.
private struct MatrixFunction {
  var name: String
  var help: String
  var example: String
  var traced: (@Sendable (BuiltinCall) throws -> Value)?
  var function: @Sendable (Tensor) throws -> Tensor

  init(
    _ name: String, _ help: String, _ example: String,
    traced: (@Sendable (BuiltinCall) throws -> Value)? = nil,
    _ function: @escaping @Sendable (Tensor) throws -> Tensor
  ) {
    self.name = name
    self.help = help
    self.example = example
    self.traced = traced
    self.function = function
  }

  private static func tracedTrace(_ call: BuiltinCall) throws -> Value {
    try call.checkShapes(of: "a")
    let a = try call.symbol("a")
    return try call.traced(a.collecting(try a.places().diag()).sum())
  }

  static let table: [MatrixFunction] = [
    MatrixFunction(
      "cholesky", "The lower triangular L with a = L @ L', of a positive definite matrix.",
      "cholesky([[4, 2], [2, 5]])[1]  #=> [1, 2]"
    ) { try $0.cholesky() },
    MatrixFunction("det", "The determinant.", "round(det([[1, 2], [3, 4]]))  #=> -2") {
      try $0.determinant()
    },
    MatrixFunction(
      "logdet", "The logarithm of the determinant, without overflow; nan if it is negative.",
      "logdet(eye(3))  #=> 0"
    ) { try $0.logDeterminant() },
    MatrixFunction(
      "inverse", "The inverse. For systems `solve(a, b)` is faster and more exact.",
      "inverse([[2, 0], [0, 4]])[1]  #=> [0, 0.25]"
    ) { try $0.inverse() },
    MatrixFunction(
      "diag", "The diagonal of a matrix, or a vector as the diagonal of a matrix.",
      "diag([[1, 2], [3, 4]])  #=> [1, 4]", traced: Builtin.moving("a")
    ) { try $0.diag() },
    MatrixFunction(
      "trace", "The sum of the diagonal.", "trace([[1, 2], [3, 4]])  #=> 5",
      traced: tracedTrace
    ) { try $0.trace() },
  ]

  var builtin: Builtin {
    let function = self.function
    return Builtin(
      name, in: .linearAlgebra, help: help,
      parameters: [.tensor("a", name == "diag" ? "A matrix or a vector." : "A square matrix.")],
      returns: .numeric, examples: [example], traced: traced
    ) { call in .tensor(try function(try call.tensor("a"))) }
  }
}

extension Builtin {
  static let linearAlgebraSection: [Builtin] =
    MatrixFunction.table.map(\.builtin) + [solve, eigh, svd]

  private static let solve = Builtin(
    "solve", in: .linearAlgebra, help: "The x with a @ x = b.",
    parameters: [
      .tensor("a", "A square matrix."), .tensor("b", "A vector, or a matrix of several."),
    ], returns: .tensor, examples: ["solve([[2, 0], [0, 4]], [2, 2])  #=> [1, 0.5]"]
  ) { call in .tensor(try call.tensor("a").solving(try call.tensor("b"))) }

  private static let eigh = Builtin(
    "eigh", in: .linearAlgebra,
    help: "Eigenvalues in ascending order and orthonormal eigenvectors, as columns, of a symmetric "
      + "matrix: `(values:, vectors:)`.",
    parameters: [.tensor("a", "A symmetric matrix.")], returns: .record,
    examples: ["round(eigh([[2, 1], [1, 2]]).values)  #=> [1, 3]"]
  ) { call in
    let (values, vectors) = try call.tensor("a").symmetricEigen()
    return .record([("values", .tensor(values)), ("vectors", .tensor(vectors))])
  }

  private static let svd = Builtin(
    "svd", in: .linearAlgebra,
    help: "The thin singular value decomposition a = u @ diag(s) @ v' with s descending: "
      + "`(u:, s:, v:)`.",
    parameters: [.tensor("a", "A matrix.")], returns: .record,
    examples: ["round(svd([[3, 0], [0, 4]]).s)  #=> [4, 3]"]
  ) { call in
    let (u, s, v) = try call.tensor("a").singularValues()
    return .record([("u", .tensor(u)), ("s", .tensor(s)), ("v", .tensor(v))])
  }
}
