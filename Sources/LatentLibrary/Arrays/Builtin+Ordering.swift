// Choosing, comparing in pairs, positions in order, distinct values.

import LatentAutodiff
import LatentLanguage
import LatentTensor

extension Builtin {
  /// Choice and order.
  static let orderingSection: [Builtin] = [whereChoice, pairwise, argsort, unique]

  private static let whereChoice = Builtin(
    "where", in: .arrays,
    help: "Elements of `a` where the condition is true, of `b` elsewhere; with the condition "
      + "alone, the positions at which it is true.",
    parameters: [
      .tensor("condition", "A mask."),
      .tensor("a", default: .nothing, "What stands where it is true."),
      .tensor("b", default: .nothing, "What stands where it is false."),
    ], returns: .tensor,
    examples: [
      "x = [-1, 2]; where(x < 0, 0, x)  #=> [0, 2]", "where([5, 1, 7] > 3)  #=> [0, 2]",
    ], traced: tracedChoice
  ) { call in
    let condition = try call.tensor("condition")
    guard call.has("a") || call.has("b") else {
      let values = condition.values
      guard condition.rank <= 1 else {
        throw Failure(
          "L421", "positions in a mask of shape \(Shape.text(condition.shape))",
          argument: "condition", help: "`flatten` it, or index with the mask itself: `x[mask]`")
      }
      return .vector(values.indices.filter { values[$0] != 0 }.map(Double.init))
    }
    guard call.has("a"), call.has("b") else {
      throw Failure("L304", "`where` needs both alternatives", help: "write `where(mask, a, b)`")
    }
    return .tensor(try Tensor.choose(condition, try call.tensor("a"), try call.tensor("b")))
  }

  private static let pairwise = Builtin(
    "pairwise", in: .arrays,
    help: "The table of f for every pair: element (i, j) is f(a[i], b[j]). Matrices give pairs of "
      + "rows.",
    parameters: [
      .tensor("a", "A vector, or a matrix of rows."),
      .tensor("b", "A vector, or a matrix of rows."), .function("f", "A function of two."),
    ], returns: .tensor,
    examples: [
      "pairwise([1, 2], [10, 20], (x, y) => x + y)[1]  #=> [12, 22]",
      "pairwise(eye(2), eye(2), (u, v) => norm(u - v)).shape  #=> [2, 2]",
    ], traced: tracedPairs
  ) { call in
    let function = try call.function("f")
    return .tensor(
      try Tensor.pairwise(try call.tensor("a"), try call.tensor("b")) { x, y in
        let result = try call.invoke(function, [.tensor(x), .tensor(y)])
        guard let tensor = result.asTensor else {
          throw Failure(
            "L402", "`f` of `pairwise` gave \(result.kindPhrase), not a number or tensor",
            argument: "f")
        }
        return tensor
      })
  }

  private static func tracedChoice(_ call: BuiltinCall) throws -> Value {
    guard call.has("a"), call.has("b") else {
      guard !call.has("a"), !call.has("b") else { return try call.builtin.body(call) }
      throw Failure(
        "L430", "the positions at which a traced condition is true are not known",
        help: "`where(condition, a, b)` chooses without positions")
    }
    let condition = try call.symbol("condition")
    let (a, b) = (try call.symbol("a"), try call.symbol("b"))
    let shape = try Shape.broadcast(condition.shape, try Shape.broadcast(a.shape, b.shape))
    return try call.traced(condition.select(a, b).broadcast(to: shape))
  }

  private static func tracedPairs(_ call: BuiltinCall) throws -> Value {
    let function = try call.function("f")
    let trace = try call.trace()
    func rows(_ name: String) throws -> [Value] {
      let symbol = try call.symbol(name)
      let tensor = TracedObject(symbol, in: trace)
      guard let length = tensor.length else {
        throw Failure(
          "L421", "`pairwise` takes two vectors, or two matrices for pairs of rows",
          argument: name, help: "`flatten(x)` makes a vector, `reshape(x, [n, -1])` a matrix")
      }
      return try (0..<length).map(tensor.element)
    }
    let (left, right) = (try rows("a"), try rows("b"))
    var parts: [Symbol] = []
    var shape: [Int]?
    for x in left {
      for y in right {
        let result = try call.invoke(function, [x, y])
        guard let part = try trace.symbol(of: result), part.shape == shape ?? part.shape else {
          throw Failure(
            "L402", "`f` of `pairwise` must give numbers, or tensors of one shape", argument: "f")
        }
        shape = part.shape
        parts.append(part.flat)
      }
    }
    let target = [left.count, right.count] + (shape ?? [])
    return try Symbol.concatenated(parts).map { try call.traced($0.reshaped(target)) }
      ?? .tensor(Tensor(repeating: 0, shape: target))
  }

  private static let argsort = Builtin(
    "argsort", in: .arrays,
    help: "The positions that sort: `x[argsort(x)]` is `sort(x)` for a vector. Equal elements keep "
      + "their order.",
    parameters: [
      .tensor("x", "A tensor."), .integer("axis", default: -1, "The axis along which it sorts."),
      .flag("descending", "Largest first."),
    ], returns: .tensor, examples: ["argsort([30, 10, 20])  #=> [1, 2, 0]"]
  ) { call in
    .tensor(
      try call.tensor("x").argsort(
        axis: try call.integer("axis"), descending: try call.flag("descending")))
  }

  private static let unique = Builtin(
    "unique", in: .arrays, help: "The distinct elements in ascending order.",
    parameters: [.either("x", [.tensor, .list], "A tensor, or a list of texts.")],
    returns: .any,
    examples: [
      "unique([3, 1, 3])  #=> [1, 3]", "unique([\"b\", \"a\", \"b\"])  #=> [\"a\", \"b\"]",
    ]
  ) { call in
    guard let items = call.value("x").asList else {
      return .tensor(try call.tensor("x").unique())
    }
    let texts = items.compactMap(\.asText)
    guard texts.count == items.count else {
      throw Failure(
        "L402", "`unique` takes a tensor or a list of texts", argument: "x", helps: [])
    }
    return .list(Set(texts).sorted().map { .text($0) })
  }
}
