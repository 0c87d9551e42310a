// Derivatives by tracing against central differences: every builtin and operator that can be
// traced, each in a function of the language that is also evaluated plainly.

import Foundation
import Latent
import LatentLibrary
import Testing

struct TracingDerivativeTests {
  /// A function of a vector `v` of six numbers between 0.3 and 1.7, and what it tries.
  struct Case: Sendable, CustomTestStringConvertible {
    var body: String
    var testDescription: String { body }

    init(_ body: String) { self.body = body }
  }

  /// Weights keep the derivative of a sum from being trivial.
  static let weights = "[0.3, -1.1, 0.7, 1.9, -0.4, 0.9]"
  static let point = [0.31, 1.62, 0.77, 1.13, 0.58, 1.41]

  /// Element by element, in and out of their usual range.
  static let elementwise = [
    "abs(v - 1)", "exp(v)", "log(v)", "log1p(v)", "expm1(v)", "sqrt(v)", "sin(v)", "cos(v)",
    "tan(v / 2)", "tanh(v)", "sigmoid(3 * v)", "softplus(v - 1)", "relu(v - 1)", "lgamma(v)",
    "lgamma(v - 2)", "digamma(v)", "erf(v)", "floor(3 * v) * v", "ceil(3 * v) * v",
    "round(3 * v) * v", "sign(v - 1) * v", "clamp(v, 0.5, 1.3)", "-v", "+v", "v + w", "w - v",
    "v * w * v", "w / v", "v / w", "v % 0.4", "5 % v", "v % w", "v^2", "v^3", "v^-1.5", "2^v",
    "v^v", "v^0", "where(v > 1, v^2, w * v)", "where(v <= 1 or v > 1.5, v, 2 * v)",
    "where(not (v >= 1 and w != 1), v, exp(v))", "(v < 1) * v", "(0.5 < v < 1.5) * v",
    "where(isnan(v), 0, v^2)", "where(isfinite(v), v^2, 0)", "min(v, 1)", "max(v, w, 2 - v)",
    "softmax(v)", "cumsum(v)^2", "reverse(v) * v", "v[[5, 0, 0, 2, 3, 1]]", "v[-1] * v",
    "v / sum(v)", "map(v, x => x^2)", "[x * i for (i, x) in enumerate(v)]", "abs(v)' * v",
    "concat([v[0...2], v[..<3]^2])", "concat([v[1...], [1]])", "repeat(v[0...1]^2, 3)",
    "stack([v[0], v[1] * v[2], 3, v[3], v[0], v[5]])", "v @ reshape(w @ w * v[0] * eye(6), [6, 6])",
    "[v[5], 2, v[0]^2, v[1], v[1], 1]", "flatten([[v[0], v[1]], [1, 2], [v[2], v[3] * v[4]]])",
  ].map { Case("sum((\($0)) * w)") }

  static let wholes = [
    "sum(A^2)", "mean(v^2)", "prod(v)", "prod(v - v[2])", "min(v)", "max(v^2)", "var(v)", "std(v)",
    "var(v, correction: 1)", "norm(v)", "logsumexp(v)", "logsumexp(1000 * v)", "trace(A @ A')",
    "norm(A, axis: 0) @ [1, 2, 3]", "sum(sum(A, axis: 1)^3)", "sum(mean(A, axis: 0)^3)",
    "sum(prod(A, axis: 1, keep: true)^2)", "sum(prod(A, axis: 0) * [1, 2, 3])",
    "sum(max(A, axis: 1)^2)", "sum(min(A, axis: 0, keep: true) * A)", "sum(std(A, axis: -1)^3)",
    "sum(var(A, axis: 0, keep: true) * A)", "sum(logsumexp(A, axis: 0)^2)",
    "sum(softmax(A, axis: 0) * A)", "sum(cumsum(A, axis: 0) * A^2)", "sum(cumsum(A, axis: 1)^2)",
    "sum(cumsum(A) * w)", "v @ w", "w @ v^2", "v @ v", "sum((A @ A')^2)", "sum(A' @ B)",
    "sum((B @ A')^2)", "sum(A @ [1, v[0], 2])", "[v[0], 2] @ A @ [1, 2, v[1]]",
    "sum((reshape(v, [3, 1, 2]) @ reshape(v, [3, 2, 1]))^2)",
    "sum((reshape(v, [1, 2, 3]) @ reshape(v, [3, 2]))^3)",
    "sum(reshape(v, [2, 1, 3]) @ stack([B', 2 * B'])^2)",
    "sum(A[1] * A[0])", "sum(A[:, 1]^2)", "sum(A[:, [2, 0]] * [1, 2])", "sum(A[A0 > 0]^2)",
    "sum(A[..., 1...]^2)", "A[1, 2] * A[0, 0]",
    "sum(transpose(reshape(v, [1, 2, 3]), [2, 0, 1])^3)",
    "sum(reshape(v, [1, 2, 3])' * [1, 2])", "sum(diag(A[:, 0...1]) * [1, 3])",
    "sum((diag(v) @ w)^2)", "sum(concat([A, B^2 * v[0]], axis: 1)^2)",
    "sum(stack([A, A^2], axis: 1)[:, 0]^2)", "sum(split(A, 3)[1] * split(A^2, 3)[2])",
    "sum(repeat(A, 2, axis: 1)[:, 4]^2)", "sum(pairwise(v, v[0...2], (a, b) => (a - b)^2 * a))",
    "sum(pairwise(A, B, (a, b) => exp(-norm(a - b)^2)))", "sum(A + v[0...2])",
    "sum((A - mean(A, axis: 0)) ^ 2 / [1, 2, 3])", "sum(A * [[v[0]], [v[1]]])",
    "reduce(v, (a, b) => a * b + b)", "pieces(v)", "sum(replaced(v) * w)", "v[0] ^ v[1] * pi",
    "log v[0] + log(v[1])", "sum(where(A > 1, A, v[0]))", "sum(A.shape) * v[0]", "len(v) * v[1]",
    "sum(where(v[0] > 1, v, w * v))",
  ].map(Case.init)

