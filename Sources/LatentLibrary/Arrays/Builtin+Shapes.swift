// Tensors made, reshaped, joined and taken apart.

import LatentLanguage
import LatentTensor

extension Builtin {
  /// Making tensors.
  static let creationSection: [Builtin] = [zeros, ones, full, eye, arange, linspace]

  /// Shapes.
  static let shapesSection: [Builtin] = [
    reshape, transpose, concat, stack, repetition, flatten,
  ]

  private static let zeros = Builtin(
    "zeros", in: .arrays, help: "A tensor of zeros.",
    parameters: [.shape("shape", "A length, or a list of lengths.")], returns: .tensor,
    examples: ["zeros(3)  #=> [0, 0, 0]", "zeros([2, 0]).shape  #=> [2, 0]"]
  ) { call in .tensor(try Tensor.zeros(try call.shape("shape"))) }

  private static let ones = Builtin(
    "ones", in: .arrays, help: "A tensor of ones.",
    parameters: [.shape("shape", "A length, or a list of lengths.")], returns: .tensor,
    examples: ["sum(ones([3, 4]))  #=> 12"]
  ) { call in .tensor(try Tensor.ones(try call.shape("shape"))) }

  private static let full = Builtin(
    "full", in: .arrays, help: "A tensor that holds one value everywhere.",
    parameters: [
      .shape("shape", "A length, or a list of lengths."),
      .tensor("value", "The value, one number."),
    ], returns: .tensor,
    examples: ["full(2, 0.5)  #=> [0.5, 0.5]", "full(1, nan)  #=> [nan]"]
  ) { call in
    let value = try call.tensor("value")
    guard value.count == 1, let number = value.values.first else {
      throw Failure(
        "L402", "`value` of `full` is one number, not \(value.count)", argument: "value",
        help: "`zeros(shape) + x` broadcasts a tensor")
    }
    return .tensor(try Tensor.full(try call.shape("shape"), number))
  }

  private static let eye = Builtin(
    "eye", in: .arrays, help: "The identity matrix.",
    parameters: [.integer("n", in: 0..., "The number of rows and columns.")], returns: .tensor,
    examples: ["eye(2)[0]  #=> [1, 0]"]
  ) { call in .tensor(try Tensor.eye(try call.integer("n"))) }

  private static let arange = Builtin(
    "arange", in: .arrays,
    help: "The numbers from `start` to below `stop` in equal steps; `arange(n)` is 0, 1, … n − 1.",
    parameters: [
      .number("start", .all, "The first number, or the end if it is the only argument."),
      .number("stop", default: .nothing, "The end, which is left out."),
      .number("step", default: 1, "The distance; negative to count down."),
    ], returns: .tensor,
    examples: [
      "arange(3)  #=> [0, 1, 2]", "arange(0, 1, 0.25)  #=> [0, 0.25, 0.5, 0.75]",
      "arange(3, 0, step: -1)  #=> [3, 2, 1]",
    ]
  ) { call in
    let (first, step) = (try call.number("start"), try call.number("step"))
    guard let stop = try call.optionalNumber("stop") else {
      return .tensor(try Tensor.arange(0, first, step: step))
    }
    return .tensor(try Tensor.arange(first, stop, step: step))
  }

  private static let linspace = Builtin(
    "linspace", in: .arrays,
    help: "`n` numbers in equal steps from `start` to `stop`, both "
      + "included.",
    parameters: [
      .number("start", .all, "The first number."), .number("stop", .all, "The last number."),
      .integer("n", in: 0..., default: 50, "How many numbers."),
    ], returns: .tensor, examples: ["linspace(0, 1, 5)  #=> [0, 0.25, 0.5, 0.75, 1]"]
  ) { call in
    .tensor(
      try Tensor.linspace(
        try call.number("start"), try call.number("stop"), try call.integer("n")))
  }