  static let program = """
    w = \(weights)
    B = [[1, 2, 3], [0.5, -1, 0.2]]
    A0 = [[1, -1, 1], [-1, 1, 1]]
    pieces(v) = {
      total = 0
      for i in 0..<5 {
        if i % 2 == 0 { total += v[i] * v[i + 1] } else { total -= v[i]^2 }
      }
      for x in v { total = total * 0.9 + x^2 }
      total
    }
    replaced(v) = {
      v[0] = v[1] * v[2]
      v[3...4] = [v[5], 2]
      v[2] *= 3
      v
    }

    """

  @Test(arguments: elementwise + wholes)
  func centralDifferences(_ function: Case) throws {
    let latent = Interpreter()
    let head = function.body.contains("A") ? "{ A = reshape(v, [2, 3]); " : "{ "
    try latent.run(Self.program + "f(v) = \(head)\(function.body) }\ng = grad(f)")
    func value(_ v: [Double]) throws -> Double {
      try #require(try latent.run("f([\(v.map { "\($0)" }.joined(separator: ", "))])").asNumber)
    }
    let point = Self.point
    let list = point.map { "\($0)" }.joined(separator: ", ")
    let gradient = try #require(try latent.run("g([\(list)])").asTensor)
    try #require(gradient.shape == [6])
    for i in 0..<6 {
      // Richardson's extrapolation of two central differences.
      func difference(_ h: Double) throws -> Double {
        var (up, down) = (point, point)
        up[i] += h
        down[i] -= h
        return (try value(up) - value(down)) / (2 * h)
      }
      let expected = (4 * (try difference(5e-5)) - (try difference(1e-4))) / 3
      let error = abs(gradient[flat: i] - expected)
      #expect(
        error <= 1e-8 * max(1, abs(expected)), "by v[\(i)]: \(gradient[flat: i]), \(expected)")
    }
    // The traced function computes what the plain one does.
    let traced = try latent.run("jacobian(v => f(v) + 0 * sum(v))([\(list)])")
    #expect(traced.asTensor?.values == gradient.values)
  }

  /// Builtins that read numbers and cannot be traced name themselves.
  @Test(arguments: [
    "solve(A, v)", "cholesky(A)", "det(A)", "logdet(A)", "inverse(A)", "eigh(A)", "svd(A)",
    "median(v)", "quantile(v, 0.5)", "argmax(v)", "argmin(v)", "any(v > 1)", "all(v > 1)",
    "argsort(v)", "sort(v)", "unique(v)",
  ])
  func refusals(_ call: String) throws {
    let latent = Interpreter()
    let name = call.prefix { $0 != "(" }
    let text = "f(v) = { A = v @ v * eye(2); \(call) }\njacobian(f)([1, 2])"
    do {
      try latent.run(text)
      Issue.record("\(call) was traced")
    } catch {
      let found = Diagnostics(error).all
      #expect(found.first?.code == "L430")
      #expect(found.first?.message.contains("`\(name)`") == true)
    }
    // The interpreter is none the worse for it.
    #expect(try latent.run("grad(x => x^2)(3)").asNumber == 6)
  }

  @Test func randomDrawsAreConstants() throws {
    let latent = Interpreter()
    let value = try latent.run(
      "r = randn(3, seed: 4)\nall(grad(v => sum(v * randn(3, seed: 4)))([1, 2, 3]) == r)")
    #expect(value.asBool == true)
  }

  @Test func everythingElseStaysAsItWas() throws {
    // A function that fails while it is traced leaves no trace behind.
    let latent = Interpreter()
    try latent.run("check grad(x => if x > 0 { 1 } else { 2 })(1) fails \"where\"")
    #expect(try latent.run("median([1, 2, 4])").asNumber == 2)
  }
}