  private static let reshape = Builtin(
    "reshape", in: .arrays, help: "The same elements in row-major order under another shape.",
    parameters: [
      .tensor("x", "A tensor."),
      .shape("shape", "The lengths of the axes; one may be -1 and is worked out."),
    ], returns: .tensor,
    examples: [
      "reshape(0..<6, [2, -1]).shape  #=> [2, 3]", "reshape([[1, 2], [3, 4]], 4)  #=> [1, 2, 3, 4]",
    ], traced: moving("x")
  ) { call in .tensor(try call.tensor("x").reshape(try call.shape("shape"))) }

  private static let transpose = Builtin(
    "transpose", in: .arrays,
    help: "The last two axes exchanged, as `x'` does it; or the axes in the order given.",
    parameters: [
      .tensor("x", "A tensor."),
      .shape("axes", default: .nothing, "An order of the axes, such as [2, 0, 1]."),
    ], returns: .tensor,
    examples: [
      "transpose(zeros([2, 3])).shape  #=> [3, 2]",
      "transpose(zeros([2, 3, 4]), [2, 0, 1]).shape  #=> [4, 2, 3]",
    ], traced: moving("x")
  ) { call in
    let x = try call.tensor("x")
    return .tensor(call.has("axes") ? try x.permuted(try call.shape("axes")) : x.transposed())
  }

  private static let concat = Builtin(
    "concat", in: .arrays, help: "Joins tensors along an axis they have.",
    parameters: [
      .sequence("xs", "A list of tensors."),
      .integer("axis", default: 0, "The axis along which they are joined."),
    ], returns: .tensor,
    examples: [
      "concat([[1, 2], [3, 4]])  #=> [1, 2, 3, 4]",
      "concat([zeros([2, 1]), ones([2, 3])], axis: 1).shape  #=> [2, 4]",
    ], traced: moving("xs")
  ) { call in .tensor(try Tensor.concatenate(try call.tensors("xs"), axis: call.integer("axis"))) }

  private static let stack = Builtin(
    "stack", in: .arrays, help: "Puts tensors of one shape side by side along a new axis.",
    parameters: [
      .sequence("xs", "A list of tensors or numbers."),
      .integer("axis", default: 0, "Where the new axis stands in the result."),
    ], returns: .tensor,
    examples: ["stack([[1, 2], [3, 4]], axis: 1)[0]  #=> [1, 3]"], traced: moving("xs")
  ) { call in .tensor(try Tensor.stack(try call.tensors("xs"), axis: call.integer("axis"))) }

  private static let repetition = Builtin(
    "repeat", in: .arrays, help: "Copies of a tensor one after another along an axis.",
    parameters: [
      .tensor("x", "A tensor or a number."), .integer("times", in: 0..., "How many copies."),
      .integer("axis", default: 0, "The axis that grows."),
    ], returns: .tensor,
    examples: ["repeat([1, 2], 2)  #=> [1, 2, 1, 2]", "repeat(7, 3)  #=> [7, 7, 7]"],
    traced: moving("x")
  ) { call in
    .tensor(
      try call.tensor("x").repeated(try call.integer("times"), axis: try call.integer("axis")))
  }

  private static let flatten = Builtin(
    "flatten", in: .arrays, help: "All elements as a vector, row by row.",
    parameters: [.tensor("x", "A tensor.")], returns: .tensor,
    examples: ["flatten([[1, 2], [3, 4]])  #=> [1, 2, 3, 4]"], traced: moving("x")
  ) { call in .tensor(try call.tensor("x").flattened()) }
}

extension BuiltinCall {
  /// The elements of a list or tensor as tensors.
  func tensors(_ name: String) throws -> [Tensor] {
    try elements(name).enumerated().map { position, element in
      guard let tensor = element.asTensor else {
        throw Failure(
          "L402", "element \(position) of `\(name)` is \(element.kindPhrase), not a tensor",
          argument: name)
      }
      return tensor
    }
  }
}
